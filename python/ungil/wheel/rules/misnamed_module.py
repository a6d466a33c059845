"""No interpreter that installs the wheel finds a module that is in it.

What it finds
    An extension module whose file name says another ABI or another platform than every tag of its wheel:
    ``.cpython-314-...so`` in a cp314t wheel, ``-linux-gnu`` in a musllinux wheel (from 3.11 on: older versions say
    ``-linux-gnu`` there too). An error where the wheel has no other file for the module, a warning where it has one.
    Of the versions that a stable-ABI tag is for, one may look for the file: the others do not.

Why it is unsafe without the GIL
    The interpreter looks for its own suffixes and passes over every other, so that the module is missing; or an old
    build was packed beside the new one.

How to fix it
    Build the module with the interpreter that the wheel is for, from a clean folder; in a wheel with a stable-ABI tag,
    for the stable ABI.

References
    https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import loads, only_version
from ungil.wheel.model import Module, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that none of the wheel's tags loads."""
    fitting = {module.name for module in wheel.modules if any(loads(tag, module.suffix) for tag in wheel.tags)}
    for module in wheel.modules:
        if not any(loads(tag, module.suffix) for tag in wheel.tags):
            message, fix = _said(wheel, module)
            yield rule.finding(
                wheel,
                module.binary.path,
                message,
                fix=fix,
                severity=Severity.WARNING if module.name in fitting else Severity.ERROR,
                evidence=(f"the wheel's tags: {', '.join(sorted(map(str, wheel.tags)))}",),
            )


def _said(wheel: Wheel, module: Module) -> tuple[str, str]:
    """The message and the fix: a stable-ABI wheel may be installed by the one version that looks for the file."""
    suffix = module.suffix.text
    only = next((one for tag in wheel.tags if (one := only_version(tag, module.suffix)) is not None), None)
    if only is None:
        return (
            f"no interpreter that installs this wheel looks for '{suffix}'",
            "build the module with the interpreter that the wheel is for, from a clean folder",
        )
    return (
        f"of the interpreters that install this wheel, only those of {only} look for '{suffix}'",
        f"build the module for the stable ABI, with the suffix that it has; or tag the wheel for {only} alone",
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
            "a module for one version in a wheel of the stable ABI",
            """\
wheel = "spam-1.0-cp312-abi3-manylinux_2_28_x86_64.whl"
"spam.cpython-312-x86_64-linux-gnu.so" = {read = "declared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "the name that 3.10 has on musl",
            """\
wheel = "spam-1.0-cp310-cp310-musllinux_1_2_x86_64.whl"
"spam.cpython-310-x86_64-linux-gnu.so" = {read = "declared", libraries = ["libc.musl-x86_64.so.1"]}
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
