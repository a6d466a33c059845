"""The wheel's modules declare that they need no GIL, and the metadata does not mention free threading.

What it finds
    A free-threaded wheel whose modules all declare ``Py_MOD_GIL_NOT_USED``, without a classifier ``Programming
    Language :: Python :: Free Threading :: ...``.

Why it is unsafe without the GIL
    Nothing is. But users cannot tell a port from an accident: the level (``1 - Unstable`` to ``4 - Resilient``) says
    what its authors promise.

How to fix it
    Add the classifier of the level that was reached.

References
    https://packaging.python.org/en/latest/specifications/core-metadata/#classifier-multiple-use
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Verdict, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """All modules declare it, and no classifier tells."""
    modules = free_threaded_modules(wheel)
    tells = any("Free Threading" in one for one in wheel.classifiers)
    if modules and not tells and all(module.verdict is Verdict.DECLARED for module in modules):
        yield rule.finding(
            wheel,
            "",
            "its modules declare that they need no GIL, and no classifier mentions free threading",
            fix="add the classifier 'Programming Language :: Python :: Free Threading' with the level that was reached",
        )


rule = WheelRule(
    code="UG825",
    slug="no-free-threading-classifier",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "declared, and not told",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"  # <--
classifiers = ["Programming Language :: C"]
"spam.cp314t-win_amd64.pyd" = {read = "declared"}
""",
            "wheel.toml",
        ),
        Good(
            "told",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
classifiers = ["Programming Language :: Python :: Free Threading :: 2 - Beta"]
"spam.cp314t-win_amd64.pyd" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
