"""What a module's file says and what the interpreter does with it are not the same.

What it finds
    A module that declares ``Py_MOD_GIL_NOT_USED`` in its file and turns the GIL on when it is run, or the other way
    round.

Why it is unsafe without the GIL
    One of the two is not what it seems: the file has several definitions, the module changes its slots when it runs,
    or ungil reads it wrongly. Until that is clear, nothing is known about the module.

How to fix it
    Look at how the module is initialised. If the file is read wrongly, please report it with the name of the wheel.

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Method, Reading, Verdict, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module of which two methods say opposite things."""
    for module in wheel.modules:
        known = [one for one in module.readings if one.verdict is not Verdict.UNKNOWN]
        if len({one.verdict.turns_gil_on for one in known}) > 1:
            yield rule.finding(
                wheel,
                module.binary.path,
                f"what is read of module '{module.name}' and what it does are not the same",
                fix="look at how it is initialised; if its file is read wrongly, report it to ungil",
                evidence=tuple(map(_said, known)),
            )


def _said(reading: Reading) -> str:
    where = f" under {reading.host}" if reading.method is not Method.READ else ""
    return f"{reading.method}{where}: {reading.verdict}: {reading.how}"


rule = WheelRule(
    code="UG804",
    slug="file-and-run-disagree",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "declared in the file, and the GIL comes on",
            """\
wheel = "spam-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl"
"spam.cpython-313t-x86_64-linux-gnu.so" = {read = "declared", initialised = "declared", imported = "GIL used"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "that the GIL came on does not tell what was declared",
            """\
wheel = "spam-1.0-cp314-cp314-manylinux_2_28_x86_64.whl"
"spam.cpython-314-x86_64-linux-gnu.so" = {read = "GIL used", imported = "not declared"}
""",
            "wheel.toml",
        ),
    ),
)
