"""A module that f2py writes does not say that it can run without the GIL.

What it finds
    A command line of f2py in a file of the build (``CMakeLists.txt``, ``meson.build``, ``setup.py``) that makes a
    module, and no ``--freethreading-compatible`` in it. If some other place in the build names the option there is no
    finding, and below folders of tests, examples, benchmarks and documentation it is a note.

Why it is unsafe without the GIL
    It is not: it is the opposite. f2py then writes a module that asks for the GIL. When a free-threaded interpreter
    imports it, the GIL is turned on for the whole process, until it ends, and a warning says so.

How to fix it
    See what the Fortran code keeps between calls: ``COMMON`` blocks, ``SAVE`` variables and module variables are
    shared by all threads, and f2py does not look at them. Then pass ``--freethreading-compatible``, which NumPy has
    since 2.1.

References
    https://numpy.org/doc/stable/f2py/usage.html
    https://numpy.org/doc/stable/release/2.1.0-notes.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that the build has f2py write, and for which it does not pass the option."""
    for made in facts.build.generators:
        if made.tool == "f2py" and not made.is_declared:
            yield rule.finding(
                made.file,
                made.place,
                "f2py is not told --freethreading-compatible: importing the module that it writes turns the GIL on for "
                "the whole process on a free-threaded build",
                severity=None if made.is_shipped else Severity.NOTE,
                fix="once the Fortran code is thread-safe, pass --freethreading-compatible (NumPy 2.1)",
                evidence=("no file of the build names the option elsewhere",),
            )


rule = Rule(
    code="UG705",
    slug="f2py-missing-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a target of Meson",
            """\
source = custom_target('spammodule.c',
  input : ['spam.f90'],
  output : ['spammodule.c', 'spam-f2pywrappers2.f90'],
  command : [py, '-m', 'numpy.f2py', '@INPUT@', '-m', 'spam', '--lower'])  # <--
""",
            "meson.build",
        ),
        Good(
            "the option",
            """\
source = custom_target('spammodule.c',
  input : ['spam.f90'],
  output : ['spammodule.c', 'spam-f2pywrappers2.f90'],
  command : [py, '-m', 'numpy.f2py', '--freethreading-compatible', '@INPUT@', '-m', 'spam', '--lower'])
""",
            "meson.build",
        ),
        Bad(
            "a command of CMake",
            """\
add_custom_command(
  OUTPUT spammodule.c
  COMMAND ${Python_EXECUTABLE} -m numpy.f2py  # <--
    "${CMAKE_CURRENT_SOURCE_DIR}/spam.f90" -m spam --lower
  DEPENDS spam.f90
)
""",
            "CMakeLists.txt",
        ),
        Bad(
            "a command that a script runs",
            """\
import subprocess
import sys

subprocess.run([sys.executable, "-m", "numpy.f2py", "-c", "spam.f90", "-m", "spam"], check=True)  # <--
""",
            "setup.py",
        ),
        Good(
            "the opposite, said on purpose",
            """\
import os

os.system("f2py --no-freethreading-compatible -c spam.f90 -m spam")
""",
            "setup.py",
        ),
        Good(
            "questions that make no module",
            """\
execute_process(
  COMMAND "${Python_EXECUTABLE}" -c "import numpy.f2py; print(numpy.f2py.get_include())"
  OUTPUT_VARIABLE F2PY_INCLUDE_DIR
)
find_program(F2PY_EXECUTABLE f2py)
""",
            "CMakeLists.txt",
        ),
    ),
)
