"""cibuildwheel is told something about free-threaded 3.13, which it builds no more.

What it finds
    ``cpython-freethreading`` in ``enable``, ``free-threaded-support``, and selectors of ``cp313t``. From the
    version that is used, an error where cibuildwheel 4 stops at the word.

Why it is unsafe without the GIL
    It is not. The words were for the experiment, 3.13t, which cibuildwheel 4 has removed: ``cpython-freethreading``
    stops it, and a selector matches nothing. Free-threaded 3.14 and later need no switch.

How to fix it
    Take the word out. ``cp314t-*`` selects the wheels.

References
    https://cibuildwheel.pypa.io/en/stable/options/#enable
    https://cibuildwheel.pypa.io/en/stable/changelog/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Spot
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such word, once for the place where it stands."""
    seen = set[Spot]()
    for build in facts.ci.wheels:
        for word, spot in build.obsolete:
            if spot in seen:
                continue
            seen.add(spot)
            stops = word == "cpython-freethreading" and build.version >= _REMOVED
            means = "stops cibuildwheel 4" if stops else "is for free-threaded 3.13, an experiment that is over"
            yield rule.finding(
                spot.file,
                spot.place,
                f"'{word}' {means}: free-threaded 3.14 needs no switch",
                severity=Severity.ERROR if stops else Severity.NOTE,
                fix="take it out; cp314t-* selects the wheels",
            )


_REMOVED = (4,)


rule = Rule(
    code="UG762",
    slug="obsolete-free-threading-switch",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a switch that stops the build",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
        env:
          CIBW_ENABLE: cpython-freethreading  # <--
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
        ),
        Good(
            "without it",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
        env:
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
        ),
        Bad(
            "a selector that matches nothing",
            """\
[tool.cibuildwheel]
skip = ["cp313t-win*", "*-win32"]  # <--
test-command = "python -W error -m pytest {project}/tests"
""",
            "pyproject.toml",
        ),
    ),
)
