"""A default argument is changed: every call, in every thread, gets the same object.

What it finds
    A parameter whose default is a new list, dict or set, and that the function changes in place without a lock. It is
    a note where the project neither starts threads nor makes locks, and where all that is done is to keep results by
    key.

Why it is unsafe without the GIL
    The default is made once. Calls that have nothing to do with each other change it at once.

How to fix it
    ``None`` as the default, and a new container inside. What is kept between calls belongs into a variable of the
    module, with a lock.

References
    https://docs.python.org/3/faq/programming.html#why-are-default-values-shared-between-objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Touch
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each parameter."""
    for function in facts.python.functions:
        for name in function.stored_defaults:
            changes = [
                one for one in function.of(f"={name}") if one.touch in {Touch.EDIT, Touch.REVISE} and not one.held
            ]
            if not changes:
                continue
            keeps = all(one.how in {"[]=", "setdefault"} for one in changes)
            yield rule.finding(
                function.file,
                changes[0].place,
                f"{function.title}() changes the default of its parameter '{name}': all calls without that argument "
                "change one object, whatever thread they are in",
                severity=Severity.NOTE if keeps or not facts.python.is_threaded else None,
                fix="make the default None, and a new object inside",
            )


rule = Rule(
    code="UG658",
    slug="python-stored-default",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a list that collects",
            """\
import threading

def collect(item, into=[]):
    into.append(item)  # <--
    return into

threading.Thread(target=collect, args=(1,)).start()
""",
            "example.py",
        ),
        Good(
            "None, and a default that is only read",
            """\
import threading

def collect(item, into=None):
    if into is None:
        into = []
    into.append(item)
    return into

def find(item, among=[]):
    return item in among

threading.Thread(target=collect, args=(1,)).start()
""",
            "example.py",
        ),
    ),
)
