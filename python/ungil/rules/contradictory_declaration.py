"""A module declares that it needs no GIL, and declares in another place that it does.

What it finds
    ``PyUnstable_Module_SetGIL(m, Py_MOD_GIL_USED)`` in the initialisation of a module that passes the tag
    ``mod_gil_not_used()`` (pybind11, Boost.Python), has the slot ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}``, or that the
    build makes with ``FREE_THREADED`` (nanobind); and ``Py_MOD_GIL_NOT_USED`` beside a slot or a tag that says the
    contrary.

Why it is unsafe without the GIL
    Only one of the two holds. A slot or tag is read before the module is made, the call comes after it: which one wins
    depends on the version and on the way the module is initialised. Either the GIL is turned on for the whole process
    although the module claims not to need it, or somebody knows that the module needs the GIL and does not get it.

How to fix it
    Keep one: the slot or the tag.

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Declaration, Facts, ModuleInit
from ungil.facts.native.modules import TAG, initialisation_calls
from ungil.rule import Bad, Finding, Good, Rule, Severity

_CALL = "PyUnstable_Module_SetGIL"
_VALUES = (Declaration.USED, Declaration.NOT_USED)


def check(facts: Facts) -> Iterator[Finding]:
    """Every call that says the contrary of what its module declares elsewhere."""
    calls = list(facts.calls_to({_CALL}))
    if not calls:
        return
    built = {made.module for made in facts.build.generators if made.tool == "nanobind" and made.is_declared}
    for module in facts.modules:
        stance, where = _declared(module, built)
        if stance is None:
            continue
        called = {call.function.key for call in initialisation_calls(module.entry)}
        executed = {name for entry in _slots(module) for name in entry if name.isidentifier()}
        for call in calls:
            is_of_module = call.function.key in called or (
                call.function.name in executed and call.function.file.path == module.file.path
            )
            if is_of_module and _says(call) not in {None, stance}:
                yield _finding(call, module, stance, where)


def _declared(module: ModuleInit, built: set[str]) -> tuple[Declaration | None, str]:
    """What the module says without a call, and how."""
    framework = module.entry.framework
    if framework == "nanobind":
        return (Declaration.NOT_USED, "FREE_THREADED in the build") if module.entry.name in built else (None, "")
    if module.declaration not in _VALUES:
        return None, ""
    if framework:
        has_tag = any(TAG in word for word in (*module.entry.arguments, *module.entry.expansion))
        return (module.declaration, f"the tag {TAG}") if has_tag else (None, "")
    has_slot = any("Py_mod_gil" in entry for entry in _slots(module))
    return (module.declaration, "the slot Py_mod_gil") if has_slot else (None, "")


def _slots(module: ModuleInit) -> list[list[str]]:
    """The entries of the slot array, which stands where the declaration does."""
    span = module.span
    tables = (v for v in module.file.variables if v.entries and v.type in {"PySlot", "PyModuleDef_Slot"})
    return next((list(v.entries) for v in tables if (v.span.line, v.span.column) == (span.line, span.column)), [])


def _says(call: Call) -> Declaration | None:
    words = call.arguments[1].text if len(call.arguments) > 1 else ""
    return next((value for value in _VALUES if words == value), None)


def _finding(call: Call, module: ModuleInit, stance: Declaration, where: str) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"module '{module.name}' is given {call.arguments[1].text} here, and {where} says {stance.value}: only one "
        "of the two holds",
        fix="keep one of the two, the slot or the tag",
        evidence=(f"declared in line {module.span.line} of {module.file.path}",),
    )


rule = Rule(
    code="UG714",
    slug="contradictory-declaration",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a tag and a call",
            """\
#include <pybind11/pybind11.h>

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_USED);  // <--
#endif
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "the tag alone",
            """\
#include <pybind11/pybind11.h>

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
        Bad(
            "the build and a call",
            """\
#include <nanobind/nanobind.h>

NB_MODULE(spam, m) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_USED);  // <--
#endif
    m.def("add", &add);
}
""",
            "example.cpp",
            beside=(("CMakeLists.txt", "nanobind_add_module(spam FREE_THREADED example.cpp)\n"),),
        ),
        Bad(
            "a slot and a call",
            """\
static int
spam_exec(PyObject *module)
{
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_USED);  // <--
#endif
    return 0;
}

static PyModuleDef_Slot spam_slots[] = {
    {Py_mod_exec, spam_exec},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef spam = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = spam_slots};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&spam);
}
""",
        ),
        Good(
            "a macro of the project, of which it is not known what holds",
            """\
#include <pybind11/pybind11.h>

#define SPAM_MODULE(name, m) \\
    PYBIND11_MODULE(name, m, py::mod_gil_not_used()) { PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_NOT_USED); }

SPAM_MODULE(spam, m) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_USED);
#endif
}
""",
            "example.cpp",
        ),
        Good(
            "both say the same",
            """\
#include <pybind11/pybind11.h>

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_NOT_USED);
#endif
    m.def("add", &add);
}
""",
            "example.cpp",
        ),
    ),
)
