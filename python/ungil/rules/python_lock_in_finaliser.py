"""``__del__`` takes a lock that the thread which it interrupts may hold.

What it finds
    A ``__del__`` that takes a plain ``Lock`` or a semaphore of a class or a module which other code takes too, directly
    or through a method of the object. An ``RLock`` is a note: the thread gets it, in the middle of what it was
    guarding.

Why it is unsafe without the GIL
    The interpreter runs ``__del__`` wherever the last reference is dropped or the garbage collector happens to start:
    in the middle of a method of another object, that holds the same lock. The thread then waits for itself. Without
    the GIL a collection may also run it in a thread that has nothing to do with the object.

How to fix it
    Take no locks there. Put what is to be done into a ``queue.SimpleQueue`` or a ``collections.deque``, whose methods
    may be interrupted, and do it elsewhere.

References
    https://docs.python.org/3/reference/datamodel.html#object.__del__
    https://docs.python.org/3/library/queue.html#simplequeue-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, PyFunction, Role
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_PLAIN = {Kind.LOCK, Kind.SEMAPHORE}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each finaliser."""
    python = facts.python
    for function in python.functions:
        if function.role is not Role.FINALISER:
            continue
        lock = _lock(python, function)
        if lock is None or not _is_shared(python, function, lock):
            continue
        kind = python.kind(function, lock)
        yield rule.finding(
            function.file,
            function.place,
            f"{function.title}() takes '{lock}': if it is run while its thread holds that lock, the thread waits for "
            "itself",
            severity=None if kind in _PLAIN else Severity.NOTE,
            confidence=Confidence.MEDIUM,
            fix="put what is to be done into a queue.SimpleQueue, and do it elsewhere",
        )


def _lock(python: PythonFacts, function: PyFunction) -> str | None:
    """A lock of a class or a module: that of the object itself is free when nobody has the object any more."""
    for one in (function, *python.called_by(function)):
        for taken in one.taken:
            if not taken.lock.startswith("self.") and python.kind(one, taken.lock).is_lock:
                return taken.lock
    return None


def _is_shared(python: PythonFacts, function: PyFunction, lock: str) -> bool:
    return any(
        taken.lock == lock
        for other in python.functions_of(function.file.path)
        if other is not function
        for taken in other.taken
    )


rule = Rule(
    code="UG664",
    slug="python-lock-in-finaliser",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a lock of the module",
            """\
import threading

_lock = threading.Lock()
_open = set()

class Handle:
    def __init__(self, number):
        self.number = number
        with _lock:
            _open.add(number)

    def __del__(self):  # <--
        with _lock:
            _open.discard(self.number)
""",
            "example.py",
        ),
        Good(
            "a queue, and a lock of the object itself",
            """\
import queue
import threading

_closed = queue.SimpleQueue()

class Handle:
    def __init__(self, number):
        self.number = number
        self._lock = threading.Lock()

    def close(self):
        with self._lock:
            self.number = None

    def __del__(self):
        self.close()
        _closed.put(self.number)
""",
            "example.py",
        ),
    ),
)
