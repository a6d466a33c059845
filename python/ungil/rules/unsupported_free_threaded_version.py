"""The free-threaded version that is tested is 3.13, which was an experiment.

What it finds
    ``3.13t`` or ``py313t`` in a workflow, in ``tox.ini`` or ``noxfile.py``. Where 3.14t or later is named too it is
    a note.

Why it is unsafe without the GIL
    3.13t was the experiment before PEP 779: it keeps objects alive for ever that later versions free, has other
    locks inside dicts and lists, and races of its own that were repaired in 3.14 alone. cibuildwheel 4 builds no
    wheels for it, and other projects ship none: what passes on it says little of the interpreter that users have.

How to fix it
    Test 3.14t, and drop 3.13t.

References
    https://peps.python.org/pep-0779/
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place of each file that names the version."""
    named = facts.ci.said(Said.OLD_VERSION)
    newer = any(
        found is not None and int(found[1]) >= _SUPPORTED
        for mention in facts.ci.said(Said.FREE_THREADED)
        for found in [_MINOR.search(mention.context)]
    )
    seen = set[str]()
    for mention in named:
        if mention.spot.file.path not in seen and not _COMPARES.search(mention.context):
            seen.add(mention.spot.file.path)
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                f"{mention.value} was an experiment: the first free-threaded Python that is supported is 3.14t",
                severity=Severity.NOTE if newer else None,
                fix="test 3.14t instead",
            )


_SUPPORTED = 14
_MINOR = re.compile(r"3\.?(1[4-9])t")
_COMPARES = re.compile(r"[=!]=\s*[\"']?3\.13t|\bif\b")


rule = Rule(
    code="UG772",
    slug="unsupported-free-threaded-version",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "nothing later is tested",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13t"  # <--
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "the first that is supported",
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
        Bad(
            "beside a later one",
            """\
on: push

jobs:
  test:
    strategy:
      matrix:
        python: ["3.13t", "3.14t"]  # <--
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
