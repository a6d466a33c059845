"""The classifier calls free threading stable, and no test runs in threads.

What it finds
    ``Programming Language :: Python :: Free Threading :: 3 - Stable`` or ``4 - Resilient`` in a project with
    workflows, where no file that was read runs tests in threads or under the thread sanitizer, and no test that was
    read starts a thread.

Why it is unsafe without the GIL
    Stable means that the project is meant for use by many threads, and tested so. Tests that run in one thread show
    that nothing is broken for one thread.

How to fix it
    Run the tests with ``--parallel-threads``, and write tests that start threads; until then claim ``1 - Unstable``
    or ``2 - Beta``.

References
    https://packaging.python.org/en/latest/specifications/core-metadata/
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The classifier, where nothing supports it."""
    claim = facts.packaging.classifier
    threaded = facts.ci.said(Said.THREADS, Said.TSAN_OPTIONS, Said.TSAN_BUILD) or facts.ci.tests - {"GIL"}
    if claim is not None and claim.level >= _STABLE and facts.ci.workflows and not threaded:
        yield rule.finding(
            claim.spot.file,
            claim.spot.place,
            "no test that was read starts a thread, and none is run in threads: nothing shows that it is stable",
            fix="run the tests with --parallel-threads, or claim less",
            confidence=Confidence.MEDIUM,
        )


_STABLE = 3


rule = Rule(
    code="UG756",
    slug="stable-without-threaded-tests",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "tests in one thread",
            """\
[project]
name = "spam"
classifiers = [
    "Programming Language :: Python :: Free Threading :: 3 - Stable",  # <--
]
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/ci.yml",
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
                ),
            ),
        ),
        Good(
            "tests in threads",
            """\
[project]
name = "spam"
classifiers = [
    "Programming Language :: Python :: Free Threading :: 3 - Stable",
]
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/ci.yml",
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
      - run: pytest --parallel-threads=4
""",
                ),
            ),
        ),
        Good(
            "less is claimed",
            """\
[project]
name = "spam"
classifiers = [
    "Programming Language :: Python :: Free Threading :: 1 - Unstable",
]
""",
            "pyproject.toml",
            (
                (
                    ".github/workflows/ci.yml",
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
                ),
            ),
        ),
    ),
)
