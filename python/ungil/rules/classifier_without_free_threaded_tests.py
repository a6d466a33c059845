"""The classifier speaks of free threading, and nothing tests on a free-threaded Python.

What it finds
    ``Programming Language :: Python :: Free Threading`` in a project whose workflows run tests, where neither these
    nor tox or nox name a free-threaded Python, and no free-threaded wheel is tested when it is built. Where one
    Python cannot be seen there is no finding.

Why it is unsafe without the GIL
    The classifier is a claim about thread safety without the GIL, and other projects decide by it.

How to fix it
    Add ``3.14t`` to the matrix of the tests.

References
    https://packaging.python.org/en/latest/specifications/core-metadata/
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The classifier, where nothing supports it."""
    claim, ci = facts.packaging.classifier, facts.ci
    if claim is None or not any(job.tests for job in ci.jobs()) or not ci.is_clear:
        return
    if ci.said(Said.FREE_THREADED) or any(build.built is not False and build.test for build in ci.wheels):
        return
    yield rule.finding(
        claim.spot.file,
        claim.spot.place,
        "no workflow that was read tests on a free-threaded Python: nothing shows what the classifier says",
        fix="add 3.14t to the matrix of the tests",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG757",
    slug="classifier-without-free-threaded-tests",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a matrix without it",
            """\
[project]
name = "spam"
classifiers = [
    "Programming Language :: Python :: Free Threading :: 2 - Beta",  # <--
]
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/ci.yml",
                    """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14"
      - run: python -W error -m pytest
""",
                ),
            ),
        ),
        Good(
            "a matrix with it",
            """\
[project]
name = "spam"
classifiers = [
    "Programming Language :: Python :: Free Threading :: 2 - Beta",
]
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/ci.yml",
                    """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
""",
                ),
            ),
        ),
    ),
)
