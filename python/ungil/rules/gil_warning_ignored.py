"""The warning that a module turned the GIL on is ignored.

What it finds
    A filter of pytest, in ``pyproject.toml``, ``pytest.ini``, ``setup.cfg`` or ``tox.ini``, or in a workflow, that
    ignores "The global interpreter lock (GIL) has been enabled to load module".

Why it is unsafe without the GIL
    It is the one sign that the tests do not run without the GIL. Ignored, the suite is green for a module that
    gives every user the GIL back.

How to fix it
    Make it an error instead: ``error:The global interpreter lock:RuntimeWarning``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://py-free-threading.github.io/ci/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.ci.model import Said
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every filter that ignores it."""
    for mention in facts.ci.said(Said.HIDES_WARNING):
        yield rule.finding(
            mention.spot.file,
            mention.spot.place,
            "the warning that the GIL was turned on is ignored: the tests pass with the GIL, and nobody is told",
            fix="write 'error:The global interpreter lock:RuntimeWarning'",
        )


rule = Rule(
    code="UG775",
    slug="gil-warning-ignored",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a filter of pytest",
            """\
[tool.pytest.ini_options]
filterwarnings = [
    "ignore:The global interpreter lock:RuntimeWarning",  # <--
]
""",
            "pyproject.toml",
        ),
        Good(
            "an error",
            """\
[tool.pytest.ini_options]
filterwarnings = [
    "error:The global interpreter lock:RuntimeWarning",
]
""",
            "pyproject.toml",
        ),
    ),
)
