"""A lock that is made where it is taken keeps nobody out.

What it finds
    ``with threading.Lock():``, and a lock in a local variable that the same function takes and that nothing else can
    reach: no function inside, no object, no call gets it.

Why it is unsafe without the GIL
    Every call makes a lock of its own. Two threads take two locks, and both are inside at once.

How to fix it
    Make the lock once, with what it guards: in the module, or in ``__init__``.

References
    https://docs.python.org/3/library/threading.html#lock-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Place, PyFunction
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each lock."""
    for function in facts.python.functions:
        for place in _places(function) if function.name != "<module>" else ():
            yield rule.finding(
                function.file,
                place,
                f"{function.title}() makes the lock that it takes: every call has its own, and none keeps another out",
                fix="make the lock once, in the module or with the object",
            )


def _places(function: PyFunction) -> Iterator[Place]:
    yield from (one.place for one in function.taken if one.is_new)
    taken = {one.lock for one in function.taken} - function.passed_on
    yield from (place for name, (kind, place) in function.makes.items() if kind.is_threading_lock and name in taken)


rule = Rule(
    code="UG666",
    slug="python-lock-of-one-call",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "in the with statement, and in a local variable",
            """\
import threading

total = 0

def add(number):
    global total
    with threading.Lock():  # <--
        total += number

def take(number):
    global total
    lock = threading.Lock()  # <--
    with lock:
        total -= number
""",
            "example.py",
        ),
        Good(
            "one lock, and a local lock that others get",
            """\
import threading

total = 0
_lock = threading.Lock()

def add(number):
    global total
    with _lock:
        total += number

def sums(lists):
    lock = threading.Lock()
    found = []

    def one(numbers):
        with lock:
            found.append(sum(numbers))

    with lock:
        threads = [threading.Thread(target=one, args=(numbers,)) for numbers in lists]
    return threads, found
""",
            "example.py",
        ),
    ),
)
