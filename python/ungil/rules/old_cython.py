"""The build accepts a Cython that knows nothing of free threading.

What it finds
    A requirement in ``[build-system]`` of ``pyproject.toml`` that keeps the build below Cython 3.1; as a note, one
    that also accepts an older Cython.

Why it is unsafe without the GIL
    Cython learned to write code for free-threaded Python in 3.1. What an older one writes uses borrowed references
    and unlocked caches inside the interpreter's structures, cannot declare that the module runs without the GIL (the
    directive is ignored), and often does not compile against the headers of a free-threaded build at all.

How to fix it
    Require ``Cython>=3.1``, and leave the generated C out of the source distribution, so that every build writes it
    anew.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://cython.readthedocs.io/en/latest/src/changes.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every requirement of the build that an old Cython meets."""
    for wanted in facts.cython.requirements:
        if not wanted.allows_old:
            continue
        happens = "accepts a Cython that writes" if wanted.allows_new else "keeps the build to a Cython that writes"
        yield rule.finding(
            wanted.file,
            wanted.place,
            f"'{wanted.text}' {happens} no free-threaded code: its modules turn the GIL on, or do not compile",
            severity=Severity.NOTE if wanted.allows_new else None,
            fix="require Cython>=3.1",
        )


rule = Rule(
    code="UG602",
    slug="old-cython",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an upper bound",
            """\
[build-system]
build-backend = "setuptools.build_meta"
requires = [
    "setuptools>=80",
    "Cython>=0.29.24,<3.1",  # <--
]
""",
            "pyproject.toml",
        ),
        Good(
            "a lower bound",
            """\
[build-system]
build-backend = "setuptools.build_meta"
requires = ["setuptools>=80", "Cython>=3.1"]
""",
            "pyproject.toml",
        ),
        Bad(
            "a line that ended before",
            """\
[build-system]
requires = ["setuptools", "cython~=3.0.11"]  # <--
""",
            "pyproject.toml",
        ),
        Bad(
            "no bound at all",
            """\
[build-system]
requires = ["setuptools", "Cython"]  # <--
""",
            "pyproject.toml",
        ),
        Good(
            "a bound that only interpreters without a free-threaded build meet",
            """\
[build-system]
requires = ["setuptools", "Cython<3; python_version < '3.13'", "Cython>=3.1; python_version >= '3.13'"]
""",
            "pyproject.toml",
        ),
        Good(
            "one version that is new enough",
            """\
[build-system]
requires = ["setuptools", "cython == 3.1.4 ; python_version >= '3.9'"]
""",
            "pyproject.toml",
        ),
    ),
)
