"""Tests are told to run in threads, in one.

What it finds
    ``--parallel-threads=1``, which is what the plugin does without the option. A note where another place gives
    more.

Why it is unsafe without the GIL
    One thread meets no other: the job shows that the tests pass, as they do without the plugin.

How to fix it
    Write ``--parallel-threads=4``, or ``auto``.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every place that asks for one thread."""
    said = facts.ci.said(Said.THREADS)
    more = any(mention.value != "1" for mention in said)
    for mention in said:
        if mention.value == "1":
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                "tests run in one thread here, which meets no other",
                severity=Severity.NOTE if more else None,
                fix="--parallel-threads=4, or auto",
            )


rule = Rule(
    code="UG782",
    slug="parallel-threads-of-one",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one",
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
      - run: pytest --parallel-threads=1  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "some",
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
