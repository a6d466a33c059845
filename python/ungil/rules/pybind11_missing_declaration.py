"""A pybind11 module does not say that it can run without the GIL.

What it finds
    ``PYBIND11_MODULE`` without the tag ``py::mod_gil_not_used()``, in a module that does not declare anything in its
    body either. A module that is only embedded in a program, ``PYBIND11_EMBEDDED_MODULE``, is a note.

Why it is unsafe without the GIL
    It is not: it is the opposite. When a free-threaded interpreter imports such a module it turns the GIL back on,
    for the whole process and until it ends, and warns about it. One undeclared module takes free threading away
    from every other.

How to fix it
    First make the bound classes thread-safe; the tag is a claim about them. Then build with pybind11 2.13 or later,
    which brought the tag and made pybind11 itself ready, and pass ``py::mod_gil_not_used()`` as the third argument
    of the macro, before other options. ``PYBIND11_EMBEDDED_MODULE`` takes it since 3.0. Before there is no way to
    declare it.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
    https://github.com/pybind/pybind11/pull/5148
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every pybind11 module that declares nothing."""
    for module in facts.modules:
        if module.declaration is Declaration.MISSING and module.entry.framework == "pybind11":
            embedded = module.entry.macro == "PYBIND11_EMBEDDED_MODULE"
            since = "3.0" if embedded else "2.13"
            yield rule.finding(
                module.file,
                module.span,
                f"module '{module.name}' does not pass py::mod_gil_not_used(): importing it on a free-threaded build "
                "turns the GIL on for the whole process",
                fix=f"once the bound classes are thread-safe, {module.entry.macro}({module.name}, m, "
                f"py::mod_gil_not_used()) with pybind11 {since} or later",
                severity=Severity.NOTE if embedded else None,
                evidence=(f"{module.entry.macro} has no such argument and the body declares nothing",),
            )


rule = Rule(
    code="UG701",
    slug="pybind11-missing-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module without the tag",
            """\
#include <pybind11/pybind11.h>

PYBIND11_MODULE(spam, m) {  // <--
    m.def("add", [](int a, int b) { return a + b; });
}
""",
            "example.cpp",
        ),
        Good(
            "the tag",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("add", [](int a, int b) { return a + b; });
}
""",
            "example.cpp",
        ),
        Bad(
            "another tag does not say it",
            """\
PYBIND11_MODULE(spam, m, py::multiple_interpreters::per_interpreter_gil()) {  // <--
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Bad(
            "a macro of the project",
            """\
#define SPAM_MODULE(name) PYBIND11_MODULE(name, m)

SPAM_MODULE(_core) {  // <--
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "a macro of the project that passes the tag",
            """\
#define SPAM_MODULE(name) PYBIND11_MODULE(name, m, pybind11::mod_gil_not_used())

SPAM_MODULE(_core) {
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "declared in the body",
            """\
PYBIND11_MODULE(spam, m) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_NOT_USED);
#endif
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "the tag under a version check",
            """\
#if PYBIND11_VERSION_HEX >= 0x020d0000
PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
#else
PYBIND11_MODULE(spam, m) {
#endif
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
    ),
)
