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
DETACHED = b"Py_BEGIN_ALLOW_THREADS if (x) { Py_BLOCK_THREADS return 1; } if (y) return 2; Py_END_ALLOW_THREADS "
STALE = b"Py_BEGIN_CRITICAL_SECTION(s); n = s->used; g(n); s->items[n] = 0; s->used = n + 1; Py_END_CRITICAL_SECTION();"
UNLOCK = b"if (x) { PyMutex_Unlock(&m); return 1; } "
MACROS = b"#define L0(m) PyMutex_Lock(m)\n"
MACROS += b"".join(b"#define L%d(m) L%d(m) L%d(m) L%d(m)\n" % (i, i - 1, i - 1, i - 1) for i in range(1, 20_000))


def read_everything(data: bytes, *, cxx: bool) -> int:
    """Asks for every fact of one file."""
    project = _scan.scan([("hostile", data, cxx)], 1)
    (file,) = project.files
    for variable in project.mutable_statics:
        for access in variable.accesses[:DEPTH]:
            seen_in = len(access.text) + len(access.index) + len(access.locks) + (access.value is not None)
            assert seen_in >= 0
    seen = len(project.exposures) + sum(len(record.fields) for record in file.records)
    seen += len(file.variables) + file.tokens + file.unread_tokens + file.excluded_tokens + file.unterminated
    seen += sum(len(comment.text) + comment.span.end_line for comment in file.comments_with({"gil", "a*", ""}))
    seen += len(file.modules) + len(file.bindings) + len(file.bound_classes) + len(file.bound_containers)
    seen += sum(len(member.type) + len(member.owner.text) for member in file.members({"ob_item", "utf8"})[:DEPTH])
    seen += sum(len(store.value.reached) for store in file.stores_to({"a", "x", "cache"})[:DEPTH])
    seen += len(file.lookups) + len(file.macros_with({"x", "a"})) + len(file.calls_like(["e", "g"]))
    for variable in file.variables:
        seen += len(variable.entries) + len(variable.name)
    seen += sum(len(use.calls) for use in _scan.stale_uses(file)) + len(_scan.unnamed_guards(file))
    seen += len(_scan.field_changes(file, {"a", "x", "used"}))
    for function in file.functions:
        seen += sum(len(lock.name) for lock in function.locks) + function.is_called_locked + function.says_locked
        seen += function.span.line + len(function.exits) + len(function.lazy_fills) + len(function.conditions)
        seen += sum(len(region.leaves) + region.tokens for region in function.detached[:DEPTH])
        for call in function.calls[:DEPTH]:  # the arguments of nested calls, all written out, are quadratic by nature
            seen += sum(len(value.text) + len(value.producers) for value in call.arguments) + len(call.locks)
            seen += len(call.known) + len(call.target) + len(call.comparison)
    return seen


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"(" * NESTED, id="open parentheses"),
        pytest.param(b"int f() {" + b"{" * NESTED, id="open braces"),
        pytest.param(b"int f() {" + b"{" * NESTED + b"}" * NESTED + b"}", id="nested blocks"),
        pytest.param(b"int f() {" + b"if (a) " * NESTED + b";}", id="nested ifs"),
        pytest.param(b"int f() {" + b"if (!a(x)) return; b(x);" * (NESTED // 10) + b"}", id="many ways out"),
        pytest.param(b"int f() {" + b"x = find(x, &x); Py_INCREF(x);" * (NESTED // 10) + b"}", id="many searches"),
        pytest.param(b"int f() { " + b"x->ob_item" * NESTED + b"; }", id="a chain of members"),
        pytest.param(b"int f() { " + b"(x)->utf8 = " * (NESTED // 10) + b"0; }", id="a chain of stores"),
        pytest.param(b"int f() {" + STALE * (NESTED // 20) + b"}", id="sections that use what they read before"),
        pytest.param(b"int f() {" + b"std::lock_guard<" * NESTED + b"(m);}", id="guards without a name or an end"),
        pytest.param(b"int f() {" + b"if (a) b; else " * NESTED + b";}", id="a chain of else"),
        pytest.param(b"int f() { x = " + b"g(" * NESTED + b")" * NESTED + b"; }", id="nested calls"),
        pytest.param(b"#if A\n" * NESTED, id="open #if"),
        pytest.param(b"#if A\n#elif B\n" + b"#elif C\n" * NESTED + b"int f() {}\n#endif", id="a chain of #elif"),
        pytest.param(b"#if A\nint x = {\n#else\n(\n#endif\n" * (NESTED // 10), id="alternatives that are cut off"),
        pytest.param(b"#define AAA Py_BEGIN_ALLOW_THREADS\n" * NESTED, id="a macro defined again and again"),
        pytest.param(b"int f() {" + DETACHED * (NESTED // 20) + b"}", id="detached regions"),
        pytest.param(b"int f() {" + b"{ Py_BEGIN_ALLOW_THREADS " * NESTED + b"}", id="nested detached regions"),
        pytest.param(
            b"int f() {" + b"Py_BEGIN_ALLOW_THREADS return 1; " * (NESTED // 10) + b"}", id="regions without an end"
        ),
        pytest.param(
            b"int f() { g(" + b"call_guard<gil_scoped_release>(), " * (NESTED // 10) + b"1); }", id="call guards"
        ),
        pytest.param(
            b"int f() { std::thread t(" + b"[] { std::thread t(" * (NESTED // 20) + b"}", id="threads in threads"
        ),
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
        pytest.param(
            b"int f() { PyMutex_Lock(&m);" + b"PyMutex_Unlock(&m); return 1; e: " * (NESTED // 10), id="labels"
        ),
        pytest.param(b"int f() {" + b"a_lock(m); a_unlock(m); " * (NESTED // 10) + b"}", id="guessed locks"),
        pytest.param(b"int f() {" + b"m.f[" * NESTED + b"m.lock(); }", id="an open receiver"),
        pytest.param(b"int f() { m" + b".lock()" * NESTED + b"; }", id="chained locks"),
        pytest.param(MACROS, id="macros that use the one before"),
        pytest.param(b"#define L(a) PyMutex_Lock(" + b"a a a " * NESTED + b")\nint f() { L(" + b"b " * 9999, id="long"),
        pytest.param(b"#define L PyMutex_Lock(&m)\n" * NESTED, id="one macro again and again"),
        pytest.param(b'int f() { m.def("f", ' + b"nb::lock_self(), " * (NESTED // 10) + b"1); }", id="annotations"),
        pytest.param(b"int f() { m" + b".def(" * NESTED + b"}", id="open definitions"),
        pytest.param(b"int f() { m" + b'.def("x", &A<B<' * NESTED + b"}", id="template arguments in definitions"),
        pytest.param(b"int f() {" + b"class_<A, " * NESTED + b"}", id="bound classes"),
        pytest.param(b"PyInit_A(" * NESTED, id="open module macros"),
        pytest.param(b"".join(b"#define M%d M%d\n" % (n, n + 1) for n in range(NESTED // 10)), id="stacked macros"),
        pytest.param(b"x = {" * NESTED, id="open initializers"),
        pytest.param(b"class A { void f() { py::gil_scoped_acquire g; } } } } int h() {", id="a guard past the class"),
        pytest.param(
            b"class A { void f() { " + b"py::gil_scoped_acquire g; } " * (NESTED // 10), id="guards past a class"
        ),
        pytest.param(
            b"struct A { void f() { py::gil_scoped_release r; if (x) {" * (NESTED // 20), id="cut-off methods"
        ),
        pytest.param(b"template <typename T> class A : B<" * (NESTED // 10), id="class templates cut off in a base"),
        pytest.param(b"template <class T> struct A<T *> { T f(" * (NESTED // 10), id="class templates cut off"),
        pytest.param(b"#define Z 0\nint f() {" + b"if (Z) {" * NESTED, id="open switched-off blocks"),
        pytest.param(b"#define Z 0\nint f() {" + b"if (Z && a) { x(} " * (NESTED // 10), id="switched off unevenly"),
        pytest.param(b"#define Z 0\n" + b"if (Z " * NESTED, id="open switched-off conditions"),
        pytest.param(b"static int x; int f() {" + b"x = " * NESTED + b"1; }", id="chained writes to a static"),
        pytest.param(b"static int x[9]; int f() { x" + b"[x" * NESTED + b"]" * NESTED + b" = 1; }", id="indices"),
        pytest.param(b"static int x; int f() { g(" + b"&x, " * NESTED + b"1); }", id="a static handed over and over"),
        pytest.param(b"static int x; int f() { " + b"(" * NESTED + b"x" + b")" * NESTED + b"++; }", id="in brackets"),
        pytest.param(b"static int x; int f() { return " + b"*&" * NESTED + b"x; }", id="stars before a static"),
        pytest.param(
            b"static int x; void g(int *p) {" + b"*p = 1;" * NESTED + b"} int f() { " + b"g(&x);" * NESTED + b"}",
            id="a helper that writes through its parameter",
        ),
        pytest.param(b"".join(b"static int x%d; " % i for i in range(NESTED // 10)), id="statics"),
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
