"""A wheel's tag promises abi3t to versions that have none.

What it finds
    A tag with the ABI ``abi3t`` and an interpreter before cp315, or one that is not CPython.

Why it is unsafe without the GIL
    abi3t, the stable ABI of free-threaded builds, begins with 3.15 (PEP 803). Installers take the interpreter in the
    tag for the oldest version that the wheel works with.

How to fix it
    Tag the wheel ``cp315-abi3t``, or ``cp315-abi3.abi3t`` where it works with GIL-enabled builds too, and publish
    ``cp314-cp314t`` for 3.14.

References
    https://peps.python.org/pep-0803/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_FIRST = 15  # the minor version that brought abi3t


def check(wheel: Wheel) -> Iterator[Finding]:
    """Each interpreter that is promised an ABI which it does not have."""
    for interpreter in sorted({tag.interpreter for tag in wheel.tags if tag.abi == "abi3t"}):
        match = re.fullmatch(r"cp3(\d+)", interpreter)
        if match is None or int(match[1]) < _FIRST:
            yield rule.finding(
                wheel,
                "",
                f"the tag {interpreter}-abi3t promises the stable ABI of free-threaded builds to a version without one",
                fix="tag it cp315-abi3t, and publish cp314-cp314t for 3.14",
            )


rule = WheelRule(
    code="UG815",
    slug="abi3t-tag-too-early",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "abi3t for 3.12",
            """\
wheel = "spam-1.0-cp312-abi3.abi3t-manylinux_2_28_x86_64.whl"  # <--
"spam.abi3t.so" = {read = "declared"}
""",
            "wheel.toml",
        ),
        Good(
            "abi3t for 3.15 and later",
            """\
wheel = "spam-1.0-cp315-abi3.abi3t-manylinux_2_28_x86_64.whl"
"spam.abi3t.so" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
