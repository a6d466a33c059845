"""Where the address of a local goes: returned, stored, given away, or nowhere."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project

from ungil.audit import Policy
from ungil.codemod.state import Auditor
from ungil.fixer import Tree
from ungil.rewrite.statics.leaving import leaves, result_leaves
from ungil.rules import catalogue
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.words import Range

OTHERS = """\
#include <Python.h>
struct record { long number; char name[20]; };
typedef struct { PyObject_HEAD char *text; } Label;
static char *kept;
static void show(const char *message) { PyErr_SetString(PyExc_ValueError, message); }
static const char *same(const char *text) { return text; }
static void keep(char *text) { kept = text; }
static void fill(long *number, char **end) { *number = 1; *end = NULL; }
static int loops(char *text, int n) { return n ? loops(text, n - 1) : *text; }
extern void unknown(char *text);
"""


def read(code: str, path: str = "x.c") -> tuple[Tree, WrittenFunction]:
    """A function ``f`` beside those of above."""
    tree = Auditor(catalogue()[:1], Policy(), (3, 14)).look(project({path: OTHERS + code})).tree
    function = tree.unit(path).function("f")
    assert function is not None
    return tree, function


def fate(code: str, *, is_array: bool = True, path: str = "x.c") -> str:
    """Of ``x``."""
    tree, function = read(code, path)
    return leaves(tree, function, "x", is_array=is_array)


@pytest.mark.parametrize(
    "body",
    [
        'snprintf(x, sizeof(x), "%d", 1); return PyUnicode_FromString(x);',
        "char *p = x; *p++ = 'a'; *p = 0; return PyLong_FromLong(p - x);",
        "show(x); return (PyObject *)NULL;",
        "return PyLong_FromLong(loops(x, 3));",
        "char *end; long n = strtol(x, &end, 10); return *end ? NULL : PyLong_FromLong(n);",
        "for (char *p = x; *p != 0; p++) show(p); Py_RETURN_NONE;",
        "char c = x[0]; return PyLong_FromLong(c == x[1]);",
        "if (x == NULL || strchr(x, ',') != NULL) return NULL; Py_RETURN_NONE;",
    ],
)
def test_an_array_stays(body: str) -> None:
    """What reads it, counts in it or hands it to who keeps nothing leaves it where it is."""
    assert fate(f"PyObject *f(PyObject *self) {{ char x[40]; {body} }}") == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x;", "is returned"),
        ("return x + 1;", "is returned"),
        ("return a ? x : NULL;", "is returned"),
        ("return strcpy(x, self);", "is returned"),
        ("char *p = strchr(x, ','); return p;", "is returned"),
        ("char *end; strtol(x, &end, 10); return end;", "is returned"),
        ("kept = x; return NULL;", "is stored in 'kept'"),
        ("label->text = &x[3]; return NULL;", "is stored in 'label->text'"),
        ("keep(x); return NULL;", "is given to keep(), where it is stored in 'kept'"),
        ("return same(x);", "is given to same(), where it is returned"),
        ("unknown(x); return NULL;", "is given to unknown(), which may keep it"),
        ("struct part { char *p; } one = {x}; return NULL;", "stands in an initializer"),
        ("char **out = &label->text; *out = x; return NULL;", "is stored in '*out'"),
    ],
)
def test_an_array_leaves(body: str, expected: str) -> None:
    """Where to is said."""
    assert fate(f"char *f(char *self, Label *label, int a) {{ static char x[40]; {body} }}") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("long f(void) { long x; char *e; fill(&x, &e); return x; }", ""),
        ("long *f(void) { static long x; x = 3; return &x; }", "is returned"),
        ("struct record f(void) { struct record x; x.number = 1; return x; }", ""),
        ("long f(void) { struct record x; x.number = 1; long y = x.number; return y; }", ""),
        ("char *f(void) { static struct record x; return x.name; }", "is returned"),
        ("void f(Label *label) { static struct record x; label->text = x.name; }", "is stored in 'label->text'"),
    ],
)
def test_of_what_is_no_array_only_the_address_counts(code: str, expected: str) -> None:
    """A value that is returned is a copy; a field that is an array is a place."""
    assert fate(code, is_array=False) == expected


@pytest.mark.parametrize(
    "code",
    [
        "long &f() { static long x; return x; }",
        "long f() { static long x; long &y = x; return y; }",
        "long f() { static long x; auto g = [&x] { return x; }; return g(); }",
    ],
)
def test_a_reference_is_an_address(code: str) -> None:
    """In C++, what refers to it may outlive the call."""
    assert fate(code, is_array=False, path="x.cpp") != ""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("struct tm *p = gmtime(&when); return p->tm_year;", ""),
        ("return gmtime(&when)->tm_year;", ""),
        ("struct tm t = *gmtime(&when); return t.tm_year;", ""),
        ("return mktime(gmtime(&when));", ""),
        ("given->p = gmtime(&when); return 0;", "is stored in 'given->p'"),
    ],
)
def test_what_a_call_returns_is_followed(statement: str, expected: str) -> None:
    """Its storage may be the caller's where the result does not outlive the function."""
    tree, function = read(
        f"struct given {{ struct tm *p; }};\nlong f(time_t when, struct given *given) {{ {statement} }}"
    )
    words = function.words
    call = next(at for at in range(*function.body.words) if words[at].text == "gmtime")
    assert result_leaves(tree, function, Range(call, words[call + 1].partner + 1)) == expected
