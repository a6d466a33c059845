"""The processes in which one target is tested, one after the other, and what is known from them."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ungil.stress.hammer.processes.job import Folder, Job, Target
from ungil.stress.hammer.processes.journal import METHODS, Phase, Run
from ungil.stress.hammer.processes.known import Known, TargetError
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.processes.watch import End, How, Patience, environment, watch
from ungil.stress.hammer.runs.attempt import Attempt, Method, turns_of
from ungil.stress.hammer.runs.text import loaded_text

__all__ = ["AGAIN_SECONDS", "Processes", "Settings", "by_itself"]

AGAIN_SECONDS: Final = 15.0
"""For one process that makes an attempt again."""

AGAIN_PATIENCE: Final = 4.0
"""For one of its runs: it has hung before for longer."""

SLOWER: Final = 30.0
"""How many times as long as alone a call may take beside others: they, and other programs, want the same cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to hunt.

    Attributes:
        budget: seconds of exploring.
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


class Processes:
    """Starts them. For one thread.

    Attributes:
        result: to which is written what they say.
        known: what the next one is told.
        start: how many seconds the last one took until its crew was ready.
    """

    def __init__(self, target: Target, settings: Settings, report: Callable[[], None] = lambda: None) -> None:
        """Begin with nothing known; ``report`` is called whenever something new is."""
        self.result = Result(target=target, seed=settings.seed, threads=settings.threads, gil_off=settings.gil_off)
        self.known = Known(self.result)
        if settings.gil_off:
            self.known.note("The GIL was kept off with PYTHON_GIL=0, whatever the module says.")
        self.start = 0.0
        self._settings = settings
        self._report = report
        self._job = Job(
            target=target if target.path else replace(target, path=sys.path),
            threads=settings.threads,
            breakpoints=settings.breakpoints,
            seed=settings.seed,
        )

    def go_on(self, seconds: float) -> End:
        """Have one process go on for so long where the last one ended.

        Raises:
            TargetError: what is tested cannot be imported, or has no models.
        """
        return self._process(replace(self._job, seconds=seconds), self._patience(self._settings.patience.run))

    def try_again(self, **attempt: Any) -> End:  # noqa: ANN401 - fields of a job
        """Have one make an attempt: ``attempts``, ``kind`` and ``tries`` of ``Job``.

        Raises:
            TargetError: what is tested cannot be imported, or has no models.
        """
        patience = self._patience(min(self._settings.patience.run, AGAIN_PATIENCE))
        return self._process(replace(self._job, seconds=AGAIN_SECONDS, **attempt), patience)

    def attempt(self, run: Run) -> Attempt:
        """What the last process was at."""
        scenario, method = self.known.catalogue.scenario(run.model, run.calls), METHODS[run.phase]
        if method is Method.BURST:
            return Attempt(scenario, method, run.owner, times=run.turns[0][1] if run.turns else 1)
        return Attempt(scenario, method, run.owner, turns_of(run.turns, self._text))

    def _patience(self, run: float) -> Patience:
        return replace(self._settings.patience, run=max(run, SLOWER * self.known.slowest))

    def _process(self, job: Job, patience: Patience) -> End:
        with tempfile.TemporaryDirectory(prefix="ungil-hammer-", ignore_cleanup_errors=True) as path:
            folder = Folder(Path(path))
            self._began = time.monotonic()
            variables = environment(gil_off=self._settings.gil_off, seed=self._settings.seed)
            try:
                end = watch(folder, self.known.next_job(job), variables, patience, self._hear)
            finally:
                self.known.close_process()
            self._text = loaded_text(self.result.files, folder.maps)
        if self.known.failure:
            raise self.known.failure
        if end.entry.phase in (Phase.START, Phase.IMPORT, Phase.MODELS) and end.how is not How.DONE:
            raise _cannot_start(self.result.target, end)
        return end

    def _hear(self, event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            self.start = time.monotonic() - self._began
        self.known.hear(event)
        self._report()


def by_itself(end: End) -> str:
    """What a call does when nothing runs beside it."""
    match end.how:
        case How.CRASH:
            return f"it crashes: {end.said}"
        case How.EXIT:
            return f"it ends the process: {end.said}"
        case How.KILLED:
            return f"somebody else ended the process: {end.said}"
        case How.DEADLOCK:
            return "it waits for ever: no thread is left to wake it"
        case _:
            return f"it does not return: {end.said}"


def _cannot_start(target: Target, end: End) -> TargetError:
    what = "Making models of" if end.entry.phase is Phase.MODELS else "Importing"
    how = {
        How.CRASH: f"crashes: {end.said}",
        How.EXIT: f"ends the process: {end.said}",
        How.DEADLOCK: "does not return: its threads wait for each other",
    }.get(end.how, f"does not return: {end.said}")
    where = "".join(f"\n{stack}" for stack in end.stacks).replace("\n", "\n  ")
    return TargetError(f"{what} '{target.module}' {how}.{where}", f"Try it alone: {target.alone}")
