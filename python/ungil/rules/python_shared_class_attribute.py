"""A list or dict of the class is used as if each object had its own.

What it finds
    A container that the body of a class makes, that no method replaces on ``self``, and that methods change through
    ``self``. It is a note: some classes mean to share it. What is changed through the class, ``cls.x`` or ``Spam.x``,
    says that it does and is no finding, nor is what is changed under a lock.

Why it is unsafe without the GIL
    All objects share one container. Two threads, each with an object of its own that it need not guard, change the
    same list at once.

How to fix it
    Make it in ``__init__``. If it is meant to be shared, change it through the class, under a lock of the class.

References
    https://docs.python.org/3/tutorial/classes.html#class-and-instance-variables
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Touch
from ungil.facts.python.names import EMPTY
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each attribute."""
    python = facts.python
    for one in python.classes:
        for attribute in one.attributes.values():
            if not attribute.of_class or not attribute.kind.is_container or attribute.made != EMPTY:
                continue
            subject = f"self.{attribute.name}"
            changes = [
                (function, act)
                for function in one.methods
                for act in function.of(subject)
                if act.touch in {Touch.EDIT, Touch.REVISE} and not act.held and not python.is_quiet(function)
            ]
            if changes:
                function, act = changes[0]
                yield rule.finding(
                    function.file,
                    act.place,
                    f"{function.title}() changes '{subject}', which belongs to the class: threads with objects of "
                    "their own change the same container",
                    confidence=Confidence.MEDIUM,
                    fix="make it in __init__, or change it through the class, under a lock",
                    evidence=(f"the class makes it in line {attribute.place.line}",),
                )


rule = Rule(
    code="UG657",
    slug="python-shared-class-attribute",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a list in the body of a class",
            """\
class Node:
    children = []

    def add(self, child):
        self.children.append(child)  # <--

def start(work):
    global running
    running = work
""",
            "example.py",
        ),
        Good(
            "a list of the object, and one that is meant to be the class's",
            """\
import threading

class Node:
    lock = threading.Lock()
    every = []

    def __init__(self):
        self.children = []
        with Node.lock:
            Node.every.append(self)

    def add(self, child):
        self.children.append(child)
""",
            "example.py",
        ),
    ),
)
