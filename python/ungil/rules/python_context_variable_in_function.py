"""A context variable is made in a function.

What it finds
    ``ContextVar()`` in the body of a function or a method, ``__init__`` among them.

Why it is unsafe without the GIL
    Contexts hold strong references to their variables: one that was set is never freed. And a value that is set before
    a thread is started is there in the thread on a free-threaded build, which hands the context on, and is not on a
    GIL-enabled one: a variable of the module with a default shows that at once, one of a call never does.

How to fix it
    Make it in the module. What must be there in another thread is handed over:
    ``contextvars.copy_context().run(...)``.

References
    https://docs.python.org/3/library/contextvars.html#contextvars.ContextVar
    https://docs.python.org/3/library/threading.html#threading.Thread
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Kind, Place, PyFunction, Touch
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each variable."""
    for function in facts.python.functions:
        if function.name == "<module>":
            continue
        for place in _places(function):
            yield rule.finding(
                function.file,
                place,
                f"{function.title}() makes a context variable: contexts keep it for ever, and each call has another",
                fix="make it in the module",
            )


def _places(function: PyFunction) -> Iterator[Place]:
    for kind, place in function.makes.values():
        if kind is Kind.CONTEXT_VARIABLE:
            yield place
    for act in function.accesses:
        if act.touch is Touch.STORE and act.kind is Kind.CONTEXT_VARIABLE:
            yield act.place


rule = Rule(
    code="UG672",
    slug="python-context-variable-in-function",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one for each object",
            """\
from contextvars import ContextVar

class Scope:
    def __init__(self):
        self._current = ContextVar("current")  # <--
""",
            "example.py",
        ),
        Good(
            "in the module",
            """\
from contextvars import ContextVar

_current = ContextVar("current", default=None)

def current():
    return _current.get()
""",
            "example.py",
        ),
    ),
)
