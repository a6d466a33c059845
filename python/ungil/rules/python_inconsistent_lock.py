"""An attribute is changed under a lock in some methods, and without it in another.

What it finds
    An attribute of ``self`` that is changed under a lock of the object, used under it at least twice as often as not,
    and changed in place somewhere without any lock: ``x[k] = v``, ``del x[k]``, ``x.append(v)``. Methods that run
    before anybody else has the object, and private ones that are only called with the lock held, count as such. To
    store another object in the attribute is no finding: it is replaced whole.

Why it is unsafe without the GIL
    A lock protects only if all who change the attribute take it. The change without it comes between two steps of a
    method that holds the lock and relies on nothing changing: a lost element, a wrong count, an exception.

How to fix it
    Take the same lock there. If the method must only be called with the lock held, end its name in ``_locked``.

References
    https://docs.python.org/3/library/threading.html#lock-objects
    https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyClass, PyFunction, Role, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OWN_RULES = {Kind.QUEUE, Kind.EVENT, Kind.LOCAL, Kind.COUNTER, Kind.CONTEXT_VARIABLE, Kind.ASYNC_LOCK}
_BEFORE_OR_AFTER = re.compile(r"_?(?:reset|init|initiali[sz]e|setup|after_fork|at_fork|reinit)|.*fork.*|__exit__")


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each attribute with a change outside of the lock that guards it."""
    python = facts.python
    for one in python.classes:
        if python.locks_of(one):
            yield from _in_class(python, one)


def _in_class(python: PythonFacts, one: PyClass) -> Iterator[Finding]:
    used: dict[str, list[tuple[PyFunction, Access, frozenset[str]]]] = {}
    for function in one.methods:
        entry = python.entry_locks.get(id(function), frozenset())
        if function.name.startswith("_") and not entry and python.is_handed_on(function):
            continue
        if function.role is not Role.ORDINARY or entry is None or function.is_guarded or python.begins_anew(function):
            continue
        for act in function.accesses:
            if act.subject.startswith("self.") and act.subject.count(".") == 1:
                held = frozenset(holding.lock for holding in act.held) | entry
                used.setdefault(act.subject, []).append((function, act, held))
    for subject, uses in used.items():
        attribute = python.attribute(one, subject.removeprefix("self."))
        if attribute is None or attribute.kind.is_lock or attribute.kind in _OWN_RULES:
            continue
        yield from _of_attribute(python, subject, uses)


def _of_attribute(
    python: PythonFacts, subject: str, uses: list[tuple[PyFunction, Access, frozenset[str]]]
) -> Iterator[Finding]:
    locks = Counter(lock for _, act, held in uses if act.touch.is_change for lock in held if lock.startswith("self."))
    if not locks:
        return
    lock, _ = locks.most_common(1)[0]
    guarded = [act for _, act, held in uses if lock in held]
    outside = [
        (function, act)
        for function, act, held in uses
        if not held and not function.is_async and not _BEFORE_OR_AFTER.fullmatch(function.name)
    ]
    changes = [(function, act) for function, act in outside if _is_change(python, function, act)]
    if not changes or len(guarded) < 2 * len(outside):
        return
    function, act = changes[0]
    if id(function) in python.one_thread and python.is_one_writer(function, subject):
        return
    yield rule.finding(
        function.file,
        act.place,
        f"'{subject}' is changed without a lock in {function.title}(), while other methods change it under '{lock}'",
        confidence=Confidence.MEDIUM,
        fix=f"hold '{lock}' there",
        evidence=(
            f"under '{lock}' in {len(guarded)} places, the first in line {guarded[0].place.line}",
            f"without a lock in {len(outside)}",
        ),
    )


def _is_change(python: PythonFacts, function: PyFunction, act: Access) -> bool:
    if act.touch in {Touch.UPDATE, Touch.REVISE} or act.caught:
        return False  # that is python-lost-update; who catches what goes wrong goes without the lock on purpose
    kind = python.kind(function, act.subject)
    return act.touch is Touch.DROP or (act.touch is Touch.EDIT and (kind.is_container or act.how in {"[]=", "del []"}))


rule = Rule(
    code="UG653",
    slug="python-inconsistent-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one method forgets the lock",
            """\
import threading

class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._names = {}

    def add(self, name, value):
        with self._lock:
            self._names[name] = value

    def rename(self, old, new):
        with self._lock:
            self._names[new] = self._names.pop(old)

    def drop(self, name):
        self._names.pop(name, None)  # <--
""",
            "example.py",
        ),
        Good(
            "the lock",
            """\
import threading

class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._names = {}

    def add(self, name, value):
        with self._lock:
            self._names[name] = value

    def rename(self, old, new):
        with self._lock:
            self._names[new] = self._names.pop(old)

    def drop(self, name):
        with self._lock:
            self._drop(name)

    def _drop(self, name):
        self._names.pop(name, None)
""",
            "example.py",
        ),
        Good(
            "a flag, a condition that was made with the lock, and acquire()",
            """\
import threading

class Box:
    def __init__(self):
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._items = []
        self._closed = False

    def put(self, item):
        with self._lock:
            self._items.append(item)
            self._ready.notify()

    def drain(self):
        self._lock.acquire()
        try:
            items, self._items = self._items, []
        finally:
            self._lock.release()
        return items

    def take(self):
        with self._ready:
            while not self._items:
                self._ready.wait()
            return self._items.pop()

    def close(self):
        self._closed = True
""",
            "example.py",
        ),
    ),
)
