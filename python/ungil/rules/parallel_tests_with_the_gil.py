"""Tests in threads go on when the GIL comes on.

What it finds
    ``--ignore-gil-enabled``, with which the plugin that runs tests in threads does not end the run when a module
    turns the GIL on.

Why it is unsafe without the GIL
    With the GIL the threads take turns: the tests pass, and show nothing of races. What turned the GIL on for them
    turns it on for every user.

How to fix it
    Take the option out. If the module that needs the GIL is another project's, leave out the tests that import it.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every place that passes the option."""
    for mention in facts.ci.said(Said.IGNORES_GIL):
        yield rule.finding(
            mention.spot.file,
            mention.spot.place,
            "the tests go on when a module turns the GIL on: from there on their threads take turns",
            fix="take the option out",
        )


rule = Rule(
    code="UG781",
    slug="parallel-tests-with-the-gil",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the option",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: pip install -e . pytest-run-parallel
      - run: pytest --parallel-threads=4 --ignore-gil-enabled  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "without it",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: pip install -e . pytest-run-parallel
      - run: pytest --parallel-threads=4
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
