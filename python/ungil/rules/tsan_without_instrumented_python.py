"""An extension is built for the thread sanitizer, and the interpreter is not.

What it finds
    A job that compiles with ``-fsanitize=thread`` and takes its Python from ``actions/setup-python`` or uv, where
    the workflow neither builds an interpreter with ``--with-thread-sanitizer`` nor runs in an image.

Why it is unsafe without the GIL
    The locks and atomics of an interpreter that is not instrumented are invisible to the sanitizer: it reports
    races between accesses that a critical section orders, and misses those in which one side is the interpreter's.

How to fix it
    Build CPython with ``--disable-gil --with-thread-sanitizer``, or use an image that has it.

References
    https://py-free-threading.github.io/thread_sanitizer/
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Job, Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place in each job."""
    seen = set[Job]()
    known = {mention.spot.file.path for mention in facts.ci.said(Said.TSAN_PYTHON)}
    known |= {mention.spot.file.path for mention in facts.ci.said(Said.CONTAINER)}
    for mention in facts.ci.said(Said.TSAN_BUILD):
        job = mention.job
        if job is None or job in seen or job.workflow in known:
            continue
        if any(step.action.lower() in {"actions/setup-python", "astral-sh/setup-uv"} for step in job.steps):
            seen.add(job)
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                f"job '{job.name}' builds for the thread sanitizer with a Python that is not built for it: its locks "
                "are invisible",
                fix="build CPython --with-thread-sanitizer, or use an image that has it",
                confidence=Confidence.MEDIUM,
            )


rule = Rule(
    code="UG788",
    slug="tsan-without-instrumented-python",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the Python of everybody",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: CFLAGS=-fsanitize=thread pip install -e .  # <--
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "an image",
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
      - run: CFLAGS=-fsanitize=thread pip install -e .
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
