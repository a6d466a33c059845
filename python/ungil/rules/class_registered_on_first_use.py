"""A type is registered with pybind11 when a function first needs it, and two threads both find it missing.

What it finds
    A function that runs at any time, asks whether a C++ type is registered, ``get_type_info(typeid(T))``, and
    registers it with ``class_<T>`` if it is not, without a lock.

Why it is unsafe without the GIL
    To ask and to register are two steps. Two threads that call the function for the first time both find nothing and
    both register: the second gets an exception (``generic_type: type is already registered``), or the first has made
    objects of a Python type that is no longer the one which is registered.

How to fix it
    Register the type when the module is initialised. Or do both under one mutex, taken while the thread is detached,
    or in ``py::gil_safe_call_once_and_store`` (pybind11 2.12).

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Function
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ASKS = {"get_type_info", "get_type_handle", "get_global_type_info", "get_local_type_info"}
_SCOPES = frozenset({"module", "module_", "handle"})
_DEPTH = 3  # of callers
_LINES = 3  # between the question and the registration


def check(facts: Facts) -> Iterator[Finding]:
    """Every such question that a registration follows."""
    entries = {module.entry.function.key for module in facts.modules if module.entry.function is not None}
    for file in facts.files:
        bound = [span.line for _, span in file.bound_classes]
        for call in file.calls_to(_ASKS) if bound else ():
            # The question itself may lock, which is no help.
            locked = any(lock.verb != call.name for lock in call.locks)
            if locked or call.target or _only_initialises(call.function, entries):
                continue
            if any(0 <= line - call.span.line <= _LINES for line in bound):
                yield _finding(call)


def _only_initialises(function: Function, entries: set[tuple[int, int]], depth: int = _DEPTH) -> bool:
    """It is the body of a module, gets the scope to fill, or is called from such functions alone."""
    is_body = function.key in entries or function.name.isupper()  # of a macro of the project
    if is_body or any(kind in _SCOPES for _, kind in function.parameters):
        return True
    if function.file.path.endswith((".h", ".hh", ".hpp", ".hxx")):
        return False  # whoever includes it may call it
    if function.only_initialises:
        return True
    callers = [call.function for call in function.callers] if depth and function.is_called_only else []
    return bool(callers) and all(_only_initialises(caller, entries, depth - 1) for caller in callers)


def _finding(call: Call) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"two threads in {call.function.name}() both find that the type is not registered, and both register it: the "
        "second one fails, or replaces a type that has objects already",
        fix="register it when the module is initialised, or ask and register under one lock",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG715",
    slug="class-registered-on-first-use",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a state that is bound on demand",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

py::object walk(Shelf &shelf) {
    if (!py::detail::get_type_info(typeid(Cursor))) {  // <--
        py::class_<Cursor>(py::handle(), "Cursor", py::module_local()).def("__next__", &Cursor::next);
    }
    return py::cast(Cursor(shelf));
}

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("walk", &walk);
}
""",
            "example.cpp",
        ),
        Good(
            "when the module is initialised",
            """\
#include <pybind11/pybind11.h>
namespace py = pybind11;

static void bind_cursor(py::module_ &m) {
    if (!py::detail::get_type_info(typeid(Cursor))) {
        py::class_<Cursor>(m, "Cursor").def("__next__", &Cursor::next);
    }
}

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    bind_cursor(m);
}
""",
            "example.cpp",
        ),
    ),
)
