"""A binding library's object with static storage is destroyed after the interpreter.

What it finds
    A C++ variable at namespace scope, or static in a class or a function, that holds a ``py::object``, ``nb::object``
    or a class derived from them by value.

Why it is unsafe without the GIL
    Its destructor runs when the process exits: after ``Py_Finalize()``, on a thread without a thread state, and
    releases an object that is gone. While the module is in use the variable is shared by all threads and by all
    interpreters, and assigning it releases the old object under a reader.

How to fix it
    Keep it in the module's state, or as an attribute of the module. Where it must be global, hold it by a pointer that
    is never deleted, or in ``py::gil_safe_call_once_and_store`` (pybind11 2.12), which leaks it on purpose.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_OBJECT = re.compile(r"\b(?:py|nb|pybind11|nanobind)::\w+$")


def check(facts: Facts) -> Iterator[Finding]:
    """Every such variable, at its declaration, unless its initializer is the greater hazard."""
    for variable in facts.object_statics:
        held = _OBJECT.search(variable.declaration)
        greater = variable.is_local and variable.initializer
        if held is None or variable.pointers or greater or "thread_local" in variable.declaration:
            continue
        yield rule.finding(
            variable.file,
            variable.span,
            f"'{variable.name}' is destroyed after the interpreter, without a thread state, and until then one thread can "
            "assign it while another takes a reference",
            fix="keep it in module state, or hold it by a pointer that is never deleted",
            evidence=(f"it is a {held[0]} with static storage",),
        )


rule = Rule(
    code="UG228",
    slug="static-python-object",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a global",
            """\
static py::object callback;  // <--

void set_callback(py::object f) {
    callback = std::move(f);
}
""",
            "example.cpp",
        ),
        Good(
            "a pointer that is never deleted",
            """\
static const py::object *const none = new py::object(py::none());
""",
            "example.cpp",
        ),
        Good(
            "an object of the stack",
            """\
int size_of(py::object items) {
    py::object iterator = items.attr("__iter__")();
    return count(iterator);
}
""",
            "example.cpp",
        ),
    ),
)
