"""Watches a session test by test, from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ungil.commands import Report
from ungil.stress.suite.journal import Journal, Reader
from ungil.stress.suite.stacks import ask

__all__ = ["Watcher"]

_START_DEADLINE: Final = 180.0
"""Seconds to collect the tests: conftest files may compile or download."""

_END_DEADLINE: Final = 20.0
"""Seconds from the last test to the end of the process."""

_LOOK: Final = 0.1


class Watcher:
    """Looks at the journal now and then; has the process ended in which a test takes too long.

    Attributes:
        reader: of the journal.
        hung: what took how long; empty if nothing did.
    """

    def __init__(self, reader: Reader, stacks: Path, limit: Callable[[str], float], report: Report, name: str) -> None:
        self.reader = reader
        self.hung = ""
        self._stacks = stacks
        self._limit = limit
        self._report = report
        self._name = name
        self._looked = 0.0
        self._since = time.monotonic()
        self._doing = ("", False, False)

    def __call__(self, process: int) -> bool:
        """Whether that process is to be ended; its stacks have been asked for then."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return False
        self._looked = now
        journal = self.reader.look()
        doing = (journal.running, journal.collected, journal.over)
        if doing != self._doing:
            self._doing, self._since = doing, now
            if journal.tests:
                self._report(f"test {len(journal.ended) + 1} of {len(journal.tests)}, {self._name}")
        limit = self._patience(journal)
        if now - self._since <= limit:
            return False
        self.hung = f"it had not come to its end after {limit:.0f} s"
        ask(process, self._stacks)
        return True

    def _patience(self, journal: Journal) -> float:
        if journal.running:
            return self._limit(journal.running)
        return _END_DEADLINE if journal.over else _START_DEADLINE
