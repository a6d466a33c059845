"""The wheel's file name and its metadata name different releases.

What it finds
    A name or version in METADATA, or of the ``.dist-info`` folder, that is not the one in the file name.

Why it is unsafe without the GIL
    It has nothing to do with the GIL; but what was checked under one name is installed under another.

How to fix it
    Build the wheel anew: renaming it does not change what is in it.

References
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """All of it together."""
    if wheel.misnamed:
        yield rule.finding(
            wheel,
            "",
            f"its file name says {wheel.name} {wheel.version}, its metadata says otherwise",
            fix="build it anew instead of renaming it",
            evidence=wheel.misnamed,
        )


rule = WheelRule(
    code="UG823",
    slug="misnamed-wheel",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "another version",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"  # <--
misnamed = ["METADATA says spam 1.1"]
""",
            "wheel.toml",
        ),
        Good(
            "the same release",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
misnamed = []
""",
            "wheel.toml",
        ),
    ),
)
