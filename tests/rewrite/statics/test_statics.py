"""Static variables on ways that are easily overlooked: what is written, or why it is left."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project, repaired, text_of

from ungil.finding import Severity

HEAD = "#include <Python.h>\n"
MODULE = """
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};
PyMODINIT_FUNC PyInit_spam(void) {
    PyObject *m = PyModule_Create(&def);
    return m;
}
"""
CODES = frozenset({"UG201", "UG203", "UG205", "UG405", "UG406"})


def after(code: str, path: str = "example.c") -> str:
    """The code after the repairs."""
    outcome = repaired(project({path: HEAD + code}), codes=CODES, min_python=(3, 14))
    return text_of(outcome, path)


def decisions(code: str, path: str = "example.c") -> str:
    """What has to be decided of code that stays as it is."""
    outcome = repaired(project({path: HEAD + code}), codes=CODES, min_python=(3, 14))
    assert text_of(outcome, path) == HEAD + code
    return "\n".join(one.decision for one in outcome.left)


FILL = """\
static PyObject *kept;
PyObject *get(PyObject *self) {{
    if ({test}) {{
        {body}
    }}
    {rest}
}}
"""


@pytest.mark.parametrize(
    ("test", "body", "rest", "expected"),
    [
        ("kept == NULL && self", "kept = PyDict_New();", "return kept;", "more than 'kept' is tested"),
        ("!kept", "kept = PyDict_New(); if (!kept) goto end;", "end: return kept;", "is left in another way"),
        ("!kept", "kept = PyDict_New(); if (!kept) Py_RETURN_NONE;", "return kept;", "is left in another way"),
        (
            "!kept",
            "kept = PyDict_New();\n#ifdef A\n        kept = 0;\n#endif",
            "return kept;",
            "preprocessor directives",
        ),
        ("!kept", "kept = PyObject_Str(self);", "return kept;", "'self' may not be there"),
        ("!kept", "kept = make();", "return kept;", "make() may need what is not there"),
        ("!kept", 'kept = PyImport_ImportModule("numpy");', "return kept;", "would be imported while this module is"),
        ("!kept", "kept = PyDict_New();", "Py_CLEAR(kept);\n    return NULL;", "'kept' is also set in get()"),
    ],
)
def test_what_is_not_filled_elsewhere(test: str, body: str, rest: str, expected: str) -> None:
    """It needs something, is left or set in a way that a function of its own would not know."""
    code = "PyObject *make(void);\n" + FILL.format(test=test, body=body, rest=rest) + MODULE
    assert expected in decisions(code)


def test_what_initialisation_itself_asks_for_stays() -> None:
    """The function would find nothing there if it were called before what is put at the end."""
    code = FILL.format(test="!kept", body="kept = PyDict_New();", rest="return kept;")
    asks = MODULE.replace("    return m;", '    PyModule_AddObject(m, "kept", get(m));\n    return m;')
    assert "kept = PyDict_New();" in after(code + asks)
    assert "fill_kept" not in after(code + asks)


@pytest.mark.parametrize(
    "end",
    [
        "    if (PyErr_Occurred()) Py_CLEAR(m);\n    return m;",
        "    Owner owner(m);\n    return m;",
        "#ifdef A\n    return NULL;\n#endif\n    return m;",
    ],
)
def test_a_module_that_is_not_simply_returned_stays(end: str) -> None:
    """An exception may be waiting, or somebody else own the module."""
    code = FILL.format(test="!kept", body="kept = PyDict_New();", rest="return kept;")
    assert "by hand" in decisions(code + MODULE.replace("    return m;", end), "example.cpp")


def test_a_module_that_is_not_tested_is() -> None:
    """What fills is not called where the module could not be made."""
    code = FILL.format(test="!kept", body="kept = PyDict_New();", rest="return kept;")
    assert (
        "    if (m == NULL || fill_kept() < 0) {\n        Py_XDECREF(m);\n        return NULL;\n    }\n    return m;"
        in after(code + MODULE)
    )


def test_a_name_that_others_have_is_not_taken() -> None:
    """A function's own variable gets the function's name in the file."""
    code = "PyObject *get(PyObject *self) {\n    static PyObject *name;\n    if (!name)\n        name = PyDict_New();\n"
    code += "    return Py_XNewRef(name);\n}\nint other(int name) { return name; }\n"
    new = after(code + MODULE)
    assert "static PyObject *get_name;" in new
    assert "return Py_XNewRef(get_name);" in new
    assert "int other(int name) { return name; }" in new


REMEMBERS = """\
double f(double day, double *out) {
    static double last = -1;
    static double a[3];
    double b;
    if (day != last) {
        a[0] = day * 3;
        last = day;
    }
    b = a[0] * 2;
    return b;
}
PyObject *g(PyObject *self, PyObject *v) { return PyFloat_FromDouble(f(PyFloat_AsDouble(v), NULL)); }
"""


def test_what_is_remembered_stays_with_what_says_so() -> None:
    """An array whose content a flag speaks of is not moved away from the flag."""
    new = after(REMEMBERS)
    assert "static PER_THREAD double last = -1;" in new
    assert "static PER_THREAD double a[3];" in new


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("n++; if (n > 3) return NULL;", "changes 'n' and reads it again"),
        ("if (n < 3) n++;", "sets 'n' after it has read it"),
        ("n *= 2;", "'*=' on 'n' is no atomic operation"),
        ("scan(&n); n += 2;", "the address of 'n' is given to scan()"),
    ],
)
def test_a_number_that_is_more_than_a_counter_stays(use: str, expected: str) -> None:
    """Two operations are not one."""
    code = f"void scan(int *);\nstatic int n;\nPyObject *f(PyObject *self) {{ {use} Py_RETURN_NONE; }}\n"
    outcome = repaired(project({"x.c": HEAD + code}), codes=frozenset({"UG205"}), level=Severity.NOTE)
    assert text_of(outcome, "x.c") == HEAD + code
    assert expected in "\n".join(one.decision for one in outcome.left)


def test_a_counter_that_a_branch_hides_stays() -> None:
    """What the front-end does not read may use it in another way."""
    code = (
        "static volatile int n;\n#if 0\nint *hidden(void) { return &n; }\n#endif\nvoid f(PyObject *self) { n = 1; }\n"
    )
    code += "int g(PyObject *self) { return n; }\n"
    assert "'n' also stands where it is not always compiled" in decisions(code)
