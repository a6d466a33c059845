"""A nanobind module is built without saying that it can run without the GIL.

What it finds
    ``nanobind_add_module()`` in a ``CMakeLists.txt`` without ``FREE_THREADED``. Where a variable among its arguments
    may hold the option there is no finding, and below folders of tests, examples, benchmarks and documentation it is
    a note. And a ``setup.py`` or ``meson.build`` that compiles nanobind's own sources while nothing in the build
    defines ``NB_FREE_THREADED``, which is what the option does; Meson's wrap of nanobind defines it by itself.

Why it is unsafe without the GIL
    It is not: it is the opposite. nanobind builds such a module as one that needs the GIL. When a free-threaded
    interpreter imports it, the GIL is turned on for the whole process, until it ends, and a warning says so. One
    undeclared module takes free threading away from every other.

How to fix it
    First make the bound classes thread-safe; the option is a claim about them: nanobind locks arguments only where
    the bindings ask for it, with ``nb::lock_self()`` and ``.lock()``. Then build with nanobind 2.2 or later and put
    ``FREE_THREADED`` behind the name of the module. On GIL-enabled builds the option does nothing.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://nanobind.readthedocs.io/en/latest/api_cmake.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.build.read import Generator
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that the build makes with nanobind, and for which it does not pass the option."""
    for made in facts.build.generators:
        if made.tool == "nanobind" and not made.is_declared and not made.module:
            yield _by_hand(made)
        elif made.tool == "nanobind" and not made.is_declared:
            yield rule.finding(
                made.file,
                made.place,
                f"module '{made.module}' is built without FREE_THREADED: importing it on a free-threaded build turns "
                "the GIL on for the whole process",
                severity=None if made.is_shipped else Severity.NOTE,
                fix=f"once the bound classes are thread-safe, nanobind_add_module({made.module} FREE_THREADED ...) "
                "with nanobind 2.2 or later",
                evidence=("nanobind_add_module() has no such argument, and no variable that could hold it",),
            )


def _by_hand(made: Generator) -> Finding:
    return rule.finding(
        made.file,
        made.place,
        "nanobind is compiled without NB_FREE_THREADED: importing what is linked with it on a free-threaded build "
        "turns the "
        "GIL on for the whole process",
        severity=None if made.is_shipped else Severity.NOTE,
        confidence=Confidence.MEDIUM,
        fix="once the bound classes are thread-safe, define NB_FREE_THREADED for nanobind and the module where "
        "sysconfig.get_config_var('Py_GIL_DISABLED') is 1",
        evidence=("no file of the build names NB_FREE_THREADED",),
    )


rule = Rule(
    code="UG702",
    slug="nanobind-missing-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module without the option",
            """\
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(spam NB_STATIC src/spam.cpp)  # <--
""",
            "CMakeLists.txt",
        ),
        Good(
            "the option",
            """\
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(spam FREE_THREADED NB_STATIC src/spam.cpp)
""",
            "CMakeLists.txt",
        ),
        Bad(
            "a call of several lines, with sources from variables",
            """\
set(SPAM_FLAGS NB_STATIC LTO)

nanobind_add_module(  # <--
  spam
  # FREE_THREADED is not there yet
  ${SPAM_FLAGS}
  ${SPAM_SOURCES}
)
""",
            "CMakeLists.txt",
        ),
        Bad(
            "setuptools, with nanobind's sources",
            """\
import nanobind
from setuptools import Extension, setup

combined = os.path.join(nanobind.source_dir(), "nb_combined.cpp")  # <--
setup(ext_modules=[Extension("spam", ["spam.cpp", combined], include_dirs=[nanobind.include_dir()])])
""",
            "setup.py",
        ),
        Good(
            "setuptools, with the macro",
            """\
import sysconfig

import nanobind
from setuptools import Extension, setup

combined = os.path.join(nanobind.source_dir(), "nb_combined.cpp")
macros = [("NB_FREE_THREADED", None)] if sysconfig.get_config_var("Py_GIL_DISABLED") == 1 else []
setup(ext_modules=[Extension("spam", ["spam.cpp", combined], define_macros=macros)])
""",
            "setup.py",
        ),
        Good(
            "the option in a variable",
            """\
set(SPAM_FLAGS NB_STATIC)
list(APPEND SPAM_FLAGS FREE_THREADED)

nanobind_add_module(spam ${SPAM_FLAGS} src/spam.cpp)
""",
            "CMakeLists.txt",
        ),
        Good(
            "a function whose caller may pass the option",
            """\
function(add_binding name)
  nanobind_add_module(${name} ${ARGN})
endfunction()

add_binding(spam FREE_THREADED src/spam.cpp)
""",
            "CMakeLists.txt",
        ),
    ),
)
