"""Starts a tested process, sees to it that it ends, and tells how: by itself, in a crash, in a deadlock, in a hang."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ungil.errors import UngilError
from ungil.stress.hammer.processes.job import Events, Folder, Job
from ungil.stress.hammer.processes.journal import Entry, Phase, read
from ungil.stress.hammer.processes.stacks import ask_for_stacks, readable
from ungil.stress.hammer.processes.waiting import is_stopped, waits_for_itself
from ungil.stress.hammer.runs.text import loaded_text

__all__ = ["End", "How", "Patience", "ProcessError", "environment", "watch"]

TICK: Final = 0.02
MOST_OUTPUT: Final = 1_000_000
"""Bytes of output that are kept; more than that is nothing that anybody reads."""

_FATAL: Final = re.compile(
    r"double free|corrupt|^(?:free|malloc|realloc|munmap_chunk)\w*\(|stack smashing|Fatal Python error|Assertion|"
    r"terminate called|pure virtual"
)
_OF_OTHERS: Final = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
"""Signals by which a process is ended from outside: by the system, for instance, when memory runs out."""

_HAMMER: Final = "ungil.stress.hammer.processes.child"


class ProcessError(UngilError):
    """A process did not come as far as to say anything."""


class How(StrEnum):
    """How a process ended."""

    DONE = "done"  # it did its job
    CRASH = "crash"  # by a signal
    EXIT = "exit"  # in the middle of its job, by itself
    DEADLOCK = "deadlock"  # its threads waited for each other
    HANG = "hang"  # it did not get on
    LATE = "late"  # it got on, but had no time left
    KILLED = "killed"  # by somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a process may take, in seconds, without getting on.

    Attributes:
        start: until it has imported what is tested and has its models.
        alone: for one call with nothing beside it.
        run: for a call of a run: so long, or many times as long as the slowest call takes alone.
        quiet: before a look at whether its threads wait for each other.
        over: beyond the time of its job.
    """

    start: float = 60.0
    alone: float = 4.0
    run: float = 6.0
    quiet: float = 1.0
    over: float = 1.0

    def of(self, phase: Phase) -> float:
        """What holds in this phase."""
        match phase:
            case Phase.START | Phase.IMPORT | Phase.MODELS:
                return self.start
            case Phase.ALONE:
                return self.alone
            case _:
                return self.run


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended.

    Attributes:
        how: in which way.
        said: the signal or the exit code, for people: ``SIGSEGV``.
        entry: what it was doing.
        stacks: where its threads stood, a text for each.
        output: the last lines that the extension has written to standard output and standard error.
    """

    how: How
    said: str
    entry: Entry
    stacks: tuple[str, ...] = ()
    output: str = ""

    @property
    def bad(self) -> bool:
        """Whether it ended otherwise than it should."""
        return self.how not in (How.DONE, How.LATE)


def environment(*, gil_off: bool, seed: int = 0) -> dict[str, str]:
    """The variables of a tested process: memory that is freed is overwritten, so that its use shows.

    All processes of a hunt have the same hashes, or sets and what is made of them would differ from one to the next.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    added = {"PYTHONMALLOC": "debug", "MALLOC_PERTURB_": "165", "PYTHONUNBUFFERED": "1"}
    added["PYTHONHASHSEED"] = str(seed % 2**32)
    return kept | added | ({"PYTHON_GIL": "0"} if gil_off else {})


def watch(
    folder: Folder,
    job: Job,
    variables: Mapping[str, str],
    patience: Patience,
    told: Callable[[dict[str, Any]], None],
) -> End:
    """Have a process do the job, pass on its events as they come, and tell how it ended.

    Raises:
        KeyboardInterrupt: and the process has been ended.
    """
    folder.write_job(job)
    events = Events(folder)
    try:
        with _process(folder, variables) as process:
            return _Watch(process, folder, job, patience).until_it_ends(lambda: _tell(events, told))
    finally:
        _tell(events, told)


class _Watch:
    """One process, until it ends."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Folder, job: Job, patience: Patience) -> None:
        self._process = process
        self._folder = folder
        self._patience = patience
        self._pulse: tuple[int, ...] = ()
        self._quiet = 0.0
        self._looked = time.monotonic()
        self._deadline = self._looked + patience.start + job.seconds + patience.over
        self._exploring: float | None = None
        self._seconds = job.seconds + patience.over
        self._waiting = 0

    def until_it_ends(self, look: Callable[[], None]) -> End:
        """Look again and again."""
        while (code := self._waited()) is None:
            look()
            self._keep_output_small()
            entry = self._entry()
            if entry and (how := self._stuck(entry)):
                return self._stopped(how)
        return self._ended(code)

    def _waited(self) -> int | None:
        """Its exit code, once it has ended. Its number stays its own until whatever it has started is ended, too."""
        time.sleep(TICK)
        if hasattr(os, "waitid"):
            if not os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return None
            _end(self._process)
        return self._process.poll()

    def _stuck(self, entry: Entry) -> How | None:
        """Whether it has to be ended, and why."""
        now = time.monotonic()
        self._listen(entry, now)
        if self._exploring is None and entry.phase > Phase.ALONE:
            self._exploring = now
        if self._quiet > self._patience.quiet:
            self._waiting = self._waiting + 1 if waits_for_itself(self._process.pid, entry.posts) else 0
            if self._waiting > 2:  # noqa: PLR2004 - looks: one alone may fall between two waits
                return How.DEADLOCK
        if self._quiet > self._patience.of(entry.phase):
            return How.HANG
        late = now > self._deadline or (self._exploring is not None and now - self._exploring > self._seconds)
        return How.LATE if late else None

    def _listen(self, entry: Entry, now: float) -> None:
        """Count for how long nothing has happened, but not while this process, or that one, was kept from running."""
        self._quiet += min(now - self._looked, 10 * TICK)
        self._looked = now
        if entry.pulse != self._pulse or is_stopped(self._process.pid):
            self._pulse, self._quiet, self._waiting = entry.pulse, 0.0, 0

    def _stopped(self, how: How) -> End:
        if how is not How.LATE:
            ask_for_stacks(self._process.pid, self._folder.stacks)
        entry = self._entry()
        assert entry is not None, "it was there a moment ago"  # noqa: S101
        limit = self._patience.of(entry.phase)
        said = "its threads wait for each other" if how is How.DEADLOCK else f"nothing has happened for {limit:g} s"
        return End(how, said, entry, self._stacks(), self._output())

    def _ended(self, code: int) -> End:
        entry = self._entry()
        if entry is None:
            said = self._output().strip().rpartition("\n")[2]
            raise ProcessError(
                f"The tested process did not start: exit code {code}. {said}", f"Try: {sys.executable} -V"
            )
        if code == 0 and entry.phase is Phase.DONE:
            return End(How.DONE, "", entry, (), self._output())
        how, said = (How.CRASH, _name_of(-code)) if code < 0 else (How.EXIT, f"exit code {code}")
        how = How.KILLED if said in _OF_OTHERS else how
        said = ": ".join([said, *_last_words(self._output())])
        return End(how, said, entry, self._stacks(), self._output())

    def _entry(self) -> Entry | None:
        with suppress(OSError):
            return read(self._folder.journal)
        return None

    def _stacks(self) -> tuple[str, ...]:
        if not self._folder.stacks.exists():
            return ()
        written = self._folder.stacks.read_text(encoding="utf-8", errors="replace")
        return readable(written, loaded_text([], self._folder.maps))

    def _keep_output_small(self) -> None:
        """It is written at its end, wherever that is, so what is there may be cut away."""
        with suppress(OSError):
            if self._folder.output.stat().st_size > MOST_OUTPUT:
                os.truncate(self._folder.output, 0)

    def _output(self) -> str:
        with suppress(OSError):
            return self._folder.output.read_bytes()[-2000:].decode("utf-8", "replace")
        return ""


@contextmanager
def _process(folder: Folder, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A tested process, in a group of its own: what it starts is ended with it."""
    command = [sys.executable, "-P", "-m", _HAMMER, str(folder.path)]  # -P: our imports are not the current folder's
    with folder.output.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(variables),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, if it has not ended, and all that it has started."""
    if process.returncode is not None:
        return  # it was done before, and its number may be somebody else's by now
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _tell(events: Events, told: Callable[[dict[str, Any]], None]) -> None:
    for event in events.new():
        told(event)


def _last_words(output: str) -> list[str]:
    """The last line by which a C library or an interpreter says why it ends the process."""
    return [line.strip()[:200] for line in output.splitlines() if _FATAL.search(line)][-1:]


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
