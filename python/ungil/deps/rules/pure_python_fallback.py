"""A release is compiled for the GIL-enabled build, and pure Python for the free-threaded one.

What it finds
    Releases with a compiled wheel that the GIL-enabled build takes, while the free-threaded build takes the one that
    says it has no extension module.

Why it is unsafe without the GIL
    It is not: the pure wheel leaves the GIL off. It may be many times slower than the compiled one, which can use up
    what more threads gain, and it may lack what only the compiled one can do.

How to fix it
    Measure, if it matters. A newer release may have a free-threaded wheel.

References
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity


def check(package: Package) -> Iterator[Finding]:
    """A release that the two builds get in different forms."""
    if package.falls_back:
        since = f"since {package.since.version} there are" if package.since is not None else "no release has"
        yield rule.finding(
            package,
            f"{package.named} is compiled for GIL-enabled {package.target.version}, and pure Python for "
            f"{package.target.python}, where it may be slower",
            fix="measure whether it matters, and ask the project for a free-threaded wheel",
            evidence=(f"{since} wheels compiled for {package.target.python}",),
        )


rule = DependencyRule(
    code="UG855",
    slug="pure-python-fallback",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "compiled for one build",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314-manylinux_2_17_x86_64.whl
# spam-1.0-py3-none-any.whl
""",
            "requirements.txt",
        ),
        Good(
            "compiled for both",
            """\
spam==1.0
# spam-1.0-cp314-cp314-manylinux_2_17_x86_64.whl
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
# spam-1.0-py3-none-any.whl
""",
            "requirements.txt",
        ),
    ),
)
