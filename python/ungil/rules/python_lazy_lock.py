"""A lock is made on first use: two threads that are first make two, and neither keeps the other out.

What it finds
    ``if x is None: x = Lock()`` (also ``if not hasattr(...)``, ``except AttributeError``, ``if key not in x``) with no
    other lock held from the test to the store.

Why it is unsafe without the GIL
    Both threads find no lock, both make one, and each takes its own. The one moment at which the lock is needed is the
    one at which there are two.

How to fix it
    Make it when the module is imported or the object is made. For a lock by key: ``locks.setdefault(key, Lock())``,
    which returns the one that was first.

References
    https://docs.python.org/3/library/threading.html#lock-objects
    https://docs.python.org/3/library/stdtypes.html#dict.setdefault
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Question, Touch
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each lock that is made where it was found missing."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for one in function.decisions:
            is_store = one.act.touch is Touch.STORE or one.act.how == "[]="
            is_missing = one.question in {Question.UNSET, Question.ABSENT}
            if (
                is_missing
                and is_store
                and one.act.kind.is_threading_lock
                and not one.act.held
                and not python.is_together(function, one)
            ):
                yield rule.finding(
                    function.file,
                    one.act.place,
                    f"the lock '{one.act.subject}' is made in {function.title}() where it was found missing: two "
                    "threads that are first make two, and neither keeps the other out",
                    severity=None if python.is_threaded else Severity.NOTE,
                    fix="make it at import or with the object; by key, with setdefault()",
                    evidence=(f"the test is in line {one.place.line}",),
                )


rule = Rule(
    code="UG667",
    slug="python-lazy-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "of a module, and by key",
            """\
import threading

_lock = None
_locks = {}

def lock():
    global _lock
    if _lock is None:
        _lock = threading.Lock()  # <--
    return _lock

def lock_of(key):
    if key not in _locks:
        _locks[key] = threading.RLock()  # <--
    return _locks[key]
""",
            "example.py",
        ),
        Good(
            "at import, and setdefault()",
            """\
import threading

_lock = threading.Lock()
_locks = {}

def lock_of(key):
    return _locks.setdefault(key, threading.RLock())

def lock_of_name(name):
    with _lock:
        if name not in _locks:
            _locks[name] = threading.RLock()
        return _locks[name]
""",
            "example.py",
        ),
    ),
)
