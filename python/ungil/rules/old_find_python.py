"""CMake looks for Python with a module that knows no free-threaded builds.

What it finds
    ``find_package(PythonLibs)`` or ``find_package(PythonInterp)`` in a ``CMakeLists.txt``, outside of every ``if``.

Why it is unsafe without the GIL
    These modules are from before Python 3.12 and deprecated. They look for ``python3.14``, not for ``python3.14t``,
    and define nothing on Windows: the extension is compiled against the wrong headers or links to the wrong
    library.

How to fix it
    ``find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)`` with CMake 3.30 or later, which
    knows the ABI flag ``t``.

References
    https://cmake.org/cmake/help/latest/module/FindPython.html
    https://cmake.org/cmake/help/latest/module/FindPythonLibs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such call."""
    for found in facts.packaging.seen(Seen.OLD_FIND_PYTHON):
        yield rule.finding(
            found.spot.file,
            found.spot.place,
            f"{found.text} does not find free-threaded Pythons",
            fix="find_package(Python COMPONENTS Interpreter Development.Module), CMake 3.30 or later",
        )


rule = Rule(
    code="UG755",
    slug="old-find-python",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the old modules",
            """\
find_package(PythonInterp 3 REQUIRED)  # <--
add_library(spam MODULE spam.c)
""",
            "CMakeLists.txt",
        ),
        Good(
            "the new one",
            """\
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
Python_add_library(spam MODULE spam.c)
""",
            "CMakeLists.txt",
        ),
    ),
)
