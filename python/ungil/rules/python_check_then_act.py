"""What a key was tested for is no longer so when the code acts on it.

What it finds
    ``if key in x`` followed by ``del x[key]``, ``x.pop(key)`` or ``x.remove(key)``; by ``x[key]`` where other code
    takes keys out; and ``if key not in x`` (or ``x.get(key) is None``, or ``except KeyError``) followed by ``x[key] =
    []`` or another new container, lock, thread or the like; with no lock held from the test to the act. ``x`` is an
    attribute of an object that threads share, of a class, or a variable of a module. What is only kept so that it need
    not be computed again is no finding: both threads store the same. Where an exception that the act raises is caught,
    neither. Of a variable of a module it is a note, unless the module has a lock or the function runs in a thread.

Why it is unsafe without the GIL
    Each step is atomic, the two together are not: between them another thread takes the key out, and the first gets a
    KeyError; or another thread stores its own new object, which the first replaces, with all that was put in it.

How to fix it
    Hold one lock around both, or make it one step: ``x.pop(key, None)``, ``x.setdefault(key, [])``, ``try`` and
    ``except KeyError``.

References
    https://docs.python.org/3/library/stdtypes.html#dict.setdefault
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Decision, Kind, PyFunction, Question, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_TAKES = {"del []", "pop", "remove"}
_REMOVES = {*_TAKES, "popitem", "clear", "pop or default", "discard", "popleft"}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each pair of a test and an act that another thread can come between."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        seen: set[tuple[str, bool]] = set()
        for one in function.decisions:
            if one.question not in {Question.PRESENT, Question.ABSENT} or one.act.subject.startswith("sys."):
                continue
            if python.is_together(function, one):
                continue
            what = _what(python, function, one)
            is_lookup = one.act.touch is Touch.LOOKUP
            why, is_likely = python.why(function, one.act.subject) if what else ("", False)
            key = (one.act.subject, is_lookup)
            if not why or key in seen or python.is_one_writer(function, one.act.subject):
                continue
            if not one.act.subject.startswith("self."):
                is_likely = is_likely and (python.has_lock(function.file.path) or id(function) in python.in_threads)
            seen.add(key)
            yield rule.finding(
                function.file,
                one.act.place,
                f"{function.title}() tests whether {one.key} is in '{one.act.subject}' and then acts on it, with no "
                f"lock around both: {what}",
                severity=None if is_likely and not is_lookup else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="hold one lock around both, or make it one step: pop(key, None), setdefault(), try and except",
                evidence=(f"the test is in line {one.place.line}", why),
            )


def _what(python: PythonFacts, function: PyFunction, one: Decision) -> str:
    act = one.act
    if one.question is Question.ABSENT:
        is_new = act.kind.is_costly or act.kind.is_container
        stores = act.how == "[]=" and is_new and act.touch is Touch.EDIT
        return "of two threads that find it missing, one replaces what the other has made" if stores else ""
    if act.caught or python.kind(function, act.subject) is Kind.WEAK:
        return ""
    if act.touch is Touch.EDIT and act.how in _TAKES:
        return "of two threads that find it, one gets an exception"
    if act.touch is Touch.LOOKUP and act.how == "[]":
        removers = [other for other, edit in python.changers(function, act.subject) if edit.how in _REMOVES]
        removers = [other for other in removers if other is not function and python.may_meet(function, other)]
        if removers:
            return f"{removers[0].title}() may take it out in between, which is a KeyError"
    return ""


rule = Rule(
    code="UG651",
    slug="python-check-then-act",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a table of a module",
            """\
import threading

_handlers = {}
_lock = threading.Lock()

def remove(name):
    if name in _handlers:
        del _handlers[name]  # <--

def add(name, handler):
    if name not in _handlers:
        _handlers[name] = []  # <--
    _handlers[name].append(handler)

def watch():
    threading.Thread(target=remove, args=("spam",)).start()
""",
            "example.py",
        ),
        Good(
            "one step each",
            """\
import threading

_handlers = {}

def remove(name):
    _handlers.pop(name, None)

def add(name, handler):
    _handlers.setdefault(name, []).append(handler)

def watch():
    threading.Thread(target=remove, args=("spam",)).start()
""",
            "example.py",
        ),
        Bad(
            "a table of an object that holds a lock, looked up without it",
            """\
import threading

class Sessions:
    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}

    def get(self, key):
        if key in self._known:
            return self._known[key]  # <--
        return None

    def add(self, key, session):
        with self._lock:
            self._known[key] = session

    def forget(self, key):
        with self._lock:
            self._known.pop(key, None)
""",
            "example.py",
        ),
        Good(
            "the lock around both, and an exception that is caught",
            """\
import threading

class Sessions:
    def __init__(self):
        self._lock = threading.Lock()
        self._known = {}

    def add(self, key, session):
        with self._lock:
            if key not in self._known:
                self._known[key] = []
            self._known[key].append(session)

    def forget(self, key):
        with self._lock:
            if key in self._known:
                del self._known[key]

    def get(self, key):
        try:
            return self._known[key]
        except KeyError:
            return None
""",
            "example.py",
        ),
        Good(
            "what is kept so that it need not be computed again",
            """\
import threading

_parsed = {}

def parse(text):
    if text not in _parsed:
        _parsed[text] = len(text)
    return _parsed[text]

def start():
    threading.Thread(target=parse, args=("spam",)).start()
""",
            "example.py",
        ),
    ),
)
