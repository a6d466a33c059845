"""Importing a module of the wheel imports another project's, which turns the GIL on.

What it finds
    A module that was imported in a child process, and meanwhile the GIL was turned on by a module that is not in the
    wheel. That is seen only where what the wheel depends on is installed.

Why it is unsafe without the GIL
    One module without a declaration takes free threading away from every other, whoever imports it. That this wheel's
    own modules declare that they need no GIL then changes nothing for its users.

How to fix it
    See whether a newer release of the dependency declares it, import it only where it is needed, or say so in the
    documentation.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Each foreign module once, with the first of the wheel's whose import brought it."""
    own = {module.name for module in wheel.modules}
    told: set[str] = set()
    for module in wheel.modules:
        for reading in module.readings:
            for other in reading.others:
                if other not in own | told:
                    told.add(other)
                    yield rule.finding(
                        wheel,
                        module.binary.path,
                        f"importing '{module.name}' imports '{other}', which is not in the wheel and turns the GIL on",
                        fix=f"see whether a newer release of what has '{other}' declares that it needs no GIL",
                        evidence=(f"{reading.method} under {reading.host}",),
                    )


rule = WheelRule(
    code="UG806",
    slug="dependency-turns-gil-on",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "another project's module turns the GIL on",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", imported = "unknown", others = ["eggs._c"]}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "a module of the wheel itself, which is a finding of its own kind",
            """\
wheel = "spam-1.0-cp314-cp314-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314-x86_64-linux-gnu.so" = {read = "declared", imported = "unknown", others = ["spam._old"]}
"spam/_old.cpython-314-x86_64-linux-gnu.so" = {read = "not declared"}
""",
            "wheel.toml",
        ),
    ),
)
