"""A release has wheels for other platforms or versions of Python alone.

What it finds
    Releases with wheels, none of which either build of this version takes on this platform: they are for other
    platforms, or for older versions. It is an error where there is no source distribution either.

Why it is unsafe without the GIL
    The project does not serve this version of Python here, with or without the GIL. What an installer builds from
    source instead, the project has not tried.

How to fix it
    Upgrade to a release with a wheel, where there is one; the finding names it. Where only the platform differs from
    the one that you deploy on, name that with ``--platform``.

References
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package, Status
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity


def check(package: Package) -> Iterator[Finding]:
    """A release whose wheels neither build takes."""
    if package.status is not Status.ELSEWHERE or package.refused:
        return
    target = package.target
    message = f"{package.named} has no wheel for {target.version} on {target.platform}, for either build"
    yield rule.without_a_wheel(package, message)


rule = DependencyRule(
    code="UG852",
    slug="wheels-for-others-only",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "older than this version of Python",
            """\
spam==1.0  # <--
# spam-1.0-cp312-cp312-manylinux_2_17_x86_64.whl
# spam-1.0.tar.gz
""",
            "requirements.txt",
        ),
        Bad(
            "free-threaded, and for another platform",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314t-macosx_11_0_arm64.whl
""",
            "requirements.txt",
        ),
        Good(
            "also for this one",
            """\
spam==1.0
# spam-1.0-cp314-cp314t-macosx_11_0_arm64.whl
# spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl
""",
            "requirements.txt",
        ),
    ),
)
