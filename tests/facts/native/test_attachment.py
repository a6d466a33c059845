"""What rules about waits and about the C library ask: whose name it is, and whether Python is near."""

import pytest

from ungil import _scan
from ungil.capi import libc
from ungil.facts.model import Facts
from ungil.facts.native.attachment import attached_calls, library_calls, needs_attachment

WAITS = [
    ("attached", "PyObject *f(PyObject *s) { pthread_join(t, NULL); }", 1),
    ("detached", "PyObject *f(PyObject *s) { Py_BEGIN_ALLOW_THREADS pthread_join(t, NULL); Py_END_ALLOW_THREADS }", 0),
    ("far from Python", "void f(struct pool *p) { pthread_join(p->t, NULL); }", 0),
    ("in a helper", "static void g(void) { pthread_join(t, NULL); }\nPyObject *f(PyObject *s) { g(); }", 1),
    (
        "the project's own",
        "int pthread_join(int t, void *r) { return 0; }\nPyObject *f(PyObject *s) { pthread_join(t, 0); }",
        0,
    ),
    ("a thread's member", "PyObject *f(PyObject *s) { std::thread t(g); t.join(); }", 1),
    ("another class's member", "PyObject *f(PyObject *s) { Path t; t.join(); }", 0),
    ("a member of its own class", "struct A { std::thread t_; void f(PyObject *s) { t_.join(); } };", 1),
]


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in WAITS])
def test_a_wait_counts_where_the_thread_is_attached(code: str, expected: int) -> None:
    """A wait is found where it is the library's, and where Python is attached as far as the code tells."""
    files = tuple(_scan.scan([("example.cpp", code.encode(), True)], 1).files)
    assert len(list(attached_calls(Facts(files), libc.waiting_for("thread")))) == expected


def test_a_program_that_comes_along_is_no_extension() -> None:
    """Calls in files that have nothing to do with Python are left alone."""
    code = b"int year(time_t t) { return localtime(&t)->tm_year; }\nint main(void) { return year(0); }"
    facts = Facts(tuple(_scan.scan([("tool.c", code, False)], 1).files))
    assert list(library_calls(facts, libc.sharing())) == []


API = [
    ("PyList_Append(a, b)", True),
    ("Py_DECREF(a)", True),
    ("PyMem_RawMalloc(1)", False),
    ("PyUnicode_Check(a)", False),
    ("PyTuple_GET_ITEM(a, 0)", False),
    ("PyGILState_Ensure()", False),
    ("PyMyLibrary_Start()", False),
]


@pytest.mark.parametrize(("code", "expected"), API)
def test_the_api_that_needs_a_thread_state_is_told_apart(code: str, expected: bool) -> None:  # noqa: FBT001
    """Calls that want an attached thread state are told from those that do not, and from other projects' names."""
    (file,) = _scan.scan([("example.c", f"void f(void) {{ {code}; }}".encode(), False)], 1).files
    assert needs_attachment(file.functions[0].calls[0]) is expected


def test_every_function_of_libc_says_what_it_is_for() -> None:
    """An entry waits, shares or changes something, and what shares or changes names what to call instead."""
    for function in libc.functions().values():
        assert function.blocks == (function.waits is not None)
        assert function.waits or function.shares or function.changes
        assert function.instead or not (function.shares or function.changes)
