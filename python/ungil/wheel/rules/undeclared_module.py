"""A free-threaded wheel has a module that turns the GIL on.

What it finds
    An extension module in a wheel for free-threaded interpreters that says nothing about the GIL: there is no
    Py_mod_gil slot in the file, or the GIL came on when the module was imported in a child process.

Why it is unsafe without the GIL
    It is not: it is the opposite. Whoever installs the wheel does so to run without the GIL; the first import of this
    module turns it on for the whole process. cibuildwheel builds free-threaded wheels by default, so that many are
    published by accident.

How to fix it
    Make the module thread-safe (``ungil audit``), declare ``Py_MOD_GIL_NOT_USED``, and build anew. Cython: ``#
    cython: freethreading_compatible=True``; nanobind: ``FREE_THREADED``; pybind11: ``py::mod_gil_not_used()``; PyO3:
    ``#[pymodule(gil_used = false)]``; f2py: ``--freethreading-compatible``. Or publish no free-threaded wheel.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.wheel.fit import free_threaded_modules
from ungil.wheel.model import Verdict, Wheel
from ungil.wheel.rule import Bad, Finding, Good, Severity, WheelRule

_FIXES = {
    "Cython": "once it is thread-safe, build it with '# cython: freethreading_compatible=True' (Cython 3.1)",
    "nanobind": "once it is thread-safe, give nanobind_add_module FREE_THREADED",
    "pybind11": "once it is thread-safe, give PYBIND11_MODULE py::mod_gil_not_used()",
    "PyO3": "once it is thread-safe, declare it with #[pymodule(gil_used = false)]",
    "f2py": "once it is thread-safe, give f2py --freethreading-compatible",
}
_FIX = (
    "once it is thread-safe, add {Py_mod_gil, Py_MOD_GIL_NOT_USED} to its slots or, in a single phase, call "
    "PyUnstable_Module_SetGIL() (Python 3.13)"
)


def check(wheel: Wheel) -> Iterator[Finding]:
    """Every module that free-threaded interpreters load, and that declares nothing."""
    for module in free_threaded_modules(wheel):
        if module.verdict is Verdict.NOT_DECLARED:
            settled = module.settled
            yield rule.finding(
                wheel,
                module.binary.path,
                f"module '{module.name}' does not declare that it needs no GIL: importing it on a free-threaded build "
                "turns the GIL on for the whole process",
                fix=_FIXES.get(module.binary.binding, _FIX),
                evidence=(f"{settled.method}{f' under {settled.host}' if settled.host else ''}: {settled.how}",),
            )


rule = WheelRule(
    code="UG801",
    slug="undeclared-module",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "no Py_mod_gil slot",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314t-x86_64-linux-gnu.so" = {read = "not declared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "the slot is there, and the import agrees",
            """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314t-x86_64-linux-gnu.so" = {read = "declared", imported = "declared"}
""",
            "wheel.toml",
        ),
        Bad(
            "the file does not tell, the import does",
            """\
wheel = "spam-1.0-cp315-abi3t-win_amd64.whl"
"spam/_core.abi3t.pyd" = {read = "unknown", imported = "not declared"}  # <--
""",
            "wheel.toml",
        ),
        Good(
            "a wheel that no free-threaded interpreter installs",
            """\
wheel = "spam-1.0-cp314-cp314-manylinux_2_28_x86_64.whl"
"spam/_core.cpython-314-x86_64-linux-gnu.so" = {read = "not declared"}
""",
            "wheel.toml",
        ),
    ),
)
