"""What cffi wraps is not read here: the library behind it has to be thread-safe.

What it finds
    ``cffi_modules`` in a ``setup.py``. One for a project.

Why it is unsafe without the GIL
    cffi 2.0 and later declare that their modules run without the GIL, whatever the library behind them does. A
    handle that two threads use, a global error state, a callback that is registered twice: with the GIL such calls
    took turns, as cffi lets it go during each; what Python code did between two calls is no longer one step.

How to fix it
    Read what the library says of threads. Hold a lock around each handle in Python, from the first call to the last
    that belong together.

References
    https://cffi.readthedocs.io/en/stable/ref.html
    https://github.com/python-cffi/cffi/issues/188
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first script."""
    for found in facts.packaging.seen(Seen.CFFI)[:1]:
        yield rule.finding(
            found.spot.file,
            found.spot.place,
            "the modules that cffi writes declare that they run without the GIL; whether the library behind them may "
            "be called by several threads is not seen here",
            fix="read what the library says of threads, and lock each handle in Python",
        )


rule = Rule(
    code="UG742",
    slug="cffi-library-is-not-read",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module that cffi writes",
            """\
from setuptools import setup

setup(cffi_modules=["build_spam.py:ffibuilder"])  # <--
""",
            "setup.py",
        ),
        Good(
            "none",
            """\
from setuptools import setup

setup()
""",
            "setup.py",
        ),
    ),
)
