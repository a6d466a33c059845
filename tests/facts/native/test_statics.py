"""Which variables with static storage are written while a module is in use, where, how, and under which locks."""

import pytest

from ungil import _scan
from ungil.facts.model import Access, Variable
from ungil.facts.native.statics import holds_object, holds_own_of_python

INIT = "PyMODINIT_FUNC PyInit_m(void) { setup(); return 0; }\n"


def statics(*codes: str, cxx: bool = False) -> dict[str, Variable]:
    """The mutable statics of files a.c, b.c, ..., or a header if a code begins with `// h`, by name."""
    sources = [
        (f"{chr(97 + i)}.{'h' if code.startswith('// h') else 'c'}", code.encode(), cxx) for i, code in enumerate(codes)
    ]
    return {variable.name: variable for variable in _scan.scan(sources, 1).mutable_statics}


def uses(variable: Variable) -> list[tuple[str, str, str]]:
    """Function, kind and expression of each access."""
    return [(access.function.name, access.kind, access.text) for access in variable.accesses]


KINDS = [
    ("v = 1;", "write", "v"),
    ("x = v;", "read", "v"),
    ("v += 1;", "update", "v"),
    ("v >>= 1;", "update", "v"),
    ("--v;", "update", "v"),
    ("(v)++;", "update", "(v)"),
    ("t[i].count++;", "update", "t[i].count"),
    ("s.last = 1;", "write", "s.last"),
    ("p->next = 0;", "write", "p->next"),
    ("*p = z;", "write", "p"),
    ("--(t[i].count);", "update", "(t[i].count)"),
    ("Py_CLEAR(p);", "swap", "p"),
    ("Py_XSETREF(p, x);", "swap", "p"),
    ("use(&v);", "address", "v"),
    ("use((void *)&v, 1);", "address", "v"),
    ("use(t);", "address", "t"),
    ("strcpy(t, x);", "write", "t"),
    ("__atomic_store_n(&v, 1, 5);", "atomic", "v"),
    ("if (flags & v) x = 1;", "read", "v"),
]


@pytest.mark.parametrize(("statement", "kind", "expression"), KINDS)
def test_each_way_to_use_a_variable_is_told_from_the_others(statement: str, kind: str, expression: str) -> None:
    """A read, a write, an update, a swap, an address taken and an atomic operation are what they look like."""
    name = expression.strip("(")[0]
    declarations = "static int v; static struct s s; static struct e t[4]; static node *p;\n"
    always = f"int g(void) {{ {name} = 0; }}\n"
    found = statics(declarations + always + f"int f(int i, int x) {{ {statement} }}")[name]
    assert [use for use in uses(found) if use[0] == "f"] == [("f", kind, expression)]


def test_a_table_that_nobody_writes_is_not_reported() -> None:
    """Tables, const data, keyword lists, types and definitions are not mutable statics, however often they are read."""
    code = """
    static int table[] = {1, 2};
    static const char *const names[] = {"a"};
    static PyTypeObject Shelf_Type = {PyVarObject_HEAD_INIT(NULL, 0)};
    static PyMethodDef methods[] = {{NULL}};
    static int f(PyObject *args, PyObject *kw) {
        static char *keywords[] = {"a", NULL};
        PyArg_ParseTupleAndKeywords(args, kw, "i", keywords, &x);
        Shelf_Type.tp_new = PyType_GenericNew;
        return table[0] + PyType_Ready(&Shelf_Type);
    }
    """
    assert statics(code) == {}


def test_writes_while_the_module_is_made_or_goes_do_not_make_a_variable_mutable() -> None:
    """What only initialisers, m_free and exit handlers write is not a mutable static."""
    code = """
    static int version, limit, open;
    static void setup(void) { version = 1; limit = 2; open = 1; Py_AtExit(close_all); }
    static void close_all(void) { open = 0; release(); }
    static void release(void) { version = 0; }
    static void module_free(void *m) { limit = 0; }
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "m", 0, 0, 0, 0, 0, 0, module_free};
    int get(void) { return version + limit + open; }
    """
    assert statics(INIT + code) == {}


def test_what_runs_alone_is_marked_beside_what_does_not() -> None:
    """An access during initialisation is marked in a variable that is also written later."""
    found = statics(INIT + "static int level; static void setup(void) { level = 1; } int set(int x) { level = x; }")
    assert [(a.function.name, a.runs_alone) for a in found["level"].accesses] == [("setup", True), ("set", False)]


def test_a_variable_is_joined_over_files() -> None:
    """`extern` in a header makes the uses in all files those of one variable; a static of the same name is another."""
    found = statics(
        "// h\nextern int debug;",
        "int debug = 0;",
        "int set(int x) { debug = x; }",
        "static int debug; int f(void) { return debug; }",
    )
    assert uses(found["debug"]) == [("set", "write", "debug")]
    assert found["debug"].file.path == "b.c"


def test_a_local_hides_a_global_of_its_name() -> None:
    """Parameters and locals of the same name are not the variable."""
    assert statics("static int n; int f(int n) { n = 1; } int g(void) { int n; n++; } int h(s *x) { x->n = 1; }") == {}


def test_two_blocks_may_each_declare_a_static_of_one_name() -> None:
    """Neither declaration is a write to the other's variable."""
    code = """int f(int x) {
        if (x) { static char *names[] = {"a"}; parse(names); }
        else { static char *names[] = {"b"}; parse(names); }
    }"""
    assert statics(code) == {}


def through(code: str, name: str = "v", *, cxx: bool = False) -> list[tuple[str, str, str]]:
    """The writes to a variable."""
    variable = statics(code, cxx=cxx).get(name)
    return [] if variable is None else [use for use in uses(variable) if use[1] in {"write", "update", "swap"}]


ALIASES = [
    ("static S v; int f(void) { S *p = &v; p->x = 1; }", ("f", "write", "p->x")),
    ("static S v[4]; int f(int i) { S *p; p = &v[i]; p->x++; }", ("f", "update", "p->x")),
    ("static S v[4]; int f(int i) { S *p = v; p[i].x = 1; }", ("f", "write", "p[i].x")),
    ("static PyObject *v; int g(PyObject **p) { *p = x; } int f(void) { g(&v); }", ("g", "write", "p")),
    ("static S v[4]; int g(int n, S *p) { --p[n].x; } int f(void) { g(1, v); }", ("g", "update", "p[n].x")),
]


@pytest.mark.parametrize(("code", "write"), ALIASES)
def test_a_write_through_a_pointer_is_a_write_to_the_variable(code: str, write: tuple[str, str, str]) -> None:
    """Through a local pointer, and through the parameter of a helper."""
    assert write in through(code)


def test_a_write_through_a_reference_is_a_write_to_the_variable() -> None:
    """`T &slot = table[i]` is another name for the element."""
    assert ("f", "write", "slot") in through("static int v[4]; void f(int i) { int &slot = v[i]; slot = 1; }", cxx=True)


def test_storing_an_address_elsewhere_makes_no_alias() -> None:
    """`*out = &v` stores a pointer in the caller's variable; later writes to `out` are not writes to v."""
    assert through("static char v; int f(char **out) { *out = &v; *out = 0; }") == []


def test_an_address_given_to_foreign_code_counts_where_nothing_else_fills_the_variable() -> None:
    """`sysctl(..., &count)` fills an uninitialised static; `setsockopt(..., &one)` reads an initialised one."""
    code = "int f(void) { static int count; static int one = 1; sysctl(&count); setsockopt(&one); return count; }"
    assert set(statics(code)) == {"count"}


THREAD_LOCAL = [
    "static _Thread_local int v;",
    "static __thread int v;",
    "static thread_local int v = 0;",
    "static __declspec(thread) int v;",
    "#define PER_THREAD __thread\nstatic PER_THREAD int v;",
    "#ifdef HAVE\n#define PER_THREAD __thread\n#else\n#define PER_THREAD\n#endif\nstatic PER_THREAD node *v;",
    "static MY_TLS node *v;",
    "CYTHON_THREAD_LOCAL node *v;",
]


@pytest.mark.parametrize("declaration", THREAD_LOCAL)
def test_thread_local_storage_is_known_by_its_keywords_and_by_macros(declaration: str) -> None:
    """The keywords of each compiler, macros of the project, and names that say so."""
    assert statics(declaration + "\nvoid f(void) { v = 0; }")["v"].is_thread_local


def test_a_macro_of_another_file_may_mean_thread_local() -> None:
    """The macro stands in a header, the variable in a source file."""
    assert statics("// h\n#define PER _Thread_local", "static PER int v; void f(void) { v = 0; }")["v"].is_thread_local


@pytest.mark.parametrize("type_", ["std::atomic<int>", "_Atomic int", "atomic_int"])
def test_an_atomic_is_known_by_its_type(type_: str) -> None:
    """C11 and C++ spellings."""
    assert statics(f"static {type_} v; void f() {{ v = 1; }}", cxx=True)["v"].is_atomic


def test_volatile_is_not_atomic() -> None:
    """It is told apart."""
    variable = statics("static volatile int v; void f(void) { v = 1; }")["v"]
    assert variable.is_volatile
    assert not variable.is_atomic


def test_the_locks_of_an_access_are_those_held_there_or_by_whoever_handed_the_variable_over() -> None:
    """A mutex around the access, and one around the call of a helper that writes through its parameter."""
    code = """
    static int v, w, u;
    void g(int *p) { *p = 1; }
    void f(void) { PyMutex_Lock(&m); v = 1; g(&w); PyMutex_Unlock(&m); u = 1; }
    """
    locked = {name: [bool(a.locks) for a in _writes(variable)] for name, variable in statics(code).items()}
    assert locked == {"v": [True], "w": [True], "u": [False]}


def _writes(variable: Variable) -> list[Access]:
    return [access for access in variable.accesses if access.kind == "write"]


def test_what_is_stored_and_which_element_are_told() -> None:
    """The value of a write, up to the next `=`, and the index."""
    (access,) = statics("static int v[9]; void f(int a) { v[a + 1] = g(a, 2); }")["v"].accesses
    assert access.index == "a + 1"
    assert access.value is not None
    assert access.value.text == "g(a, 2)"


def test_a_container_is_updated_by_its_methods() -> None:
    """push_back and erase update it, size and find read it."""
    code = "static std::vector<int> v; void f(int x) { v.push_back(x); v.size(); v.erase(x); v.find(x); }"
    found = statics(code, cxx=True)["v"]
    assert [(a.method, a.kind) for a in found.accesses] == [
        ("push_back", "update"),
        ("size", "read"),
        ("erase", "update"),
        ("find", "read"),
    ]


def test_what_runs_once_under_the_lock_of_call_once_is_no_write_at_run_time() -> None:
    """A lambda given to std::call_once, and a function given to pthread_once."""
    code = """
    static int v, w;
    void fill(void) { w = 1; }
    int f() { std::call_once(once, [] { v = 1; }); pthread_once(&control, fill); return v + w; }
    """
    assert statics(code, cxx=True) == {}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("PyObject *p", (True, False)),
        ("PyTypeObject *p", (True, False)),
        ("PyArray_Descr *p", (True, False)),
        ("PyInterpreterState *p", (False, True)),
        ("PyThreadState *p", (False, True)),
        ("PyDateTime_CAPI *p", (False, True)),
        ("PyMethodDef *p", (False, True)),
        ("struct shelf *p", (False, False)),
    ],
)
def test_not_all_that_is_called_py_is_an_object(declared: str, expected: tuple[bool, bool]) -> None:
    """Nobody counts references to the state of an interpreter, or to a table of functions."""
    p = statics(f"static {declared}; void f(void) {{ p = g(); }} {INIT}")["p"]
    assert (holds_object(p), holds_own_of_python(p)) == expected
