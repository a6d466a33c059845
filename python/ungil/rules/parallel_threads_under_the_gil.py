"""Tests run in threads on Pythons with a GIL alone.

What it finds
    ``--parallel-threads`` in a job whose combinations all set up a GIL-enabled Python, where no other place passes
    the option.

Why it is unsafe without the GIL
    The GIL lets one thread in at a time: races inside a function of an extension cannot happen in such a run.

How to fix it
    Set up ``3.14t`` in that job.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Job, Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place, if all of them are in such jobs."""
    said = facts.ci.said(Said.THREADS)
    named = {mention.job for mention in facts.ci.said(Said.FREE_THREADED, Said.WHEEL_TAG, Said.OLD_VERSION)}
    for mention in said[:1]:
        jobs = [one.job for one in said]
        if any(job is None or job.free_threaded or job in named or not _is_clear(job) for job in jobs):
            return
        yield rule.finding(
            mention.spot.file,
            mention.spot.place,
            "the Pythons of this job have a GIL: the threads of its tests take turns",
            fix="set up 3.14t",
        )


def _is_clear(job: Job) -> bool:
    """It can be seen which Python the job sets up."""
    sets_up = any(step.action.lower().endswith("/setup-python") for step in job.steps)
    return sets_up and not any(run.is_unclear for run in job.runs)


rule = Rule(
    code="UG785",
    slug="parallel-threads-under-the-gil",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the wrong interpreter",
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
          python-version: "3.14"
      - run: pip install -e . pytest-run-parallel
      - run: pytest --parallel-threads=4  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "the right one",
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
