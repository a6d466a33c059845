"""The hunt for races in one extension: process after process, until the time is over or nothing is left to try.

A process that crashes, hangs or ends itself says by its journal what it was doing. If threads ran beside each other,
that is what was looked for; if not, it is left out, with the reason. Either way the next process goes on behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ungil.errors import UngilError
from ungil.stress.hammer.processes.again import Again, Seen
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.journal import Phase, Run
from ungil.stress.hammer.processes.record import attempt_json
from ungil.stress.hammer.processes.result import LeftOut, Result
from ungil.stress.hammer.processes.series import Processes, Settings, by_itself
from ungil.stress.hammer.processes.watch import End, How
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Observation

__all__ = ["hunt"]

MOST_RESTARTS: Final = 40
"""Processes that may die or hang in one hunt: each costs some tenths of a second, and a hang many seconds."""

LEAST: Final = 0.1
"""Seconds below which no further process is started."""

CONFIRMING: Final = 8.0
SHARE: Final = 0.25
"""What trying one crash or hang again may take: so many seconds, and so much of the time that is left."""

_KINDS: Final = {How.CRASH: Kind.CRASH, How.EXIT: Kind.CRASH, How.DEADLOCK: Kind.DEADLOCK, How.HANG: Kind.HANG}


def hunt(target: Target, settings: Settings, report: Callable[[str], None] = lambda _: None) -> Result:
    """Hunt, and tell from time to time how far it is. Ctrl-C ends it early: the result says so.

    Raises:
        TargetError: what is to be hammered cannot be.
        UngilError, OSError: no process can be started. Once something has run, that only ends the hunt.
    """
    one = _Hunt(target, settings, report)
    began = time.monotonic()
    try:
        one.run()
    except KeyboardInterrupt:
        one.result.interrupted = True
    if one.result.gil and one.result.executions:
        one.known.note(f"The GIL came on {one.result.gil}: nothing was tried after that.")
    one.result.seconds = time.monotonic() - began
    return one.result


class _Hunt:
    """One hunt. For one thread."""

    def __init__(self, target: Target, settings: Settings, report: Callable[[str], None]) -> None:
        self._processes = Processes(target, settings, self._tell)
        self.result = self._processes.result
        self.known = self._processes.known
        self._budget = settings.budget
        self._report = report
        self._began = self._end = time.monotonic()
        self._restarts = 0

    def run(self) -> None:
        """Call each operation alone, then explore. The time that processes take to start is not counted."""
        self._end = time.monotonic() + self._budget
        self._until(self._end, lambda: not self.known.untried)
        self._began = time.monotonic()
        self._end = self._began + self._budget + self._processes.start
        self._until(self._end, lambda: False)

    def _until(self, deadline: float, over: Callable[[], bool]) -> None:
        """Start processes until then, or until it is over, or one has nothing left to do."""
        while not over() and not self.result.gil and (left := deadline - time.monotonic()) > LEAST:
            if self._restarts == MOST_RESTARTS:
                self.known.note(f"{MOST_RESTARTS} processes have crashed or hung: the rest of the time was not used.")
                return
            untried = self.known.untried
            try:
                end = self._processes.go_on(left)
                if end.bad:
                    self._restarts += 1
                    self._explain(end)
            except (UngilError, OSError) as error:
                if not (self.result.executions or self.result.first_uses or self.result.observations):
                    raise
                what = error.happened if isinstance(error, UngilError) else f"{error}."
                self.known.note(f"The hunt ended early. {what}")
                return
            if not end.bad and not untried:
                return

    def _tell(self) -> None:
        left = max(0.0, self._end - time.monotonic())
        found = len(self.result.observations)
        models = len(self.result.models)
        self._report(f"{self.known.executions:,} runs of {models} models, {found} found, {left:.0f} s left")

    def _explain(self, end: End) -> None:
        """Find out what a process died of, and leave that out or report it."""
        entry = end.entry
        if self.known.trouble or end.how is How.KILLED:
            self.known.note(f"A process could not go on: {self.known.trouble or by_itself(end)}.")
            if entry.now.calls:
                self.known.settle(entry.model, entry.now.calls)
        elif entry.phase is Phase.ALONE:
            self.known.leave_out(entry.model, entry.operation, by_itself(end))
        else:
            self.known.is_at(entry.model, entry.step)
            self._explain_run(end)

    def _explain_run(self, end: End) -> None:
        entry = end.entry
        last = entry.now if entry.now.phase.is_concurrent else entry.before
        # Its addresses hold in the process that died: the next one, which may have to be asked, lies elsewhere.
        attempt = self._processes.attempt(last) if last.phase.is_concurrent else None
        if entry.phase is Phase.ORDER and self._happens_in_order(entry.now):
            self._leave_out_order(end)
        elif attempt:
            self._found(end, attempt, last)
        else:
            self.known.note(f"A process ended once with no threads beside each other: {by_itself(end)}.")

    def _happens_in_order(self, run: Run) -> bool:
        """Whether it happens again where nothing has run concurrently before."""
        return self._seen(self._processes.attempt(run), 1).failed > 0

    def _leave_out_order(self, end: End) -> None:
        """These calls cannot be made one after the other, so nothing can be said of them together."""
        model, calls = end.entry.now.model, end.entry.now.calls
        self.known.settle(model, calls)
        scenario = self.known.catalogue.scenario(model, calls)
        reason = f"made one after the other: {by_itself(end)}"
        self.result.left_out.append(LeftOut(scenario.model.name, str(scenario), reason))

    def _found(self, end: End, attempt: Attempt, run: Run) -> None:
        """Report it, then see how often it happens and what is the least that it takes."""
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
        self.known.settle(run.model, run.calls)
        self._report(f"{observation.kind} of {attempt.scenario}: trying it again")
        self.result.observations[-1] = self._confirmed(observation, end)

    def _confirmed(self, observation: Observation, end: End) -> Observation:
        attempt = observation.attempt
        seconds = min(CONFIRMING, SHARE * max(0.0, self._end - time.monotonic()))
        simplest, reproduced, again = Again(self._seen, seconds).confirm(attempt)
        better = end
        if simplest is not attempt and again and again.how in _KINDS:
            better = again
            catalogue = self.known.catalogue
            self.known.settle(catalogue.number(simplest.scenario.model), catalogue.calls(simplest.scenario))
        return replace(
            observation,
            kind=_KINDS[better.how],
            attempt=attempt if better is end else simplest,
            got=better.said,
            reproduced=reproduced,
            stacks=better.stacks,
        )

    def _seen(self, attempt: Attempt, tries: int) -> Seen:
        """Make an attempt in a fresh process."""
        plain = attempt_json(attempt, self.known.catalogue)
        end = self._processes.try_again(attempts=[plain], kind=Kind.CRASH, tries=tries)
        if end.how is How.KILLED or self.known.trouble:
            return Seen(0, end)  # nothing that the attempt does
        if not end.bad:
            return Seen(self.known.failed, end)
        run = end.entry.now
        better = self._processes.attempt(run) if run.phase.is_concurrent else None
        return Seen(1, end, better)
