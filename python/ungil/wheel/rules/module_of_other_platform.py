"""A module was compiled for another platform than a tag of its wheel names.

What it finds
    A module of another format (ELF, PE, Mach-O) or processor than the platform tag says, a universal2 wheel with a
    module for one processor, glibc in a musllinux wheel or musl in a manylinux one, and a wheel for any platform with
    a module for one.

Why it is unsafe without the GIL
    It fails to load, on that platform. Free-threaded wheels are often added to a build matrix by copying the lines of
    another one.

How to fix it
    Build on that platform, or correct the tag.

References
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import loads, platform_problem
from ungil.wheel.model import Module, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that cannot be loaded on a platform where it is looked for."""
    for module in wheel.modules:
        problems = _problems(wheel, module)
        if problems:
            platform, problem = min(problems.items())
            yield rule.finding(
                wheel,
                module.binary.path,
                f"module '{module.name}' cannot be loaded on {platform}: {problem}",
                fix="build it on that platform, or correct the wheel's tag",
            )


def _problems(wheel: Wheel, module: Module) -> dict[str, str]:
    found = {tag.platform: platform_problem(tag, module.binary) for tag in wheel.tags if loads(tag, module.suffix)}
    return {platform: problem for platform, problem in found.items() if problem is not None}


rule = WheelRule(
    code="UG814",
    slug="module-of-other-platform",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a universal2 wheel with one processor",
            """\
wheel = "spam-1.0-cp314-cp314t-macosx_11_0_universal2.whl"
"spam.cpython-314t-darwin.so" = {read = "declared", container = "Mach-O", architectures = ["arm64"]}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "both processors",
            """\
wheel = "spam-1.0-cp314-cp314t-macosx_11_0_universal2.whl"
"spam.cpython-314t-darwin.so" = {read = "declared", container = "Mach-O", architectures = ["arm64", "x86_64"]}
""",
            "wheel.toml",
        ),
        Bad(
            "glibc in a wheel for musl",
            """\
wheel = "spam-1.0-cp314-cp314t-musllinux_1_2_x86_64.whl"
"spam.so" = {read = "declared", libraries = ["libc.so.6"]}  # <--
""",
            "wheel.toml",
        ),
        Bad(
            "a wheel for any platform",
            """\
wheel = "spam-1.0-py3-none-any.whl"
"spam.abi3.so" = {read = "not declared"}  # <--
""",
            "wheel.toml",
        ),
    ),
)
