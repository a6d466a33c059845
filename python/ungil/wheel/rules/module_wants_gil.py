"""A free-threaded wheel has a module that says it needs the GIL.

What it finds
    An extension module in a wheel for free-threaded interpreters whose slot, or whose call of
    ``PyUnstable_Module_SetGIL()``, says ``Py_MOD_GIL_USED``. Cython writes that too where
    ``freethreading_compatible`` was not asked for.

Why it is unsafe without the GIL
    The module is honest: it was not made for threads without the GIL. But whoever installs the wheel loses free
    threading with its first import, and its tag does not tell.

How to fix it
    Make the module thread-safe and declare ``Py_MOD_GIL_NOT_USED``; until then say in the metadata and the
    documentation that importing it turns the GIL on, or publish no free-threaded wheel.

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Verdict, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_CYTHON = "once it is thread-safe, build it with '# cython: freethreading_compatible=True' (Cython 3.1)"
_OTHER = "once it is thread-safe, declare Py_MOD_GIL_NOT_USED; until then, document that its import turns the GIL on"


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that free-threaded interpreters load, and that asks for the GIL."""
    for module in free_threaded_modules(wheel):
        if module.verdict is Verdict.GIL_USED:
            yield rule.finding(
                wheel,
                module.binary.path,
                f"module '{module.name}' says that it uses the GIL: importing it on a free-threaded build turns it on "
                "for the whole process",
                fix=_CYTHON if module.binary.binding == "Cython" else _OTHER,
                evidence=(f"{module.settled.method}: {module.settled.how}",),
            )


rule = WheelRule(
    code="UG802",
    slug="module-wants-gil",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "Py_MOD_GIL_USED",
            """\
wheel = "spam-1.0-cp314-cp314t-macosx_11_0_arm64.whl"
"spam.cpython-314t-darwin.so" = {read = "GIL used"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "Py_MOD_GIL_NOT_USED",
            """\
wheel = "spam-1.0-cp314-cp314t-macosx_11_0_arm64.whl"
"spam.cpython-314t-darwin.so" = {read = "declared"}
""",
            "wheel.toml",
        ),
    ),
)
