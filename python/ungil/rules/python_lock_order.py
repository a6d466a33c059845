"""Two locks are taken in one order here and in the other there.

What it finds
    In one class or one module, a lock ``b`` that is taken while ``a`` is held, directly or in a method that is called
    then, and somewhere else ``a`` while ``b`` is held.

Why it is unsafe without the GIL
    Each of two threads holds the lock that the other waits for, and both wait for ever.

How to fix it
    Take them in one order everywhere, or let one lock guard both.

References
    https://docs.python.org/3/library/threading.html#lock-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Place, PyFunction
from ungil.facts.python.names import is_lock_name
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

type Pair = tuple[str, str]


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each pair of locks with two orders."""
    python = facts.python
    pairs: dict[tuple[str, str], dict[Pair, tuple[PyFunction, Place]]] = {}
    for function in python.functions:
        known = pairs.setdefault((function.file.path, function.owner), {})
        for pair, place in _pairs(python, function):
            known.setdefault(pair, (function, place))
    for known in pairs.values():
        for (first, second), (function, place) in known.items():
            other = known.get((second, first))
            if other is None or (other[1], second) > (place, first):
                continue
            yield rule.finding(
                function.file,
                place,
                f"{function.title}() takes '{second}' while it holds '{first}', and {other[0].title}() takes them the "
                "other way round: each of two threads may wait for the other for ever",
                confidence=Confidence.MEDIUM,
                fix="take them in one order everywhere",
                evidence=(f"the other order is in line {other[1].line}",),
            )


def _pairs(python: PythonFacts, function: PyFunction) -> Iterator[tuple[Pair, Place]]:
    """A lock that is held, and one that is taken then: directly, or in a method that is called."""
    taken = [(one.lock, one.held, one.place) for one in function.taken]
    owner = python.class_of(function)
    for call in function.calls:
        if owner is not None and call.held and call.receiver == "self":
            target = python.method(owner, call.method)
            taken += [(one.lock, call.held, call.place) for one in (target.taken if target is not None else ())]
    for lock, held, place in taken:
        names = {one.lock for one in held}
        if _is_own(lock) and lock not in names:
            yield from (((name, lock), place) for name in names if _is_own(name))


def _is_own(lock: str) -> bool:
    return (
        is_lock_name(lock)
        and not lock.endswith("()")
        and not lock.startswith("async ")
        and (lock.startswith("self.") or "." not in lock)
    )


rule = Rule(
    code="UG661",
    slug="python-lock-order",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "directly, and through a method",
            """\
import threading

class Bank:
    def __init__(self):
        self._accounts_lock = threading.Lock()
        self._log_lock = threading.Lock()

    def _write(self, text):
        with self._log_lock:
            print(text)

    def move(self, amount):
        with self._accounts_lock:
            self._write(amount)

    def rotate(self):
        with self._log_lock:
            with self._accounts_lock:  # <--
                print("rotated")
""",
            "example.py",
        ),
        Good(
            "one order, and a condition that is the lock",
            """\
import threading

class Bank:
    def __init__(self):
        self._accounts_lock = threading.RLock()
        self._changed = threading.Condition(self._accounts_lock)
        self._log_lock = threading.Lock()

    def move(self, amount):
        with self._accounts_lock, self._log_lock:
            print(amount)

    def rotate(self):
        with self._accounts_lock:
            with self._log_lock:
                print("rotated")

    def tell(self):
        with self._changed:
            with self._accounts_lock:
                self._changed.notify_all()
""",
            "example.py",
        ),
    ),
)
