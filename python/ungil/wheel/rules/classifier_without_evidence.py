"""The metadata claims more about free threading than the wheel's modules do.

What it finds
    A classifier ``Programming Language :: Python :: Free Threading :: 2 - Beta`` or higher on a wheel with a module
    that turns the GIL on.

Why it is unsafe without the GIL
    The classifier is what users and trackers read. It is a claim about what the code does without the GIL; with this
    wheel nobody can find out, for the GIL comes on.

How to fix it
    Declare the module once it is thread-safe, or lower the classifier to ``1 - Unstable``.

References
    https://packaging.python.org/en/latest/specifications/core-metadata/#classifier-multiple-use
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_PREFIX = "Programming Language :: Python :: Free Threading :: "
_CLAIMS = ("2", "3", "4")


def check(wheel: Wheel) -> Iterator[Finding]:
    """A claim on a wheel with a module that turns the GIL on."""
    claims = [one.removeprefix(_PREFIX) for one in wheel.classifiers if one.startswith(_PREFIX)]
    against = [module for module in free_threaded_modules(wheel) if module.verdict.turns_gil_on]
    for claim in claims:
        if against and claim.startswith(_CLAIMS):
            yield rule.finding(
                wheel,
                "",
                f"the classifier 'Free Threading :: {claim}' claims more than its modules declare",
                fix="declare them once they are thread-safe, or lower the classifier to '1 - Unstable'",
                evidence=tuple(f"{module.name}: {module.verdict}" for module in against),
            )


rule = WheelRule(
    code="UG824",
    slug="classifier-without-evidence",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "stable, and the GIL comes on",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"  # <--
classifiers = ["Programming Language :: Python :: Free Threading :: 3 - Stable"]
"spam.cp314t-win_amd64.pyd" = {read = "GIL used"}
""",
            "wheel.toml",
        ),
        Good(
            "it claims nothing",
            """\
wheel = "spam-1.0-cp314-cp314t-win_amd64.whl"
classifiers = ["Programming Language :: Python :: Free Threading :: 1 - Unstable"]
"spam.cp314t-win_amd64.pyd" = {read = "GIL used"}
""",
            "wheel.toml",
        ),
        Good(
            "the GIL-enabled wheel of the same release",
            """\
wheel = "spam-1.0-cp314-cp314-win_amd64.whl"
classifiers = ["Programming Language :: Python :: Free Threading :: 3 - Stable"]
"spam.cp314-win_amd64.pyd" = {read = "not declared"}
""",
            "wheel.toml",
        ),
    ),
)
