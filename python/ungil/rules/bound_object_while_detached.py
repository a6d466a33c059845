"""A Python object is used through a binding library while the thread is detached.

What it finds
    In a region that detaches (``gil_scoped_release``), in a function that is bound under
    ``call_guard<gil_scoped_release>()``, and in helpers that only run there: a call of ``py::cast()``,
    ``py::module_::import()``, ``nb::eval()`` and the like, a call of an ``object`` or ``callable``, or a method such
    as ``attr()``, ``append()`` or ``cast()`` on a local or a parameter of such a type. The first of each function.

Why it is unsafe without the GIL
    These are calls of the C API in other words, and a detached thread has no thread state: the first allocation,
    exception or critical section dereferences NULL. What happens to survive counts references while the garbage
    collector believes that this thread stands still, and races with the owner of the object.

How to fix it
    Take what is needed from the objects before the thread is detached, or attach for the call: a block with
    ``py::gil_scoped_acquire`` or ``nb::gil_scoped_acquire``.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#global-interpreter-lock-gil
    https://nanobind.readthedocs.io/en/latest/api_core.html#gil-management
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_LIBRARY = frozenset({"py", "nb", "pybind11", "nanobind", "module_"})
_CALLS = frozenset(
    {"cast", "import", "import_", "eval", "exec", "print", "getattr", "setattr", "hasattr", "len", "repr"}
)
_MEMBERS = frozenset({"attr", "append", "cast", "contains", "inc_ref", "dec_ref", "inc", "dec", "release"})
_OBJECTS = frozenset({"object", "callable", "handle", "py_object"})
_HOLDERS = _OBJECTS | {"dict", "list", "tuple", "str"}  # a list of C++ has no attr(), and its append() is push_back()
_NAMES_OF_OBJECTS_ALONE = frozenset({"attr", "append", "inc_ref", "dec_ref"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first such use of each function."""
    for file in facts.files:
        if not any(path.startswith(("pybind11/", "nanobind/")) for path, _, _ in file.includes):
            continue
        reported: set[tuple[int, int]] = set()
        for call in file.detached_calls:
            if call.function.key not in reported and _uses_object(call):
                reported.add(call.function.key)
                yield _finding(call)


def _uses_object(call: Call) -> bool:
    if call.is_member:
        kind = call.function.type_of(call.receiver) if call.receiver and call.name in _MEMBERS else ""
        return kind in _OBJECTS or (kind in _HOLDERS and call.name in _NAMES_OF_OBJECTS_ALONE)
    if call.qualifier in _LIBRARY:
        return call.name in _CALLS
    return not call.qualifier and call.function.type_of(call.name) in _OBJECTS


def _finding(call: Call) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"{call.name}() uses a Python object while this thread is detached: it has no thread state, and another thread "
        "may be using or freeing the same object",
        fix="do it before the thread is detached, or attach for it (gil_scoped_acquire)",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG713",
    slug="bound-object-while-detached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a result that is converted too early",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

py::object solve(int n) {
    py::gil_scoped_release release;
    double x = run(n);
    return py::cast(x);  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "the region ends before",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

py::object solve(int n) {
    double x;
    {
        py::gil_scoped_release release;
        x = run(n);
    }
    return py::cast(x);
}
""",
            "example.cpp",
        ),
        Bad(
            "a call guard around a function that calls back",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

void each(int n, py::object callback) {
    for (int i = 0; i < n; ++i)
        callback(i);  // <--
}

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("each", &each, py::call_guard<py::gil_scoped_release>());
}
""",
            "example.cpp",
        ),
        Good(
            "a native thread that activates a subinterpreter",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

void start(py::subinterpreter &sub) {
    std::thread([&sub]() {
        py::subinterpreter_scoped_activate activate(sub);
        py::module_::import("worker");
    }).detach();
}
""",
            "example.cpp",
        ),
        Good(
            "attached for the call",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

void each(int n, py::object callback) {
    for (int i = 0; i < n; ++i) {
        py::gil_scoped_acquire acquire;
        callback(i);
    }
}

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("each", &each, py::call_guard<py::gil_scoped_release>());
}
""",
            "example.cpp",
        ),
    ),
)
