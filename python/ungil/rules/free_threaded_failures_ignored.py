"""The tests on a free-threaded Python may fail, and the run is green.

What it finds
    A job with ``continue-on-error`` that holds for every combination with a free-threaded Python, where no other
    job tests one.

Why it is unsafe without the GIL
    A race that the tests find is reported to nobody: the check mark is green, and the wheel is released.

How to fix it
    Let the job fail. What is known to fail is marked, test by test.

References
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontinue-on-error
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first job, where all of them may fail."""
    tested = facts.ci.tested
    if not tested or not all(run.may_fail for job in tested for run in job.free_threaded):
        return
    for job in tested[:1]:
        if job.leniency is not None:
            yield rule.finding(
                job.leniency.file,
                job.leniency.place,
                f"job '{job.name}' may fail on a free-threaded Python, and no job has to pass on one",
                fix="take it out for the free-threaded versions, and mark the tests that are known to fail",
            )


rule = Rule(
    code="UG777",
    slug="free-threaded-failures-ignored",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "for the free-threaded version alone",
            """\
on: push

jobs:
  test:
    strategy:
      matrix:
        python: ["3.14", "3.14t"]
    runs-on: ubuntu-24.04-arm
    continue-on-error: ${{ endsWith(matrix.python, 't') }}  # <--
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "only what is not released yet may fail",
            """\
on: push

jobs:
  test:
    strategy:
      matrix:
        python: ["3.14", "3.14t", "3.15t-dev"]
    runs-on: ubuntu-24.04-arm
    continue-on-error: ${{ endsWith(matrix.python, '-dev') }}
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Bad(
            "the whole job",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    continue-on-error: true  # <--
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
