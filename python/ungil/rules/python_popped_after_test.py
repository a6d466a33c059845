"""What was not empty when it was tested is empty when something is taken from it.

What it finds
    ``while x: x.pop()``, ``if x: x.popleft()``, ``if x: x[0]``, ``x.popitem()`` and ``x.remove(v)`` of that kind, with
    no lock held from the test to the act, where ``x`` is an attribute of an object that threads share, of a class, or
    a variable of a module. There is no finding where the exception is caught, or where only one thread takes from it.

Why it is unsafe without the GIL
    Two threads see the one element that is left; the second gets an IndexError or a KeyError.

How to fix it
    Take, and catch the exception: ``try: item = x.pop()``, ``except IndexError: break``. Or hold a lock around both,
    or use a ``queue.Queue``.

References
    https://docs.python.org/3/library/queue.html
    https://docs.python.org/3/library/collections.html#collections.deque
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Decision, Kind, Question, Touch
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_TAKES = {"pop", "popleft", "popitem"}
_ENDS = {"0", "-1"}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each test that another thread can come behind."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        seen: set[str] = set()
        for one in function.decisions:
            subject = one.act.subject
            if not _takes(one) or python.is_together(function, one) or subject in seen:
                continue
            kind = python.kind(function, subject)
            if not kind.is_container and kind is not Kind.OTHER:
                continue
            takers = [
                other for other, act in python.changers(function, subject) if act.how in _TAKES | {"remove", "clear"}
            ]
            why, is_likely = python.why(function, subject)
            is_met = python.meets_changer(function, subject)
            if not why or not is_met or not takers or all(id(other) in python.one_thread for other in takers):
                continue
            seen.add(subject)
            yield rule.finding(
                function.file,
                one.act.place,
                f"{function.title}() tests whether there is something in '{subject}' and then takes it, with no lock "
                "around both: another thread may have taken the last, which is an exception",
                severity=None if is_likely else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="take it and catch the exception, hold one lock around both, or use queue.Queue",
                evidence=(f"the test is in line {one.place.line}", why),
            )


def _takes(one: Decision) -> bool:
    act = one.act
    if one.question is not Question.SET or act.caught:
        return False
    if act.touch is Touch.EDIT:
        return act.how in _TAKES and act.key in {"", *_ENDS}
    return act.touch is Touch.LOOKUP and act.how == "[]" and act.key in _ENDS


rule = Rule(
    code="UG654",
    slug="python-popped-after-test",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "connections that wait in a list",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self._idle = []

    def get(self):
        if self._idle:
            return self._idle.pop()  # <--
        return object()

    def give_back(self, one):
        with self._lock:
            self._idle.append(one)

    def close(self):
        while len(self._idle) > 0:
            self._idle.pop().close()  # <--
""",
            "example.py",
        ),
        Good(
            "take, and see",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self._idle = []

    def get(self):
        try:
            return self._idle.pop()
        except IndexError:
            return object()

    def close(self):
        with self._lock:
            while self._idle:
                self._idle.pop().close()
""",
            "example.py",
        ),
        Good(
            "a local list",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self._idle = []

    def close(self):
        with self._lock:
            idle, self._idle = self._idle, []
        while idle:
            idle.pop().close()
""",
            "example.py",
        ),
    ),
)
