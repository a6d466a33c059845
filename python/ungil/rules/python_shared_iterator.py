"""Threads take turns at one iterator or generator that is not made for it.

What it finds
    An iterator, a generator expression, or the result of a generator function that is kept in a variable of a module
    or an attribute of a class, or of an object whose class holds a lock, and that is advanced by ``next()`` or ``for``
    with no lock held. ``itertools.count()`` is no finding: it counts in one step. For a variable of a module that has
    no word of threads it is a note.

Why it is unsafe without the GIL
    A generator that two threads enter at once raises ``ValueError: generator already executing``. Other iterators may
    give one element to both, or leave one out.

How to fix it
    Hold a lock around ``next()``, give each thread an iterator of its own, or hand the elements over in a
    ``queue.Queue``.

References
    https://docs.python.org/3/howto/free-threading-python.html#iterators
    https://github.com/python/cpython/issues/120496
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyFunction, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each iterator."""
    python = facts.python
    generators = {(one.file.path, one.name) for one in python.functions if one.is_generator and not one.owner}
    seen: set[tuple[str, str, str]] = set()
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for act in function.accesses:
            if not _advances(act) or act.held:
                continue
            key = (function.file.path, function.owner, act.subject)
            if key in seen or not _is_iterator(python, function, act.subject, generators):
                continue
            why, is_likely = python.why(function, act.subject)
            if not act.subject.startswith("self."):
                is_likely = is_likely and (function.file.is_of_threads or id(function) in python.in_threads)
            if why and not python.is_one_writer(function, act.subject):
                seen.add(key)
                yield rule.finding(
                    function.file,
                    act.place,
                    f"{function.title}() advances '{act.subject}', which threads share, without a lock: two threads "
                    "may get the same element, or an exception",
                    severity=None if is_likely else Severity.NOTE,
                    confidence=Confidence.MEDIUM,
                    fix="hold a lock around it, or give each thread its own",
                    evidence=(why,),
                )


def _advances(act: Access) -> bool:
    return (
        (act.touch is Touch.EDIT and act.how in {"next", "send"})
        or act.how == ".__next__"
        or act.touch is Touch.ITERATE
    )


def _is_iterator(python: PythonFacts, function: PyFunction, subject: str, generators: set[tuple[str, str]]) -> bool:
    if python.kind(function, subject) is Kind.ITERATOR:
        return True
    variable = python.variable(function.file.path, subject)
    return variable is not None and (function.file.path, variable.made) in generators


rule = Rule(
    code="UG670",
    slug="python-shared-iterator",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "names from a generator of the module, servers in turn",
            """\
import itertools
import threading

def _make_names():
    number = 0
    while True:
        number += 1
        yield f"name-{number}"

_names = _make_names()
_servers = itertools.cycle(["a", "b"])

def new_name():
    return next(_names)  # <--

def server():
    return next(_servers)  # <--

def start():
    threading.Thread(target=server).start()
""",
            "example.py",
        ),
        Good(
            "a lock, and count()",
            """\
import itertools
import threading

_lock = threading.Lock()
_servers = itertools.cycle(["a", "b"])
_numbers = itertools.count()

def server():
    with _lock:
        return next(_servers)

def number():
    return next(_numbers)
""",
            "example.py",
        ),
        Good(
            "an iterator of one call",
            """\
import threading

class Reader:
    def __init__(self, lines):
        self._lock = threading.Lock()
        self._lines = lines

    def first(self):
        lines = iter(self._lines)
        return next(lines, None)
""",
            "example.py",
        ),
    ),
)
