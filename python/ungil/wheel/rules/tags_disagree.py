"""The wheel's file name and its own WHEEL file have different tags.

What it finds
    Tags in the file name that WHEEL does not list, or the other way round.

Why it is unsafe without the GIL
    Installers go by the file name: whoever renames a cp314 wheel to cp314t makes free-threaded interpreters load
    modules that were compiled for another layout of every object. WHEEL still says what was built.

How to fix it
    Do not rename wheels: ``wheel tags`` changes both, and building anew is right where the ABI differs.

References
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_SHOWN = 6


def check(wheel: Wheel) -> Iterator[Finding]:
    """The tags that only one of the two has."""
    inner = wheel.inner_tags
    if inner is None:
        yield rule.finding(
            wheel, "", "its WHEEL file lists no tag", fix="build it with a backend that follows the specification"
        )
    elif inner != wheel.tags:
        outside, inside = (
            ", ".join(sorted(map(str, some))[:_SHOWN]) for some in (wheel.tags - inner, inner - wheel.tags)
        )
        yield rule.finding(
            wheel,
            "",
            "its file name and its WHEEL file have different tags",
            fix="build it anew for what it is to be installed on; 'wheel tags' renames what needs no other binary",
            evidence=(f"only in the file name: {outside or 'none'}", f"only in WHEEL: {inside or 'none'}"),
        )


rule = WheelRule(
    code="UG821",
    slug="tags-disagree",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a wheel that was renamed",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"  # <--
tags = ["cp314-cp314-win_amd64"]
""",
            "wheel.toml",
        ),
        Good(
            "the same tags, written together or one by one",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
tags = ["cp314-cp314t-manylinux_2_17_x86_64", "cp314-cp314t-manylinux2014_x86_64"]
""",
            "wheel.toml",
        ),
    ),
)
