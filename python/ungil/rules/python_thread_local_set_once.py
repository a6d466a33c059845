"""An attribute of ``threading.local`` is set in one thread and expected in all.

What it finds
    An attribute of a module's ``threading.local()`` that is set at import, or of an object's that is set in
    ``__init__``, and nowhere else, and that functions read without being prepared for AttributeError.

Why it is unsafe without the GIL
    Each thread has attributes of its own. Only the thread that imported the module, or made the object, has this one;
    in every other the read raises AttributeError.

How to fix it
    Derive a class from ``threading.local`` and set the attribute in its ``__init__``, which runs once in each thread.
    Or read it by ``getattr(local, "name", default)``.

References
    https://docs.python.org/3/library/threading.html#thread-local-data
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyFunction, Role, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_READS = {Touch.READ, Touch.LOOKUP, Touch.UPDATE, Touch.EDIT, Touch.ITERATE, Touch.REVISE}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each attribute."""
    python = facts.python
    for path in dict.fromkeys(function.file.path for function in python.functions):
        functions = python.functions_of(path)
        for group in (functions, *_by_owner(functions)):
            yield from _among(python, group, is_class=group is not functions)


def _by_owner(functions: list[PyFunction]) -> list[list[PyFunction]]:
    owners = dict.fromkeys(one.owner for one in functions if one.owner)
    return [[one for one in functions if one.owner == owner] for owner in owners]


def _among(python: PythonFacts, functions: list[PyFunction], *, is_class: bool) -> Iterator[Finding]:
    first: dict[str, tuple[PyFunction, Access]] = {}
    elsewhere: set[str] = set()
    reads: dict[str, tuple[PyFunction, Access]] = {}
    asking = (call for f in functions for call in f.calls if call.name in {"hasattr", "getattr"})
    asked = {call.arguments[0] for call in asking if call.arguments}
    for function in functions:
        is_first = function.name == "<module>" if not is_class else function.role is Role.INITIALISER
        for act in function.accesses:
            local = act.subject.rpartition(".")[0]
            if act.subject.startswith("self.") is not is_class or act.subject.count(".") != 1 + is_class:
                continue
            if python.kind(function, local) is not Kind.LOCAL or local in asked:
                continue
            if act.touch is Touch.STORE:
                (first.setdefault(act.subject, (function, act)) if is_first else elsewhere.add(act.subject))
            elif act.touch in _READS and not act.caught and not is_first:
                reads.setdefault(act.subject, (function, act))
    for subject, (function, act) in first.items():
        if subject in reads and subject not in elsewhere:
            reader, read = reads[subject]
            yield rule.finding(
                function.file,
                act.place,
                f"'{subject}' is set in one thread alone, and {reader.title}() reads it in any: in every other it is "
                "missing, which is an AttributeError",
                fix="set it in the __init__ of a class derived from threading.local, or read it by getattr()",
                evidence=(f"it is read in line {read.place.line}",),
            )


rule = Rule(
    code="UG671",
    slug="python-thread-local-set-once",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "set at import, and in __init__",
            """\
import threading

_local = threading.local()
_local.depth = 0  # <--

def depth():
    return _local.depth

class Session:
    def __init__(self):
        self._local = threading.local()
        self._local.stack = []  # <--

    def push(self, one):
        self._local.stack.append(one)
""",
            "example.py",
        ),
        Good(
            "a class of its own, and a default",
            """\
import threading

class _Local(threading.local):
    def __init__(self):
        self.depth = 0

_local = _Local()
_other = threading.local()
_other.name = None

def depth():
    return _local.depth

def name():
    return getattr(_other, "name", None)
""",
            "example.py",
        ),
        Good(
            "set where it is missing",
            """\
import threading

_local = threading.local()
_local.stack = []

def push(one):
    try:
        stack = _local.stack
    except AttributeError:
        stack = _local.stack = []
    stack.append(one)
""",
            "example.py",
        ),
    ),
)
