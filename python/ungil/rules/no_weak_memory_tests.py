"""Free-threaded tests run on x86 alone, which hides missing memory ordering.

What it finds
    A project with extension modules, in whose workflows every combination with a free-threaded Python that runs tests
    has an x86 runner of GitHub, where no workflow that builds wheels has an arm64 runner either. Where the label of
    one runner does not tell there is no finding. One for a project.

Why it is unsafe without the GIL
    x86 shows stores in the order in which they were made. A flag that is set before the data it announces, or a
    plain pointer that is published without release, works there and fails on arm64: on every Apple machine, and on
    the servers of every large cloud.

How to fix it
    Add ``ubuntu-24.04-arm`` or ``macos-15`` to the matrix of the free-threaded tests: public repositories pay
    nothing for them.

References
    https://github.com/pybind/pybind11/pull/5245
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first job that tests, where none runs on arm64."""
    tested = facts.ci.tested
    if not tested or not facts.ci.is_clear or not facts.makes_modules:
        return
    building = {build.spot.file.path for build in facts.ci.wheels if build.built is not False}
    building |= {job.workflow for job in tested}
    runs = [run for job in facts.ci.jobs() if job.workflow in building or job in tested for run in job.runs]
    arms = {run.is_arm for job in tested for run in job.free_threaded} | {run.is_arm for run in runs if run.is_arm}
    if arms == {False}:
        job = tested[0]
        yield rule.finding(
            job.spot.file,
            job.spot.place,
            f"job '{job.name}' and all others test free-threaded Pythons on x86 alone, which keeps stores in order",
            fix="add ubuntu-24.04-arm or macos-15 to the matrix",
            confidence=Confidence.MEDIUM,
        )


rule = Rule(
    code="UG778",
    slug="no-weak-memory-tests",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one runner",
            """\
on: push

jobs:
  test:  # <--
    runs-on: ubuntu-latest
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
            "one of each",
            """\
on: push

jobs:
  test:
    strategy:
      matrix:
        os: [ubuntu-latest, ubuntu-24.04-arm]
    runs-on: ${{ matrix.os }}
    steps:
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
            "a runner of one's own, whose label does not tell",
            """\
on: push

jobs:
  test:
    runs-on: [self-hosted, fast]
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
    ),
)
