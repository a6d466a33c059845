"""A process that may have threads is forked.

What it finds
    ``os.fork()``, ``multiprocessing.get_context("fork")`` and ``set_start_method("fork")`` in a project that starts
    threads. It is a note: whether threads run at that moment cannot be seen.

Why it is unsafe without the GIL
    The child has the one thread that forked, and every lock as it was. One that another thread held stays held for
    ever.

How to fix it
    ``"spawn"`` or ``"forkserver"``, or ``subprocess``. Where it has to be ``fork()``, before the first thread.

References
    https://docs.python.org/3/library/os.html#os.fork
    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_METHODS = {"get_context", "set_start_method"}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each fork."""
    if not any(function.spawns for function in facts.python.functions):
        return
    for function in facts.python.functions:
        for call in function.calls:
            asks = call.method in _METHODS and "'fork'" in (*call.arguments[:1], call.keyword("method"))
            if call.name in {"os.fork", "os.forkpty"} or asks:
                yield rule.finding(
                    function.file,
                    call.place,
                    f"{function.title}() forks in a project that starts threads: the child has locks that nobody "
                    "gives back",
                    confidence=Confidence.LOW,
                    fix="use 'spawn' or 'forkserver', or fork before the first thread is started",
                )


rule = Rule(
    code="UG681",
    slug="python-fork-with-threads",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "fork() beside threads",
            """\
import os
import threading

def watch():
    threading.Thread(target=print).start()

def daemonise():
    if os.fork() > 0:  # <--
        os._exit(0)
""",
            "example.py",
        ),
        Good(
            "spawn",
            """\
import multiprocessing
import threading

def watch():
    threading.Thread(target=print).start()

def context():
    return multiprocessing.get_context("spawn")
""",
            "example.py",
        ),
    ),
)
