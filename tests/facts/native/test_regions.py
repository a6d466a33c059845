"""Where a thread is detached, told from macros, calls, guards, wrappers and callers."""

import pytest

from ungil import _scan


def detached_marks(code: str, *, cxx: bool = False) -> list[int]:
    """The arguments of the calls mark(n) that are made detached."""
    (file,) = _scan.scan([("example", code.encode(), cxx)], 1).files
    marks = [call for call in file.calls_to({"mark"}) if call.is_detached]
    return [int(call.arguments[0].text) for call in marks]


C = [
    ("the macros of the API", "void f() { mark(1); Py_BEGIN_ALLOW_THREADS mark(2); Py_END_ALLOW_THREADS mark(3); }", [2]),
    ("the macros with semicolons, and again", "void f() { Py_BEGIN_ALLOW_THREADS; mark(1); Py_END_ALLOW_THREADS; mark(2);\n Py_BEGIN_ALLOW_THREADS\n mark(3);\n Py_END_ALLOW_THREADS }", [1, 3]),
    ("the functions", "void f() { PyThreadState *s = PyEval_SaveThread(); mark(1); PyEval_RestoreThread(s); mark(2); }", [1]),
    ("attached again for a while", "void f() { Py_BEGIN_ALLOW_THREADS mark(1); Py_BLOCK_THREADS mark(2); Py_UNBLOCK_THREADS mark(3); Py_END_ALLOW_THREADS mark(4); }", [1, 3]),
    ("attached on the way out", "int f() { Py_BEGIN_ALLOW_THREADS if (x) { mark(1); Py_BLOCK_THREADS mark(2); return 1; } mark(3); Py_END_ALLOW_THREADS return 0; }", [1, 3]),
    ("a callback's own state", "void f() { Py_BEGIN_ALLOW_THREADS mark(1); s = PyGILState_Ensure(); mark(2); PyGILState_Release(s); mark(3); Py_END_ALLOW_THREADS }", [1, 3]),
    ("a callback of code that may be attached", "void f() { mark(1); s = PyGILState_Ensure(); mark(2); PyGILState_Release(s); mark(3); }", []),
    ("a condition", "void f() { if (big) { s = PyEval_SaveThread(); } mark(1); if (s) { PyEval_RestoreThread(s); } mark(2); }", [1]),
    ("macros of the project, made of macros", "#define BEGIN Py_BEGIN_ALLOW_THREADS\n#define OPEN { BEGIN\n#define SHUT Py_END_ALLOW_THREADS }\nvoid f() { OPEN\n mark(1);\n SHUT\n mark(2); }", [1]),
    ("a macro that only some builds fill", "#ifdef A\n#define BEGIN Py_BEGIN_ALLOW_THREADS\n#define END Py_END_ALLOW_THREADS\n#else\n#define BEGIN\n#define END\n#endif\nvoid f() { BEGIN; mark(1); END; mark(2); }", [1]),
    ("a macro around its arguments", "#define UNLOCKED(x) do { Py_BEGIN_ALLOW_THREADS x; Py_END_ALLOW_THREADS } while (0)\nvoid f() { mark(1); UNLOCKED(mark(2)); mark(3); }", [2]),
    ("functions that wrap the API", "static void leave(struct s *s) { s->ts = PyEval_SaveThread(); }\nstatic void enter(struct s *s) { PyEval_RestoreThread(s->ts); }\nvoid f() { leave(s); mark(1); enter(s); mark(2); }", [1]),
    ("a helper that is only called detached, through another", "static void h() { mark(1); }\nstatic void g() { h(); mark(2); }\nvoid f() { Py_BEGIN_ALLOW_THREADS g(); Py_END_ALLOW_THREADS }", [1, 2]),
    ("a helper that one caller calls attached", "static void g() { mark(1); }\nvoid f() { Py_BEGIN_ALLOW_THREADS g(); Py_END_ALLOW_THREADS g(); }", []),
    ("a helper that a table leads to", 'static PyObject *g() { mark(1); }\nvoid f() { Py_BEGIN_ALLOW_THREADS g(); Py_END_ALLOW_THREADS }\nPyMethodDef m[] = {{"g", g, METH_NOARGS}};', []),
    ("a helper that attaches for itself", "static void g() { mark(1); s = PyGILState_Ensure(); mark(2); PyGILState_Release(s); mark(3); }\nvoid f() { Py_BEGIN_ALLOW_THREADS g(); Py_END_ALLOW_THREADS }", [1, 3]),
    ("a thread of the system", "static void *work(void *arg) { mark(1); s = PyGILState_Ensure(); mark(2); PyGILState_Release(s); return arg; }\nvoid f() { pthread_create(&t, NULL, work, NULL); }", [1]),
    ("a thread that takes a thread state", "static void work(void *arg) { mark(1); PyEval_AcquireThread(arg); mark(2); PyEval_ReleaseThread(arg); mark(3); }\nvoid f() { PyThread_start_new_thread(work, NULL); }", [1, 3]),
    ("an alternative after a loop's jump", "void f() { for (;;) { Py_BEGIN_ALLOW_THREADS mark(1); if (x) { Py_BLOCK_THREADS break; } mark(2); Py_END_ALLOW_THREADS mark(3); } mark(4); }", [1, 2]),
    ("a branch that leaves", "int f() { s = PyEval_SaveThread(); if (x) { PyEval_RestoreThread(s); mark(1); goto done; } mark(2); PyEval_RestoreThread(s); done: mark(3); }", [2]),
    ("both branches reattach", "int f() { Py_BEGIN_ALLOW_THREADS mark(1); Py_END_ALLOW_THREADS if (x) { Py_BEGIN_ALLOW_THREADS mark(2); Py_END_ALLOW_THREADS } else { mark(3); } mark(4); }", [1, 2]),
    ("a label behind a return", "int f() { s = PyGILState_Ensure(); if (x) goto error; done: PyGILState_Release(s); return 0; error: mark(1); goto done; }\nvoid g() { Py_BEGIN_ALLOW_THREADS f(); Py_END_ALLOW_THREADS }", []),
    ("a function that is entered detached and left so", "static void g(PyThreadState **t) { PyEval_RestoreThread(*t); mark(1); *t = PyEval_SaveThread(); mark(2); }\nvoid f() { s = PyEval_SaveThread(); g(&s); PyEval_RestoreThread(s); }", [2]),
    ("a macro that gives up", "#define FAIL do { Py_BLOCK_THREADS return NULL; } while (0)\nint f() { Py_BEGIN_ALLOW_THREADS if (x) FAIL; mark(1); Py_END_ALLOW_THREADS mark(2); }", [1]),
]  # fmt: skip

CXX = [
    ("a guard", "void f() { { py::gil_scoped_release release; mark(1); } mark(2); }", [1]),
    ("a guard with braces, and one that attaches", "void f() { nb::gil_scoped_release r{}; mark(1); { nb::gil_scoped_acquire a; mark(2); } mark(3); }", [1, 3]),
    ("a guard in a lambda", 'void f() { m.def("a", [](int x) { mark(1); py::gil_scoped_release r; mark(2); return x; }); mark(3); }', [2]),
    ("a call guard with a lambda", 'void f() { m.def("a", [](int x) { mark(1); }, py::call_guard<py::gil_scoped_release>()).def("b", [](int x) { mark(2); }); }', [1]),
    ("a call guard with a function", 'void g(int x) { mark(1); }\nint h() { mark(2); }\nvoid f() { m.def("a", &g, py::call_guard<py::gil_scoped_release>()).def("b", &h); }', [1]),
    ("a call guard with a method", 'struct A { void go() { mark(1); } };\nstruct B { void go() { mark(2); } };\nvoid f() { c.def("a", &A::go, py::call_guard<py::gil_scoped_release>()); }', [1]),
    ("a call guard that does not detach", 'void g(int x) { mark(1); }\nvoid f() { m.def("a", &g, py::call_guard<py::scoped_ostream_redirect>()); }', []),
    ("a class of the project", "struct Unlock { Unlock() { s = PyEval_SaveThread(); } ~Unlock() { PyEval_RestoreThread(s); } PyThreadState *s; };\nvoid f() { { Unlock u; mark(1); } mark(2); }", [1]),
    ("a thread of the library", "void f() { std::thread t([&] { mark(1); { py::gil_scoped_acquire a; mark(2); } }); mark(3); }", [1]),
    ("a thread with a function", "void work(int x) { mark(1); }\nvoid f() { std::thread t(work, 1); mark(2); }", [1]),
    ("a guard that attaches, alone", "void f() { { py::gil_scoped_acquire a; mark(1); } mark(2); }", []),
    ("an object made and gone", "void f() { py::gil_scoped_release(); mark(1); }", []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in C])
def test_c_is_detached_where_a_run_would_be(code: str, expected: list[int]) -> None:
    """In C, the calls that are made detached are told from those that are not."""
    assert detached_marks(code) == expected


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in CXX])
def test_cxx_is_detached_where_a_run_would_be(code: str, expected: list[int]) -> None:
    """In C++, guards, call guards and lambdas count too."""
    assert detached_marks(code, cxx=True) == expected


def test_a_macro_of_another_file_counts() -> None:
    """A project's header says what its macros do, to all files."""
    header = (
        "n.h",
        b"#define N_BEGIN do { save = PyEval_SaveThread(); } while (0)\n#define N_END PyEval_RestoreThread(save)\n",
        False,
    )
    source = ("s.c", b"void f() { N_BEGIN; mark(1); N_END; mark(2); }", False)
    files = _scan.scan([source, header], 1).files
    assert [call.is_detached for call in files[0].calls_to({"mark"})] == [True, False]


LEAVES = [
    ("a return", "int f() { Py_BEGIN_ALLOW_THREADS if (x) { return 1; } Py_END_ALLOW_THREADS return 0; }", ["return"]),
    ("a return after reattaching", "int f() { Py_BEGIN_ALLOW_THREADS if (x) { Py_BLOCK_THREADS return 1; } Py_END_ALLOW_THREADS return 0; }", []),
    ("a goto past the end", "int f() { Py_BEGIN_ALLOW_THREADS if (x) { goto out; } Py_END_ALLOW_THREADS y(); out: return 0; }", ["goto"]),
    ("a goto to the end", "int f() { s = PyEval_SaveThread(); if (x) goto out; y(); out: PyEval_RestoreThread(s); return 0; }", []),
    ("a function that detaches for its caller", "int f(S *s) { s->save = PyEval_SaveThread(); return 0; }", []),
    ("a guard", "int f() { py::gil_scoped_release r; if (x) { return 1; } return 0; }", []),
    ("a macro of the API", "int f() { s = PyEval_SaveThread(); if (x) { Py_RETURN_NONE; } PyEval_RestoreThread(s); }", ["Py_RETURN_NONE"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in LEAVES])
def test_ways_out_of_a_region_are_found(code: str, expected: list[str]) -> None:
    """A way out that skips the end of a region is told from one that reattaches first."""
    (file,) = _scan.scan([("example", code.encode(), True)], 1).files
    assert [word for region in file.detached for word, _ in region.leaves] == expected


def test_a_region_says_how_it_detaches() -> None:
    """A region has its form, its name, its extent and its calls."""
    code = b"void f() { Py_BEGIN_ALLOW_THREADS a(); b(); Py_END_ALLOW_THREADS c(); if (x) s = PyEval_SaveThread(); d(); PyEval_RestoreThread(s); }"
    (file,) = _scan.scan([("example.c", code, False)], 1).files
    first, second = file.functions[0].detached
    assert (first.form, first.text, first.is_certain, [c.name for c in first.calls]) == (
        "macro",
        "Py_BEGIN_ALLOW_THREADS",
        True,
        ["a", "b"],
    )
    assert (second.form, second.text, second.is_certain, second.is_ended) == ("calls", "PyEval_SaveThread", False, True)


CONDITIONS = [
    ("none", "void f() { mark(1); }", []),
    ("a name", "#ifdef _WIN32\nvoid f() { mark(1); }\n#endif", ["_WIN32"]),
    ("what an alternative rules out", "#ifdef _WIN32\nint x;\n#elif defined(B)\nint y;\n#else\nvoid f() { mark(1); }\n#endif", ["!(defined(B))", "!_WIN32"]),
    ("one that is decided", "#if PY_VERSION_HEX >= 0x030D0000\nvoid f() { mark(1); }\n#endif", ["PY_VERSION_HEX >= 0x030D0000"]),
    ("a branch about the GIL", "#ifndef Py_GIL_DISABLED\nint x;\n#else\nvoid f() { mark(1); }\n#endif", ["Py_GIL_DISABLED"]),
    ("two within each other, after others", "#ifdef Z\n#endif\n#ifndef A\n#ifdef Q\nint q;\n#endif\n#ifdef B\nvoid f() { mark(1); }\n#endif\n#endif", ["B", "!A"]),
    ("an include guard", "#ifndef F_H\n#define F_H\nvoid f() { mark(1); }\n#endif", []),
    ("after the end", "#ifdef A\nint x;\n#else\nint y;\n#endif\nvoid f() { mark(1); }", []),
    ("of two heads with one body, the first", "#ifdef A\nvoid f(int x) {\n#else\nvoid f() {\n#endif\nmark(1); }", []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in CONDITIONS])
def test_a_call_has_the_conditions_of_its_branch(code: str, expected: list[str]) -> None:
    """The preprocessor conditions around a call are those that a compiler would have met."""
    (file,) = _scan.scan([("example.c", code.encode(), False)], 1).files
    (call,) = file.calls_to({"mark"})
    assert call.conditions == expected


def test_names_that_a_gil_branch_leaves_out_are_kept() -> None:
    """What only GIL-enabled builds compile can be asked for by name; other excluded code is not kept."""
    code = (
        b"#ifndef Py_GIL_DISABLED\nvoid f() { s = PyGILState_Ensure(); }\n#endif\n#if 0\nPyGILState_Ensure();\n#endif\n"
    )
    (file,) = _scan.scan([("example.c", code, False)], 1).files
    ((name, span, conditions),) = file.compiled_out({"PyGILState_Ensure"})
    assert (name, span.line, conditions) == ("PyGILState_Ensure", 2, ["!Py_GIL_DISABLED"])
