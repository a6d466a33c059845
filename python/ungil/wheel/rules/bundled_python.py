"""The wheel brings a Python library of its own.

What it finds
    ``libpython3.14t.so``, ``python314.dll`` or the like among the libraries in a wheel.

Why it is unsafe without the GIL
    A process with two interpreters in it has two of everything that is meant to exist once: the state of threads, the
    reference counts of None, the lock or its absence. A bundled GIL-enabled library under a free-threaded program is
    the worst of both.

How to fix it
    Do not link extension modules to libpython; exclude it when the wheel is repaired.

References
    https://peps.python.org/pep-0513/#libpythonx-y-so-1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.wheel.model import Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_PYTHON = re.compile(r"(?:libpython3(?:[-.][0-9a-f]+t?)*\.(?:so|dylib).*|python3\d*t?\.dll)", re.IGNORECASE)


def check(wheel: Wheel) -> Iterator[Finding]:
    """Each library that is Python itself."""
    for library in wheel.libraries:
        name = library.path.rpartition("/")[2]
        if _PYTHON.fullmatch(name):
            yield rule.finding(
                wheel,
                library.path,
                f"{name} is Python itself: the process that imports the wheel has one already",
                fix="do not link to it, and exclude it when the wheel is repaired",
            )


rule = WheelRule(
    code="UG831",
    slug="bundled-python",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a repaired wheel with libpython",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.libs/libpython3-1a2b3c4d.14.so.1.0" = {library = true}  # <--
"spam.libs/libpython3.14t.so.1.0" = {library = true}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "other libraries",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam.libs/libgomp-a34b3233.so.1.0.0" = {library = true}
""",
            "wheel.toml",
        ),
    ),
)
