"""Names for what repairs add, and functions that are too much for them."""

from __future__ import annotations

from tests.rewrite.references.test_references import after, decision


def test_forty_names() -> None:
    """There is always one more."""
    calls = "".join(f"    if (use(PyList_GET_ITEM(a, {n})) < 0) return -1;\n" for n in range(40))
    assert "PyObject *item40 = PyList_GetItemRef(a, 39);" in after(f"int f(PyObject *a) {{\n{calls}    return 0;\n}}\n")


def test_a_name_that_is_declared_twice() -> None:
    """Whose uses are whose cannot be told by the name."""
    block = "    { PyObject *x = PyList_GetItem(a, 0);\n      if (!x) return -1;\n      use(x); }\n"
    assert "'x' is declared more than once" in decision(f"int f(PyObject *a) {{\n{block}{block}    return 0;\n}}\n")


def test_a_function_that_is_nested_too_deeply() -> None:
    """It is left, and said."""
    chain = "".join(f"    else if (other() == {n}) return use(x);\n" for n in range(1500))
    fetch = "    PyObject *x = PyList_GetItem(a, 0);\n    if (!x) return -1;\n"
    assert "nested too deeply" in decision(
        f"int f(PyObject *a) {{\n{fetch}    if (use(x)) return 1;\n{chain}    return 0;\n}}\n"
    )
