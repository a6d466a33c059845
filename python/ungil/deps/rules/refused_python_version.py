"""A release says that it is not for this version of Python.

What it finds
    Releases whose ``Requires-Python`` rules out the version, mostly by an upper bound. Installers refuse them, but not
    always when they install from a lock file.

Why it is unsafe without the GIL
    There is no way to say in ``Requires-Python`` that a release needs the GIL, so the bound speaks for both builds: the
    project has not tried this version at all.

How to fix it
    Upgrade to a release that is meant for this version.

References
    https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity, way_out


def check(package: Package) -> Iterator[Finding]:
    """A release that rules out the target's version."""
    if package.refused and package.release is not None:
        yield rule.finding(
            package,
            f"{package.named} requires Python {package.release.requires_python}, which {package.target.version} is not",
            fix=way_out(package, "ask the project for a release that is meant for it"),
        )


rule = DependencyRule(
    code="UG854",
    slug="refused-python-version",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an upper bound",
            """\
spam==1.0  # <--
# spam-1.0-py3-none-any.whl requires=">=3.9,<3.14"
""",
            "requirements.txt",
        ),
        Good(
            "a lower bound alone",
            """\
spam==1.0
# spam-1.0-py3-none-any.whl requires=">=3.9"
""",
            "requirements.txt",
        ),
    ),
)
