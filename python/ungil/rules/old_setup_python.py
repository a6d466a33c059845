"""The action that sets up Python is from before it knew free-threaded versions.

What it finds
    ``actions/setup-python`` before 5.5, by its tag or by the comment beside its commit, in a job that asks it for a
    free-threaded version.

Why it is unsafe without the GIL
    It is not: such a version is not found, and the job fails or, with a fallback, tests another Python.

How to fix it
    Use ``actions/setup-python@v6``.

References
    https://github.com/actions/setup-python/releases/tag/v5.5.0
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every step with an old action and a free-threaded version."""
    for job in facts.ci.jobs():
        for step in job.steps if job.free_threaded else ():
            wanted = step.options.get("python-version", "")
            asks = wanted.endswith("t") or "matrix." in wanted
            if step.action.lower() == "actions/setup-python" and asks and _is_old(step.version):
                named = ".".join(map(str, step.version))
                yield rule.finding(
                    step.spot.file,
                    step.spot.place,
                    f"version {named} of this action does not know free-threaded Pythons: the first that does is 5.5",
                    fix="use actions/setup-python@v6",
                )


def _is_old(version: tuple[int, ...]) -> bool:
    """A major version alone means its newest release."""
    return bool(version) and (version[0] < _FIRST[0] or (len(version) > 1 and version[:2] < _FIRST))


_FIRST = (5, 5)


rule = Rule(
    code="UG774",
    slug="old-setup-python",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an old tag",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v4  # <--
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "a new one",
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
            "a GIL-enabled version, which every action knows",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v4
        with:
          python-version: "3.12"
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Bad(
            "a commit, with the version beside it",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@65d7f2d534ac1bc67fcd62888c5f4f3d2cb2b236 # v4.7.1  # <--
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
