"""What is made on first use is made twice, when two threads are first.

What it finds
    ``if x is None: x = make()`` (also ``if not x``, ``if not hasattr(...)``, ``except AttributeError``) with no lock
    held from the test to the store, where ``x`` is a variable of the module, an attribute of a class, or of an object
    whose class holds a lock or runs a thread. It is a warning where two are one too many: a container that is filled
    afterwards, a thread, an executor, a queue, a new object. The result of some call is a note, and so is what a class
    holds in a module that has no word of threads.

Why it is unsafe without the GIL
    Two threads both find it missing, and both make one. One of the two is replaced: what was put in it is lost, its
    thread or its connection goes on without anybody who closes it, and callers that compare identities see two.

How to fix it
    Make it when the module is imported or the object is made. Where that costs too much, hold a lock and test again
    while it is held.

References
    https://py-free-threading.github.io/porting/
    https://docs.python.org/3/library/threading.html#lock-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, Question, Touch
from ungil.facts.python.names import EMPTY
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MADE = {Kind.INSTANCE, Kind.RESULT}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each subject that is made where it was found missing."""
    python = facts.python
    seen: set[tuple[str, str, str]] = set()
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for one in function.decisions:
            act = one.act
            if one.question is not Question.UNSET or act.touch is not Touch.STORE or act.subject.startswith("="):
                continue
            is_filled_later = act.kind.is_container and act.how == EMPTY
            is_worth_it = act.kind in _MADE or is_filled_later or (act.kind.is_costly and not act.kind.is_lock)
            if not is_worth_it or act.held or python.is_together(function, one):
                continue
            why, is_likely = python.why(function, act.subject)
            key = (function.file.path, function.owner, act.subject)
            if not why or key in seen or not python.meets_changer(function, act.subject):
                continue
            seen.add(key)
            is_sure = is_likely and act.kind is not Kind.RESULT and not act.subject.startswith("self.")
            yield rule.finding(
                function.file,
                act.place,
                f"'{act.subject}' is made in {function.title}() where it was found missing, with no lock around both: "
                "two threads that are first make two, and one is lost",
                severity=None if is_sure else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="make it at import or with the object, or hold a lock and test again under it",
                evidence=(f"the test is in line {one.place.line}", f"what is made is {act.kind}", why),
            )


rule = Rule(
    code="UG652",
    slug="python-lazy-singleton",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a pool of a module, made on first use",
            """\
from concurrent.futures import ThreadPoolExecutor

_pool = None

def pool():
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor()  # <--
    return _pool
""",
            "example.py",
        ),
        Good(
            "a lock, and a second test under it",
            """\
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

_pool = None
_lock = Lock()

def pool():
    global _pool
    if _pool is None:
        with _lock:
            if _pool is None:
                _pool = ThreadPoolExecutor()
    return _pool
""",
            "example.py",
        ),
        Bad(
            "the one object of a class, and a table of an object that holds a lock",
            """\
import threading

class Registry:
    _instance = None

    def __init__(self):
        self._lock = threading.Lock()
        self._names = None

    @classmethod
    def get(cls):
        if cls._instance is None:
            cls._instance = Registry()  # <--
        return cls._instance

    def add(self, name):
        if self._names is None:
            self._names = {}  # <--
        with self._lock:
            self._names[name] = True
""",
            "example.py",
        ),
        Good(
            "a constant, and an object that one thread has",
            """\
import threading

_debug = None

def is_debug():
    global _debug
    if _debug is None:
        _debug = False
    return _debug

class Tree:
    def __init__(self):
        self._children = None

    def children(self):
        if self._children is None:
            self._children = []
        return self._children

def start():
    threading.Thread(target=is_debug).start()
""",
            "example.py",
        ),
    ),
)
