"""An attribute that was tested is read again for use, when another thread may have set it to None.

What it finds
    ``if self.x is not None: self.x.use()`` (also ``if self.x``, ``self.x and self.x.use()``) without a lock around
    both, in a class that holds a lock or runs a thread, where another method that ends something (``close``, ``stop``
    and the like), or that runs in a thread, sets ``self.x`` to ``None`` or deletes it.

Why it is unsafe without the GIL
    The two reads may see two values. Between them ``close()`` runs in another thread, and the second read finds None:
    AttributeError, far from the place that caused it.

How to fix it
    Read once: ``x = self.x``, then test and use ``x``. Or hold the lock that ``close()`` holds.

References
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Decision, Kind, PyFunction, Question, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ENDS = re.compile(
    r"close|stop|shut_?down|disconnect|tear_?down|release|cancel|exit|clear|detach|terminate|abort|kill|end$|finish"
)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function and attribute."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        seen: set[str] = set()
        for one in function.decisions:
            subject = one.act.subject
            if not _uses(one) or subject in seen or python.is_together(function, one):
                continue
            if any(act.touch is Touch.STORE for act in function.of(subject)):
                continue  # it sets it itself: who else would do so at the same time is more than can be seen
            why, is_likely = python.why(function, subject)
            clears = _clears(python, function, subject) if why and is_likely else None
            if clears is None:
                continue
            seen.add(subject)
            yield rule.finding(
                function.file,
                one.act.place,
                f"{function.title}() tests '{subject}' and reads it again to use it: {clears.title}() may set it to "
                "None in between",
                confidence=Confidence.MEDIUM,
                fix="read it once into a local variable, or hold a lock around both",
                evidence=(f"the test is in line {one.place.line}", why),
            )


def _uses(one: Decision) -> bool:
    act = one.act
    is_use = act.touch is Touch.LOOKUP and (act.how.startswith(".") or act.how == "[]")
    return one.question is Question.SET and is_use and act.subject.startswith("self.") and not act.caught


def _clears(python: PythonFacts, function: PyFunction, subject: str) -> PyFunction | None:
    for other, act in python.changers(function, subject):
        is_cleared = act.touch is Touch.DROP or (act.touch is Touch.STORE and act.kind is Kind.NONE)
        ends = _ENDS.search(other.name) is not None or id(other) in python.in_threads
        if (
            is_cleared
            and ends
            and python.may_meet(function, other)
            and other is not function
            and not other.is_async
            and not other.decorators
        ):
            return other
    return None


rule = Rule(
    code="UG655",
    slug="python-read-twice",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a socket that close() takes away",
            """\
import threading

class Client:
    def __init__(self, socket):
        self._lock = threading.Lock()
        self._socket = socket

    def send(self, data):
        if self._socket is not None:
            self._socket.sendall(data)  # <--

    def close(self):
        with self._lock:
            self._socket = None
""",
            "example.py",
        ),
        Good(
            "one read",
            """\
import threading

class Client:
    def __init__(self, socket):
        self._lock = threading.Lock()
        self._socket = socket

    def send(self, data):
        socket = self._socket
        if socket is not None:
            socket.sendall(data)

    def close(self):
        with self._lock:
            self._socket = None
""",
            "example.py",
        ),
        Good(
            "an attribute that stays, and an object of one thread",
            """\
import threading

class Client:
    def __init__(self, socket=None):
        self._lock = threading.Lock()
        self._socket = socket

    def send(self, data):
        if self._socket is not None:
            self._socket.sendall(data)

class File:
    def __init__(self, raw):
        self.raw = raw

    def read(self):
        if self.raw is not None:
            return self.raw.read()

    def close(self):
        self.raw = None
""",
            "example.py",
        ),
    ),
)
