"""A thread that holds a plain lock takes it again, and waits for itself.

What it finds
    A method that takes ``self.x``, a ``threading.Lock``, while it holds it, or calls a method of its object, or reads
    a property, that does. Taking it with ``blocking=False`` or a timeout is no finding.

Why it is unsafe without the GIL
    A ``Lock`` does not know who holds it: the thread waits for ever for the lock that it has.

How to fix it
    Move what the second method does into a private one that expects the lock to be held, and call that from both. Or
    make it an ``RLock``.

References
    https://docs.python.org/3/library/threading.html#rlock-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, Place, PyFunction, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each place where a lock that is held is taken."""
    python = facts.python
    for function in python.functions:
        for lock, place, through in _again(python, function):
            yield rule.finding(
                function.file,
                place,
                f"{function.title}() holds '{lock}', a plain lock, and takes it again{through}: it waits for itself "
                "for ever",
                fix="call something that expects the lock to be held, or make it an RLock",
            )


def _again(python: PythonFacts, function: PyFunction) -> Iterator[tuple[str, Place, str]]:
    for one in function.taken:
        if any(held.lock == one.lock for held in one.held) and python.kind(function, one.lock) is Kind.LOCK:
            yield one.lock, one.place, ""
    owner = python.class_of(function)
    if owner is None:
        return
    seen: set[str] = set()
    calls = [(call.name, call.place, call.held, False) for call in function.calls]
    reads = [(act.subject, act.place, act.held, True) for act in function.accesses if act.touch is Touch.READ]
    for name, place, held, is_read in (*calls, *reads):
        target = python.method(owner, name.removeprefix("self.")) if held and name.startswith("self.") else None
        if target is None or target.is_async or name in seen or (is_read and not target.is_property):
            continue
        mine = {one.lock for one in held}
        again = (one.lock for one in target.taken if one.lock in mine and not one.held)
        lock = next((one for one in again if python.kind(function, one) is Kind.LOCK), None)
        if lock is not None:
            seen.add(name)
            yield lock, place, f" in {target.title}()"


rule = Rule(
    code="UG662",
    slug="python-lock-taken-twice",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "through another method, and through a property",
            """\
import threading

class Table:
    def __init__(self):
        self._lock = threading.Lock()
        self._rows = []

    def add(self, row):
        with self._lock:
            self._rows.append(row)

    @property
    def size(self):
        with self._lock:
            return len(self._rows)

    def add_all(self, rows):
        with self._lock:
            for row in rows:
                self.add(row)  # <--
            print(self.size)  # <--
""",
            "example.py",
        ),
        Good(
            "an RLock, and a method that expects the lock",
            """\
import threading

class Table:
    def __init__(self):
        self._lock = threading.RLock()
        self._rows = []

    def add(self, row):
        with self._lock:
            self._rows.append(row)

    def add_all(self, rows):
        with self._lock:
            for row in rows:
                self.add(row)

class Log:
    def __init__(self):
        self._lock = threading.Lock()
        self._rows = []

    def is_busy(self):
        with self._lock:
            self._lock.acquire(timeout=1)
            return bool(self._rows)

    def _add(self, row):
        self._rows.append(row)

    def add(self, row):
        with self._lock:
            self._add(row)

    def later(self):
        with self._lock:
            return lambda row: self.add(row)
""",
            "example.py",
        ),
    ),
)
