"""Races, looked for in the wheel: with the operations that the project's own tests do, and what these leave out."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

from ungil.errors import BuildError, ToolError
from ungil.port.driving import probe
from ungil.port.driving.told import Told
from ungil.port.evidence import Reached, Stage, Step
from ungil.port.fragment import Fragment
from ungil.port.order import Work
from ungil.workshop import Needs, Workshop, tests_of
from ungil.workshop.sources import copied

__all__ = ["HARVEST", "environment_of", "probed", "run"]

HARVEST: Final = "harvest"
"""Below the folder: what the tests do, by the digest of the wheel."""

_TESTS_SHARE: Final = 0.25
_CONFIRM_SHARE: Final = 0.2
_FINDINGS: Final = 12
"""That are expected, at most, when the time for trying them in plain threads is divided."""

_CONFIRM: Final = (0.3, 5.0)
_GRACE: Final = 60.0
"""Seconds beyond its own that a hammer gets, to start and to end."""

_SEEDS: Final = 2**32


def run(work: Work) -> Fragment:
    """Install the wheel, run its tests to see what they do, and hammer each package.

    Raises:
        ToolError: ungil cannot be run in that environment, or nothing can be imported there.
        BuildError: what is needed cannot be installed.
    """
    job = _Job(work, work.shop(), random.SystemRandom().randrange(_SEEDS) if work.order.seed is None else work.order.seed)
    job.prepare()
    reports = list(job.reports())
    if not reports:
        raise ToolError(job.notes[-1] if job.notes else "Nothing was hammered.", job.alone())
    told = Told(reports, work.source, job.operations)
    hammered = told.hammered(job.notes)
    found = list(told.findings())
    return Fragment(
        step=Step(
            stage=Stage.HAMMER,
            reached=Reached.DONE,
            why=f"{len(found) or 'no'} finding{'s' * (len(found) != 1)} in {hammered.executions:,} concurrent runs; "
            f"{hammered.driven:,} of {hammered.members:,} members driven",
            command=job.command(),
        ),
        cut=bool(work.order.budget),
        findings=tuple(found),
        suppressions=tuple(told.suppressions()),
        open=tuple(told.open()),
        members=tuple(told.members()),
        hammered=hammered,
        notes=(),
    )


def probed(work: Work, shop: Workshop) -> dict[str, Any]:
    """What can be imported in the environment, and whether that turns the GIL on.

    Raises:
        ToolError: the process that tries says nothing.
    """
    fragment = work.earlier[Stage.BUILD]
    names = fragment.built.modules if fragment.built else ()
    done = shop.run("-P", Path(probe.__file__), *names, deadline=_GRACE)
    try:
        found: dict[str, Any] = json.loads(done.output.rstrip().rpartition("\n")[2])
    except ValueError as error:
        raise ToolError(
            f"Importing {', '.join(names)} ends the process: {done.ended}.", done.tail() or "It says nothing."
        ) from error
    return found


def environment_of(shop: Workshop, *, gil_on: bool) -> dict[str, str]:
    """Variables for what runs ungil there: the sources do not stand in for what is installed, and the GIL stays off.

    Raises:
        ToolError: ungil runs on another interpreter here.
    """
    return shop.lend_ungil() | {"PYTHONSAFEPATH": "1"} | ({"PYTHON_GIL": "0"} if gil_on else {})


@dataclass(slots=True)
class _Job:
    """One hunt through all packages of a wheel."""

    work: Work
    shop: Workshop
    seed: int
    notes: list[str] = field(default_factory=list)
    operations: int = 0
    _targets: list[str] = field(default_factory=list)
    _gil_on: bool = False
    _environment: dict[str, str] = field(default_factory=dict)
    _needs: Needs = field(default_factory=lambda: Needs(runner=""))

    def prepare(self) -> None:
        """Install, and see what can be imported."""
        work, shop = self.work, self.shop
        shop.lend_ungil()  # before anything that takes time
        shop.install(work.wheel(), deadline=work.seconds)
        shop.install(*_own_needs(), deadline=work.seconds)
        self._needs = tests_of(work.source)
        found = probed(work, shop)
        self._targets, self._gil_on = found["targets"], found["gil_on"]
        self.notes += [f"{name} cannot be imported: {why}" for name, why in found["failed"].items()]
        if self._gil_on:
            self.notes.append(
                "Importing it turns the GIL on; it was kept off with PYTHON_GIL=0, against what the module says, to see "
                "what would happen."
            )
        self._environment = environment_of(shop, gil_on=self._gil_on)
        if not self._targets:
            raise ToolError(self.notes[-1] if self.notes else "Nothing can be imported.", self.alone())

    def reports(self) -> Iterator[dict[str, Any]]:
        """What the hammer says of each target."""
        seconds = self.work.seconds / len(self._targets)
        for target in self._targets:
            harvest = self._harvest(target, seconds * _TESTS_SHARE)
            self.work.report(f"hammering {target}")
            report = self._hammer(target, harvest, seconds)
            if report:
                yield report

    def command(self) -> str:
        """What somebody would type."""
        tests = f" --harvest {self._needs.paths[0]}" if self._needs.paths else ""
        return f"ungil hammer {self._targets[0] if self._targets else 'MODULE'}{tests} --seed {self.seed}"

    def alone(self) -> str:
        """What shows the trouble by itself."""
        return f"See it by itself: {self.shop.python} -c 'import {(self._targets or ['...'])[0]}'"

    def _harvest(self, target: str, seconds: float) -> Path | None:
        """The folder of what the tests do; None if they do nothing that can be used."""
        if not self._needs.paths:
            self.notes.append("The project has no tests: what is called comes from signatures alone.")
            return None
        folder = _fresh(self.work.folder.place(HARVEST, self.work.wheel().parent.name) / target)
        self.work.report(f"running the tests, to see what they do to {target}")
        try:
            self.shop.install(*self._needs.requirements, deadline=max(_GRACE, seconds))
        except BuildError as error:
            self.notes.append(f"Not all that the tests need can be installed: {error.happened.partition(chr(10))[0]}")
        with tests_alone(self.work.source, self._needs) as place:
            paths = [path for path in self._needs.paths if (place / path).exists()]
            module = "ungil.port.driving.reaping"
            done = self.shop.run(
                *("-P", "-m", module, target, folder, f"{seconds:.0f}", *paths),
                deadline=seconds + _GRACE,
                cwd=place,
                environment=self._environment,
            )
        said = _json_of(done.output)
        self.operations += int(said.get("operations", 0))
        self.notes += said.get("notes") or ([] if said else [f"The tests could not be run: {done.ended}."])
        return folder if said.get("operations") else None

    def _hammer(self, target: str, harvest: Path | None, seconds: float) -> dict[str, Any] | None:
        share = seconds * (1 - _TESTS_SHARE * (harvest is not None))
        confirm = min(max(_CONFIRM[0], share * _CONFIRM_SHARE / _FINDINGS), _CONFIRM[1])
        budget = max(1.0, share * (1 - _CONFIRM_SHARE))
        with tempfile.TemporaryDirectory(prefix="ungil-hammer-") as scratch:
            output = Path(scratch, "report.json")
            done = self.shop.run(
                *("-P", "-m", "ungil", "hammer", target, "--format", "json", "--output", output),
                *(["--harvest", harvest] if harvest else []),
                *("--budget", f"{budget:.1f}", "--confirm", f"{confirm:.2f}", "--seed", str(self.seed)),
                *("--threads", str(self.work.order.threads), "--level", str(self.work.order.policy.level)),
                *("--scripts", self.work.folder.place("scripts")),
                *(["--force-gil-off"] if self._gil_on else []),
                deadline=share * 2 + _GRACE,
                # Debug information names files below the folder that was built, which is called like the snapshot.
                cwd=self.work.source.parent,
                environment=self._environment,
                report=self.work.report,
            )
            if output.exists():
                return _relative(output.read_text(encoding="utf-8"), self.work.source)
        why = next((line for line in done.output.splitlines() if line.startswith("ungil: error: ")), done.ended)
        self.notes.append(f"{target} was not hammered: {why.removeprefix('ungil: error: ')}")
        return None


@contextmanager
def tests_alone(source: Path, needs: Needs) -> Iterator[Path]:
    """A copy of a project without the packages that would be imported in place of what is installed."""
    with tempfile.TemporaryDirectory(prefix="ungil-tests-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch) / source.name
        copied(source, place)
        for name in needs.packages:
            if not any(path == name or path.startswith(f"{name}/") for path in needs.paths):
                one = place / name
                shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
        yield place


def _own_needs() -> list[str]:
    """What the hammer itself needs there: ungil's dependencies, and those of its extra."""
    try:
        every = [Requirement(one) for one in requires("ungil") or ()]
    except PackageNotFoundError:
        every = []
    chosen = [one for one in every if one.marker is None or one.marker.evaluate({"extra": "hammer"})]
    return [f"{one.name}{one.specifier}" for one in chosen]


def _relative(text: str, source: Path) -> dict[str, Any]:
    """A report in which places in the project are called as in the project."""
    for place in (f"{json.dumps(str(source))[1:-1]}/", f"{source.name}/"):
        text = text.replace(place, "")
    read: dict[str, Any] = json.loads(text)
    return read


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _json_of(output: str) -> dict[str, Any]:
    """The object in the last line; an empty one if there is none."""
    try:
        read = json.loads(output.rstrip().rpartition("\n")[2])
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
