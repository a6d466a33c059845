"""Functions as they stand: what they return and take, and what they declare."""

from __future__ import annotations

import pytest
from tests.syntax.reading import function, unit


@pytest.mark.parametrize(
    ("head", "returns", "parameters"),
    [
        (
            "static PyObject *f(PyObject *self, PyObject *args)",
            "PyObject *",
            [("PyObject *", "self"), ("PyObject *", "args")],
        ),
        ("static PyObject* f(Shelf* self)", "PyObject *", [("Shelf *", "self")]),
        ("PyMODINIT_FUNC f(void)", "PyObject *", []),
        (
            "static inline unsigned long f(const char *s, size_t n)",
            "unsigned long",
            [("const char *", "s"), ("size_t", "n")],
        ),
        ("int f(PyObject *Py_UNUSED(self))", "int", [("PyObject *", "")]),
        ("Py_LOCAL(int) f(int a)", "", [("int", "a")]),
        ("void f()", "void", []),
    ],
)
def test_the_head_is_read(head: str, returns: str, parameters: list[tuple[str, str]]) -> None:
    """Storage is no part of the type; where a macro hides the type, it is empty."""
    written = function("return;", head=head)
    assert written.returns == returns
    assert [(one.type, one.name) for one in written.parameters] == parameters


@pytest.mark.parametrize(
    ("code", "kind", "alone", "valued"),
    [
        ("PyObject *x = f();", "PyObject *", True, True),
        ("PyObject *a, *x;", "PyObject *", False, False),
        ("const char **x = NULL, y;", "const char **", False, True),
        ("struct S x;", "struct S", True, False),
        ("unsigned long x = 1;", "unsigned long", True, True),
        ("static char x[10];", "char", True, False),
        ("PyObject* x = (PyObject*)y;", "PyObject *", True, True),
    ],
)
def test_declarations_of_locals_are_found(code: str, kind: str, alone: bool, valued: bool) -> None:  # noqa: FBT001
    """With their type, and whether they have a value and the statement to themselves."""
    local = function(f"g();\n{code}\nx;").local("x")
    assert local is not None
    assert (local.type, local.is_alone, local.has_initializer) == (kind, alone, valued)


@pytest.mark.parametrize(
    "code",
    ["x = f();", "return x;", "g(x);", "sizeof x;", "{ int x; } { long x; }", "goto x; x: ;"],
)
def test_what_declares_nothing_is_no_declaration(code: str) -> None:
    """Assignments, uses and labels are not taken for one, and two of one name are not told apart."""
    assert function(code).local("x") is None


def test_a_place_finds_its_function() -> None:
    """Head and body belong to it, and what stands between two functions belongs to neither."""
    text = "int a;\nstatic int\nf(void)\n{\n    return 1;\n}\nint b;\nint g(void) { return 2; }\n"
    read = unit(text)
    at = {
        name: read.function_at(text.index(name))
        for name in ("int a", "static", "f(void)", "return 1", "int b", "return 2")
    }
    assert {name: one.name if one else None for name, one in at.items()} == {
        "int a": None,
        "static": "f",
        "f(void)": "f",
        "return 1": "f",
        "int b": None,
        "return 2": "g",
    }
