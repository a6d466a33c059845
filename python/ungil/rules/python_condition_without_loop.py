"""A thread that waits for a condition goes on without looking whether it holds.

What it finds
    ``condition.wait()`` of a ``threading.Condition`` that no ``while`` is around.

Why it is unsafe without the GIL
    Between ``notify()`` and the moment at which ``wait()`` has the lock again another thread may have taken what there
    was; and ``notify_all()`` wakes all, of which only one finds it. The more threads run at once, the more often.

How to fix it
    ``while not ready: condition.wait()``, or ``condition.wait_for(lambda: ready)``.

References
    https://docs.python.org/3/library/threading.html#condition-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each ``wait()``."""
    for function in facts.python.functions:
        for call in function.calls:
            if call.method != "wait" or call.in_while or call.is_awaited or not call.receiver:
                continue
            if facts.python.kind(function, call.receiver) is not Kind.CONDITION or function.name == "wait":
                continue
            yield rule.finding(
                function.file,
                call.place,
                f"{function.title}() waits for '{call.receiver}' without a loop: when it goes on, another thread may "
                "have been first",
                severity=None if call.is_statement and not call.arguments else Severity.NOTE,
                fix="put it into 'while not ...', or use wait_for()",
            )


rule = Rule(
    code="UG665",
    slug="python-condition-without-loop",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one test, one wait",
            """\
import threading

class Box:
    def __init__(self):
        self._ready = threading.Condition()
        self._items = []

    def take(self):
        with self._ready:
            if not self._items:
                self._ready.wait()  # <--
            return self._items.pop()
""",
            "example.py",
        ),
        Good(
            "a loop, wait_for(), and an event",
            """\
import threading

class Box:
    def __init__(self):
        self._ready = threading.Condition()
        self._closed = threading.Event()
        self._items = []

    def take(self):
        with self._ready:
            while not self._items:
                self._ready.wait()
            return self._items.pop()

    def last(self):
        with self._ready:
            self._ready.wait_for(lambda: self._items)
            return self._items[-1]

    def join(self):
        self._closed.wait()
""",
            "example.py",
        ),
    ),
)
