"""Tests run on a free-threaded Python, and nobody looks whether the GIL stays off.

What it finds
    A project with extension modules, of which a workflow runs the tests on a free-threaded Python, where neither
    the workflows nor the configuration of the tests nor the tests that were read make warnings errors or ask
    ``sys._is_gil_enabled()``. The plugin that runs tests in threads ends the run by itself; with it there is no
    finding; nor is there one where the wheels are uploaded unchecked, which is a finding of its own. One for a
    project.

Why it is unsafe without the GIL
    A module that does not declare, or a dependency that does not, turns the GIL on, and a warning is all that says
    so. From there on threads take turns, and the suite passes for the wrong reason.

How to fix it
    Make warnings errors (``python -W error -m pytest``, or ``filterwarnings = ["error"]``), or add a test that
    imports every module and asserts ``not sys._is_gil_enabled()``.

References
    https://py-free-threading.github.io/ci/
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first job that tests, where nothing checks."""
    looks = facts.ci.said(Said.CHECKS_GIL, Said.THREADS, Said.IGNORES_GIL, Said.HIDES_WARNING, Said.GIL)
    if looks or facts.ci.tests & {"GIL", "parallel"} or facts.ci.uploads:
        return
    if not facts.ci.tested or not facts.makes_modules:
        return
    job = facts.ci.tested[0]
    yield rule.finding(
        job.spot.file,
        job.spot.place,
        f"job '{job.name}' tests a free-threaded Python, and nothing shows whether the GIL stays off in it",
        fix="make warnings errors, or assert 'not sys._is_gil_enabled()' after importing every module",
        confidence=Confidence.MEDIUM,
        evidence=("no file that was read names _is_gil_enabled, or makes warnings errors",),
    )


rule = Rule(
    code="UG776",
    slug="gil-never-checked",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "tests that would pass with the GIL",
            """\
on: push

jobs:
  test:  # <--
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: pytest
""",
            ".github/workflows/ci.yml",
            (
                (
                    "spam.pyx",
                    """\
# cython: freethreading_compatible=True
""",
                ),
            ),
        ),
        Good(
            "warnings are errors",
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
            ".github/workflows/ci.yml",
            (
                (
                    "spam.pyx",
                    """\
# cython: freethreading_compatible=True
""",
                ),
            ),
        ),
        Good(
            "a test that asks",
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
      - run: pytest
""",
            ".github/workflows/ci.yml",
            (
                (
                    "spam.pyx",
                    """\
# cython: freethreading_compatible=True
""",
                ),
                (
                    "tests/test_gil.py",
                    """\
import sys

import spam


def test_gil() -> None:
    assert not sys._is_gil_enabled()
""",
                ),
            ),
        ),
        Good(
            "a project without extension modules",
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
      - run: pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
