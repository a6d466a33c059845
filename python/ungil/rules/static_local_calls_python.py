"""The initializer of a function-local static calls Python while it holds the compiler's lock.

What it finds
    A C++ variable that is ``static`` in a function and whose initializer calls the C API, pybind11 or nanobind. What
    only makes a string, a number or a tuple is noted.

Why it is unsafe without the GIL
    The compiler guards the first initialisation by a lock of its own, and whoever comes second waits for it with its
    thread state attached. If the initializer runs Python code, or only allocates and so starts a garbage collection,
    the interpreter may have to stop all threads, and waits for the one that waits: a deadlock. An import inside can
    also come back into the same function.

How to fix it
    Make the object in the initialisation of the module. Or use ``py::gil_safe_call_once_and_store`` (pybind11 2.12), or
    detach before waiting: ``std::call_once`` inside ``nb::gil_scoped_release``, attaching again in the callable.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html
    https://github.com/pybind/pybind11/pull/4877
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_CALLS = re.compile(r"\b(?:py|nb|pybind11|nanobind)::\w+|\bPy[A-Z]\w*_\w+(?=\s*\()")
_MAKES = re.compile(r"Py(?:Unicode|Long|Float|Bytes|Bool|Tuple|List|Dict)_\w+|(?:py|nb|pybind11|nanobind)::(?:str|int_|float_|bytes|dict|list|none)")


def check(facts: Facts) -> Iterator[Finding]:
    """Every such variable, at its declaration."""
    for variable in facts.object_statics:
        calls = _CALLS.findall(variable.initializer)
        if not variable.is_local or not calls or "thread_local" in variable.declaration:
            continue
        yield rule.finding(
            variable.file,
            variable.span,
            f"a second thread waits, attached, for the lock under which '{variable.name}' is initialised, while the first "
            "is in Python and may have to wait for all threads to stop: a deadlock",
            fix="make it while the module is initialised, or use py::gil_safe_call_once_and_store (pybind11 2.12)",
            severity=Severity.NOTE if all(map(_MAKES.fullmatch, calls)) else None,
            evidence=(f"the initializer calls {calls[0]}",),
        )


rule = Rule(
    code="UG227",
    slug="static-local-calls-python",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an import",
            """\
py::object decimal_class() {
    static py::object cls = py::module_::import("decimal").attr("Decimal");  // <--
    return cls;
}
""",
            "example.cpp",
        ),
        Good(
            "stored by pybind11's call_once",
            """\
py::object decimal_class() {
    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> storage;
    return storage.call_once_and_store_result([] { return py::module_::import("decimal").attr("Decimal"); })
        .get_stored();
}
""",
            "example.cpp",
        ),
        Bad(
            "the C API",
            """\
PyObject *decimal_module() {
    static PyObject *module = PyImport_ImportModule("decimal");  // <--
    return module;
}
""",
            "example.cpp",
        ),
        Bad(
            "an interned string",
            """\
PyObject *call(PyObject *target) {
    static PyObject *name = PyUnicode_InternFromString("run");  // <--
    return PyObject_CallMethodNoArgs(target, name);
}
""",
            "example.cpp",
        ),
        Good(
            "an initializer without Python",
            """\
const std::vector<int> &primes() {
    static const std::vector<int> found = sieve(1000);
    return found;
}
""",
            "example.cpp",
        ),
    ),
)
