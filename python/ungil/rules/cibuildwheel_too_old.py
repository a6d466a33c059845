"""A cibuildwheel that does not know free-threaded 3.14 is told to build for it.

What it finds
    cibuildwheel before 3.1, by the tag of its action, by the comment beside its commit or by a pinned requirement,
    with a selector such as ``cp314t-*``, or in a project whose classifier speaks of free threading.

Why it is unsafe without the GIL
    The wheels that are meant are not built: 3.1 is the first version that makes them. Users of a free-threaded
    Python build from source.

How to fix it
    Use ``pypa/cibuildwheel@v4.2.0`` or later.

References
    https://cibuildwheel.pypa.io/en/stable/changelog/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.wheel_builds import BY_DEFAULT_SINCE
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every old version that is asked for what it does not know, unless a newer one is asked too."""
    if any(build.built for build in facts.ci.wheels):
        return
    for build in facts.ci.wheels:
        asks = build.named or facts.packaging.classifier is not None
        if asks and build.version and build.version < BY_DEFAULT_SINCE:
            yield rule.finding(
                build.spot.file,
                build.spot.place,
                f"cibuildwheel {'.'.join(map(str, build.version))} makes no wheels for free-threaded 3.14: the first "
                "that does is 3.1",
                fix="use cibuildwheel 4.2 or later",
            )


rule = Rule(
    code="UG763",
    slug="cibuildwheel-too-old",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a selector that it does not know",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v2.23.3  # <--
        env:
          CIBW_BUILD: "cp312-* cp314t-*"
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
        ),
        Good(
            "a new one",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
        env:
          CIBW_BUILD: "cp312-* cp314t-*"
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
        ),
    ),
)
