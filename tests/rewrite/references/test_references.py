"""Strong references, sections and copies on ways that are easily overlooked: what is written, or why it is left."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project, repaired, text_of

HEAD = """\
#include <Python.h>
#define CHECK(e) ((e) ? 0 : ({ return -1; 0; }))
extern int use(PyObject *), other(void);
typedef struct { PyObject_HEAD PyObject *slot; char *p; } T;
"""


def after(function: str, path: str = "example.c") -> str:
    """The function after the repairs."""
    outcome = repaired(project({path: HEAD + function}), min_python=(3, 14))
    return text_of(outcome, path).removeprefix(HEAD)


def decision(function: str, path: str = "example.c") -> str:
    """What has to be decided of a function that stays as it is."""
    outcome = repaired(project({path: HEAD + function}), min_python=(3, 14))
    assert text_of(outcome, path) == HEAD + function
    return "\n".join(one.decision for one in outcome.left)


FETCH = "PyObject *x = PyList_GetItem(list, 0);\n    if (!x) return -1;\n   "

KEPT = {
    "a field through an alias": f"int f(PyObject *list) {{ T *t; {FETCH} t = (T *)x;\n    return t->p[0];\n}}\n",
    "what an argument is filled with": f"""\
int f(PyObject *list) {{
    char *s; Py_ssize_t n;
    {FETCH}
    if (PyBytes_AsStringAndSize(x, &s, &n) < 0) return -1;
    return s[0];
}}
""",
    "an array": f"int f(PyObject *list) {{ {FETCH} PyObject *all[2] = {{x, x}};\n    return use(all[0]);\n}}\n",
    "two aliases": "int f(PyObject *list) { PyObject *x, *y;\n x = y = PyList_GetItem(list, 0);\n"
    "    if (!x) return -1;\n    return use(x) + use(y);\n}\n",
    "a text that is set in a condition": f"""\
int f(PyObject *list) {{
    char *s;
    {FETCH}
    if (!(s = PyBytes_AsString(x))) return -1;
    return s[0];
}}
""",
}


@pytest.mark.parametrize("function", KEPT.values(), ids=KEPT)
def test_what_lives_in_the_object_is_used_before_the_release(function: str) -> None:
    """The last use is worked out first, then the object is released, then the function returns."""
    text = after(function)
    last = text[text.rindex("int result = ") :]
    assert last.index("int result = ") < last.index("Py_DECREF(") < last.index("return result;")


LEFT = {
    "a pointer that is stored": (
        f"int f(PyObject *list, T *t) {{ {FETCH} t->p = PyBytes_AS_STRING(x);\n    return 0;\n}}\n",
        "is set to something in the object",
    ),
    "an object that is stored behind a cast": (
        f"int f(PyObject *list, T *t) {{ {FETCH} t->slot = (PyObject *)x;\n    return 0;\n}}\n",
        "is set to something in the object",
    ),
    "a nested call that is stored, and counted too late": (
        "int f(PyObject *d, T *t) { t->slot = PyDict_GetItem(d, d);\n    Py_XINCREF(t->slot);\n    return 0;\n}\n",
        "is set to something in the object",
    ),
    "an argument that the caller gave": (
        (
            f"int f(PyObject *list, char **out) {{ Py_ssize_t n;\n    {FETCH}\n"
            "    return PyBytes_AsStringAndSize(x, out, &n);\n}\n"
        ),
        "where 'out' points to",
    ),
    "a borrowed part": (
        (
            "PyObject *f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n"
            "    if (!x) return NULL;\n    return PyTuple_GetItem(x, 0);\n}\n"
        ),
        "hands out what 'x' keeps alive",
    ),
    "a borrowed alternative": (
        "PyObject *f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n    return x ? x : Py_None;\n}\n",
        "hands out what 'x' keeps alive",
    ),
    "a struct": (
        (
            "struct pair { PyObject *a; };\nstruct pair f(PyObject *d) {\n    PyObject *x = PyDict_GetItem(d, d);\n"
            "    struct pair p = {x};\n    return p;\n}\n"
        ),
        "hands out what 'x' keeps alive",
    ),
    "a text of the last round": (
        f"""\
int f(PyObject *list) {{
    const char *last = NULL;
    for (int i = 0; i < 3; i++) {{
        {FETCH}
        const char *s = PyUnicode_AsUTF8(x);
        if (last && strcmp(last, s)) return 1;
        last = s;
    }}
    return 0;
}}
""",
        "'last' points into the object and is used later",
    ),
    "a macro in an expression that returns": (
        f"int f(PyObject *list) {{ {FETCH} int r = CHECK(use(x));\n    return r + use(x);\n}}\n",
        "the macro 'CHECK' may leave",
    ),
    "a statement in an expression": (
        f"int f(PyObject *list) {{ {FETCH} int r = ({{ if (use(x)) return -1; 3; }});\n    return r + use(x);\n}}\n",
        "statements stand inside an expression",
    ),
    "a macro that is defined elsewhere": (
        f"int f(PyObject *list) {{ {FETCH} BAIL_OUT(use(x));\n    return use(x);\n}}\n",
        "'BAIL_OUT' is defined elsewhere",
    ),
    "a macro of the C API that uses it on the way out": (
        (
            "PyObject *f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n    if (!x) return NULL;\n"
            "    Py_RETURN_RICHCOMPARE(use(x), 3, Py_EQ);\n}\n"
        ),
        "on the way out",
    ),
    "a directive before a reference that is taken by hand": (
        (
            "int f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n#ifdef FOO\n"
            "    if (other()) return 1;\n#endif\n    Py_INCREF(x);\n    use(x);\n    Py_DECREF(x);\n    return 0;\n}\n"
        ),
        "preprocessor directives",
    ),
    "a key of a copy that is handed out": (
        (
            "PyObject *f(PyObject *d) {\n    PyObject *k, *v; Py_ssize_t p = 0;\n"
            "    while (PyDict_Next(d, &p, &k, &v)) { if (use(v)) return k; }\n    return NULL;\n}\n"
        ),
        "hands out what 'copy' keeps alive",
    ),
    "a way out of a section with a struct": (
        (
            "struct pair { PyObject *a; };\nstruct pair f(PyObject *d) {\n    PyObject *k, *v; Py_ssize_t p = 0;\n"
            "    struct pair r = {0};\n    while (PyDict_Next(d, &p, &k, &v)) { if (v == Py_None) return r; }\n"
            "    return r;\n}\n"
        ),
        "the function returns 'struct pair'",
    ),
}


@pytest.mark.parametrize(("function", "why"), LEFT.values(), ids=LEFT)
def test_what_would_be_wrong_is_left(function: str, why: str) -> None:
    """Nothing is written, and the decision names the reason."""
    assert why in decision(function)


def test_an_exception_that_is_caught_among_the_statements() -> None:
    """A release before the throw would be followed by one in the handler."""
    function = (
        f"int f(PyObject *list) {{ {FETCH} try {{ if (use(x)) throw 3; }} catch (int) {{ return 1; }}\n return 0; }}\n"
    )
    assert "an exception may leave" in decision(function, "example.cpp")


def test_no_name_is_declared_twice_in_a_block() -> None:
    """Neither by one repair nor by two of one round."""
    cases = "".join(
        f"    case {n}: x = PyList_GetItem(list, {n}); if (!x) return -1; return use(x);\n" for n in range(2)
    )
    text = after(
        f"int f(PyObject *list, int k) {{\n    PyObject *x;\n    switch (k) {{\n{cases}    }}\n    return 0;\n}}\n"
    )
    assert text.count("int result =") == text.count("int result2 =") == 1
    text = after(
        "int f(PyObject *a, PyObject *b) {\n    if (use(PyList_GET_ITEM(a, 0)) < 0) return -1;\n"
        "    if (use(PyList_GET_ITEM(b, 0)) < 0) return -1;\n    return 0;\n}\n"
    )
    assert text.count("PyObject *item =") == text.count("PyObject *item2 =") == 1


def test_a_label_may_be_reached_with_nothing() -> None:
    """Behind a label among the statements, the variable may hold NULL again."""
    text = after(
        "int f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n    if (!x) goto skip;\n    use(x);\n"
        "skip:\n    other();\n    use(x ? x : Py_None);\n    return 0;\n}\n"
    )
    assert "    Py_XDECREF(x);\n    return 0;" in text


def test_what_the_code_does_without_an_item_stays() -> None:
    """PyList_GetItem() returns NULL already: a test of it anywhere is the way out, and none is added."""
    text = after(
        "int f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n    int ok = x != NULL;\n"
        "    if (other() < 0) return -1;\n    if (!ok) PyErr_Clear();\n    return use(x ? x : Py_None);\n}\n"
    )
    assert "if (x == NULL)" not in text
    assert "Py_XDECREF(x);" in text


def test_a_condition_that_is_worked_out_only_sometimes() -> None:
    """Before an ``else if``, nothing can be put."""
    code = "int f(PyObject *d) {\n    if (other()) return 1;\n    else if (use(PyDict_GetItem(d, d))) return 2;\n"
    code += "    return 0;\n}\n"
    assert "'else if'" in decision(code)


def test_what_goes_from_a_line_takes_its_space_along() -> None:
    """A reference that was taken by hand in a line with other statements leaves no gap."""
    text = after(
        "PyObject *f(PyObject *list) {\n    PyObject *x = PyList_GetItem(list, 0);\n    if (!x) return NULL;\n"
        "    Py_INCREF(x); return x;\n}\n"
    )
    assert "\n    return x;\n" in text


LOOP = """\
PyObject *f(PyObject *list) {
    PyObject *out = PyList_New(3), *new;
    if (!out) return NULL;
    for (int i = 0; i < 3; i++) {
        PyObject *x = PyList_GET_ITEM(list, i);
        new = PyObject_Str(x);
        if (new == NULL) {
            CLEAN_UP
            return NULL;
        }
        PyList_SET_ITEM(out, i, new);
    }
    return out;
}
"""


def test_the_way_out_that_is_added_releases_what_the_next_one_does() -> None:
    """Where that was there before the item was asked for."""
    text = after(LOOP.replace("CLEAN_UP", "Py_DECREF(out);"))
    added = "        if (x == NULL) {\n            Py_DECREF(out);\n            return NULL;\n        }\n"
    assert added in text


def test_a_way_out_that_releases_more_is_no_example() -> None:
    """What else would have to be released is to be decided."""
    assert "the nearest error cleans up" in decision(LOOP.replace("CLEAN_UP", "while (i--) other();"))


def test_a_way_out_for_want_of_memory_is_no_example() -> None:
    """It would replace the exception that says why."""
    text = after(
        "int f(PyObject *list) {\n    char *p;\n    PyObject *x = PyList_GET_ITEM(list, 0);\n    p = malloc(3);\n"
        "    if (!p) goto no_mem;\n    if (use(x) < 0) goto error;\n    free(p);\n    return 0;\n"
        "no_mem:\n    PyErr_NoMemory();\nerror:\n    return -1;\n}\n"
    )
    assert "    if (x == NULL) {\n        goto error;\n    }\n" in text
