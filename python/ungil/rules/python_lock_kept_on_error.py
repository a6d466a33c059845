"""A lock that is taken by ``acquire()`` is kept for ever when what follows raises.

What it finds
    ``lock.acquire()`` and ``lock.release()`` in the same block, with calls between them that may raise, and neither
    ``with`` nor a ``finally`` that gives the lock back.

Why it is unsafe without the GIL
    An exception leaves the function with the lock held, and every thread that wants it waits for ever. That is so with
    the GIL too; where several threads run at once it is met sooner.

How to fix it
    ``with lock:``. Where the lock is taken with a timeout, ``try`` directly behind it, and ``release()`` in
    ``finally``.

References
    https://docs.python.org/3/library/threading.html#using-locks-conditions-and-semaphores-in-the-with-statement
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each such ``acquire()``."""
    for function in facts.python.functions:
        for one in function.unreleased:
            yield rule.finding(
                function.file,
                one.place,
                f"'{one.lock}' is not given back if {one.call}() raises in {function.title}(): all who wait for it "
                "then wait for ever",
                fix="take it by 'with', or release it in 'finally'",
            )


rule = Rule(
    code="UG660",
    slug="python-lock-kept-on-error",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "calls between acquire() and release()",
            """\
import threading

lock = threading.Lock()

def write(stream, text):
    lock.acquire()  # <--
    stream.write(text)
    lock.release()
""",
            "example.py",
        ),
        Good(
            "with, and finally",
            """\
import threading

lock = threading.Lock()

def write(stream, text):
    with lock:
        stream.write(text)

def append(stream, text):
    lock.acquire()
    try:
        stream.write(text)
    finally:
        lock.release()
""",
            "example.py",
        ),
        Good(
            "nothing in between that raises, and two functions",
            """\
import threading

class Gate:
    def __init__(self):
        self.lock = threading.Lock()
        self.is_open = False

    def open(self):
        self.lock.acquire()
        self.is_open = True
        self.lock.release()

    def __enter__(self):
        self.lock.acquire()
        print("in")

    def __exit__(self, *exc):
        print("out")
        self.lock.release()
""",
            "example.py",
        ),
    ),
)
