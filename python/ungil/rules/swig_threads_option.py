"""SWIG is told to detach around every call, which adds no safety.

What it finds
    The option ``-threads`` in a file of the build that calls SWIG.

Why it is unsafe without the GIL
    The option lets other threads run during each wrapped call. It says nothing about whether the library may be
    called by several threads at once, and what it wraps touches Python objects it has no hold on: with it, code
    that was serialised by the GIL is not, on any build.

How to fix it
    Leave it out unless the library is thread-safe, and test it on its own.

References
    https://www.swig.org/Doc4.4/Python.html
    https://github.com/swig/swig/pull/3212
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such option."""
    for found in facts.packaging.seen(Seen.SWIG_THREADS):
        yield rule.finding(
            found.spot.file,
            found.spot.place,
            "-threads lets several threads into the wrapped library at once: it is no declaration of safety",
            fix="leave it out unless the library is thread-safe",
        )


rule = Rule(
    code="UG743",
    slug="swig-threads-option",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an extension of setuptools",
            """\
from setuptools import Extension, setup

setup(ext_modules=[Extension("_spam", ["spam.i"], swig_opts=["-nogil", "-threads"])])  # <--
""",
            "setup.py",
        ),
        Good(
            "without it",
            """\
from setuptools import Extension, setup

setup(ext_modules=[Extension("_spam", ["spam.i"], swig_opts=["-nogil"])])
""",
            "setup.py",
        ),
    ),
)
