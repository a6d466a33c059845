"""A release was yanked by its project.

What it finds
    Releases all of whose files the index marks as yanked, with the reason that the project gives.

Why it is unsafe without the GIL
    A project takes back what it should not have released: for free-threaded builds, often a wheel that crashes there,
    or one that declares more than it keeps. Lock files go on installing it.

How to fix it
    Move to a release that was not yanked.

References
    https://packaging.python.org/en/latest/specifications/file-yanking/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity


def check(package: Package) -> Iterator[Finding]:
    """A release that was taken back."""
    if package.release is not None and package.release.yanked is not None:
        reason = package.release.yanked
        yield rule.finding(
            package,
            f"{package.named} was yanked by its project",
            fix="lock a release that was not yanked",
            evidence=(f"the reason given: {reason}",) if reason else ("no reason is given",),
        )


rule = DependencyRule(
    code="UG853",
    slug="yanked-release",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "taken back",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl yanked="it crashes without the GIL"
""",
            "requirements.txt",
        ),
        Good(
            "another release was",
            """\
spam==1.1
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl yanked="it crashes without the GIL"
# spam-1.1-cp314-cp314t-manylinux_2_17_x86_64.whl
""",
            "requirements.txt",
        ),
    ),
)
