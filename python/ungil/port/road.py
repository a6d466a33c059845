"""The road: each stage after the other, as far as it can be gone; what is known already is not found out again."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import ungil
from ungil import interpreter
from ungil.errors import OutputError, SourceError, UngilError, UsageError
from ungil.port import machine
from ungil.port.assembled import assembled
from ungil.port.clock import UNLIMITED, Clock
from ungil.port.evidence import Evidence, Reached, Stage, Step
from ungil.port.folder import Folder, key_of
from ungil.port.fragment import Fragment
from ungil.port.order import FREE_THREADED, Order, Shops, SkippedError, Work
from ungil.port.stages import audit, build, fix, hammer, scaling, stress, wheel
from ungil.port.subject import Subject, taken
from ungil.workshop.shop import build_variables

__all__ = ["STATIONS", "Station", "travel"]


@dataclass(frozen=True, slots=True)
class Station:
    """One stage.

    Attributes:
        run: does it.
        of_wheel: whether it looks at the wheel; else at sources alone.
        chooses: whether its result depends on the seed and the number of threads.
        quick: whether it takes so little that it is done when the time is over, too.
        ends_itself: whether it ends by itself when its time is over, with what it has; else it is ended as it reports.
    """

    run: Callable[[Work], Fragment]
    of_wheel: bool = True
    chooses: bool = False
    quick: bool = False
    ends_itself: bool = True


STATIONS: Final = {
    Stage.AUDIT: Station(audit.run, of_wheel=False, ends_itself=False),
    Stage.FIX: Station(fix.run, of_wheel=False, ends_itself=False),
    Stage.BUILD: Station(build.run, of_wheel=False),
    Stage.STRESS: Station(stress.run, chooses=True),
    Stage.HAMMER: Station(hammer.run, chooses=True),
    Stage.SCALING: Station(scaling.run),
    Stage.WHEEL: Station(wheel.run, quick=True),
}


def travel(
    order: Order,
    folder: Folder,
    report: Callable[[str], None] = lambda _: None,
    tell: Callable[[Step], None] = lambda _: None,
    *,
    stations: Mapping[Stage, Station] = STATIONS,
) -> Evidence:
    """Go the road.

    Args:
        order: what was asked.
        folder: where results are kept and found again.
        report: is told what is being done.
        tell: is told of each stage when it is over.
        stations: what does each stage.

    Returns:
        The evidence, whatever failed on the way: its steps say what.

    Raises:
        SourceError: there is no such project, or nothing of an extension in it.
        PackageIndexError: the release cannot be had.
        OutputError: the folder cannot be written to.
        UsageError: the order names what does not exist.
    """
    clock = Clock(order.budget, order.build_deadline)
    subject = taken(order.target, folder, report)
    trip = _Trip(order, folder, subject, clock, report, tell, stations)
    for stage in Stage:
        trip.go(stage)
    folder.tidy()
    fragments = list(trip.fragments.values())
    frame = Evidence(
        project=subject.name,
        version=subject.version or trip.version,
        command=order.command,
        made=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        machine=machine.in_words(),
        tools={"ungil": ungil.__version__},
        seed=next((one.hammered.seed for one in fragments if one.hammered), order.seed or 0),
        budget=order.budget,
        seconds=round(clock.taken, 3),
        steps=tuple(trip.steps),
    )
    return assembled(frame, fragments)


@dataclass(slots=True)
class _Trip:
    """One run, as far as it has come. For one thread."""

    order: Order
    folder: Folder
    subject: Subject
    clock: Clock
    report: Callable[[str], None]
    tell: Callable[[Step], None]
    stations: Mapping[Stage, Station]
    fragments: dict[Stage, Fragment] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    _shops: Shops = field(init=False)
    _python: str = ""

    def __post_init__(self) -> None:
        self._shops = Shops(self.folder, self.report)

    @property
    def version(self) -> str:
        """Of the project, as its wheel is called."""
        fragment = self.fragments.get(Stage.BUILD)
        return fragment.built.wheel.split("-")[1] if fragment and fragment.built else ""

    def go(self, stage: Stage) -> None:
        """Do one stage, or say why not."""
        why, advice = self._why_not(stage)
        step = Step(stage=stage, reached=Reached.SKIPPED, why=why, advice=advice) if why else self._done(stage)
        self.steps.append(step)
        self.tell(step)

    def _why_not(self, stage: Stage) -> tuple[str, str]:
        """Why a stage is not begun, and what to do; empty if it is."""
        stages = list(Stage)
        if stages.index(stage) > stages.index(self.order.until):
            return f"--until {self.order.until} ends the road before it.", "Leave --until away."
        if self.stations[stage].of_wheel and Stage.BUILD not in self.fragments:
            return "There is no wheel, since the build did not come to one.", "See what the build says."
        if stage is Stage.BUILD and self.order.apply_fixes and Stage.FIX not in self.fragments:
            return (
                "What should be built is the repaired project, and the repairs failed.",
                "Build it without: --no-fixes",
            )
        return "", ""

    def _done(self, stage: Stage) -> Step:
        key, order = self._key(stage), self.order
        began = time.monotonic()
        seconds = UNLIMITED[stage] if self.stations[stage].quick else self.clock.seconds(stage, self._to_do(stage))
        work = self._work(stage, seconds)
        kept = self.folder.load(stage, key)
        if kept and kept.serves(order.budget, seconds) and self._is_whole(work, kept):
            self.fragments[stage] = replace(kept, step=replace(kept.step, kept=True))
            return self.fragments[stage].step
        if self.clock.is_over and not self.stations[stage].quick:
            return Step(
                stage=stage,
                reached=Reached.SKIPPED,
                why=f"The {order.budget:g} s of the budget were over.",
                advice="Run it again: what is done is kept. Or give more: --budget SECONDS.",
            )
        self.report(f"{stage}")
        try:
            fragment = self.stations[stage].run(work)
        except SkippedError as error:
            return Step(stage=stage, reached=Reached.SKIPPED, why=error.happened, advice=error.advice)
        except Exception as error:  # whatever ends one stage, the others go on
            if stage is Stage.AUDIT and isinstance(error, (SourceError, UsageError)):
                # It is no extension, or the order is wrong: no other stage would say anything else.
                said = (text.replace(str(work.source), order.target) for text in (error.happened, error.advice))
                raise type(error)(*said) from error
            return self._called(_failed(stage, error, time.monotonic() - began), work.source)
        step = replace(fragment.step, seconds=round(time.monotonic() - began, 3))
        self.fragments[stage] = replace(fragment, step=step, budget=order.budget, given=seconds)
        self.folder.keep(key, self.fragments[stage])
        return step

    def _called(self, step: Step, source: Path) -> Step:
        """With the project called as the user does, and not as its snapshot is; a path to type stays as it is."""

        def called(text: str) -> str:
            if Path(self.order.target).exists():
                text = text.replace(str(source), self.order.target)
            return re.sub(rf"(?<!/){re.escape(source.name)}", self.subject.name, text)

        return replace(step, why=called(step.why), advice=called(step.advice), log=called(step.log))

    def _to_do(self, stage: Stage) -> set[Stage]:
        """The stages from this one on that will be done, as far as that is known."""
        stages = list(Stage)
        return set(stages[stages.index(stage) : stages.index(self.order.until) + 1])

    def _work(self, stage: Stage, seconds: float) -> Work:
        return Work(
            order=self.order,
            subject=self.subject,
            folder=self.folder,
            source=self._source(stage),
            earlier=self.fragments,
            seconds=seconds,
            report=self.report if self.stations[stage].ends_itself else self.clock.reporter(seconds, self.report),
            shops=self._shops,
        )

    def _source(self, stage: Stage) -> Path:
        fixed = self.fragments.get(Stage.FIX)
        is_repaired = fixed is not None and fixed.source and stage not in {Stage.AUDIT, Stage.FIX}
        return self.folder.path / "sources" / fixed.source if fixed and is_repaired else self.subject.folder

    def _key(self, stage: Stage) -> str:
        """A digest of all that the result of a stage depends on."""
        station, order = self.stations[stage], self.order
        parts: list[object] = [stage, self.subject.digest]
        if stage in {Stage.AUDIT, Stage.FIX}:
            parts += [order.settings, stage is Stage.FIX and order.apply_fixes]
        else:
            parts += [self._source(stage).name, self._interpreter(), *build_variables()]
        if station.of_wheel:
            built = self.fragments[Stage.BUILD].built
            parts += [built.sha256 if built else "", order.settings]
        if station.chooses:
            parts += [order.seed, order.threads]
        return key_of(*parts)

    def _interpreter(self) -> str:
        """The one that things are built for; found, or installed, once."""
        if not self._python:
            try:
                found = interpreter.find(FREE_THREADED, report=self.report)
                self._python = f"{found.path} {found.version}"
            except interpreter.InterpreterError:
                self._python = "none"  # the build will say why
        return self._python

    def _is_whole(self, work: Work, kept: Fragment) -> bool:
        """Whether the files that a kept result speaks of are still there."""
        if kept.source and not (self.folder.path / "sources" / kept.source).is_dir():
            return False
        return kept.built is None or build.is_there(work, kept)


def _failed(stage: Stage, error: Exception, seconds: float) -> Step:
    """How a stage ended that could not come to its end."""
    if isinstance(error, UngilError):
        first, _, rest = error.happened.partition("\n")
        why, advice, log = first.rstrip(":"), error.advice, str(getattr(error, "log", "") or rest)
    elif isinstance(error, OSError) and error.filename is None:
        raise OutputError(f"Nothing can be written: {error.strerror}.", "Is there room?") from error
    else:
        why = f"ungil itself failed: {type(error).__name__}: {error}"
        advice, log = "Please report it, with the lines of the log.", traceback.format_exc()
    return Step(stage=stage, reached=Reached.FAILED, why=why, advice=advice, seconds=round(seconds, 3), log=log)
