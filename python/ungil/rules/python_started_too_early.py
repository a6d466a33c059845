"""A thread is started before the object has all that the thread uses.

What it finds
    An ``__init__`` that starts a thread which runs a method of the object, and sets an attribute afterwards, for the
    first time, that this method or one that it calls reads.

Why it is unsafe without the GIL
    The thread begins at once, on another core, and reads an attribute that is not there yet: AttributeError, or the
    class's own value. With the GIL the rest of ``__init__`` nearly always came first.

How to fix it
    Start the thread as the last statement of ``__init__``, or in a method ``start()``.

References
    https://docs.python.org/3/library/threading.html#threading.Thread.start
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, PyCall, PyClass, PyFunction, Touch
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each start that comes too early."""
    python = facts.python
    for one in python.classes:
        made = one.method("__init__")
        roots = [root for root, _ in python.roots_in(one)] if made is not None else []
        start = (
            next((call for call in made.calls if _starts(python, one, made, call)), None) if made and roots else None
        )
        if made is None or start is None:
            continue
        before = {act.subject for act in made.accesses if act.touch is Touch.STORE and act.order < start.order}
        late = [act for act in made.accesses if act.touch is Touch.STORE and act.order > start.order]
        used = {act.subject for root in roots for f in _reached(python, root) for act in f.accesses if not act.caught}
        missed = next((act for act in late if act.subject not in before and act.subject in used), None)
        if missed is not None and missed.subject.startswith("self.") and missed.subject.count(".") == 1:
            yield rule.finding(
                made.file,
                start.place,
                f"{made.title}() starts a thread that uses '{missed.subject}', and sets that afterwards: the thread "
                "may be there first",
                fix="start the thread when all is set",
                evidence=(f"it is set in line {missed.place.line}", f"the thread runs {roots[0].name}()"),
            )


def _starts(python: PythonFacts, one: PyClass, made: PyFunction, call: PyCall) -> bool:
    if call.method != "start" or call.loops:
        return False
    if call.receiver == "self":
        return one.method("run") is not None
    kind = python.kind(made, call.receiver)
    local = made.makes.get(call.receiver)
    return kind is Kind.THREAD or (local is not None and local[0] is Kind.THREAD)


def _reached(python: PythonFacts, root: PyFunction) -> list[PyFunction]:
    found, waiting = [root], [root]
    while waiting:
        for called in python.called_by(waiting.pop()):
            if all(called is not one for one in found):
                found.append(called)
                waiting.append(called)
    return found


rule = Rule(
    code="UG674",
    slug="python-started-too-early",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the queue comes after the thread that reads it",
            """\
import queue
import threading

class Worker:
    def __init__(self):
        self._thread = threading.Thread(target=self._run)
        self._thread.start()  # <--
        self._queue = queue.Queue()

    def _run(self):
        while True:
            self._step()

    def _step(self):
        self._queue.get()
""",
            "example.py",
        ),
        Good(
            "last",
            """\
import queue
import threading

class Worker:
    def __init__(self):
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while True:
            self._queue.get()

class Late(threading.Thread):
    def __init__(self):
        super().__init__()
        self._queue = queue.Queue()

    def run(self):
        self._queue.get()
""",
            "example.py",
        ),
    ),
)
