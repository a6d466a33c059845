"""The wheel carries debug symbols.

What it finds
    Debug sections in a module or library (``.debug_*``, ``__DWARF``), and files that only serve to debug (``.pdb``,
    ``.dSYM``), of 64 KiB or more together.

Why it is unsafe without the GIL
    It is not unsafe, only large: every download pays for it. They are welcome while a port is tested, since the
    reports of ThreadSanitizer and crash traces need them.

How to fix it
    Strip what is released (``-Wl,-s``, ``strip -S``, ``auditwheel repair --strip``), and keep the symbols elsewhere.

References
    https://github.com/pypa/auditwheel
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_WORTH_TELLING = 64 << 10  # bytes
_SHOWN = 6


def check(wheel: Wheel) -> Iterator[Finding]:
    """All of them together."""
    binaries = (*(module.binary for module in wheel.modules), *wheel.libraries)
    carried = [(one.path, one.debug) for one in binaries if one.debug] + list(wheel.leftovers)
    carried.sort(key=lambda pair: (-pair[1], pair[0]))
    total = sum(size for _, size in carried)
    if total >= _WORTH_TELLING:
        yield rule.finding(
            wheel,
            "",
            f"{total >> 10:,} KiB of it serve only to debug",
            fix="strip what is released, and keep the symbols elsewhere",
            evidence=tuple(f"{path}: {size >> 10:,} KiB" for path, size in carried[:_SHOWN]),
        )


rule = WheelRule(
    code="UG832",
    slug="debug-symbols",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module with debug sections",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"  # <--
"spam.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", debug = 2000000}
""",
            "wheel.toml",
        ),
        Good(
            "what the toolchain leaves in every file",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", debug = 240}
""",
            "wheel.toml",
        ),
    ),
)
