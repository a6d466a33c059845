"""A dict, a set or a deque is iterated over while another thread may change it.

What it finds
    ``for ... in x`` (also over ``x.items()``, in comprehensions, in ``any()``, ``min()`` and the like) without a lock,
    where other methods add to ``x`` or take from it, and ``x`` is an attribute of an object whose class holds a lock
    or runs a thread. ``list(x)`` and ``sorted(x)`` look at all of it in one step and are no finding. Of a variable of
    a module it is a note: such tables are mostly filled while modules are imported.

Why it is unsafe without the GIL
    Between two steps of the loop another thread adds an element: ``RuntimeError: dictionary changed size during
    iteration``. Without the GIL that needs no long loop.

How to fix it
    Iterate over a copy that is made in one step, ``list(x.items())``, or hold the lock around the loop.

References
    https://docs.python.org/3/library/stdtypes.html#dictionary-view-objects
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyFunction, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_GROWS = {"[]=", "del []", "pop", "pop or default", "popitem", "add", "remove", "discard", "clear", "update"}
_GROWS |= {"setdefault", "append", "appendleft", "popleft", "extend"}
_BREAKS = {Kind.DICT, Kind.SET, Kind.DEQUE}
_ENDS = re.compile(r"shut_?down|stop")
_BEGINS = re.compile(r"_?(?:open|populate|set_?up|init|configure|start)")


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each container."""
    python = facts.python
    seen: set[tuple[str, str, str]] = set()
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for act in function.accesses:
            key = (function.file.path, function.owner, act.subject)
            if act.touch is not Touch.ITERATE or act.is_atomic or act.held or act.caught or key in seen:
                continue
            if python.kind(function, act.subject) not in _BREAKS:
                continue
            changer = _changer(python, function, act)
            why, is_likely = python.why(function, act.subject) if changer is not None else ("", False)
            if changer is None or not why:
                continue
            seen.add(key)
            yield rule.finding(
                function.file,
                act.place,
                f"{function.title}() iterates over '{act.subject}', which {changer.title}() changes, without a lock: "
                "the change raises RuntimeError here",
                severity=None if is_likely and act.subject.startswith("self.") else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="iterate over list(...) of it, which is made in one step, or hold the lock around the loop",
                evidence=(why,),
            )


def _changer(python: PythonFacts, function: PyFunction, act: Access) -> PyFunction | None:
    changes = [(other, edit) for other, edit in python.changers(function, act.subject) if edit.how in _GROWS]
    held = sum(bool(edit.held) or python.is_quiet(other) for other, edit in changes)
    shared = python.shared(function)
    by_lock = shared is not None and shared.by_lock and act.subject.startswith("self.")
    if _ENDS.search(function.name) or (by_lock and 2 * held < len(changes)):
        return None  # what ends all has waited for others; a lock that most changes do without guards something else
    changers = [
        other
        for other, edit in changes
        if edit.touch is Touch.EDIT and not other.is_async and not _BEGINS.match(other.name)
    ]
    if id(function) in python.one_thread and all(id(other) in python.one_thread for other in changers):
        return None
    return next((other for other in changers if other is not function and python.may_meet(function, other)), None)


rule = Rule(
    code="UG659",
    slug="python-iterated-while-changed",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the lock is taken to add, and not to look",
            """\
import threading

class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._names = {}

    def add(self, name, value):
        with self._lock:
            self._names[name] = value

    def largest(self):
        return max(len(name) for name in self._names)  # <--
""",
            "example.py",
        ),
        Good(
            "a copy in one step, and the lock",
            """\
import threading

class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._names = {}

    def add(self, name, value):
        with self._lock:
            self._names[name] = value

    def largest(self):
        return max(len(name) for name in list(self._names))

    def total(self):
        with self._lock:
            return sum(self._names.values())
""",
            "example.py",
        ),
        Good(
            "a table that is replaced and never changed",
            """\
import threading

class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._names = {}

    def add(self, name, value):
        with self._lock:
            self._names = {**self._names, name: value}

    def largest(self):
        return max(len(name) for name in self._names)
""",
            "example.py",
        ),
    ),
)
