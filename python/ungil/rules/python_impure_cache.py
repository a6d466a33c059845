"""A cached function does more than compute: two threads that are first both do it.

What it finds
    A function with ``functools.lru_cache``, ``functools.cache`` or ``functools.cached_property`` that returns a new
    lock, event, thread, executor or queue, makes a thread or an executor, or changes an attribute or a variable of the
    module by ``+=`` or in place, without a lock.

Why it is unsafe without the GIL
    ``cached_property`` has no lock since Python 3.12, and ``lru_cache`` holds none while the function runs. Two
    threads that ask before the first result is there both run it: both get an object of their own, where one was meant
    for all.

How to fix it
    Hold a lock around the function's body and test again, or make what must be there once when the module is imported.

References
    https://docs.python.org/3/library/functools.html#functools.cached_property
    https://docs.python.org/3/library/functools.html#functools.lru_cache
    https://github.com/python/cpython/issues/87634
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, PyFunction, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_CACHES = {
    "functools.lru_cache",
    "functools.cache",
    "functools.cached_property",
    "lru_cache",
    "cache",
    "cached_property",
}
_STARTED = {Kind.THREAD, Kind.EXECUTOR}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    python = facts.python
    for function in python.functions:
        if not _CACHES.isdisjoint(function.decorators) and not function.is_guarded:
            what = _effect(python, function)
            if what:
                yield rule.finding(
                    function.file,
                    function.place,
                    f"{function.title}() {what}, and its result is cached without a lock: two threads that are first "
                    "both run it",
                    severity=None if python.is_threaded else Severity.NOTE,
                    confidence=Confidence.MEDIUM,
                    fix="hold a lock around it and test again, or make it at import",
                )


def _effect(python: PythonFacts, function: PyFunction) -> str:
    costly = next((kind for kind in sorted(function.returns) if kind.is_costly), None)
    made = next((kind for kind, _ in function.makes.values() if kind in _STARTED), None)
    if costly is not None:
        return f"returns {costly}"
    if made is not None:
        return f"makes {made}"
    for act in function.accesses:
        is_own = act.subject.startswith("self.") or python.variable(function.file.path, act.subject) is not None
        if is_own and not act.held and act.touch in {Touch.UPDATE, Touch.REVISE}:
            return f"changes '{act.subject}'"
        if is_own and not act.held and act.touch is Touch.EDIT and act.how in {"append", "add", "pop", "remove"}:
            return f"changes '{act.subject}'"
    return ""


rule = Rule(
    code="UG673",
    slug="python-impure-cache",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a lock for each name, an executor for each object",
            """\
import functools
import threading
from concurrent.futures import ThreadPoolExecutor

@functools.lru_cache(maxsize=None)
def lock_of(name):  # <--
    return threading.Lock()

class Client:
    @functools.cached_property
    def pool(self):  # <--
        return ThreadPoolExecutor()
""",
            "example.py",
        ),
        Good(
            "setdefault(), and what is only computed",
            """\
import functools
import threading

_locks = {}

def lock_of(name):
    return _locks.setdefault(name, threading.Lock())

class Text:
    def __init__(self, words):
        self.words = words

    @functools.cached_property
    def size(self):
        return sum(len(word) for word in self.words)
""",
            "example.py",
        ),
    ),
)
