"""A release has no wheel at all.

What it finds
    Releases of which the index has a source distribution and nothing else.

Why it is unsafe without the GIL
    Whether there is C in it, and what that declares, only a look into the source tells. Many such releases are old and
    pure Python, and do no harm; an extension that was never built for a free-threaded build turns the GIL on.

How to fix it
    ``ungil audit NAME==VERSION`` reads the source without building it: without C, C++ and Cython there is nothing to
    find. Where a newer release has a wheel, the finding names it.

References
    https://packaging.python.org/en/latest/discussions/package-formats/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package, Status
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity, way_out


def check(package: Package) -> Iterator[Finding]:
    """A release that has to be built, whatever is in it."""
    if package.status is Status.SOURCE_ONLY and not package.refused:
        yield rule.finding(
            package,
            f"{package.named} has no wheel, only its source: what is compiled in it, if anything, is not known",
            fix=way_out(package, f"see with 'ungil audit {package.dependency.name}=={package.dependency.version}'"),
        )


rule = DependencyRule(
    code="UG851",
    slug="source-distribution-only",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a source distribution alone",
            """\
spam==1.0  # <--
# spam-1.0.tar.gz
""",
            "requirements.txt",
        ),
        Good(
            "a wheel beside it",
            """\
spam==1.0
# spam-1.0.tar.gz
# spam-1.0-py3-none-any.whl
""",
            "requirements.txt",
        ),
    ),
)
