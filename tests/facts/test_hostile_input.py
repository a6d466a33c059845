"""The front-end takes any bytes: it never crashes, never hangs, and costs what the size of the input says."""

import random

import pytest

from ungil import _scan

REAL = b"""\
#include <Python.h>
#define CHECK(x) do { if (!(x)) return NULL; } while (0)
static PyObject *cache;
static PyObject *f(PyObject *self, PyObject *args) {
    static PyObject *name = NULL;
    if (name == NULL) { name = PyUnicode_FromString("x\\n"); }
    Py_BEGIN_CRITICAL_SECTION(self);
    for (int i = 0; i < 3; i++) { if (i) break; else goto out; }
out:
    Py_END_CRITICAL_SECTION();
    return PyList_GetItem(cache, 0); /* comment */ // another
}
static PyMethodDef methods[] = {{"f", f, METH_VARARGS, NULL}, {NULL}};
template <typename T> class A : public B<T> { A() : b_{1} {} auto g() -> int { return R"(x)"[0]; } };
"""


NESTED = 200_000
DEPTH = 100
SECTION = b"Py_BEGIN_CRITICAL_SECTION(a); if (x) goto out; Py_END_CRITICAL_SECTION(); "
UNLOCK = b"if (x) { PyMutex_Unlock(&m); return 1; } "


def read_everything(data: bytes, *, cxx: bool) -> int:
    """Asks for every fact of one file."""
    (file,) = _scan.scan([("hostile", data, cxx)], 1).files
    seen = len(file.variables) + file.tokens + file.unread_tokens + file.excluded_tokens + file.unterminated
    seen += sum(len(comment.text) + comment.span.end_line for comment in file.comments_with({"gil", "a*", ""}))
    for variable in file.variables:
        seen += len(variable.entries) + len(variable.name)
    for function in file.functions:
        seen += function.span.line + len(function.exits) + len(function.lazy_fills)
        for call in function.calls[:DEPTH]:  # the arguments of nested calls, all written out, are quadratic by nature
            seen += sum(len(value.text) + len(value.producers) for value in call.arguments) + len(call.locks)
    return seen


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"(" * NESTED, id="open parentheses"),
        pytest.param(b"int f() {" + b"{" * NESTED, id="open braces"),
        pytest.param(b"int f() {" + b"{" * NESTED + b"}" * NESTED + b"}", id="nested blocks"),
        pytest.param(b"int f() {" + b"if (a) " * NESTED + b";}", id="nested ifs"),
        pytest.param(b"int f() {" + b"if (a) b; else " * NESTED + b";}", id="a chain of else"),
        pytest.param(b"int f() { x = " + b"g(" * NESTED + b")" * NESTED + b"; }", id="nested calls"),
        pytest.param(b"#if A\n" * NESTED, id="open #if"),
        pytest.param(b"#if " + b"(" * NESTED + b"\n", id="parentheses in #if"),
        pytest.param(b"#if " + b"!" * NESTED + b"A\n", id="negations in #if"),
        pytest.param(b"#if A\n{\n#else\n{\n#endif\n" * (NESTED // 10), id="branches that open braces"),
        pytest.param(b'"' + b"a" * NESTED, id="an open string"),
        pytest.param(b'R"' + b"a" * NESTED, id="an open raw string"),
        pytest.param(b"/*" * NESTED, id="an open comment"),
        pytest.param(b"template <" * NESTED, id="open templates"),
        pytest.param(b"class A {" * NESTED, id="open classes"),
        pytest.param(b"A::A() : " + b"a{" * NESTED, id="open member initializers"),
        pytest.param(b"f(a) int b; " * NESTED, id="parameters without a function"),
        pytest.param(b"int f() {" + b"Py_BEGIN_CRITICAL_SECTION(a);" * NESTED + b"return 0; }", id="open sections"),
        pytest.param(b"static int *x; int f() {" + b"if (!x) x = y; " * (NESTED // 10) + b"}", id="lazy fills"),
        pytest.param(b"int f() {" + b"a = b = " * NESTED + b"c; }", id="chained assignments"),
        pytest.param(
            b"static PyMethodDef m[] = {{" + b"METH_KEYWORDS, f, " * NESTED + b"}}; int f() {}", id="a table row"
        ),
        pytest.param(b"int f() {" + SECTION * (NESTED // 10) + b"out: ; }", id="sections left by goto"),
        pytest.param(b"int f() {" + b"std::lock_guard<M> g(m); " * NESTED + b"}", id="guards"),
        pytest.param(b"int f() { PyMutex_Lock(&m);" + UNLOCK * (NESTED // 10) + b"}", id="early unlocks"),
        pytest.param(b"x = {" * NESTED, id="open initializers"),
        pytest.param(b"\\\n" * NESTED, id="line continuations"),
        pytest.param(bytes(range(256)) * 1000, id="every byte"),
        pytest.param(b"", id="nothing"),
    ],
)
@pytest.mark.parametrize("cxx", [False, True], ids=["C", "C++"])
@pytest.mark.timeout(60)
def test_hostile_files_are_read_in_linear_time(data: bytes, *, cxx: bool) -> None:
    """A file made to break a parser is read to its end, within the deadline."""
    assert read_everything(data, cxx=cxx) >= 0


def test_mutated_files_are_read() -> None:
    """Bytes deleted, doubled, swapped or replaced at random never crash the front-end."""
    chance = random.Random(20260101)  # noqa: S311 - mutations, not secrets
    for _ in range(300):
        data = bytearray(REAL)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(data))
            cut = chance.randint(1, 30)
            data[at : at + cut] = chance.choice([b"", b"{", b"}", b"(", b'"', b"#if\n", b"/*", data[at : at + cut] * 2])
        assert read_everything(bytes(data), cxx=bool(chance.getrandbits(1))) >= 0


def test_a_file_cut_anywhere_is_read() -> None:
    """Every prefix of a file is a file."""
    for end in range(len(REAL)):
        assert read_everything(REAL[:end], cxx=False) >= 0
