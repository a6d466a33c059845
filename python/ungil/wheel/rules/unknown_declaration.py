"""Whether a module of a free-threaded wheel declares that it needs no GIL could not be found out.

What it finds
    An extension module of which the file does not tell, and that could not be run here: its wheel is for another
    platform, no interpreter for it is at hand, or what it needs is not installed. nanobind and pybind11 fill their
    slots when they run.

Why it is unsafe without the GIL
    Nothing is known to be wrong. But "unknown" is not "declared": check the wheel where it can be run.

How to fix it
    Check it on its own platform, with an interpreter that has what the module needs: ``--python .venv/bin/python``.
    ``ungil python 3.14t`` gets an interpreter.

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Verdict, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that free-threaded interpreters load, and of which nothing was found out."""
    for module in free_threaded_modules(wheel):
        if module.verdict is Verdict.UNKNOWN:
            reasons = [f"{one.method}{f' under {one.host}' if one.host else ''}: {one.how}" for one in module.readings]
            not_run = [f"not run: {wheel.not_run}"] if wheel.not_run else []
            yield rule.finding(
                wheel,
                module.binary.path,
                f"whether module '{module.name}' declares that it needs no GIL could not be found out",
                fix="check the wheel on its own platform, with an interpreter that has what it needs (--python)",
                evidence=(*reasons, *not_run),
            )


rule = WheelRule(
    code="UG803",
    slug="unknown-declaration",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "slots that are filled at run time, on another platform",
            """\
wheel = "spam-1.0-cp314-cp314t-win_arm64.whl"
"spam/_core.cp314t-win_arm64.pyd" = {read = "unknown"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "its init function was run",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314t-x86_64-linux-gnu.so" = {read = "unknown", initialised = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
