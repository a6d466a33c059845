"""Which functions the front-end finds under declarations of every shape: each case is a file and the names in it."""

import pytest

from ungil import _scan

C = [
    ("struct alignas(2 * x) Name { int a; };\nint f(void) { return 0; }", ["f"]),
    ("struct __attribute__((aligned(2 * x))) Name { int a; };\nint f(void) { return 0; }", ["f"]),
    ("struct __declspec(align(16)) Name { int a; };\nint f(void) { return 0; }", ["f"]),
    ("STATIC_FN(name)(int x) { return x; }\nint f(void) { return 0; }", ["name", "f"]),
    ("static int STATIC_FN(name)(int x) { return x; }", ["name"]),
    ("MODULE_SCOPE int f(int x) { return x; }", ["f"]),
    ("DEFINE_X(a, b)\nint f(int x) { return x; }", ["f"]),
    ("BEGIN_NAMESPACE\nint f(int x) { return x; }\nEND_NAMESPACE", ["f"]),
    ("BEGIN_C_DECLS\n\nint f(int x) { return x; }\nEND_C_DECLS\nint g(void) { return 0; }", ["f", "g"]),
    ("int f(int x) ATTR(printf, 1, 2) { return x; }", ["f"]),
    ("int f(int x) Py_GCC_ATTRIBUTE((format(printf, 1, 2)))\n{ return x; }", ["f"]),
    ("RETURNS(int) f(int x) ATTR(y) { return x; }", ["f"]),
    ("static RETURNS(int) f(int x) { return x; }", ["f"]),
    ("A(x)\nB(y)\nint f(void) { return 0; }", ["f"]),
    ("[[nodiscard]] int f(void) { return 0; }\n[[gnu::cold, gnu::noinline]] static int g(void) { return 0; }", ["f", "g"]),
    ("int f [[gnu::cold]] (void) { return 0; }", ["f"]),
    ("int f(void) [[gnu::cold]] { return 0; }", ["f"]),
    ("int __stdcall f(int a) { return 0; }\nint __declspec(dllexport) g(int a) { return 0; }", ["f", "g"]),
    ("int (f)(int a) { return 0; }", ["f"]),
    ("int (*f(int a))(int) { return 0; }", ["f"]),
    ("static int (*get_op(char c))(int, int)\n{ return 0; }", ["get_op"]),
    ("PyObject *f(self, args)\n    PyObject *self, *args;\n{ return 0; }", ["f"]),
    ("f(a) { return 0; }", ["f"]),
    ("main(argc, argv)\n char **argv;\n{ return 0; }", ["main"]),
    ("int f(a, b) int a; struct s *b; { return 0; }", ["f"]),
    ("int f(a, b) int a[3]; int (*b)(int); { return 0; }", ["f"]),
    ("typedef struct { int x; } T;\nint f(void) { return 0; }", ["f"]),
    ("enum { A, B } f(void) { return A; }", ["f"]),
    ("struct s { int x; } f(void) { struct s y; return y; }", ["f"]),
    ("int x = sizeof(struct {int y;});\nint f(void) { return 0; }", ["f"]),
    ("static struct s t = { .f = g(1) };\nint f(void) { return 0; }", ["f"]),
    ("int a[] = { [0] = 1, };\nint f(void) { return 0; }", ["f"]),
    ('_Static_assert(sizeof(int) == 4, "x");\nint f(void) { return 0; }', ["f"]),
    ('asm("nop");\nint f(void) { return 0; }', ["f"]),
    ('int f(void) __asm__("g");\nint h(void) { return 0; }', ["h"]),
    ('PyDoc_STRVAR(doc, "x");\nPyDoc_STRVAR(doc, "x")\nint f(void) { return 0; }', ["f"]),
    ("static PyObject *\nf(PyObject *self, PyObject *Py_UNUSED(ignored))\n{ return 0; }", ["f"]),
    ("int f(int UNUSED(x)) { return 0; }", ["f"]),
    ("static inline __attribute__((always_inline)) int f(int x) { return 0; }", ["f"]),
    ("int f(void) { return 0; };\nint g(void) { return 0; }", ["f", "g"]),
    ("_Py_COMP_DIAG_PUSH\n_Py_COMP_DIAG_IGNORE_DEPR_DECLS\nint f(void) { return 0; }", ["f"]),
    ("extern int x;\nPy_LOCAL_INLINE(int)\nf(int a)\n{ return 0; }\nPy_LOCAL(int) g(int a) { return 0; }", ["f", "g"]),
    ("Py_LOCAL(int) f(int a);\nint g(void) { return 0;}", ["g"]),
    ("const struct { int a; } *f(void) { return 0; }", ["f"]),
    ("unsigned f(void) { return 0; }", ["f"]),
    ("typedef int (*cb)(void);\nstatic cb f(void) { return 0; }", ["f"]),
    ("union u *f(void) { return 0; }", ["f"]),
    ("_Generic_thing(int) f(void) { return 0; }", ["f"]),
    ("int new(int delete) { return delete; }", ["new"]),
    ("typeof(int) f(void) { return 0; }\n__typeof__(int) g(void) { return 0; }", ["f", "g"]),
    ("_Noreturn void f(void) { }", ["f"]),
    ("int f(void)\n#ifdef A\n ATTR\n#endif\n{ return 0; }", ["f"]),
    ("#define X(n) int n(void) { return 0; }\nX(a)\nX(b)\nint f(void) { return 0; }", ["f"]),
    ("void f(void) { int g(int); g(1); }", ["f"]),
    ("__extension__ static int f(void) { return 0; }", ["f"]),
    ("int f(int n, int a[static n]) { return 0; }", ["f"]),
    ("_BitInt(128) f(void) { return 0; }", ["f"]),
    ("constexpr int x = 1; bool f(void) { return true; }", ["f"]),
    ("__pragma(warning(push))\nint f(void) { return 0; }", ["f"]),
    ('_Pragma("x")\nint f(void) { return 0; }', ["f"]),
    ("Py_ssize_t\nf(x)\n  PyObject *x;\n{ return 0; }", ["f"]),
    ("IMPL(f, (int a, int b)) { return 0; }", ["IMPL"]),
    ("NAMED_BLOCK {\nint f(void) { return 0; }\n}\nint g(void) { return 0; }", ["f", "g"]),
    ("DEFINE_MAIN { if (x) { y(); } return 0; }\nint g(void) { return 0; }", ["DEFINE_MAIN", "g"]),
    ("MACRO(x)\nstatic int y = 3;\nint f(void) { return 0; }", ["f"]),
]  # fmt: skip

CXX = [
    ("struct alignas(2 * x) Name { int f() { return 1; } };\nint g() { return 0; }", ["Name::f", "g"]),
    ("class [[nodiscard]] Name { int f() { return 1; } };", ["Name::f"]),
    ("class EXPORT Name final : public B { int f() { return 1; } };", ["Name::f"]),
    ("class EXPORT(x) Name : public B { int f() { return 1; } };", ["Name::f"]),
    ("template <> struct Name<int> { int f() { return 1; } };", ["Name::f"]),
    ("template <typename T> struct Name<T, std::enable_if_t<(sizeof(T) > 2)>> : B { int f() { return 1; } };", ["Name::f"]),
    ("struct A { ~A() { } virtual ~A() = default; };\nA::~A() { }", ["A::~A", "A::~A"]),
    ("template <class T> requires Foo<T> T f(T x) { return x; }", ["f"]),
    ("template <class T> requires (sizeof(T) > 4) T f(T x) { return x; }", ["f"]),
    ("template <class T> T f(T x) requires Foo<T> { return x; }", ["f"]),
    ("template <class T> T f(T x) requires (sizeof(T) > 4) { return x; }", ["f"]),
    ("template <class T> T f(T x) requires requires (T t) { t.y(); } { return x; }", ["f"]),
    ("template <class T> requires requires (T t) { t.y(); } T f(T x) { return x; }", ["f"]),
    ("template <class T> concept C = requires(T t) { t.f(); { t.g() } -> std::same_as<int>; };\nint f() { return 0; }", ["f"]),
    ("void f(C auto x) { }", ["f"]),
    ("auto f(int x) -> decltype(g(x)) { return g(x); }", ["f"]),
    ("auto f(int x) -> If<IsSame<T, double>(), double> { return x; }", ["f"]),
    ("A::A() try : x(1) { } catch (...) { throw; }\nint f() { return 0; }", ["A::A", "f"]),
    ("int f() try { return g(); } catch (int e) { return 1; } catch (...) { return 2; }\nint h() { return 0; }", ["f", "h"]),
    ("struct A { int x = 3; std::vector<int> y = {1, 2}; int z{3}; int f() { return 1; } };", ["A::f"]),
    ("struct A { int x = [] { return 1; }(); int f() { return 1; } };", ["A::f"]),
    ("auto g = [](int x) { return x; };\nint f() { return 0; }", ["f"]),
    ("static const auto g = [](int x) -> int { return x; }(3);\nint f() { return 0; }", ["f"]),
    ("struct A { operator bool() const { return true; } explicit operator int() { return 1; } operator std::vector<int>*() { return 0; } };", ["A::operator bool", "A::operator int", "A::operator std::vector<int>*"]),
    ("struct A { void operator()(int x) const { } int operator[](int i) { return i; } A& operator++() { return *this; } A *operator->() { return this; } bool operator<(A o) { return 1; } bool operator>(A o) { return 1; } A operator,(A) { return 1; } void *operator new(size_t n) { return 0; } void operator delete[](void *p) { } };", ["A::operator()", "A::operator[]", "A::operator++", "A::operator->", "A::operator<", "A::operator>", "A::operator,", "A::operator new", "A::operator delete[]"]),
    ('A operator+(const A &a, const A &b) { return a; }\nstd::ostream &operator<<(std::ostream &o, const A &a) { return o; }\nlong double operator""_km(long double x) { return x; }\nbool operator<=>(A a, A b) { return 1; }\nbool operator>>(A a, A b) { return 1; }\nA &A::operator=(const A &o) { return *this; }', ["operator+", "operator<<", 'operator""_km', "operator<=>", "operator>>", "A::operator="]),
    ("namespace a::inline b { int f() { return 0; } }\ninline namespace v1 { int g() { return 0; } }\nnamespace [[deprecated]] c { int h() { return 0; } }", ["f", "g", "h"]),
    ("namespace x = a::b;\nint f() { return 0; }", ["f"]),
    ('extern "C" { int f(void) { return 0; } }\nextern "C" int g(void) { return 0; }', ["f", "g"]),
    ("EXTERN_C_BEGIN\nint f(void) { return 0; }\nEXTERN_C_END", ["f"]),
    ("BEGIN_NAMESPACE(a)\nint f(void) { return 0; }\nEND_NAMESPACE(a)\nint g() { return 0; }", ["f", "g"]),
    ("NAMESPACE_BEGIN(a)\nNAMESPACE_BEGIN(b)\ntemplate <typename T> class A { int f() { return 1; } };\nNAMESPACE_END(a)", ["A::f"]),
    ("std::pair<int, std::vector<int>> f() { return {}; }", ["f"]),
    ("template <typename T> std::vector<std::vector<T>> A<T>::f(int x) { return {}; }", ["A::f"]),
    ("template <typename T> A<T>::A(int x) : B<T>(x), c{x} { }", ["A::A"]),
    ("A<int>::~A() { }", ["A::~A"]),
    ("struct A { friend bool operator==(const A &a, const A &b) { return 1; } friend void f(A a) { } };", ["A::operator==", "A::f"]),
    ("struct A { auto f() const & noexcept -> int { return 1; } int g() && { return 1; } int h() override final { return 1; } int i() volatile { return 0; } };", ["A::f", "A::g", "A::h", "A::i"]),
    ("struct A { template <typename... T> explicit A(T &&...x) noexcept(noexcept(B(x...))) : b(std::forward<T>(x)...) { } B b; };", ["A::A"]),
    ("constexpr int f(int x) noexcept { return x; }\nconsteval int g() { return 1; }\nconstinit int x = 3;", ["f", "g"]),
    ("int f(int x = g({1, 2}), std::function<void()> h = [] { }) { return x; }", ["f"]),
    ("void f(std::vector<int> v = {1, 2}) { }", ["f"]),
    ("enum class E : int { a = f(1), b };\nint f() { return 0; }", ["f"]),
    ("union U { int a; float b; U() { } };", ["U::U"]),
    ("using X = struct { int a; };\nint f() { return 0; }", ["f"]),
    ("struct A { struct B { int f() { return 1; } } b; int g() { return 0; } } a;\nint h() { return 0; }", ["B::f", "A::g", "h"]),
    ("static_assert(sizeof(int) == 4);\nint f() { return 0; }", ["f"]),
    ("template <auto N = [] { return 3; }()> int f() { return N; }", ["f"]),
    ("struct A { int f() = delete; A(const A &) = default; int g() const = 0; int h() { return 0; } };", ["A::h"]),
    ("struct A { [[nodiscard]] int f() const { return 0; } [[no_unique_address]] B b; };", ["A::f"]),
    ("int x{f(3)};\nstd::mutex m;\nint f() { return 0; }", ["f"]),
    ("auto [a, b] = f();\nint f() { return 0; }", ["f"]),
    ("export module m;\nexport int f() { return 0; }\nexport namespace a { int g() { return 0; } }", ["f", "g"]),
    ("struct A { void f(this A &self) { } static int operator()(int x) { return x; } };", ["A::f", "A::operator()"]),
    ("int f() { if consteval { return 1; } return 0; }\nint g() { return 0; }", ["f", "g"]),
    ("void A::B::f() { }\ninline void (*g())(int) { return 0; }", ["B::f", "g"]),
    ("PYBIND11_MODULE(spam, m) { m.doc(); }\nPYBIND11_MODULE(spam, m, py::mod_gil_not_used()) { m.doc(); }", ["PYBIND11_MODULE", "PYBIND11_MODULE"]),
    ("TEST(A, b) { f(); }\nTEST_F(A, c)\n{ g(); }", ["TEST", "TEST_F"]),
    ("int A::x = 3;\nint (A::*p)() = &A::f;\nint f() { return 0; }", ["f"]),
    ('const char *s = u8R"(})" "x"_y;\nint f() { return 0; }', ["f"]),
    ("struct A { int x : 3; unsigned y : 2 = 1; A() : x(0) { } };", ["A::A"]),
    ("Q_OBJECT_LIKE\nstruct A { Q_OBJECT\n public: A() { } signals: void s(); private slots: void t() { } };", ["A::A", "A::t"]),
    ("struct A { MACRO(int x)\n int f() { return 0; } MACRO2\n int g() { return 0; } };", ["A::f", "A::g"]),
    ("class A; struct B; enum C : int;\nint f() { return 0; }", ["f"]),
    ("class A *f() { return 0; }\nstruct B g() { return {}; }\nenum C h(int x) { return C(x); }", ["f", "g", "h"]),
    ("template <class T> struct A<T>::B { int f() { return 0; } };", ["B::f"]),
    ("template <typename T> int A<T>::x = 3;\ntemplate class A<int>;\ntemplate int f<int>(int);\nint f() { return 0; }", ["f"]),
    ("bool f(int a, int b) { return a < b; }\nint x = a < b;\nint g() { return (a > b); }", ["f", "g"]),
    ("int f(int x) ATTR(y) { return x; }\nvoid A::g() const ATTR(z) { }", ["f", "A::g"]),
    ("struct A { A(int x) ATTR(y) { } };", ["A::A"]),
    ("HWY_API Vec<float> f(Vec<float> a) { return a; }", ["f"]),
    ("HWY_DIAGNOSTICS(push)\nHWY_DIAGNOSTICS_OFF(a, b)\nvoid f() { }", ["f"]),
    ("std::function<Ret(Args...)> f(int x) { return {}; }", ["f"]),
    ("template <typename R, typename... A> struct caster<std::function<R(A...)>> { int f() { return 1; } };", ["caster::f"]),
    ("class A : public B { Q_OBJECT\n Q_PROPERTY(int ok READ getOk)\npublic:\n int f() { return 1; } };", ["A::f"]),
    ("EXPORT void FORMAT(1, 2)\nwarn(const char *format, ...) { }", ["warn"]),
    ("struct A : B<A> { explicit A(const S &s, bool p = true) : A(d::b(s), d::e(s), p) {}\n template <typename I> A(I f, I l) : s1(f, l), pad(1)\n {} };", ["A::A", "A::A"]),
    ("int (A::*f())(int) { return 0; }", ["f"]),
]  # fmt: skip


def read(code: str, *, cxx: bool) -> _scan.File:
    """One file."""
    (file,) = _scan.scan([("example", code.encode(), cxx)], 1).files
    return file


def functions_in(file: _scan.File) -> list[str]:
    """The functions of a file, methods as Class::name."""
    return [f"{f.scope}::{f.name}" if f.scope else f.name for f in file.functions]


@pytest.mark.parametrize(("code", "expected"), C, ids=[code[:50] for code, _ in C])
def test_c_declarations_are_understood(code: str, expected: list[str]) -> None:
    """Every definition of a C file is found, nothing else is taken for one, and no brace is left unexplained."""
    file = read(code, cxx=False)
    assert functions_in(file) == expected
    assert file.unclear_braces == 0


@pytest.mark.parametrize(("code", "expected"), CXX, ids=[code[:50] for code, _ in CXX])
def test_cxx_declarations_are_understood(code: str, expected: list[str]) -> None:
    """Every definition of a C++ file is found, methods with their class, and no brace is left unexplained."""
    file = read(code, cxx=True)
    assert functions_in(file) == expected
    assert file.unclear_braces == 0


@pytest.mark.parametrize("code", ["{ int f(void) { } }", "int x y { 1 } z;"])
def test_a_brace_that_is_not_understood_is_counted(code: str) -> None:
    """Braces whose declaration makes no sense are passed over, but never in silence."""
    file = read(code, cxx=True)
    assert file.unclear_braces == 1
    assert file.unclear_tokens > 0


@pytest.mark.parametrize("code", ["int f(void) { g(1; }", "int f(void) { } }", "int f(void) { a[1); }"])
def test_a_bracket_without_a_partner_is_counted(code: str) -> None:
    """Where brackets do not match, something was not understood."""
    assert read(code, cxx=False).lone_brackets > 0


def test_what_is_not_read_is_placed() -> None:
    """The lines of branches that are excluded, and of alternatives that are not read, can be told."""
    code = "#ifdef A\nint f(int x) {\n#else\nint f(void) {\n#endif\n}\n#if 0\nint g(\n  void);\n#endif\n"
    file = read(code, cxx=False)
    assert [(s.line, s.end_line) for s in file.unread] == [(4, 4)]
    assert [(s.line, s.end_line) for s in file.excluded] == [(8, 9)]


def test_a_macro_before_a_variable_hides_it_not() -> None:
    """A macro that no semicolon ends does not swallow the variable after it."""
    file = read("MACRO(x)\nstatic PyObject *y = NULL;\nOTHER(z)\nint w;\n", cxx=False)
    assert [v.name for v in file.variables] == ["y", "w"]
