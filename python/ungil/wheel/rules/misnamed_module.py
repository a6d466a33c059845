"""No interpreter that installs the wheel finds a module that is in it.

What it finds
    An extension module whose file name says another ABI or another platform than every tag of its wheel:
    ``.cpython-314-...so`` in a cp314t wheel, ``-linux-gnu`` in a musllinux wheel. An error where the wheel has no
    other file for the module, a warning where it has one.

Why it is unsafe without the GIL
    The interpreter looks for its own suffixes and passes over every other, so that the module is missing; or an old
    build was packed beside the new one.

How to fix it
    Build the module with the interpreter that the wheel is for, from a clean folder.

References
    https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import loads
from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that none of the wheel's tags loads."""
    fitting = {module.name for module in wheel.modules if any(loads(tag, module.suffix) for tag in wheel.tags)}
    for module in wheel.modules:
        if not any(loads(tag, module.suffix) for tag in wheel.tags):
            yield rule.finding(
                wheel,
                module.binary.path,
                f"no interpreter that installs this wheel looks for '{module.suffix.text}'",
                fix="build the module with the interpreter that the wheel is for, from a clean folder",
                severity=Severity.WARNING if module.name in fitting else Severity.ERROR,
                evidence=(f"the wheel's tags: {', '.join(sorted(map(str, wheel.tags)))}",),
            )


rule = WheelRule(
    code="UG811",
    slug="misnamed-module",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the module of a GIL-enabled build in a free-threaded wheel",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.cpython-314-x86_64-linux-gnu.so" = {read = "declared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "every suffix that 3.14t looks for",
            """\
wheel = "spam-1.0-cp314-cp314t-musllinux_1_2_x86_64.whl"
"spam/a.cpython-314t-x86_64-linux-musl.so" = {read = "declared"}
"spam/b.so" = {read = "declared"}
""",
            "wheel.toml",
        ),
        Bad(
            "glibc's name in a wheel for musl",
            """\
wheel = "spam-1.0-cp314-cp314t-musllinux_1_2_x86_64.whl"
"spam.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", libraries = ["libc.musl-x86_64.so.1"]}  # <--
""",
            "wheel.toml",
        ),
    ),
)
