"""A project's tests from its sources: built, installed, proved, run. Nothing of its folder is written to."""

from __future__ import annotations

import platform
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ungil.commands import Done, Report, Watch, run, silent
from ungil.errors import BuildError, UsageError
from ungil.stress.gil import free_threaded_build
from ungil.stress.suite.model import Asked, Gil, Stressed, TestTold, Verdict
from ungil.stress.suite.options import kept
from ungil.stress.suite.place import Place, lay_out, stay
from ungil.stress.suite.proof import Installed, prove
from ungil.stress.suite.rounds import Rounds, run_rounds, verdicts
from ungil.stress.suite.sessions import LATE, Bench, Runner, Way
from ungil.workshop import lending
from ungil.workshop.needs import Needs, tests_of
from ungil.workshop.room import scratch_in
from ungil.workshop.said import Said
from ungil.workshop.shop import Workshop
from ungil.workshop.wheels import Wheel

__all__ = ["stress_built", "stress_here"]

PYTEST: Final = ("pytest>=9.2", "pytest-run-parallel>=0.10")
"""What runs the tests, whatever the project asks for: its own pins of these are passed over."""

_ONE_DEADLINE: Final = 120.0
_NETWORK: Final = re.compile(
    r"gaierror|name resolution|Name or service not known|Network is unreachable|NewConnectionError|Max retries exceeded"
    r"|URLError|ConnectTimeout|ConnectError|ClientConnectorError|No route to host"
)


def stress_built(  # noqa: PLR0913 - all but three have their names
    shop: Workshop,
    source: Path,
    wheel: Wheel,
    *,
    asked: Asked,
    build_deadline: float = 600.0,
    more: Iterable[str] = (),
    project: str = "",
) -> Stressed:
    """Stress a wheel with the tests of its project.

    Args:
        shop: what built it, and where it is installed with what the tests need.
        source: the project's folder.
        wheel: of it.
        asked: how much is to be tried.
        build_deadline: seconds for installing.
        more: requirements that the tests need and the project does not name.
        project: what the user named.

    Raises:
        BuildError: the wheel cannot be installed.
        TrialError: there are no tests, or pytest cannot run them.
        OutputError: there is no room for a copy of the tests.
    """
    begun = time.monotonic()
    needs = tests_of(source)
    notes = _install(shop, wheel, [*needs.requirements, *more], build_deadline)
    shop.report("importing its extension modules in a fresh process")
    name = wheel.path.name.split("-")[0]
    installed = prove(shop, name)
    with scratch_in(shop.folder) as folder:
        place = lay_out(source, needs, installed, folder / "tests", asked.options)
        bench = _bench(shop, place, needs, folder, asked)
        bench.environment = _lent(shop.folder / "lent", shop.version, name)
        bench.report = shop.report
        bench.notes[:0] = [*notes, *place.notes]
        case = _Case(
            project=project or source.name,
            python=f"{shop.found.version} {'free-threaded' if shop.found.free_threaded else 'with the GIL'}",
            needs=needs,
            installed=installed,
            place=place,
            bench=bench,
            asked=asked,
            begun=begun,
        )
        return case.run()


def stress_here(source: Path, *, asked: Asked, report: Report = silent, project: str = "") -> Stressed:
    """Stress what is installed beside ungil, with the tests in the project's folder, run there.

    Raises:
        UsageError: this is a GIL-enabled build of Python.
        TrialError: there are no tests, or pytest cannot run them.
    """
    if not free_threaded_build():
        raise UsageError(
            "This is a GIL-enabled build of Python: threads take turns, and a test that passes says little.",
            "Leave out --here, and the project is built for 3.14t; or: uv tool run --python 3.14t ungil stress --here",
        )
    begun = time.monotonic()
    needs = tests_of(source)
    runner = Here(source)
    installed = prove(runner, _name_here(source))
    with tempfile.TemporaryDirectory(prefix="ungil-stress-") as folder:
        place = stay(source, needs, asked.options)
        bench = _bench(runner, place, needs, Path(folder), asked)
        bench.report = report
        case = _Case(
            project=project or source.name,
            python=f"{platform.python_version()} free-threaded",
            needs=needs,
            installed=installed,
            place=place,
            bench=bench,
            asked=asked,
            begun=begun,
        )
        return case.run()


@dataclass(frozen=True, slots=True)
class Here:
    """The interpreter that runs ungil."""

    folder: Path

    def run(
        self,
        *arguments: str | Path,
        deadline: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        report: Report = silent,
        watch: Watch | None = None,
    ) -> Done:
        """As a workshop does."""
        command = [sys.executable, *arguments]
        return run(
            command,
            cwd=cwd or self.folder,
            deadline=deadline,
            environment=environment,
            report=report,
            watch=watch,
        )


def _install(shop: Workshop, wheel: Wheel, requirements: Sequence[str], deadline: float) -> list[str]:
    """The wheel, pytest, and what the tests need; that may be lacking in part, which is said."""
    try:
        shop.install(wheel.path, *PYTEST, *requirements, deadline=deadline)
    except BuildError:
        shop.install(wheel.path, *PYTEST, deadline=deadline)
        lacking = [one for one in requirements if not _installs(shop, one, min(deadline, _ONE_DEADLINE))]
        if lacking:
            return [f"The tests ask for what cannot be installed: {', '.join(lacking)}."]
    return []


def _installs(shop: Workshop, requirement: str, deadline: float) -> bool:
    try:
        shop.install(requirement, deadline=deadline)
    except BuildError:
        return False
    return True


def _lent(folder: Path, version: str, project: str) -> dict[str, str]:
    """Variables with which the tests' interpreter finds ungil whole where it fits; none if it is what is tested."""
    if canonicalize_name(project) == "ungil":
        return {}
    return lending.whole(folder, version) if version == lending.own_version() else lending.plain(folder)


def _bench(runner: Runner, place: Place, needs: Needs, folder: Path, asked: Asked) -> Bench:
    stay_options, dropped = kept(needs.addopts)
    notes = [f"Options of the project's pytest settings that were left out: {' '.join(dropped)}."] if dropped else []
    return Bench(
        runner=runner,
        cwd=place.cwd,
        root=place.source,
        folder=folder,
        arguments=place.arguments,
        addopts=stay_options,
        test_deadline=asked.test_deadline,
        end=time.monotonic() + asked.deadline,
        notes=notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is known before the tests run.

    Attributes:
        project: what the user named.
        python: in words.
        needs: of the tests.
        installed: what of the project is.
        place: where the tests run.
        bench: with what.
        asked: how much.
        begun: when.
    """

    project: str
    python: str
    needs: Needs
    installed: Installed
    place: Place
    bench: Bench
    asked: Asked
    begun: float

    def run(self) -> Stressed:
        """Run the tests."""
        place, gil = self.place, self.installed.gil
        rounds = run_rounds(self.bench, self.asked, gil_off=bool(gil.turned_on_by))
        placed = {test.name: _placed(test, place) for test in verdicts(rounds)}
        if rounds.gil and not gil.turned_on_by:
            gil = replace(gil, proved=False, turned_on_by=f"something {rounds.gil}")
        way = Way(self.asked.threads, self.asked.iterations)
        return Stressed(
            project=self.project,
            root=place.source,
            runner=self.needs.runner or "pytest",
            python=self.python,
            asked=self.asked,
            every=tuple(placed.values()),
            proof=gil,
            notes=(*self.bench.notes, *_notes(rounds, placed.values(), gil, self.needs)),
            seconds=time.monotonic() - self.begun,
            command=shlex.join(["pytest", *way.options, *self.bench.addopts, *place.shown]),
            threaded_names=frozenset(placed[name].name for name in rounds.in_threads if name in placed),
        )


def _placed(test: TestTold, place: Place) -> TestTold:
    """The same test, with paths that are relative to the project, and that a report can hold."""
    path, raised = place.of_source(test.path).encode("utf-8", "replace").decode(), place.of_source(test.raised)
    name = "::".join(filter(None, [path, test.name.partition("::")[2]]))  # pytest's own leaves folders out elsewhere
    return replace(test, name=name, path=path, raised="" if raised.startswith(f"{path}:") else raised)


def _notes(rounds: Rounds, every: Iterable[TestTold], gil: Gil, needs: Needs) -> Iterable[str]:
    if needs.runner == "unittest":
        yield "The tests are of unittest; pytest ran them, each run in threads with an instance of its own."
    offline = [test for test in every if test.verdict is Verdict.FAILS_ALONE and _NETWORK.search(test.said)]
    if offline:
        yield f"{len(offline)} of those that fail alone seem to need a network."
    for module, why in gil.failed:
        yield f"{module} cannot be imported: {why}."
    if not rounds.complete:
        yield LATE
    outside = [fatal.said for one in [*rounds.serial, *rounds.threaded] for name, fatal in one.fatal.items()
               if name not in rounds.tests]  # fmt: skip
    for said in dict.fromkeys(outside):
        yield f"Before the first test or after the last: {said}."


def _name_here(source: Path) -> str:
    """The project that is installed from this folder, or has its name."""
    if name := Said(source).own:
        return name
    here = source.resolve().as_uri()
    urls = ((one.metadata["Name"], one.read_text("direct_url.json") or "") for one in distributions())
    return next((name for name, url in urls if f'"{here}"' in url), source.name)
