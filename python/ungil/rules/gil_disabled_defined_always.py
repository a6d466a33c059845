"""Py_GIL_DISABLED is defined for every build.

What it finds
    The macro among ``define_macros`` or ``-DPy_GIL_DISABLED`` in a ``setup.py`` that does not ask for the kind of
    the build, or in ``CMakeLists.txt`` outside of every ``if``. Its value does not matter: 0 defines it too.

Why it is unsafe without the GIL
    The headers ask with ``#ifdef``. Defined, an object has another layout and reference counts are changed in
    another way: in a GIL-enabled interpreter the extension corrupts what it touches.

How to fix it
    Define it only where ``sysconfig.get_config_var("Py_GIL_DISABLED")`` is true, and only on Windows: elsewhere
    ``pyconfig.h`` does. setuptools does it since 75.7.

References
    https://github.com/python/cpython/pull/115850
    https://github.com/pypa/setuptools/issues/4662
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every definition that nothing decides on."""
    for defined in facts.packaging.seen(Seen.DEFINED):
        yield rule.finding(
            defined.spot.file,
            defined.spot.place,
            f"{defined.text} holds for GIL-enabled builds too, whose objects have another layout",
            fix='define it only if sysconfig.get_config_var("Py_GIL_DISABLED"), or leave it to setuptools>=75.7',
        )


rule = Rule(
    code="UG752",
    slug="gil-disabled-defined-always",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a macro of every build",
            """\
from setuptools import Extension, setup

macros = [("Py_GIL_DISABLED", "0")]  # <--
setup(ext_modules=[Extension("spam", ["spam.c"], define_macros=macros)])
""",
            "setup.py",
        ),
        Good(
            "where it is true",
            """\
import sysconfig

from setuptools import Extension, setup

macros = []
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    macros.append(("Py_GIL_DISABLED", "1"))
setup(ext_modules=[Extension("spam", ["spam.c"], define_macros=macros)])
""",
            "setup.py",
        ),
        Bad(
            "CMake",
            """\
find_package(Python REQUIRED COMPONENTS Development.Module)
Python_add_library(spam MODULE spam.c)
target_compile_definitions(spam PRIVATE Py_GIL_DISABLED=1)  # <--
""",
            "CMakeLists.txt",
        ),
        Good(
            "CMake, in free-threaded builds",
            """\
find_package(Python REQUIRED COMPONENTS Development.Module)
Python_add_library(spam MODULE spam.c)
if(Python_SOABI MATCHES "t-")
  target_compile_definitions(spam PRIVATE Py_GIL_DISABLED=1)
endif()
""",
            "CMakeLists.txt",
        ),
    ),
)
