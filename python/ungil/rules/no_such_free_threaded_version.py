"""A free-threaded version that never was.

What it finds
    ``3.12t`` and earlier ones, or their tags, in a workflow, in ``tox.ini`` or in what cibuildwheel is told.

Why it is unsafe without the GIL
    The first free-threaded Python is 3.13: setting up an older one fails, and a selector for one matches nothing,
    so that what was meant to be built or tested is not.

How to fix it
    Name a version that exists: ``3.14t``.

References
    https://peps.python.org/pep-0703/
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every place that names one."""
    for mention in facts.ci.said(Said.NO_VERSION):
        yield rule.finding(
            mention.spot.file,
            mention.spot.place,
            f"there is no {mention.value}: the first free-threaded Python is 3.13",
            fix="name one that exists, such as 3.14t",
        )


rule = Rule(
    code="UG773",
    slug="no-such-free-threaded-version",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an entry of a matrix",
            """\
on: push

jobs:
  test:
    strategy:
      matrix:
        python:
          - "3.12t"  # <--
          - "3.14t"
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "one that exists",
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
    ),
)
