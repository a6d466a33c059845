"""The hunt for races in one extension: process after process, until the time is over or nothing is left to try.

A process that crashes, hangs or ends itself says by its journal what it was doing. If threads ran beside each other,
that is what was looked for; if not, it is left out, with the reason. Either way the next process goes on behind it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ungil.stress.hammer.again import Again, Seen
from ungil.stress.hammer.attempt import Attempt, Kind, Method, Observation, turns_of
from ungil.stress.hammer.job import Folder, Job, Target
from ungil.stress.hammer.journal import METHODS, Entry, Phase, Run
from ungil.stress.hammer.known import Known, TargetError
from ungil.stress.hammer.record import attempt_json
from ungil.stress.hammer.result import LeftOut, Result
from ungil.stress.hammer.text import loaded_text
from ungil.stress.hammer.watch import End, How, Patience, environment, watch

__all__ = ["Hunt", "Settings", "hunt"]

MOST_RESTARTS: Final = 40
"""Processes that may die or hang in one hunt: each costs some tenths of a second, and a hang many seconds."""

LEAST: Final = 0.3
"""Seconds below which no further process is started."""

SHARE: Final = 0.25
"""Of the time that is left, what trying one crash or hang again may take."""

_KINDS: Final = {How.CRASH: Kind.CRASH, How.EXIT: Kind.CRASH, How.DEADLOCK: Kind.DEADLOCK, How.HANG: Kind.HANG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to hunt.

    Attributes:
        budget: seconds.
        seed: repeats the choices.
        threads: of the crew.
        breakpoints: whether threads may be stopped by hardware breakpoints.
        gil_off: keep the GIL off, whatever the module says.
        patience: how long a process may take without getting on.
    """

    budget: float = 60.0
    seed: int = 0
    threads: int = 2
    breakpoints: bool = True
    gil_off: bool = False
    patience: Patience = field(default_factory=Patience)


def hunt(target: Target, settings: Settings, report: Callable[[str], None] = lambda _: None) -> Result:
    """Hunt, and tell from time to time how far it is. Ctrl-C ends it early: the result says so.

    Raises:
        TargetError: what is to be hammered cannot be.
    """
    began = time.monotonic()
    one = Hunt(target, settings, report)
    try:
        one.go_on_until(began + settings.budget)
    except KeyboardInterrupt:
        one.result.interrupted = True
    one.known.close_process()
    one.result.seconds = time.monotonic() - began
    return one.result


class Hunt:
    """The processes of one target, and what is known from them. For one thread."""

    def __init__(self, target: Target, settings: Settings, report: Callable[[str], None] = lambda _: None) -> None:
        """Begin with nothing known."""
        self.result = Result(target=target, seed=settings.seed, threads=settings.threads, gil_off=settings.gil_off)
        self.known = Known(self.result)
        self._settings = settings
        self._report = report
        self._began = time.monotonic()
        self._job = Job(
            target=target, threads=settings.threads, breakpoints=settings.breakpoints, seed=settings.seed
        )

    def go_on_until(self, deadline: float) -> None:
        """Start processes until then.

        Raises:
            TargetError: what is to be hammered cannot be.
        """
        restarts = 0
        while (left := deadline - time.monotonic()) > LEAST:
            untried = self.known.untried
            end = self.process(replace(self._job, seconds=left))
            if end.how not in (How.DONE, How.LATE):
                self._explain(end, deadline)
                restarts += 1
            elif self.result.gil or not untried:
                return
            if restarts == MOST_RESTARTS:
                self.known.note(f"{restarts} processes have crashed or hung, so the rest of the time was not used.")
                return

    def process(self, job: Job) -> End:
        """Have one process do this job.

        Raises:
            TargetError: it could not import what is tested, or get its models.
        """
        settings = self._settings
        with tempfile.TemporaryDirectory(prefix="ungil-hammer-", ignore_cleanup_errors=True) as path:
            folder = Folder(Path(path))
            end = watch(
                folder,
                self.known.next_job(job),
                environment(gil_off=settings.gil_off),
                settings.patience,
                self._hear,
            )
            self._text = loaded_text(self.result.files, folder.maps)
        self.known.close_process()
        if self.known.failure:
            raise self.known.failure
        if end.entry.phase in (Phase.START, Phase.IMPORT, Phase.MODELS) and end.how is not How.DONE:
            raise _cannot_start(self.result.target, end)
        return end

    def seen(self, attempt: Attempt, tries: int) -> Seen:
        """Make an attempt in a fresh process."""
        job = replace(self._job, attempts=[attempt_json(attempt, self.known.catalogue)], tries=tries)
        end = self.process(replace(job, seconds=self._settings.patience.run))
        if end.how not in (How.DONE, How.LATE):
            run = end.entry.now
            return Seen(1, end, self._attempt(end.entry.model, run) if run.phase.is_concurrent else None)
        return Seen(sum(event["failed"] for event in self.known.again), end)

    def _hear(self, event: dict[str, object]) -> None:
        self.known.hear(event)
        found = len(self.result.observations)
        self._report(f"{self.known.executions:,} runs of {len(self.result.models)} models, {found} found")

    def _explain(self, end: End, deadline: float) -> None:
        """Find out what a process died of, and leave that out or report it."""
        entry = end.entry
        if entry.phase is Phase.ALONE:
            self.known.leave_out(entry.model, entry.operation, _by_itself(end))
            return
        self.known.is_at(entry.model, entry.step)
        if entry.phase.is_concurrent:
            self._found(end, entry.model, entry.now, deadline)
        elif entry.phase is Phase.ORDER and self._happens_in_order(entry):
            self._leave_out_order(end)
        elif entry.before.phase.is_concurrent:
            self._found(end, entry.model, entry.before, deadline)
        else:
            self.known.note(f"A process ended once with no threads beside each other: {_by_itself(end)}.")

    def _happens_in_order(self, entry: Entry) -> bool:
        """Whether it happens again where nothing has run concurrently before."""
        seen = self.seen(self._attempt(entry.model, entry.now), 1)
        return seen.end.how not in (How.DONE, How.LATE)

    def _leave_out_order(self, end: End) -> None:
        """These calls cannot be made one after the other, so nothing can be said of them together."""
        model, calls = end.entry.model, end.entry.now.calls
        self.known.settle(model, calls)
        scenario = self.known.catalogue.scenario(model, calls)
        reason = f"made one after the other: {_by_itself(end)}"
        self.result.left_out.append(LeftOut(scenario.model.name, str(scenario), reason))

    def _found(self, end: End, model: int, run: Run, deadline: float) -> None:
        """Report it, then see how often it happens and what is the least that it takes."""
        attempt = self._attempt(model, run)
        observation = Observation(
            kind=_KINDS[end.how],
            attempt=attempt,
            got=end.said,
            allowed=(),
            reproduced=(0, 0),
            sampled=0,
            seconds=time.monotonic() - self._began,
            executions=self.known.executions,
            stacks=end.stacks,
        )
        self.result.observations.append(observation)
        self.known.settle(model, run.calls)
        self._report(f"{observation.kind} of {attempt.scenario}: trying it again")
        left = max(0.0, deadline - time.monotonic())
        simplest, reproduced, again = Again(self.seen, left * SHARE).confirm(attempt)
        if simplest is not attempt:
            self.known.settle(model, self.known.catalogue.calls(simplest.scenario))
        better = end if simplest is attempt or again is None else again
        self.result.observations[-1] = replace(
            observation,
            kind=_KINDS[better.how],
            attempt=simplest,
            got=better.said,
            reproduced=reproduced,
            stacks=better.stacks,
        )

    def _attempt(self, model: int, run: Run) -> Attempt:
        scenario = self.known.catalogue.scenario(model, run.calls)
        method = METHODS[run.phase]
        if method is Method.BURST:
            times = run.turns[0][1] if run.turns else 1
            return Attempt(scenario, method, run.owner, times=times)
        return Attempt(scenario, method, run.owner, turns_of(run.turns, self._text))


def _by_itself(end: End) -> str:
    """What an operation does when nothing runs beside it."""
    match end.how:
        case How.CRASH:
            return f"it crashes: {end.said}"
        case How.EXIT:
            return f"it ends the process: {end.said}"
        case How.DEADLOCK:
            return "it waits for ever: no thread is left to wake it"
        case _:
            return "it does not return"


def _cannot_start(target: Target, end: End) -> TargetError:
    what = "Importing" if end.entry.phase is not Phase.MODELS else "Making models of"
    how = {
        How.CRASH: f"crashes: {end.said}",
        How.EXIT: f"ends the process: {end.said}",
        How.DEADLOCK: "does not return: its threads wait for each other",
    }.get(end.how, "does not return")
    where = "\n  ".join(end.stacks)
    advice = f"Try it alone: python -c 'import {target.module}'"
    return TargetError(f"{what} '{target.module}' {how}.{f'\n  {where}' if where else ''}", advice)
