"""Tests run in threads and in processes at once.

What it finds
    One command line of pytest with both ``-n`` of pytest-xdist and ``--parallel-threads``.

Why it is unsafe without the GIL
    It is not unsafe. A worker that crashes, which is what a race in C does, takes its output with it; every process
    has as many threads, so that fewer of them run at the same time and meet; and repetitions multiply.

How to fix it
    Run the tests in threads in a job of their own, without ``-n``.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every line with both."""
    split = {mention.context for mention in facts.ci.said(Said.PROCESSES)}
    for mention in facts.ci.said(Said.THREADS):
        if mention.context in split and "pytest" in mention.context:
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                "pytest-xdist takes the output of a worker that crashes, and leaves the threads of each fewer cores",
                fix="leave out -n where tests run in threads",
            )


rule = Rule(
    code="UG783",
    slug="parallel-threads-with-xdist",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "both",
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
      - run: pytest -n auto --parallel-threads=4  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "one after the other",
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
      - run: pytest -n auto
      - run: pytest --parallel-threads=4
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
