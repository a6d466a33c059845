"""Tests run in threads, and nothing ends a deadlock.

What it finds
    A job of a workflow that runs tests with ``--parallel-threads``, or under the thread sanitizer, without
    ``timeout-minutes`` for it or for a step, where neither the job nor the configuration of the tests sets a limit
    of time either. One for a workflow.

Why it is unsafe without the GIL
    What tests in threads find is, as often as a wrong value, a deadlock. Without a limit it holds the runner for
    six hours, GitHub's own, and then shows no stack of any thread.

How to fix it
    Give the job ``timeout-minutes``, and the tests ``faulthandler_timeout`` or ``pytest-timeout``, so that stacks
    are printed.

References
    https://docs.pytest.org/en/stable/how-to/failures.html#fault-handler
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place in each workflow that runs tests in threads, or under the sanitizer."""
    limited = {mention.job for mention in facts.ci.said(Said.LIMIT)}
    seen = set[str]()
    for mention in facts.ci.said(Said.THREADS, Said.TSAN_OPTIONS):
        job = mention.job
        if (
            job is None
            or None in limited
            or job in limited
            or job.has_limit
            or job.workflow in seen
            or mention.value == "1"
        ):
            continue
        seen.add(job.workflow)
        yield rule.finding(
            mention.spot.file,
            mention.spot.place,
            f"job '{job.name}' runs tests in threads and has no limit of time: a deadlock takes six hours",
            fix="timeout-minutes for the job, and faulthandler_timeout or pytest-timeout for the tests",
        )


rule = Rule(
    code="UG780",
    slug="parallel-tests-without-limit",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a job without a limit",
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
      - run: pip install -e . pytest-run-parallel
      - run: pytest --parallel-threads=4  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "a limit for the job",
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
        Good(
            "a limit for the tests",
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
      - run: pip install -e . pytest-run-parallel
      - run: pytest --parallel-threads=4
""",
            ".github/workflows/ci.yml",
            (
                (
                    "pytest.ini",
                    """\
[pytest]
faulthandler_timeout = 120
faulthandler_exit_on_timeout = true
""",
                ),
            ),
        ),
    ),
)
