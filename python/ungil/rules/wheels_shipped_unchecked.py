"""Free-threaded wheels are uploaded, and nobody looks whether they turn the GIL on.

What it finds
    A workflow that uploads to a package index, in a project that asks cibuildwheel for free-threaded wheels by
    name, where no workflow, configuration or test that was read makes warnings errors, asks
    ``sys._is_gil_enabled()`` or checks the wheels. One for a project.

Why it is unsafe without the GIL
    A declaration is lost easily: by a template, by a build flag, by a second module. The wheel is built, tested
    with the GIL on, and uploaded; the first to notice is a user.

How to fix it
    Let ``test-command`` assert ``not sys._is_gil_enabled()`` after importing every module, or run ``ungil wheel
    check`` on the wheels before the upload.

References
    https://github.com/fonttools/fonttools/issues/4073
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first upload, where nothing checks."""
    looks = facts.ci.said(Said.CHECKS_GIL, Said.THREADS) or facts.ci.tests & {"GIL", "parallel"}
    for upload in facts.ci.uploads[:1] if not looks else ():
        yield rule.finding(
            upload.spot.file,
            upload.spot.place,
            "free-threaded wheels are uploaded here, and nothing that was read looks whether they turn the GIL on",
            fix="assert 'not sys._is_gil_enabled()' in test-command, or run 'ungil wheel check' before the upload",
            confidence=Confidence.MEDIUM,
        )


rule = Rule(
    code="UG764",
    slug="wheels-shipped-unchecked",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "built, tested, uploaded",
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
          CIBW_TEST_COMMAND: pytest {project}/tests
      - uses: pypa/gh-action-pypi-publish@release/v1  # <--
""",
            ".github/workflows/wheels.yml",
        ),
        Good(
            "a test of each wheel",
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
          CIBW_TEST_COMMAND: python -c "import sys, spam; assert not sys._is_gil_enabled()"
      - uses: pypa/gh-action-pypi-publish@release/v1
""",
            ".github/workflows/wheels.yml",
        ),
    ),
)
