"""The build tells f2py that a module does not need the GIL.

What it does
    Puts ``--freethreading-compatible`` behind the name of f2py in the command line that makes the module.

What to look at
    The declaration is a claim about the Fortran code, which f2py does not look at: ``COMMON`` blocks, ``SAVE``
    variables and module variables are shared by all threads. The build has to use NumPy 2.1 or later.

What it leaves
    Builds that keep NumPy below 2.1. Command lines that variables hold, and those of other programs that call f2py,
    are no findings.
"""

from __future__ import annotations

from ungil.fixer import Decision, Fixer, Repair, Repaired, Site
from ungil.rewrite.modules.build_options import pass_option, refuse_older


def repair(site: Site) -> Repair | Decision | None:
    """The option."""
    refuse_older(site, "numpy", "2.1")
    return pass_option(site, "f2py", "--freethreading-compatible")


fixer = Fixer(
    slug="declare-to-f2py",
    codes=frozenset({"UG705"}),
    repair=repair,
    claims=True,
    check="what the Fortran code keeps between calls (COMMON, SAVE, variables of modules), which all threads share; "
    "and that the build uses NumPy 2.1 or later",
    doc=__doc__,
    examples=(
        Repaired(
            "a target of Meson",
            """\
source = custom_target('spammodule.c',
  input : ['spam.f90'],
  output : ['spammodule.c', 'spam-f2pywrappers2.f90'],
  command : [py, '-m', 'numpy.f2py', '@INPUT@', '-m', 'spam', '--lower'])
""",
            """\
source = custom_target('spammodule.c',
  input : ['spam.f90'],
  output : ['spammodule.c', 'spam-f2pywrappers2.f90'],
  command : [py, '-m', 'numpy.f2py', '--freethreading-compatible', '@INPUT@', '-m', 'spam', '--lower'])
""",
            "meson.build",
        ),
        Repaired(
            "one argument in each line",
            """\
f2py = find_program('f2py')

source = custom_target(
  input : ['spam.pyf', 'spam.f90'],
  output : 'spammodule.c',
  command : [
    f2py,
    '@INPUT@',  # the signatures first
    '--lower',
  ],
)
""",
            """\
f2py = find_program('f2py')

source = custom_target(
  input : ['spam.pyf', 'spam.f90'],
  output : 'spammodule.c',
  command : [
    f2py,
    '--freethreading-compatible',
    '@INPUT@',  # the signatures first
    '--lower',
  ],
)
""",
            "meson.build",
        ),
        Repaired(
            "a command of CMake",
            """\
add_custom_command(
  OUTPUT spammodule.c
  COMMAND ${Python_EXECUTABLE} -m numpy.f2py "${SOURCES}/spam.f90" -m spam --lower
  DEPENDS spam.f90
)
""",
            """\
add_custom_command(
  OUTPUT spammodule.c
  COMMAND ${Python_EXECUTABLE} -m numpy.f2py --freethreading-compatible "${SOURCES}/spam.f90" -m spam --lower
  DEPENDS spam.f90
)
""",
            "CMakeLists.txt",
        ),
        Repaired(
            "scripts that run it",
            """\
import os
import subprocess
import sys

subprocess.run([sys.executable, "-m", "numpy.f2py", "-c", "spam.pyf"], check=True)
os.system("f2py -c eggs.f90 -m eggs")
""",
            """\
import os
import subprocess
import sys

subprocess.run([sys.executable, "-m", "numpy.f2py", "--freethreading-compatible", "-c", "spam.pyf"], check=True)
os.system("f2py --freethreading-compatible -c eggs.f90 -m eggs")
""",
            "setup.py",
        ),
    ),
)
