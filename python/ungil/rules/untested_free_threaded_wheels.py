"""Free-threaded wheels are built by name and never tested.

What it finds
    cibuildwheel is asked for ``cp314t`` or later wheels and has no ``test-command``, or is told to skip the tests
    of these, in a project whose workflows test no free-threaded Python either. A note where cibuildwheel makes the
    wheels unasked. Where one Python cannot be seen there is no finding. One for a project.

Why it is unsafe without the GIL
    The wheel claims that the project runs without the GIL, and nobody has run it so, not even once.

How to fix it
    Give cibuildwheel a ``test-command`` that asserts ``not sys._is_gil_enabled()`` after the imports, and run the
    tests on 3.14t in a job.

References
    https://cibuildwheel.pypa.io/en/stable/options/#test-command
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place that builds them, where nothing tests them."""
    builds = [build for build in facts.ci.wheels if build.built and build.is_run]
    if not builds or not facts.ci.is_clear or facts.ci.said(Said.FREE_THREADED):
        return
    if any((build.test and build.test_skipped is None) or build.built is None for build in facts.ci.wheels):
        return
    build = next((one for one in builds if one.named), builds[0])
    spot = build.test_skipped or build.spot
    yield rule.finding(
        spot.file,
        spot.place,
        "free-threaded wheels are built, and neither their build nor a job tests them",
        severity=None if build.named else Severity.NOTE,
        fix="a test-command that asserts 'not sys._is_gil_enabled()', and a job with 3.14t",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG761",
    slug="untested-free-threaded-wheels",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "no tests at all",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0  # <--
        env:
          CIBW_BUILD: "cp312-* cp314t-*"
""",
            ".github/workflows/wheels.yml",
        ),
        Good(
            "a command for each wheel",
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
        Bad(
            "tests that are skipped",
            """\
[tool.cibuildwheel]
build = ["cp312-*", "cp314t-*"]
test-command = "pytest {project}/tests"
test-skip = ["cp3??t-*"]  # <--
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/wheels.yml",
                    """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
""",
                ),
            ),
        ),
    ),
)
