"""The tests run with the GIL forced off: they pass although a module asks for it.

What it finds
    ``PYTHON_GIL=0`` or ``-X gil=0`` in a workflow, in ``tox.ini``, ``noxfile.py`` or the configuration of pytest or
    cibuildwheel. A note where another job runs tests on a free-threaded Python without it.

Why it is unsafe without the GIL
    Forced off, the GIL stays off whatever is imported. A module that does not declare ``Py_MOD_GIL_NOT_USED``, or a
    dependency that does not, turns it on for every user, and nobody is told: the tests ran in another world. What
    they show of races is right; what they show of the wheel is not.

How to fix it
    Leave the variable out of the tests, and make the warning that the GIL was turned on an error, or assert ``not
    sys._is_gil_enabled()`` after importing every module. Keep the variable for a second job, if undeclared
    dependencies are to be tested too.

References
    https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_GIL
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place of each file and job that forces the GIL off."""
    seen = set[tuple[str, str]]()
    for mention in facts.ci.said(Said.GIL):
        where = (mention.spot.file.path, mention.job.name if mention.job is not None else "")
        if mention.value == "0" and where not in seen:
            seen.add(where)
            yield rule.finding(
                mention.spot.file,
                mention.spot.place,
                "the GIL is forced off here: tests pass although a module, or what it imports, turns the GIL on for "
                "every user",
                severity=Severity.NOTE if _is_tested_otherwise(facts) else None,
                fix="take it out, and assert 'not sys._is_gil_enabled()' after the imports",
            )


def _is_tested_otherwise(facts: Facts) -> bool:
    """Other jobs run tests on a free-threaded Python, and leave the GIL to the modules."""
    forced = {mention.job for mention in facts.ci.said(Said.GIL)}
    return any(job not in forced for job in facts.ci.tested)


rule = Rule(
    code="UG770",
    slug="gil-forced-off",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the variable in the environment of a job",
            """\
on: push

jobs:
  test:
    runs-on: ubuntu-24.04-arm
    env:
      PYTHON_GIL: 0  # <--
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.14t"
      - run: pytest
""",
            ".github/workflows/ci.yml",
        ),
        Good(
            "the tests find out whether the GIL stays off",
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
            "the option",
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
      - run: python -X gil=0 -m pytest  # <--
""",
            ".github/workflows/ci.yml",
        ),
        Bad(
            "an environment of tox",
            """\
[testenv]
setenv =
    py314t: PYTHON_GIL=0  # <--
commands = pytest
""",
            "tox.ini",
        ),
        Good(
            "a comment that speaks of it",
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
      # no PYTHON_GIL=0 here: a missing declaration has to fail
      - run: python -W error -m pytest
""",
            ".github/workflows/ci.yml",
        ),
    ),
)
