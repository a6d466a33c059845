"""What an earlier hunt has saved, made again: how often does it still fail?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ungil.errors import UsageError
from ungil.stress.hammer.processes.again import FRESH, TRIES
from ungil.stress.hammer.processes.record import Record, fingerprints
from ungil.stress.hammer.processes.series import Processes
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
        changed: why it could not be made.
    """

    kind: Kind
    text: str
    got: str
    failed: int
    tries: int
    changed: str = ""


def replay(record: Record, processes: Processes, report: Callable[[str], None] = lambda _: None) -> list[Replayed]:
    """Make all that was saved again. What kills or hangs its process is made in several.

    Raises:
        UsageError: it was saved of another module.
        TargetError: what is to be hammered cannot be.
    """
    module = processes.result.target.module
    if record.module != module:
        raise UsageError(f"What was saved is of '{record.module}'.", f"Replay it so: ungil hammer {record.module} ...")
    found: list[Replayed] = []
    for number, plain in enumerate(record.observations, 1):
        report(f"{number} of {len(record.observations)} attempts, {sum(one.failed > 0 for one in found)} failed")
        found.append(_replayed(plain, processes))
    now = fingerprints(list(record.files))
    if any(now.get(file) != known for file, known in record.files.items()):
        processes.known.note("The extension is not the file that it was: a stop may be at another place in its code.")
    return found


def _replayed(plain: dict[str, Any], processes: Processes) -> Replayed:
    kind, attempt = Kind(plain["kind"]), plain["attempt"]
    fresh, tries, failed = FRESH, TRIES[Method(attempt["method"])], 0
    if kind in IN_ONE_PROCESS:
        fresh, tries = 1, IN_ONE_PROCESS[kind]
    for _ in range(fresh):
        end = processes.try_again(attempts=[attempt], kind=kind, tries=tries)
        if processes.known.changed:
            return Replayed(kind, _text(attempt), plain["got"], 0, 0, processes.known.changed)
        failed += 1 if end.bad else processes.known.failed
    return Replayed(kind, _text(attempt), plain["got"], failed, tries if kind in IN_ONE_PROCESS else fresh)


def _text(attempt: dict[str, Any]) -> str:
    """``A: append(1) | B: pop()``."""
    threads = zip("ABCDEFGH", attempt["threads"], strict=False)
    return " | ".join(f"{name}: {'; '.join(call['text'] for call in calls)}" for name, calls in threads)
