"""What a session of pytest writes down as it goes, so that its last words are known whichever way it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["Journal", "Outcome", "Reader", "Test", "Writer"]

FAILED: Final = "failed"
PASSED: Final = "passed"
SKIPPED: Final = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test that was collected.

    Attributes:
        name: pytest's node id.
        path: of its file, relative to where pytest ran.
        line: of its definition, counted from 1.
    """

    __test__ = False  # not a test of pytest's, whatever its name says

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a test ended.

    Attributes:
        outcome: ``passed``, ``failed`` or ``skipped``.
        said: the end of what pytest shows of a failure, or why it was skipped.
        seconds: what it took.
        failed, runs: how many of how many calls of the test failed; one call unless it ran in threads.
        first: the first iteration in which one failed.
        threads: that it ran in.
        alone: why in one thread only, where more were asked for.
        shares: fixtures of the project whose values its threads shared.
        within: where it was raised, outside of the standard library: ``file:line in function``.
    """

    outcome: str
    said: str = ""
    seconds: float = 0.0
    failed: int = 0
    runs: int = 1
    first: int = 0
    threads: int = 1
    alone: str = ""
    shares: tuple[str, ...] = ()
    within: str = ""


@dataclass(slots=True)
class Journal:
    """What was read of a session.

    Attributes:
        tests: that were collected, by name.
        uncollected: files that could not be, each with what pytest says of it.
        ended: how tests ended, by name.
        running: the test that had begun and not ended.
        collected: whether collection came to its end.
        gil: what turned the GIL on, with the modules that were imported meanwhile; empty while it is off.
        over: whether the session came to its end.
    """

    tests: dict[str, Test] = field(default_factory=dict)
    uncollected: dict[str, str] = field(default_factory=dict)
    ended: dict[str, Outcome] = field(default_factory=dict)
    running: str = ""
    collected: bool = False
    gil: str = ""
    over: bool = False


class Writer:
    """Writes records, each whole before the next step of the session. For one thread.

    A child that a test has forked, and that has come out of the test, ends here: it would run the others once more.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._process = os.getpid()

    def write(self, what: str, **told: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """One record."""
        if os.getpid() != self._process:
            os._exit(0)
        self._file.write(f"{json.dumps([what, told])}\n".encode())


class Reader:
    """Reads what is new of a journal, as often as it is asked."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal()
        self._path = path
        self._at = 0

    def look(self) -> Journal:
        """Everything that was written so far."""
        for what, told in self._new():
            self._take(what, told)
        return self.journal

    def _new(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._at)
            for line in file:
                if not line.endswith(b"\n"):
                    return  # the rest of it is on its way, or will never come
                self._at += len(line)
                what, told = json.loads(line)
                yield what, told

    def _take(self, what: str, told: dict[str, Any]) -> None:
        journal = self.journal
        match what:
            case "test":
                test = Test(**told)
                journal.tests[test.name] = test
            case "uncollected":
                journal.uncollected[told["name"]] = told["said"]
            case "collected":
                journal.collected = True
            case "begun":
                journal.running = told["name"]
            case "ended":
                name = told.pop("name")
                journal.ended[name] = Outcome(**told | {"shares": tuple(told["shares"])})
            case "finished":
                journal.running = ""
            case "gil":
                journal.gil = journal.gil or told["when"]
            case "over":
                journal.over = True
