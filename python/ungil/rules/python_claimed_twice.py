"""A flag that says "already done" is tested and set in two steps: two threads both do it.

What it finds
    ``if self._started: return`` followed within a few lines by ``self._started = True``, with no lock held from the
    test to the store, in a class that holds a lock or runs a thread.

Why it is unsafe without the GIL
    Two threads that call the method at once both see the flag as it was, and both go on: two workers are started, or
    the same resource is closed twice.

How to fix it
    Test and set under one lock. Or take a lock that is never given back: ``if not self._once.acquire(blocking=False):
    return``.

References
    https://docs.python.org/3/library/threading.html#threading.Lock.acquire
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Decision, Question, Touch
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_NEAR = 6  # lines: what is set later, at the end of something, is no claim


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function and flag."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function) or id(function) in python.one_thread:
            continue
        seen: set[str] = set()
        for one in function.decisions:
            subject = one.act.subject
            if not _claims(one) or subject in seen or one.act.held or python.is_together(function, one):
                continue
            why, is_likely = python.why(function, subject)
            is_met = python.meets_changer(function, subject)
            if not why or not is_likely or not is_met or not subject.startswith("self."):
                continue
            seen.add(subject)
            yield rule.finding(
                function.file,
                one.act.place,
                f"{function.title}() tests '{subject}' and then sets it, with no lock around both: two threads may "
                "both go on",
                confidence=Confidence.MEDIUM,
                fix="test and set it under one lock",
                evidence=(f"the test is in line {one.place.line}", why),
            )


def _claims(one: Decision) -> bool:
    act = one.act
    is_near = 0 <= act.place.line - one.place.line <= _NEAR
    return one.question is Question.UNSET and act.touch is Touch.STORE and act.how == "True" and is_near


rule = Rule(
    code="UG656",
    slug="python-claimed-twice",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "start() of an object that holds a lock",
            """\
import threading

class Service:
    def __init__(self):
        self._lock = threading.Lock()
        self._started = False

    def start(self):
        if self._started:
            return
        self._started = True  # <--
        threading.Thread(target=print).start()

    def stop(self):
        with self._lock:
            self._started = False
""",
            "example.py",
        ),
        Good(
            "under the lock",
            """\
import threading

class Service:
    def __init__(self):
        self._lock = threading.Lock()
        self._started = False

    def start(self):
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=print).start()
""",
            "example.py",
        ),
        Good(
            "an object that no threads share",
            """\
class Parser:
    def __init__(self):
        self._started = False

    def start(self):
        if self._started:
            return
        self._started = True
""",
            "example.py",
        ),
    ),
)
