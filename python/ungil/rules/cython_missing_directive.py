"""A Cython module does not say that it can run without the GIL.

What it finds
    A ``.pyx`` file that is compiled on its own and is not declared ``freethreading_compatible``: neither in a comment
    at its head nor by a build file (``setup.py``, ``pyproject.toml``, ``meson.build``, ``CMakeLists.txt``) that
    covers its folder. A file that another one includes is no module and needs nothing.

Why it is unsafe without the GIL
    It is not: it is the opposite. Cython then writes a module that asks for the GIL. When a free-threaded interpreter
    imports it, the GIL is turned on for the whole process, until it ends, and a warning says so.

How to fix it
    First make the module thread-safe; the declaration is a claim about the rest of the code. Then write
    ``# cython: freethreading_compatible=True`` above everything else in the file, or pass
    ``-Xfreethreading_compatible=True`` or ``compiler_directives={"freethreading_compatible": True}`` in the build.
    It takes Cython 3.1 or later; older ones ignore the comment.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Stance
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that is compiled on its own and for which nobody gives the directive."""
    for module in facts.cython.modules:
        if module.stance is Stance.MISSING:
            yield rule.finding(
                module.file,
                module.file.first,
                "this Cython module does not declare freethreading_compatible: importing it on a free-threaded build "
                "turns the GIL on for the whole process",
                severity=None if module.is_shipped else Severity.NOTE,
                fix="once the module is thread-safe, put '# cython: freethreading_compatible=True' at its head, or "
                "pass -Xfreethreading_compatible=True in the build (Cython 3.1)",
                evidence=("neither the comments at its head nor the build files give the directive",),
            )


rule = Rule(
    code="UG601",
    slug="cython-missing-directive",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module without the directive",
            """\
# cython: language_level=3  # <--

def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
        Good(
            "the directive in a comment at the head",
            """\
# A module for halves.
# cython: language_level=3, freethreading_compatible=True

def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
        Bad(
            "the directive after the first statement, where Cython does not look for it",
            """\
import math  # <--
# cython: freethreading_compatible=True

def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
        Good(
            "a module that says it needs the GIL",
            """\
# cython: freethreading_compatible=False

def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
        Good(
            "declarations for others to use, which are no module",
            """\
cdef inline int half(int number):
    return number // 2
""",
            "example.pxd",
        ),
    ),
)
