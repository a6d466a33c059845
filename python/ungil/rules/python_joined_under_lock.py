"""A thread is waited for with a lock held that it needs to come to its end.

What it finds
    ``self.thread.join()`` without a timeout while a lock of the object is held that the thread's function takes,
    directly or in a method that it calls.

Why it is unsafe without the GIL
    The thread waits for the lock, and the one that holds it waits for the thread.

How to fix it
    Take the thread out of the object while the lock is held, and join it afterwards.

References
    https://docs.python.org/3/library/threading.html#threading.Thread.join
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, PyFunction
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each ``join()``."""
    python = facts.python
    for function in python.functions:
        for call in function.calls:
            if call.method != "join" or not call.held or call.arguments or call.keywords:
                continue
            if not call.receiver.startswith("self.") or python.kind(function, call.receiver) is not Kind.THREAD:
                continue
            needed = _needed(python, function) & {one.lock for one in call.held}
            if needed:
                yield rule.finding(
                    function.file,
                    call.place,
                    f"{function.title}() waits for '{call.receiver}' while it holds '{min(needed)}', which that "
                    "thread takes: each waits for the other",
                    confidence=Confidence.MEDIUM,
                    fix="join it when the lock has been given back",
                )


def _needed(python: PythonFacts, function: PyFunction) -> set[str]:
    owner = python.class_of(function)
    roots = [root for root, _ in python.roots_in(owner)] if owner is not None else []
    every = [*roots, *(called for root in roots for called in python.called_by(root))]
    return {taken.lock for one in every for taken in one.taken}


rule = Rule(
    code="UG669",
    slug="python-joined-under-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "stop() holds what the worker takes",
            """\
import threading

class Worker:
    def __init__(self):
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._stop = False

    def _run(self):
        while True:
            with self._lock:
                if self._stop:
                    return

    def stop(self):
        with self._lock:
            self._stop = True
            self._thread.join()  # <--
""",
            "example.py",
        ),
        Good(
            "afterwards",
            """\
import threading

class Worker:
    def __init__(self):
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._stop = False

    def _run(self):
        while True:
            with self._lock:
                if self._stop:
                    return

    def stop(self):
        with self._lock:
            self._stop = True
        self._thread.join()
""",
            "example.py",
        ),
    ),
)
