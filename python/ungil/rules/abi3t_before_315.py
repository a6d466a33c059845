"""The stable ABI of free-threaded builds is asked for from a version before it was there.

What it finds
    ``Py_TARGET_ABI3T`` below 0x030f0000 in a ``setup.py``, ``wheel.py-api`` of scikit-build-core with ``cp314t`` or
    lower, a feature ``abi3t-py314`` or lower of PyO3.

Why it is unsafe without the GIL
    It is not: abi3t begins with 3.15 (PEP 803). The build fails, or makes a wheel whose tag promises what the
    headers cannot give.

How to fix it
    Ask for 3.15: ``cp315t``, ``0x030f0000``, ``abi3t-py315``; build wheels for 3.14t one by one.

References
    https://peps.python.org/pep-0803/
    https://github.com/scikit-build/scikit-build-core/pull/1382
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every floor that is too low."""
    for asked in facts.packaging.seen(Seen.OLD_ABI3T):
        yield rule.finding(
            asked.spot.file,
            asked.spot.place,
            f"{asked.text}: there is no stable ABI of free-threaded builds before 3.15",
            fix="ask for 3.15",
        )


rule = Rule(
    code="UG754",
    slug="abi3t-before-315",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a floor of scikit-build-core",
            """\
[tool.scikit-build]
wheel.py-api = "cp312.cp314t"  # <--
""",
            "pyproject.toml",
        ),
        Good(
            "the first that there is",
            """\
[tool.scikit-build]
wheel.py-api = "cp312.cp315t"
""",
            "pyproject.toml",
        ),
    ),
)
