"""A module says that it needs the GIL.

What it finds
    An extension module that declares ``Py_MOD_GIL_USED``, or ``py::mod_gil_not_used(false)``.

Why it is unsafe without the GIL
    It is not. Importing the module turns the GIL on for the whole process, as a module that declares nothing does, only
    on purpose: a program that imports it runs with the GIL from then on.

How to fix it
    Nothing has to be fixed. When the module is thread-safe, declare ``Py_MOD_GIL_NOT_USED`` (Python 3.13).

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that declares that it uses the GIL."""
    for module in facts.modules:
        if module.declaration is Declaration.USED:
            yield rule.finding(
                module.file,
                module.span,
                f"module '{module.name}' declares that it needs the GIL: importing it on a free-threaded build turns "
                "the GIL on for the whole process",
                fix="once the module is thread-safe, declare Py_MOD_GIL_NOT_USED (Python 3.13)",
                evidence=(f"{module.entry.macro} leads to this declaration",),
            )


rule = Rule(
    code="UG005",
    slug="declares-gil-used",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the slot says so",
            """\
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_USED}, {0, NULL}};  // <--
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "the opposite",
            """\
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "a value that the build decides",
            """\
static PyModuleDef_Slot slots[] = {{Py_mod_gil, SPAM_GIL}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
    ),
)
