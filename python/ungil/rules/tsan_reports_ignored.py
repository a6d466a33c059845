"""The thread sanitizer is told to report nothing, or to fail nothing.

What it finds
    ``TSAN_OPTIONS`` with ``report_bugs=0``, or with ``exitcode=0`` and no ``log_path`` that somebody could look
    into.

Why it is unsafe without the GIL
    The job runs under the sanitizer, which takes ten times as long, and is green whatever it finds.

How to fix it
    Take the option out; suppress what is known by ``race_top:``.

References
    https://github.com/google/sanitizers/wiki/ThreadSanitizerFlags
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such option."""
    for mention in facts.ci.said(Said.TSAN_OPTIONS):
        fails = "exitcode=0" not in mention.value or "log_path" in mention.value
        if not fails or "report_bugs=0" in mention.value:
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                "whatever the sanitizer finds, the job is green",
                fix="take out exitcode=0 and report_bugs=0",
            )


rule = Rule(
    code="UG787",
    slug="tsan-reports-ignored",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "no exit code",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    container: example.com/cpython-tsan:3.14t
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
        env:
          TSAN_OPTIONS: halt_on_error=0 exitcode=0  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "what is found counts",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    container: example.com/cpython-tsan:3.14t
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: python -W error -m pytest
        env:
          TSAN_OPTIONS: suppressions=tsan.supp
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
