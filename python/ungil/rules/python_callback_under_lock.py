"""Code of somebody else is called while a plain lock is held.

What it finds
    With a plain ``threading.Lock`` of the object held, a call of a parameter, or of an attribute or a loop's variable
    whose name says that it is a callback, a handler, a listener, a hook or an observer.

Why it is unsafe without the GIL
    The callback may call the object again, and wait for the lock that its own thread holds. Or it takes a lock under
    which another thread calls the object: each waits for the other.

How to fix it
    Copy the callbacks while the lock is held, and call them when it has been given back. An ``RLock`` helps against
    the first, not against the second.

References
    https://docs.python.org/3/library/threading.html#lock-objects
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, PyCall, PyFunction
from ungil.facts.python.sharing import PythonFacts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_CALLBACK = re.compile(r"_?(?:on_[a-z_]+|\w*(?:callbacks?|handlers?|listeners?|hooks?|observers?|subscribers?))")


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    python = facts.python
    for function in python.functions:
        for call in function.calls:
            lock = next((one.lock for one in call.held if python.kind(function, one.lock) is Kind.LOCK), "")
            if lock and _is_others(python, function, call):
                yield rule.finding(
                    function.file,
                    call.place,
                    f"{function.title}() calls {call.name}() while it holds '{lock}', a plain lock: if that calls "
                    "back, the thread waits for itself",
                    confidence=Confidence.LOW,
                    fix="call it when the lock has been given back",
                )
                break


def _is_others(python: PythonFacts, function: PyFunction, call: PyCall) -> bool:
    if call.receiver == "self":
        owner = python.class_of(function)
        is_method = owner is not None and python.method(owner, call.method) is not None
        return not is_method and _CALLBACK.fullmatch(call.method) is not None
    return (
        not call.receiver
        and _CALLBACK.fullmatch(call.name) is not None
        and (call.name in function.parameters or call.name in function.passed_on)
    )


rule = Rule(
    code="UG663",
    slug="python-callback-under-lock",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "listeners are told under the lock",
            """\
import threading

class Signal:
    def __init__(self, on_error):
        self._lock = threading.Lock()
        self._listeners = []
        self._on_error = on_error

    def send(self, value):
        with self._lock:
            for listener in self._listeners:
                listener(value)  # <--

    def fail(self, error):
        with self._lock:
            self._on_error(error)  # <--
""",
            "example.py",
        ),
        Good(
            "a copy under the lock, calls without it",
            """\
import threading

class Signal:
    def __init__(self):
        self._lock = threading.Lock()
        self._listeners = []

    def connect(self, listener):
        with self._lock:
            self._listeners.append(listener)

    def send(self, value):
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(value)
""",
            "example.py",
        ),
    ),
)
