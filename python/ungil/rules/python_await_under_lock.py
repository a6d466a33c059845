"""A coroutine waits for its event loop while it holds a lock of threads.

What it finds
    ``await``, ``async for`` or ``async with`` inside ``with lock:`` where the lock is one of ``threading``.

Why it is unsafe without the GIL
    The loop goes on with other tasks while the lock is held. One that wants the same lock blocks the only thread that
    could give it back: the whole loop stands. Threads outside wait for as long as the loop takes.

How to fix it
    Do what needs the lock before or after, without waiting in between. Between tasks of one loop use ``asyncio.Lock``.

References
    https://docs.python.org/3/library/asyncio-sync.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function and lock."""
    for function in facts.python.functions:
        seen: set[str] = set()
        for lock, place in function.awaits:
            if lock not in seen and facts.python.kind(function, lock).is_threading_lock:
                seen.add(lock)
                yield rule.finding(
                    function.file,
                    place,
                    f"{function.title}() waits for the event loop while it holds '{lock}': a task that wants it "
                    "blocks the loop that would give it back",
                    fix="wait before or after the lock is held, or use asyncio.Lock",
                )


rule = Rule(
    code="UG668",
    slug="python-await-under-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "await with a lock of threads",
            """\
import threading

class Cache:
    def __init__(self, load):
        self._lock = threading.Lock()
        self._load = load
        self._value = None

    async def get(self):
        with self._lock:
            if self._value is None:
                self._value = await self._load()  # <--
        return self._value
""",
            "example.py",
        ),
        Good(
            "a lock of the loop, and nothing to wait for",
            """\
import asyncio
import threading

class Cache:
    def __init__(self, load):
        self._lock = asyncio.Lock()
        self._guard = threading.Lock()
        self._load = load
        self._value = None

    async def get(self):
        async with self._lock:
            if self._value is None:
                self._value = await self._load()
        with self._guard:
            return self._value
""",
            "example.py",
        ),
    ),
)
