"""The plugin that runs tests in threads is installed, and nothing switches it on.

What it finds
    In a project with workflows, ``pytest-run-parallel`` in one, in ``pyproject.toml``, ``tox.ini`` or
    ``noxfile.py``, where no file that was read passes ``--parallel-threads``, and no test that was read asks for
    threads itself.

Why it is unsafe without the GIL
    The tests run in one thread each. Whoever sees the plugin in the list believes that they do not.

How to fix it
    Pass ``--parallel-threads=4`` in one of the jobs that test a free-threaded Python.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place that names the plugin, where nothing passes its option."""
    named = facts.ci.said(Said.PARALLEL_PLUGIN)
    if named and facts.ci.workflows and not facts.ci.said(Said.THREADS) and "parallel" not in facts.ci.tests:
        first = named[0]
        yield rule.finding(
            first.spot.file,
            first.spot.place,
            "the plugin runs each test in one thread unless it is told otherwise, and no file that was read tells it",
            fix="pass --parallel-threads=4 in a job with a free-threaded Python",
            confidence=Confidence.MEDIUM,
        )


rule = Rule(
    code="UG784",
    slug="parallel-plugin-unused",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "installed alone",
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
      - run: pip install -e . pytest-run-parallel  # <--
      - run: pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "switched on",
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
            "switched on by the configuration",
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
      - run: pytest
""",
            ".github/workflows/ci.yml",
            (
                (
                    "pyproject.toml",
                    """\
[tool.pytest.ini_options]
addopts = ["--parallel-threads=4"]
""",
                ),
            ),
        ),
    ),
)
