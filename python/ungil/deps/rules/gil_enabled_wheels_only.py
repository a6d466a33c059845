"""A release has wheels for the GIL-enabled build, and none for the free-threaded one.

What it finds
    Releases with a wheel that the GIL-enabled build of the same version and platform takes (``cp314``, ``abi3``), and
    none that the free-threaded build takes. It is an error where there is no source distribution either: then nothing
    can be installed. Where there is one, it is a warning: an installer builds it, if the machine can.

Why it is unsafe without the GIL
    Nobody has released this code for a free-threaded build. What an installer builds from source instead was perhaps
    never run there: it turns the GIL on again unless it declares that it does not need it, and if it does, nobody may
    have tried.

How to fix it
    Upgrade to a release with a free-threaded wheel, where there is one; the finding names it. Else ask the project, use
    another package, or build it from source, ``ungil audit`` it and run its tests in parallel threads first.

References
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    https://py-free-threading.github.io/tracking/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package, Status
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity


def check(package: Package) -> Iterator[Finding]:
    """A release that only the twin takes, for a build that does not refuse the release anyway."""
    if package.status is not Status.GIL_ONLY or package.refused:
        return
    target = package.target
    message = f"{package.named} has a wheel for GIL-enabled {target.version}, none for {target.python}"
    yield rule.without_a_wheel(package, message)


rule = DependencyRule(
    code="UG850",
    slug="gil-enabled-wheels-only",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "compiled for the GIL-enabled build alone",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314-manylinux_2_17_x86_64.whl
# spam-1.0.tar.gz
# spam-1.1-cp314-cp314t-manylinux_2_17_x86_64.whl
""",
            "requirements.txt",
        ),
        Bad(
            "the stable ABI, which free-threaded 3.14 does not load",
            """\
spam==1.0  # <--
# spam-1.0-cp310-abi3-manylinux_2_17_x86_64.whl
""",
            "requirements.txt",
        ),
        Good(
            "a wheel for each build",
            """\
spam==1.0
# spam-1.0-cp314-cp314-manylinux_2_17_x86_64.whl
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
""",
            "requirements.txt",
        ),
        Good(
            "nothing compiled",
            """\
spam==1.0
# spam-1.0-py3-none-any.whl
""",
            "requirements.txt",
        ),
    ),
)
