"""Importing a package turns the GIL on.

What it finds
    Packages with an extension module whose import, or creation, turned the GIL on in a child process. That is looked
    for on request: ``ungil deps --import`` runs the packages' code.

Why it is unsafe without the GIL
    One such module takes free threading away from the whole program, whatever all others declare; Python warns once and
    goes on. Without the GIL (``PYTHON_GIL=0``) the module runs although nobody has said that it can.

How to fix it
    Upgrade to a release that declares that it needs no GIL, or import the package only in processes that do not gain
    from threads. ``ungil audit`` says what keeps it from declaring that.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_GIL
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.deps.package import Package
from ungil.deps.rule import Bad, DependencyRule, Finding, Good, Severity
from ungil.wheel.model import Method, Module

_NAMED = 3  # modules


def check(package: Package) -> Iterator[Finding]:
    """A package with a module that was seen to turn the GIL on."""
    found = [
        module
        for module in package.modules or ()
        if module.verdict.turns_gil_on and module.settled.method is not Method.READ
    ]
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        named = ", ".join(module.name for module in found[:_NAMED])
        yield rule.finding(
            package,
            f"importing {package.named} turns the GIL on: {named}{more}",
            fix="upgrade to a release that declares that it needs no GIL, if there is one, or do without it",
            evidence=tuple(f"{one.name}, {_seen(one)}" for one in found[:_NAMED]),
        )


def _seen(module: Module) -> str:
    """The reading that shows it best: the last of those that ran."""
    one = next(reading for reading in reversed(module.readings) if reading.verdict.turns_gil_on)
    return f"{one.method} under {one.host}: {one.how}"


rule = DependencyRule(
    code="UG856",
    slug="import-turns-gil-on",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module without a declaration",
            """\
spam==1.0  # <--
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
# module spam._core: imported="not declared"
""",
            "requirements.txt",
        ),
        Good(
            "one that declares it",
            """\
spam==1.0
# spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl
# module spam._core: imported="declared"
""",
            "requirements.txt",
        ),
    ),
)
