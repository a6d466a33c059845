"""The wheel's RECORD does not describe the files in it.

What it finds
    Files with another hash or size than RECORD says, or a hash weaker than sha256, files that it does not list, and
    files that it lists and that are not there.

Why it is unsafe without the GIL
    What was checked is not what was built: something changed a module after it was packed. Tools that repair or strip
    wheels have to write RECORD anew; installers may refuse what does not agree.

How to fix it
    Repack with a tool that writes RECORD: ``wheel pack``, auditwheel, delocate, delvewheel.

References
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/#signed-wheel-files
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """All of it together."""
    if wheel.record:
        yield rule.finding(
            wheel,
            "",
            "its RECORD does not describe the files in it",
            fix="repack it with a tool that writes RECORD, such as 'wheel pack'",
            evidence=wheel.record,
        )


rule = WheelRule(
    code="UG822",
    slug="record-disagrees",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module that was stripped after it was packed",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"  # <--
record = ["spam.cp314t-win_amd64.pyd has another hash"]
""",
            "wheel.toml",
        ),
        Good(
            "every file is as it is listed",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
record = []
""",
            "wheel.toml",
        ),
    ),
)
