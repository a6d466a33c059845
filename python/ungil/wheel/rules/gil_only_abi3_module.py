"""A free-threaded wheel has a module of the GIL-enabled stable ABI.

What it finds
    A file that ends in ``.abi3.so`` in a wheel for 3.13t or 3.14t.

Why it is unsafe without the GIL
    These interpreters still look for ``.abi3.so``, though what is in it was compiled for objects that are laid out
    otherwise. They load it, and the import ends in ``SystemError: init function returned uninitialized object``, or
    worse. 3.15t no longer looks for the suffix.

How to fix it
    Before 3.15 there is no stable ABI for free-threaded builds: build without ``Py_LIMITED_API`` for cp313t and
    cp314t. From 3.15 on, build for abi3t (PEP 803).

References
    https://peps.python.org/pep-0803/
    https://docs.python.org/3/c-api/stable.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every .abi3.so that a free-threaded interpreter picks up."""
    for module in free_threaded_modules(wheel):
        if module.suffix.abi == "abi3":
            yield rule.finding(
                wheel,
                module.binary.path,
                f"'{module.suffix.text}' is the stable ABI of GIL-enabled builds: free-threaded 3.13 and 3.14 look for "
                "it all the same, load it, and fail",
                fix="build without Py_LIMITED_API for cp313t and cp314t, or for abi3t from 3.15 on",
            )


rule = WheelRule(
    code="UG812",
    slug="gil-only-abi3-module",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an abi3 module in a cp314t wheel",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.abi3.so" = {read = "declared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "an abi3 wheel, which no free-threaded interpreter installs",
            """\
wheel = "spam-1.0-cp312-abi3-manylinux_2_28_x86_64.whl"
"spam.abi3.so" = {read = "not declared"}
""",
            "wheel.toml",
        ),
        Good(
            "abi3t",
            """\
wheel = "spam-1.0-cp315-abi3t-manylinux_2_28_x86_64.whl"
"spam.abi3t.so" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
