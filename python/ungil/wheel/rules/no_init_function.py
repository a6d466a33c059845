"""A module's file does not have the function that the interpreter calls.

What it finds
    A file called like an extension module that exports neither ``PyInit_NAME`` nor ``PyModExport_NAME`` for the name
    that it is called by.

Why it is unsafe without the GIL
    The import fails. In free-threaded wheels it happens where a build script renames files by a pattern that does not
    know the suffix ``t``.

How to fix it
    Call the file what its module is called, or export the function.

References
    https://docs.python.org/3/c-api/extension-modules.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.names import mangled
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module without its own init function or export hook."""
    for module in wheel.modules:
        ending = mangled(module.name.rpartition(".")[2])
        wanted = {f"PyInit{ending}", f"PyModExport{ending}"}
        if module.binary.container and not wanted & set(module.binary.entries):
            others = ", ".join(module.binary.entries[:5]) or "none"
            yield rule.finding(
                wheel,
                module.binary.path,
                f"it exports neither PyInit{ending} nor PyModExport{ending}: its import fails",
                fix="call the file what its module is called, or export the function",
                evidence=(f"init functions that it exports: {others}",),
            )


rule = WheelRule(
    code="UG816",
    slug="no-init-function",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a file that was renamed",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
"spam/_core.cp314t-win_amd64.pyd" = {read = "unknown", entries = ["PyInit__spam"]}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "an export hook",
            """\
wheel = "spam-1.0-cp315-cp315t-win_amd64.whl"
"spam/_core.cp315t-win_amd64.pyd" = {read = "declared", entries = ["PyModExport__core"]}
""",
            "wheel.toml",
        ),
    ),
)
