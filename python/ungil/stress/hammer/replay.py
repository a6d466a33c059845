"""What an earlier hunt has saved, made again: how often does it still fail?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ungil.errors import UsageError
from ungil.stress.hammer.processes.again import FRESH, TRIES
from ungil.stress.hammer.processes.record import Record, fingerprints
from ungil.stress.hammer.processes.series import AGAIN_SECONDS, Processes
from ungil.stress.hammer.processes.watch import End, How
from ungil.stress.hammer.runs.attempt import Kind, Method

__all__ = ["Replayed", "replay"]

IN_ONE_PROCESS: Final = {Kind.OUTCOME: 20, Kind.GROWTH: 2}
"""Tries at what does not end the process."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One attempt, made again.

    Attributes:
        kind: of what was seen.
        text: the attempt.
        got: what was seen then.
        failed, tries: how often it was made, and how often it failed.
        why_not: why it could not be made at all; empty if it was.
    """

    kind: Kind
    text: str
    got: str
    failed: int
    tries: int
    why_not: str = ""


def replay(record: Record, processes: Processes, report: Callable[[str], None] = lambda _: None) -> list[Replayed]:
    """Make all that was saved again. What kills or hangs its process is made in several.

    Ctrl-C ends it early: what has been made until then is returned, and the result of the processes says so.

    Raises:
        UsageError: it was saved of another module.
        TargetError: what is to be hammered cannot be.
    """
    module = processes.result.target.module
    if record.module != module:
        raise UsageError(f"What was saved is of '{record.module}'.", f"Replay it so: ungil hammer {record.module} ...")
    found: list[Replayed] = []
    try:
        for number, plain in enumerate(record.observations, 1):
            report(f"{number} of {len(record.observations)} attempts, {sum(one.failed > 0 for one in found)} failed")
            found.append(_replayed(plain, processes))
    except KeyboardInterrupt:
        processes.result.interrupted = True
    now = fingerprints(list(record.files))
    if any(now.get(file) != known for file, known in record.files.items()):
        processes.known.note("The extension is not the file that it was: a stop may be at another place in its code.")
    return found


def _replayed(plain: dict[str, Any], processes: Processes) -> Replayed:
    kind, attempt = Kind(plain["kind"]), plain["attempt"]
    in_one = kind in IN_ONE_PROCESS
    tries = IN_ONE_PROCESS[kind] if in_one else TRIES[Method(attempt["method"])]
    threads = max(processes.result.threads, len(attempt["threads"]))  # it may have been saved of a larger crew
    failed = made = 0
    why_not = ""
    for _ in range(1 if in_one else FRESH):
        end = processes.try_again(attempts=[attempt], kind=kind, tries=tries, threads=threads)
        if why_not := _why_not(end, processes):
            break
        if in_one and not end.bad:
            failed, made = processes.known.failed, processes.known.tries
        else:
            failed, made = failed + (end.bad or processes.known.failed > 0), made + 1
    return Replayed(kind, _text(attempt), plain["got"], failed, made, "" if made else why_not)


def _why_not(end: End, processes: Processes) -> str:
    """Why a process has not made the attempt to its end, be it that it failed; empty if it has."""
    known = processes.known
    if known.changed or known.trouble:
        return known.changed or f"A process could not go on: {known.trouble}."
    if processes.result.gil:
        return f"The GIL came on {processes.result.gil}."
    if end.how is How.KILLED:
        return f"Somebody else ended the process: {end.said}."
    if end.how is How.LATE:
        return f"There was no time: its tries were not over within {AGAIN_SECONDS:g} s."
    return "" if end.bad or known.tries else "The process ended before it had tried."


def _text(attempt: dict[str, Any]) -> str:
    """``A: append(1) | B: pop()``."""
    threads = zip("ABCDEFGH", attempt["threads"], strict=False)
    return " | ".join(f"{name}: {'; '.join(call['text'] for call in calls)}" for name, calls in threads)
