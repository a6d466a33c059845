"""A module cannot be imported by the interpreter that its wheel is for.

What it finds
    A module that the interpreter refuses, or that ends the process: a crash, a ``SystemError``, an undefined symbol,
    an exception. Where only something is missing that the wheel depends on, that is no finding.

Why it is unsafe without the GIL
    Free-threaded builds have another ABI: a module that was compiled for GIL-enabled ones and got a free-threaded
    name reads reference counts where there are none. It may fail at once, or later.

How to fix it
    Build the module with the headers of the free-threaded interpreter, and test the wheel by importing it from a
    clean environment.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Method, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every import that failed for no want of a dependency."""
    for module in wheel.modules:
        for reading in module.readings:
            if reading.method is Method.IMPORTED and reading.failed:
                yield rule.finding(
                    wheel,
                    module.binary.path,
                    f"module '{module.name}' cannot be imported under {reading.host}: {reading.how}",
                    fix="build it with the headers of that interpreter, and test the wheel in a clean environment",
                )


rule = WheelRule(
    code="UG805",
    slug="import-fails",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the interpreter refuses it",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", fails = "SystemError: uninitialized object"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "a dependency is not installed here",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", imported = "unknown"}
""",
            "wheel.toml",
        ),
    ),
)
