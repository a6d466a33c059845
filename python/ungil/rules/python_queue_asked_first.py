"""A queue is asked whether it is empty, and then waited on.

What it finds
    ``while not q.empty(): q.get()``, ``if q.qsize(): q.get_nowait()`` and the like, where ``q`` is a queue for
    threads, the exception ``Empty`` is not caught, ``get()`` has no timeout, and no lock is held. There is no finding
    where one thread of the object's own is the only one that takes.

Why it is unsafe without the GIL
    Between the answer and ``get()`` another thread takes the last element: ``get()`` then waits for ever, and
    ``get_nowait()`` raises ``Empty``.

How to fix it
    ``try: item = q.get_nowait()``, ``except queue.Empty: break``.

References
    https://docs.python.org/3/library/queue.html#queue.Queue.empty
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyFunction, Question
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function and queue."""
    python = facts.python
    for function in python.functions:
        if function.is_async or python.is_quiet(function) or id(function) in python.one_thread:
            continue
        seen: set[str] = set()
        for one in function.decisions:
            act = one.act
            takes = one.question is Question.SET and act.how in {"get", "get_nowait"} and act.key in {"", "True"}
            if not takes or act.caught or act.held or act.subject in seen:
                continue
            if python.kind(function, act.subject) is Kind.QUEUE and not _has_timeout(function, act):
                seen.add(act.subject)
                yield rule.finding(
                    function.file,
                    act.place,
                    f"{function.title}() asks whether '{act.subject}' is empty and then takes from it: another thread "
                    "may have taken the last",
                    confidence=Confidence.MEDIUM,
                    fix="take by get_nowait() and catch queue.Empty",
                    evidence=(f"it is asked in line {one.place.line}",),
                )


def _has_timeout(function: PyFunction, act: Access) -> bool:
    return any(call.place == act.place and call.keyword("timeout") for call in function.calls)


rule = Rule(
    code="UG682",
    slug="python-queue-asked-first",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a queue is emptied",
            """\
import queue

class Pool:
    def __init__(self):
        self._idle = queue.Queue()

    def close(self):
        while not self._idle.empty():
            self._idle.get().close()  # <--
""",
            "example.py",
        ),
        Good(
            "until it says so, and a timeout",
            """\
import queue

class Pool:
    def __init__(self):
        self._idle = queue.Queue()

    def close(self):
        while True:
            try:
                one = self._idle.get_nowait()
            except queue.Empty:
                break
            one.close()

    def first(self):
        if not self._idle.empty():
            return self._idle.get(timeout=1)
""",
            "example.py",
        ),
    ),
)
