"""Tests of a free-threaded Python run with the GIL forced on: threads take turns.

What it finds
    ``PYTHON_GIL=1`` or ``-X gil=1`` in a job that sets up a free-threaded Python, unless another job tests one
    without it.

Why it is unsafe without the GIL
    It is not: the interpreter then behaves as one with a GIL, and no test meets another thread inside a function.
    The job's name says free-threaded, and shows nothing of it.

How to fix it
    Take the setting out. If one dependency needs the GIL, leave out the tests that need the dependency.

References
    https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_GIL
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Job, Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place of each job that forces the GIL on."""
    forced = {mention.job for mention in facts.ci.said(Said.GIL) if mention.value == "1"}
    if any(job not in forced for job in facts.ci.tested):
        return
    seen = set[Job]()
    for mention in facts.ci.said(Said.GIL):
        job = mention.job
        if mention.value == "1" and job is not None and job.free_threaded and job not in seen:
            seen.add(job)
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                "the GIL is forced on here, and no job runs tests on a free-threaded Python without that",
                fix="take it out",
            )


rule = Rule(
    code="UG771",
    slug="gil-forced-on",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the variable in a step",
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
        env:
          PYTHON_GIL: "1"  # <--
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
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "a GIL-enabled Python, which it does not change",
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
        env:
          PYTHON_GIL: "1"
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
