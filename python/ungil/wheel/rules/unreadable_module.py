"""A module's file is damaged, or no library at all.

What it finds
    A file called like an extension module that cannot be read: it is cut off, of no format that a system loads, or
    made to crash or hold up whatever reads it. It is read in a child process, which alone can suffer from it.

Why it is unsafe without the GIL
    Whatever it is, the interpreter cannot import it. What no tool can read, nobody has checked.

How to fix it
    Build the wheel again, and compare the file with what the build left.

References
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that could not be read."""
    for module in wheel.modules:
        if module.binary.problem:
            yield rule.finding(
                wheel,
                module.binary.path,
                f"module '{module.name}' cannot be read: {module.binary.problem}",
                fix="build the wheel again, and do not install this one",
            )


rule = WheelRule(
    code="UG817",
    slug="unreadable-module",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a file that was cut off",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
"spam/_core.cp314t-win_amd64.pyd" = {read = "unknown", problem = "it is no PE file that can be read"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "a module",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
"spam/_core.cp314t-win_amd64.pyd" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
