"""``ungil hammer`` in the project's environment: for each package, with what the project's tests do to it."""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ungil.errors import BuildError, ToolError, UngilError
from ungil.port.driving.there import environment_of, last_json, needs_of, probed
from ungil.port.order import Work
from ungil.stress.suite.options import FIXED, kept
from ungil.stress.suite.place import lay_out
from ungil.stress.suite.proof import prove
from ungil.workshop import Needs, Workshop, tests_of

__all__ = ["Hunting", "harvest_folder"]

_TESTS_SHARE: Final = 0.25
"""Of the time, for running the tests; what they leave is the hammer's."""

_CONFIRM_SHARE: Final = 0.2
_FINDINGS: Final = 12
"""That are expected, at most, when the time for trying them in plain threads is divided."""

_LEAST: Final = 10.0
"""Seconds of a hammer that is tried again without a harvest, however little time is left."""

_CONFIRM: Final = (0.3, 5.0)
_GRACE: Final = 60.0
"""Seconds beyond its own that a hammer gets, to start and to end."""


def harvest_folder(work: Work, target: str) -> Path:
    """Where what the tests do to a package is written down."""
    return work.folder.place("harvest", work.wheel().parent.name) / target


@dataclass(slots=True)
class Hunting:
    """One hunt through all packages of a wheel. For one thread.

    Attributes:
        seed: of the choices.
        notes: what readers of the numbers have to know.
        operations: how many distinct calls the tests have given.
    """

    work: Work
    seed: int
    notes: list[str] = field(default_factory=list)
    operations: int = 0
    _shop: Workshop = field(init=False)
    _targets: list[str] = field(default_factory=list)
    _gil_on: bool = False
    _environment: dict[str, str] = field(default_factory=dict)
    _needs: Needs = field(default_factory=lambda: Needs(runner=""))

    def prepare(self) -> None:
        """Install, and see what can be imported.

        Raises:
            ToolError: ungil cannot be run there, or nothing can be imported.
            BuildError: something cannot be installed.
        """
        work = self.work
        self._shop = shop = work.shop()
        shop.lend_ungil()  # before anything that takes time
        shop.install(work.wheel(), deadline=max(_GRACE, work.seconds))
        shop.install(*needs_of("hammer"), deadline=max(_GRACE, work.seconds))
        self._needs = tests_of(work.source)
        found = probed(shop, work.modules)
        self._targets, self._gil_on = found["targets"], found["gil_on"]
        self.notes += [f"{name} cannot be imported: {why}" for name, why in found["failed"].items()]
        self._environment = environment_of(shop, gil_on=self._gil_on)
        if not self._targets:
            why = self.notes[-1] if self.notes else "There is nothing to import."
            raise ToolError(why, f"See it by itself: {shop.python} -c 'import {work.modules[0]}'")

    def reports(self) -> Iterator[dict[str, Any]]:
        """What the hammer says of each package, as far as it could be hammered."""
        seconds = self.work.seconds / len(self._targets)
        for target in self._targets:
            begun = time.monotonic()
            harvest = self._harvest(target, max(5.0, seconds * _TESTS_SHARE)) if self._needs.paths else None
            left = max(seconds * (1 - _TESTS_SHARE), seconds - (time.monotonic() - begun))
            report = self._hammer(target, harvest, left)
            if report is None and harvest is not None:
                self.notes.append(f"{target} was hammered again without what its tests do, with signatures alone.")
                self.operations = 0
                report = self._hammer(target, None, max(_LEAST, seconds - (time.monotonic() - begun)))
            if report:
                yield report
        if not self._needs.paths:
            self.notes.append("The project has no tests: what is called comes from signatures alone.")

    def command(self) -> str:
        """What somebody would type."""
        tests = f" --harvest {self._needs.paths[0]}" if self._needs.paths else ""
        return f"ungil hammer {self._targets[0]}{tests} --seed {self.seed}{self._forced}"

    @property
    def _forced(self) -> str:
        return " --force-gil-off" if self._gil_on else ""

    def _harvest(self, target: str, seconds: float) -> Path | None:
        """The folder of what the tests do; None if they do nothing that can be used."""
        folder = harvest_folder(self.work, target)
        shutil.rmtree(folder, ignore_errors=True)
        self.work.report(f"running the tests, to see what they do to {target}")
        try:
            self._shop.install(*self._needs.requirements, deadline=max(_GRACE, seconds))
        except BuildError as error:
            self.notes.append(f"Not all that the tests need can be installed: {error.happened.partition(':\n')[0]}.")
        with tempfile.TemporaryDirectory(prefix="ungil-tests-", ignore_cleanup_errors=True) as scratch:
            try:
                installed = prove(self._shop, self.work.wheel().name.split("-")[0])
                place = lay_out(self.work.source, self._needs, installed, Path(scratch, "tests"), ())
            except UngilError as error:
                self.notes.append(error.happened)
                return None
            options, _ = kept(self._needs.addopts)
            done = self._shop.run(
                *("-P", "-m", "ungil.port.driving.reaping", target, folder, f"{seconds:.0f}"),
                *(*FIXED, "-o", f"addopts={shlex.join(options)}", *place.arguments),
                deadline=seconds + _GRACE,
                cwd=place.cwd,
                environment=self._environment,
            )
        said = last_json(done.output)
        if not isinstance(said, dict):
            self.notes.append(f"What the tests do to {target} is not known: {done.ended}.")
            return None
        self.operations += said["operations"]
        self.notes += said["notes"]
        return folder if said["operations"] else None

    def _hammer(self, target: str, harvest: Path | None, seconds: float) -> dict[str, Any] | None:
        """What it says; None if it could not, which is a note."""
        self.work.report(f"hammering {target}")
        confirm = min(max(_CONFIRM[0], seconds * _CONFIRM_SHARE / _FINDINGS), _CONFIRM[1])
        budget = max(1.0, seconds * (1 - _CONFIRM_SHARE))
        given: list[str | Path] = ["--harvest", harvest] if harvest else []
        given += ["--budget", f"{budget:.1f}", "--confirm", f"{confirm:.2f}", "--seed", str(self.seed)]
        given += ["--threads", str(self.work.order.threads), "--level", str(self.work.order.policy.level)]
        given += ["--scripts", self.work.folder.place("scripts"), *self._forced.split()]
        with tempfile.TemporaryDirectory(prefix="ungil-hammer-") as scratch:
            output = Path(scratch, "report.json")
            done = self._shop.run(
                *("-P", "-m", "ungil", "hammer", target, "--format", "json", "--output", output, *given),
                deadline=seconds * 2 + _GRACE,
                # Debug information names files below the folder that was built, which is called like the snapshot.
                cwd=self.work.source.parent,
                environment=self._environment | {"TMPDIR": scratch},  # what it leaves when it is ended goes with this
            )
            if output.exists():
                return _relative(output.read_text(encoding="utf-8"), self.work.source)
        why = next((line for line in done.output.splitlines() if line.startswith("ungil: error: ")), done.ended)
        self.notes.append(f"{target} was not hammered: {why.removeprefix('ungil: error: ')}")
        return None


def _relative(text: str, source: Path) -> dict[str, Any]:
    """A report in which places in the project are called as in the project."""
    for place in (f"{json.dumps(str(source))[1:-1]}/", f"{source.name}/"):
        text = text.replace(place, "")
    read: dict[str, Any] = json.loads(text)
    return read
