"""A module that SWIG writes does not say that it can run without the GIL.

What it finds
    A call of SWIG for Python in a file of the build without ``-nogil``: a command line in ``CMakeLists.txt``,
    ``meson.build`` or ``setup.py``, ``swig_add_library()`` of CMake, or an ``Extension`` of setuptools with a ``.i``
    file among its sources. If some other place in the build names the option, or the macro ``SWIGPYTHON_NOGIL`` that
    it defines, there is no finding; interface files are not read. Below folders of tests, examples, benchmarks and
    documentation it is a note.

Why it is unsafe without the GIL
    It is not: it is the opposite. SWIG then writes a module that declares nothing. When a free-threaded interpreter
    imports it, the GIL is turned on for the whole process, until it ends, and a warning says so.

How to fix it
    First see that the wrapped library may be called by several threads: SWIG adds no locks. Then pass ``-nogil``,
    which SWIG has since 4.4: with it the module declares ``Py_MOD_GIL_NOT_USED`` on free-threaded builds.

References
    https://www.swig.org/Doc4.4/Python.html
    https://github.com/swig/swig/pull/3215
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that the build has SWIG write, and for which it does not pass the option."""
    for made in facts.build.generators:
        if made.tool == "SWIG" and not made.is_declared:
            named = f"module '{made.module}'" if made.module else "the module that it writes"
            yield rule.finding(
                made.file,
                made.place,
                f"SWIG is not told -nogil: importing {named} on a free-threaded build turns the GIL on for the whole "
                "process",
                severity=None if made.is_shipped else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="once the wrapped code is thread-safe, pass -nogil (SWIG 4.4)",
                evidence=("no file of the build names the option or SWIGPYTHON_NOGIL elsewhere",),
            )


rule = Rule(
    code="UG706",
    slug="swig-missing-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an extension of setuptools",
            """\
from setuptools import Extension, setup

setup(ext_modules=[Extension("_spam", ["spam.i", "impl.cpp"], swig_opts=["-c++"])])  # <--
""",
            "setup.py",
        ),
        Good(
            "the option",
            """\
from setuptools import Extension, setup

setup(ext_modules=[Extension("_spam", ["spam.i", "impl.cpp"], swig_opts=["-c++", "-nogil"])])
""",
            "setup.py",
        ),
        Bad(
            "a library of CMake",
            """\
include(UseSWIG)

swig_add_library(spam LANGUAGE python SOURCES spam.i)  # <--
""",
            "CMakeLists.txt",
        ),
        Bad(
            "a command line",
            """\
swig = find_program('swig')
wrapper = custom_target('spam_wrap.c',
  input : 'spam.i',
  output : ['spam_wrap.c', 'spam.py'],
  command : [swig, '-python', '-o', '@OUTPUT0@', '@INPUT@'])  # <--
""",
            "meson.build",
        ),
        Good(
            "the option as a property of the target",
            """\
swig_add_library(spam LANGUAGE python SOURCES spam.i)
set_property(TARGET spam PROPERTY SWIG_COMPILE_OPTIONS -nogil)
""",
            "CMakeLists.txt",
        ),
        Good(
            "another language",
            """\
swig_add_library(spam LANGUAGE java SOURCES spam.i)
""",
            "CMakeLists.txt",
        ),
    ),
)
