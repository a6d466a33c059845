"""Which locks are held where: seen through macros, functions, guards and callers."""

import pytest

from ungil import _scan

HEADER = """\
#define BEGIN_CS(o) Py_BEGIN_CRITICAL_SECTION((PyObject *)(o))
#define END_CS() Py_END_CRITICAL_SECTION()
#ifdef WITH_THREADS
#define POOL_LOCK(p) PyMutex_Lock(&(p)->mutex)
#define POOL_UNLOCK(p) PyMutex_Unlock(&(p)->mutex)
#else
#define POOL_LOCK(p)
#define POOL_UNLOCK(p)
#endif
#define OUTER_LOCK(p) do { if (p) { POOL_LOCK(p); } } while (0)
#define OUTER_UNLOCK(p) do { if (p) { POOL_UNLOCK(p); } } while (0)
#define TAKE PyMutex_Lock(&global_mutex)
#define DROP PyMutex_Unlock(&global_mutex)
#define ACQUIRE PyMutex_Lock
#define RELEASE PyMutex_Unlock
#define FAIL(p) do { POOL_UNLOCK(p); return NULL; } while (0)
#define SCOPED(x) std::unique_lock<std::mutex> scoped_lock_of((x).mutex)
static inline void state_lock(State *s) { if (s->lock) PyThread_acquire_lock(s->lock, WAIT_LOCK); }
static inline void state_unlock(State *s) { if (s->lock) PyThread_release_lock(s->lock); }
static inline void outer_lock(State *s) { state_lock(s); }
static inline void outer_unlock(State *s) { state_unlock(s); }
"""

HELD = [
    ("a macro of another file", "BEGIN_CS(self); HERE(); END_CS();", "self"),
    ("a macro that another branch leaves empty", "POOL_LOCK(p); HERE(); POOL_UNLOCK(p);", "p->mutex"),
    ("a macro in a macro", "OUTER_LOCK(self->pool); HERE(); OUTER_UNLOCK(self->pool);", "self->pool->mutex"),
    ("a macro without parentheses", "TAKE; HERE(); DROP;", "global_mutex"),
    ("another name for a call", "ACQUIRE(&m); HERE(); RELEASE(&m);", "m"),
    ("a function that locks on a condition", "state_lock(s); HERE(); state_unlock(s);", "s->lock"),
    ("a function that calls such a function", "outer_lock(s); HERE(); outer_unlock(s);", "s->lock"),
    ("a lock on a condition", "if (s->threads) PyMutex_Lock(&s->m); HERE(); if (s->threads) PyMutex_Unlock(&s->m);", "s->m"),
    ("an early way out that releases", "POOL_LOCK(p); if (bad) { POOL_UNLOCK(p); return; } HERE(); POOL_UNLOCK(p);", "p->mutex"),
    ("a macro that releases and returns", "POOL_LOCK(p); if (bad) FAIL(p); HERE(); POOL_UNLOCK(p);", "p->mutex"),
    ("a label that is reached under the lock", "PyMutex_Lock(&m); if (bad) goto error; PyMutex_Unlock(&m); return 0; error: HERE(); PyMutex_Unlock(&m);", "m"),
    ("a lock that is tried first", "if (!PyThread_acquire_lock(l, 0)) { PyThread_acquire_lock(l, 1); } HERE(); PyThread_release_lock(l);", "l"),
    ("a slim lock", "AcquireSRWLockExclusive(&l); HERE(); ReleaseSRWLockExclusive(&l);", "l"),
    ("a spin lock", "while (atomic_flag_test_and_set(&busy)) { } HERE(); atomic_flag_clear(&busy);", "busy"),
    ("a library's lock, by its name", "queue_lock(q); HERE(); queue_unlock(q);", "q"),
]  # fmt: skip

HELD_CXX = [
    ("a guard", "std::lock_guard<std::mutex> guard(mutex_); HERE();", "mutex_"),
    ("a guard whose arguments are deduced", "std::scoped_lock guard{a_, b_}; HERE();", "a_"),
    ("a guard that is assigned", "auto guard = std::unique_lock<std::mutex>(this->mutex_); HERE();", "mutex_"),
    ("a guard that locks again", "std::unique_lock<M> g(m); g.unlock(); g.lock(); HERE();", "m"),
    ("a guard that locks later", "std::unique_lock<M> g(m, std::defer_lock); if (threads) g.lock(); HERE();", "m"),
    ("a mutex's own functions", "self->mutex.lock(); HERE(); self->mutex.unlock();", "self->mutex"),
    ("a guard of another library", "absl::MutexLock lock(&mu_); HERE();", "mu_"),
    ("a guard by its name", "my::AutoLockGuard g(cache->mutex); HERE();", "cache->mutex"),
    ("a guard class of the project", "Holder h(x); HERE();", "x"),
    ("a guard class that has a guard", "Keeper k(x); HERE();", "x"),
    ("a macro that declares a guard", "SCOPED(state); HERE();", "state.mutex"),
    ("a spin lock of the standard library", "while (busy.test_and_set(std::memory_order_acquire)) { } HERE(); busy.clear();", "busy"),
    ("a binding that locks its object", 'cls.def("f", [](C &c) { HERE(); }, nb::lock_self());', "self"),
    ("a binding that locks an argument", 'cls.def("f", [](C &c, nb::list l) { HERE(); }, nb::arg("l").lock());', "self"),
]  # fmt: skip

FREE = [
    ("a released lock", "POOL_LOCK(p); POOL_UNLOCK(p); HERE();"),
    ("a block after a label that releases", "PyMutex_Lock(&m); out: { PyMutex_Unlock(&m); goto end; } end: HERE();"),
    ("a block that a guard ends with", "{ std::lock_guard<M> g(m); } HERE();"),
    ("a guard that was released", "std::unique_lock<M> g(m); g.unlock(); HERE();"),
    ("a guard that does not lock yet", "std::unique_lock<M> g(m, std::defer_lock); HERE();"),
    ("a weak pointer's lock()", "auto p = weak.lock(); HERE();"),
    ("a guard of the GIL", "gil_scoped_lock g(lock); HERE();"),
    ("a way out that releases", "POOL_LOCK(p); if (bad) { POOL_UNLOCK(p); HERE(); return; } POOL_UNLOCK(p);"),
    ("a block of another kind", "BlockGuard g(block); HERE();"),
    ("a macro that locks and unlocks", "WITH_LOCK(m); HERE();"),
]  # fmt: skip

CLASSES = """\
class Holder { public: Holder(Pool &p) : p_(p) { p_.mutex.lock(); } ~Holder() { p_.mutex.unlock(); } Pool &p_; };
struct Keeper { Keeper(Pool &p) : guard_(p.mutex) { } std::lock_guard<std::mutex> guard_; };
#define WITH_LOCK(m) do { PyMutex_Lock(&m); count++; PyMutex_Unlock(&m); } while (0)
"""


def held(code: str, *, cxx: bool) -> list[str]:
    """The names of the locks that are held where HERE() is called."""
    sources = [
        ("locks.h", (HEADER + CLASSES * cxx).encode(), cxx),
        ("example", f"int f(void) {{ {code} }}".encode(), cxx),
    ]
    (here,) = _scan.scan(sources, 1).files[1].calls_to({"HERE"})
    return [lock.name for lock in here.locks]


@pytest.mark.parametrize(("code", "name"), [pytest.param(c, n, id=t) for t, c, n in HELD])
def test_a_lock_is_seen_where_it_is_held(code: str, name: str) -> None:
    """The lock is held at the call, under the name of what is locked."""
    assert held(code, cxx=False) == [name]


@pytest.mark.parametrize(("code", "name"), [pytest.param(c, n, id=t) for t, c, n in HELD_CXX])
def test_a_guard_is_seen_where_it_is_held(code: str, name: str) -> None:
    """The guard's lock is held at the call, under the name of what is locked."""
    assert held(code, cxx=True) == [name]


@pytest.mark.parametrize("code", [pytest.param(c, id=t) for t, c in FREE])
def test_no_lock_is_seen_where_none_is_held(code: str) -> None:
    """What only looks like a lock, or was released, is not held."""
    assert held(code, cxx=True) == []


def called_locked(code: str) -> list[str]:
    """The functions whose every caller holds a lock."""
    (file,) = _scan.scan([("example", code.encode(), True)], 1).files
    return [f.name for f in file.functions if f.is_called_locked]


LOCKED = "static void outer(S *s) { PyMutex_Lock(&s->m); inner(s); PyMutex_Unlock(&s->m); }\n"
CALLERS = [
    ("a helper under a lock", "static void inner(S *s) { }\n" + LOCKED, ["inner"]),
    ("a helper of such a helper", "static void deep(S *s) { } static void inner(S *s) { deep(s); }\n" + LOCKED, ["deep", "inner"]),
    ("one caller without a lock", "static void inner(S *s) { } void other(S *s) { inner(s); }\n" + LOCKED, []),
    ("a helper of both", "static void deep(S *s) { } static void inner(S *s) { deep(s); } void other(S *s) { deep(s); }\n" + LOCKED, ["inner"]),
    ("a helper that calls itself", "static void inner(S *s) { inner(s); }\n" + LOCKED, ["inner"]),
    ("helpers that only call each other", "static void a(S *s) { b(s); } static void b(S *s) { a(s); }", []),
    ("a helper whose address is taken", "static void inner(S *s) { } callback c = inner;\n" + LOCKED, []),
    ("a helper in a method table", 'static void inner(S *s) { } static PyMethodDef m[] = {{"i", inner}};\n' + LOCKED, []),
    ("a bound function", 'void add(C *c) { } void bind(M m) { m.def("add", &C::add, nb::lock_self()); }', ["add"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "names"), [pytest.param(c, n, id=t) for t, c, n in CALLERS])
def test_a_helper_is_locked_if_every_caller_is(code: str, names: list[str]) -> None:
    """One way in without a lock is enough to make a helper unlocked, and what it calls."""
    assert called_locked(code) == names


def test_names_say_that_the_caller_holds_the_lock() -> None:
    """The usual endings are understood, and a question about a lock is not one of them."""
    names = "push_locked pop_lock_held grow_unlocked get_unlocked_impl addLocked is_locked locked_out block clear"
    code = "".join(f"void {name}(void) {{ }}\n" for name in names.split())
    (file,) = _scan.scan([("example", code.encode(), False)], 1).files
    assert [f.name for f in file.functions if f.says_locked] == names.split()[:5]


def test_a_section_that_a_macro_begins_is_left() -> None:
    """An exit between the project's own begin and end is found, and one that its own macro ends first is not."""
    code = "int f(S *s) { BEGIN_CS(s); if (a) return 1; if (b) LEAVE; END_CS(); return 0; }"
    macro = "#define LEAVE do { Py_END_CRITICAL_SECTION(); return 2; } while (0)\n"
    files = _scan.scan([("locks.h", HEADER.encode(), False), ("example", (macro + code).encode(), False)], 1).files
    (function,) = files[1].functions
    assert [(leaving.text, leaving.lock.name) for leaving in function.exits] == [("return", "s")]


def test_a_lock_knows_what_is_done_under_it() -> None:
    """A lock has the calls that are made while it is held, and the locks that are held where it is taken."""
    code = (
        "void f(S *s) { PyMutex_Lock(&a); g(s); PyMutex_Lock(&b); h(s); PyMutex_Unlock(&b); PyMutex_Unlock(&a); i(s); }"
    )
    (file,) = _scan.scan([("example", code.encode(), False)], 1).files
    outer, inner = file.locks
    assert [call.name for call in outer.calls] == ["g", "PyMutex_Lock", "h", "PyMutex_Unlock"]
    assert [call.name for call in inner.calls] == ["h"]
    assert [lock.name for lock in inner.locks] == ["a", "b"]
    assert (inner.verb, inner.is_released, inner.function.name) == ("PyMutex_Lock", True, "f")
