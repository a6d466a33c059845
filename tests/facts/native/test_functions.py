"""Which functions the front-end finds in C and C++ as people write it."""

import pytest

from ungil import _scan


def functions_in(code: str, *, cxx: bool = False) -> list[str]:
    """The functions of one file, methods as Class::name."""
    (file,) = _scan.scan([("example", code.encode(), cxx)], 1).files
    return [f"{f.scope}::{f.name}" if f.scope else f.name for f in file.functions]


C = [
    ("a prototype is not a definition", "int f(int); int g(int x) { return x; }", ["g"]),
    ("parameters without a prototype", "int f(a, b)\n  int a;\n  char *b;\n{ return a; }\nint g(void) { return 0; }", ["f", "g"]),
    ("a macro as the return type", "PyMODINIT_FUNC\nPyInit_spam(void)\n{\n return 0;\n}", ["PyInit_spam"]),
    ("a macro before the definition, without a semicolon", "DEFINE_STUFF(spam)\nstatic int f(void) { return 0; }", ["f"]),
    ("attributes around the name", "__attribute__((noinline)) static int f(int x) __attribute__((cold));\nint g(int x) { return x; }", ["g"]),
    ("a function that returns a function pointer's result", "static void *f(int (*callback)(int)) { return 0; }", ["f"]),
    ("an initializer with braces is no function", "static int table[] = {1, 2};\nstruct s x = {.f = g};\nint f(void) { return 0; }", ["f"]),
    ("a struct that a function returns", "struct node *f(struct node *n) { return n; }", ["f"]),
    ("a struct body", "struct node { int x; struct { int y; } inner; };\nint f(void) { return 0; }", ["f"]),
    ("a comment and strings with braces", 'int f(void) { /* } */ char *s = "}"; char c = \'}\'; return 0; }\nint g(void) { return 0; } // }', ["f", "g"]),
    ("a name that a line continuation follows", "int \\\nf(void) \\\n{ return 0; }", ["f"]),
    ("branches that open the same brace twice", "#ifdef A\nint f(int x) {\n#else\nint f(void) {\n#endif\n return 0; }\nint g(void) { return 0; }", ["f", "g"]),
    ("branches with a function each", "#ifdef A\nint f(void) { return 1; }\n#else\nint g(void) { return 2; }\n#endif", ["f", "g"]),
    ("a branch that no free-threaded build compiles", "#ifndef Py_GIL_DISABLED\nint f(void) { return 1; }\n#endif\nint g(void) { return 0; }", ["g"]),
    ("an old version's branch", "#if PY_VERSION_HEX < 0x03090000\nint f(void) { return 1; }\n#else\nint g(void) { return 0; }\n#endif", ["g"]),
    ("a branch between two versions", "#if PY_VERSION_HEX >= 0x030F0000\nint f(void) { return 1; }\n#endif\nint g(void) { return 0; }", ["f", "g"]),
    ("#if 0", "#if 0\nint f(void) { it's not code\n#endif\nint g(void) { return 0; }", ["g"]),
    ("extern C in a header", '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void) { return 0; }\n#ifdef __cplusplus\n}\n#endif\nint g(void) { return 0; }', ["f", "g"]),
    ("names that C++ keeps for itself", "int f(void) { PyObject *new = NULL, *class = NULL; return 0; }\nint try(int this) { return this; }", ["f", "try"]),
    ("a packed version in a condition", "#if PY_VERSION_HEX < _Py_PACK_VERSION(3, 13)\nint f(void) { return 1; }\n#endif\nint g(void) { return 0; }", ["g"]),
    ("an apostrophe in #error", "#ifdef X\n#error don't\n#endif\nint f(void) { return 0; }", ["f"]),
]  # fmt: skip

CXX = [
    ("methods inside and outside the class", "class A { int f() const { return 1; } int g(); };\nint A::g() { return 2; }", ["A::f", "A::g"]),
    ("constructor with member initializers", "A::A(int x) : a_(x), b_{x}, c_(std::vector<int>{1}) { go(); }\nint f() { return 0; }", ["A::A", "f"]),
    ("namespaces", "namespace a { namespace { int f() { return 0; } } namespace b::c { int g() { return 0; } } }", ["f", "g"]),
    ("templates", "template <typename T, std::size_t N = (3 > 2)> T f(T x) { return x; }\ntemplate <> int g<int>(int x) { return x; }", ["f", "g"]),
    ("raw strings", 'const char *s = R"x( } ")x";\nint f() { return 0; }', ["f"]),
    ("lambdas", "int f() { auto g = [&](int x) { return x; }; return g(1); }\nint h() { return 0; }", ["f", "h"]),
    ("a trailing return type", "auto f(int x) noexcept(true) -> std::vector<int> { return {x}; }", ["f"]),
    ("a binding library's module", 'NB_MODULE(spam, m) { m.def("f", &f); }', ["NB_MODULE"]),
    ("access labels, operators and defaults", "struct A { public: A() = default; ~A() { } bool operator==(const A &o) const { return true; } private: int x{3}; };", ["A::~A", "A::operator=="]),
    ("a macro before a class with bases", "MACRO(x)\nclass A : public B<A> { int f() { return 1; } };\nint g() { return 0; }", ["A::f", "g"]),
    ("one function with C linkage", 'extern "C" PyObject *f(void) { if (x) { y(); } return 0; }\nint g() { return 0; }', ["f", "g"]),
    ("an enum class", "enum class E : int { a, b }; int f() { return 0; }", ["f"]),
    ("a digit separator is no character", "int f() { return 1'000'000; }\nint g() { return 0; }", ["f", "g"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in C])
def test_c_functions_are_found_by_name(code: str, expected: list[str]) -> None:
    """Every definition in a C file is found, and nothing else is taken for one."""
    assert functions_in(code) == expected


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in CXX])
def test_cxx_functions_are_found_by_name(code: str, expected: list[str]) -> None:
    """Every definition in a C++ file is found, methods with their class."""
    assert functions_in(code, cxx=True) == expected
