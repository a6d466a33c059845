"""A free-threaded wheel has modules that do not declare that they need no GIL.

What it finds
    Packages whose installed extension modules, read without running them, say that they use the GIL, or say nothing.
    That is looked for on request: ``ungil deps --binaries`` downloads and reads the wheels. What cannot be read is not
    reported, and neither is what an import has shown.

Why it is unsafe without the GIL
    Importing such a module turns the GIL on, for the whole program.

How to fix it
    Upgrade to a release that declares it, or ask the project whether the wheel is meant for free-threaded builds.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity
from ungil.wheel.model import Method

_NAMED = 3  # modules


def check(package: Package) -> Iterator[Finding]:
    """A package with a module whose file says so, where nothing was seen to the contrary."""
    found = [
        module
        for module in package.modules or ()
        if module.verdict.turns_gil_on and module.settled.method is Method.READ
    ]
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        yield rule.finding(
            package,
            f"{package.named} has modules that do not declare that they need no GIL: "
            f"{', '.join(module.name for module in found[:_NAMED])}{more}",
            fix="upgrade to a release that declares it, if there is one; --import shows what importing it does",
            evidence=tuple(f"{one.name}, read: {one.settled.how}" for one in found[:_NAMED]),
        )


rule = DependencyRule(
    code="UG857",
    slug="undeclared-modules",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module that says nothing",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
# module spam._core: read="not declared"
""",
            "requirements.txt",
        ),
        Good(
            "one whose import left the GIL off, whatever its file seems to say",
            """\
spam==1.0
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
# module spam._core: read="not declared" imported="declared"
""",
            "requirements.txt",
        ),
    ),
)
