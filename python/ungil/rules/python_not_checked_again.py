"""What was found missing without a lock is made under it, and not looked for again.

What it finds
    ``if x is None:`` without a lock, and inside ``with lock: x = make()``, where the test is not made again under the
    lock; also with ``if key not in x`` and ``x[key] = make()``, where what is made is a new object or container.

Why it is unsafe without the GIL
    Two threads find it missing. The second waits for the lock, gets it, and makes another, which replaces the first.

How to fix it
    Test again while the lock is held.

References
    https://en.wikipedia.org/wiki/Double-checked_locking
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Decision, Kind, Question, Touch
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each store."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for one in function.decisions:
            if _makes(one) and one.act.held and not one.held and not python.is_together(function, one):
                yield rule.finding(
                    function.file,
                    one.act.place,
                    f"'{one.act.subject}' is made in {function.title}() under a lock, but was found missing without "
                    "it: the second thread makes it again",
                    fix="test again while the lock is held",
                    evidence=(f"the test is in line {one.place.line}",),
                )


def _makes(one: Decision) -> bool:
    act = one.act
    is_new = act.kind is Kind.INSTANCE or act.kind.is_costly or act.kind.is_container
    if one.question is Question.UNSET:
        return act.touch is Touch.STORE and (is_new or act.kind is Kind.RESULT)
    return one.question is Question.ABSENT and act.how == "[]=" and is_new


rule = Rule(
    code="UG675",
    slug="python-not-checked-again",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one test, outside",
            """\
import threading

_lock = threading.Lock()
_client = None

class Client:
    pass

def client():
    global _client
    if _client is None:
        with _lock:
            _client = Client()  # <--
    return _client
""",
            "example.py",
        ),
        Good(
            "two tests",
            """\
import threading

_lock = threading.Lock()
_client = None

class Client:
    pass

def client():
    global _client
    if _client is None:
        with _lock:
            if _client is None:
                _client = Client()
    return _client
""",
            "example.py",
        ),
    ),
)
