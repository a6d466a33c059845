"""The build tells SWIG that a module does not need the GIL.

What it does
    Passes ``-nogil``: in a command line behind ``-python``, to an ``Extension`` of setuptools in ``swig_opts``, to
    ``swig_add_library()`` of CMake as a property of the target.

What to look at
    The declaration is a claim about the wrapped library, to which SWIG adds no locks: it has to bear calls from
    several threads, also with the same object. The build has to use SWIG 4.4 or later.

What it leaves
    Builds that keep SWIG below 4.4; options that a variable holds; targets of CMake before 3.13, which go by other
    names.
"""

from __future__ import annotations

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.modules.build_options import pass_option, refuse_older


def repair(site: Site) -> Repair | Decision | None:
    """The option."""
    refuse_older(site, "swig", "4.4")
    return pass_option(site, "SWIG", "-nogil")


fixer = Fixer(
    slug="declare-to-swig",
    codes=frozenset({"UG706"}),
    repair=repair,
    claims=True,
    check="that the wrapped library bears calls from several threads, also with the same object, to which SWIG adds no "
    "locks; and that the build uses SWIG 4.4 or later",
    doc=__doc__,
    examples=(
        Repaired(
            "extensions of setuptools",
            """\
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("_spam", ["spam.i", "impl.cpp"], swig_opts=["-c++"]),
        Extension(
            name="_eggs",
            sources=["eggs.i"],
            libraries=["eggs"],  # in C
        ),
        Extension('_ham', ['ham.i']),
    ],
)
""",
            """\
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("_spam", ["spam.i", "impl.cpp"], swig_opts=["-c++", "-nogil"]),
        Extension(
            name="_eggs",
            sources=["eggs.i"],
            libraries=["eggs"],  # in C
            swig_opts=["-nogil"],
        ),
        Extension('_ham', ['ham.i'], swig_opts=['-nogil']),
    ],
)
""",
            "setup.py",
        ),
        Repaired(
            "a library of CMake",
            """\
cmake_minimum_required(VERSION 3.15...4.0)
project(spam LANGUAGES CXX)

include(UseSWIG)
if(WITH_PYTHON)
  swig_add_library(
    spam
    LANGUAGE python
    SOURCES spam.i
  )
endif()
""",
            """\
cmake_minimum_required(VERSION 3.15...4.0)
project(spam LANGUAGES CXX)

include(UseSWIG)
if(WITH_PYTHON)
  swig_add_library(
    spam
    LANGUAGE python
    SOURCES spam.i
  )
  set_property(TARGET spam APPEND PROPERTY SWIG_COMPILE_OPTIONS -nogil)
endif()
""",
            "CMakeLists.txt",
        ),
        Repaired(
            "a command line",
            """\
swig = find_program('swig')
wrapper = custom_target('spam_wrap.c',
  input : 'spam.i',
  output : ['spam_wrap.c', 'spam.py'],
  command : [swig, '-python', '-o', '@OUTPUT0@', '@INPUT@'])
""",
            """\
swig = find_program('swig')
wrapper = custom_target('spam_wrap.c',
  input : 'spam.i',
  output : ['spam_wrap.c', 'spam.py'],
  command : [swig, '-python', '-nogil', '-o', '@OUTPUT0@', '@INPUT@'])
""",
            "meson.build",
        ),
        Left(
            "options in a variable",
            """\
from setuptools import Extension, setup

options = ["-c++"]
setup(ext_modules=[Extension("_spam", ["spam.i"], swig_opts=options)])
""",
            "pass it by hand",
            "setup.py",
        ),
        Left(
            "targets under old names",
            """\
cmake_minimum_required(VERSION 3.8)
include(UseSWIG)
swig_add_library(spam LANGUAGE python SOURCES spam.i)
""",
            "pass it by hand",
            "CMakeLists.txt",
        ),
    ),
)
