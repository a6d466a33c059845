"""A thread calls an event loop by what only the loop's own thread may call.

What it finds
    In a function that the project hands to a thread, ``loop.call_soon()``, ``call_later()``, ``call_at()``,
    ``create_task()`` and ``asyncio.create_task()``, ``asyncio.ensure_future()``. Those of a loop that the same
    function makes or runs are no finding.

Why it is unsafe without the GIL
    The loop's queues have no lock, and a loop that sleeps is not woken: the call is lost, or made when something else
    happens. Without the GIL both threads also change the queues at once.

How to fix it
    ``loop.call_soon_threadsafe()``, or ``asyncio.run_coroutine_threadsafe()``.

References
    https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_METHODS = {"call_soon", "call_later", "call_at", "create_task"}
_FUNCTIONS = {"asyncio.create_task", "asyncio.ensure_future"}
_LOOP = re.compile(r"(?:.*[._])?(?:event_?)?loop", re.IGNORECASE)
_OWN = {"asyncio.new_event_loop", "asyncio.set_event_loop", "asyncio.run"}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    python = facts.python
    for function in python.functions:
        if id(function) not in python.in_threads or function.is_async:
            continue
        if any(call.name in _OWN or call.method in {"run_forever", "run_until_complete"} for call in function.calls):
            continue
        for call in function.calls:
            is_method = call.method in _METHODS and _LOOP.fullmatch(call.receiver) is not None
            if is_method or call.name in _FUNCTIONS:
                yield rule.finding(
                    function.file,
                    call.place,
                    f"{function.title}() runs in a thread and calls {call.name}(), which only the thread of the loop "
                    "may",
                    confidence=Confidence.MEDIUM,
                    fix="use call_soon_threadsafe() or asyncio.run_coroutine_threadsafe()",
                )
                break


rule = Rule(
    code="UG676",
    slug="python-loop-from-thread",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a reader thread",
            """\
import threading

class Reader:
    def __init__(self, loop, source, deliver):
        self._loop = loop
        self._source = source
        self._deliver = deliver
        self._thread = threading.Thread(target=self._read)

    def _read(self):
        for line in self._source:
            self._loop.call_soon(self._deliver, line)  # <--
""",
            "example.py",
        ),
        Good(
            "call_soon_threadsafe(), and the loop's own thread",
            """\
import asyncio
import threading

class Reader:
    def __init__(self, loop, source, deliver):
        self._loop = loop
        self._source = source
        self._deliver = deliver
        self._thread = threading.Thread(target=self._read)

    def _read(self):
        for line in self._source:
            self._loop.call_soon_threadsafe(self._deliver, line)

def run():
    loop = asyncio.new_event_loop()
    loop.call_soon(print, "begun")
    loop.run_forever()

threading.Thread(target=run).start()
""",
            "example.py",
        ),
    ),
)
