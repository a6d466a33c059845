"""What critical sections, guards and mutexes are relied on for, and what lets others in."""

import pytest

from ungil import _scan
from ungil.facts.model import Facts
from ungil.facts.native.suspension import Why, changed_fields, stale_uses, suspensions


def facts_of(code: str, path: str = "x.c") -> Facts:
    """The facts of one file."""
    return Facts(tuple(_scan.scan([(path, code.encode(), path.endswith("cpp"))], 1).files))


def section(code: str) -> Facts:
    """The facts of a function that runs ``code`` in a critical section."""
    return facts_of(
        f"int f(Bag *self) {{ Py_BEGIN_CRITICAL_SECTION(self); {code} Py_END_CRITICAL_SECTION(); return 0; }}"
    )


STALE = [
    ("a write of what was worked out", "n = self->used; g(); self->used = n + 1;", "write"),
    ("through another local", "n = self->used; m = n * 2; g(); self->used = m + 1;", "write"),
    ("a reference that is replaced", "n = Py_NewRef(self->v); m = add(n); Py_SETREF(self->v, m);", "write"),
    ("an index", "n = self->used - 1; g(); self->items[n] = 0;", "index"),
    ("an index in a sum", "n = self->used; g(); return self->items[n - 1];", "index"),
    ("the bound of a loop", "n = self->used; for (i = 0; i < n; i++) { g(self->items[i]); }", "bound"),
]

NOT_STALE = [
    ("a new value", "n = self->used; g(); self->used = 1;"),
    ("the old value put back", "n = self->used; g(); self->used = n;"),
    ("another object's field", "n = self->used; g(); other->used = n + 1;"),
    ("another value in the same local", "n = self->used; n = g(); self->used = n + 1;"),
    ("a field that is looked at again", "n = self->used; g(); if (self->used == n) self->used = n + 1;"),
    ("a bound that is read in each round", "for (i = 0; i < self->used; i++) { g(self->items[i]); }"),
    ("an object made here", "Bag *b = PyObject_New(Bag, &T); n = b->used; g(); b->used = n + 1;"),
    ("a section that has ended", "n = self->used; END(); g(); Py_BEGIN_CRITICAL_SECTION(self); self->used = n + 1;"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), [pytest.param(c, k, id=i) for i, c, k in STALE])
def test_a_section_uses_what_it_read_before(code: str, kind: str) -> None:
    """The use is found with its kind, and the call in between is among its calls."""
    (use,) = stale_uses(section(code))
    assert use.kind == kind
    assert {call.name for call in use.calls} & {"g", "add"}


@pytest.mark.parametrize("code", [pytest.param(c, id=i) for i, c in NOT_STALE])
def test_a_value_that_nothing_relies_on_is_not_stale(code: str) -> None:
    """Nothing is found where the old value does not decide what is written or which element is used."""
    assert list(stale_uses(section(code))) == []


def test_only_a_field_that_changes_in_use_is_changed() -> None:
    """Setting the field of a new object, or while the module is initialised, is no change."""
    facts = facts_of(
        "int f(Bag *self) { self->used++; self->size = 0; }"
        "Bag *make(void) { Bag *b = PyObject_New(Bag, &T); b->limit = 0; return b; }"
        "PyMODINIT_FUNC PyInit_x(void) { state->first = 0; return PyModule_Create(&def); }"
    )
    assert changed_fields(facts, {"used", "limit", "first", "other"}) == {"used"}


SUSPENDING = [
    ("g(x);", "int g(PyObject *x) { return PyObject_IsTrue(x); }", Why.RUNS_PYTHON),
    ("g(x);", "int h(PyObject *x) { Py_DECREF(x); } int g(PyObject *x) { return h(x); }", Why.DROPS),
    ("Py_BEGIN_ALLOW_THREADS", "", None),
    ("PyMutex_Lock(&m);", "", Why.DETACHES),
    ("PyList_GET_SIZE(x);", "", None),
    ("PyObject_CallOneArg(PyExc_KeyError, x);", "", None),
    ("g(x);", "int g(PyObject *x) { return g(x); }", None),
    ("PyDict_SetItem(d, x, x);", "", Why.COMPARES),
    ("PyObject *k = PyUnicode_FromString(s); PyDict_SetItem(d, k, x);", "", None),
    ("g(1);", "void g(int n) { PyObject *o = PyLong_FromLong(n); Py_DECREF(o); }", None),
]


@pytest.mark.parametrize(("code", "helpers", "why"), SUSPENDING)
def test_a_call_suspends_when_a_helper_does(code: str, helpers: str, why: Why | None) -> None:
    """What a call may do is what the C API's functions at the end of its helpers may do."""
    facts = facts_of(f"{helpers} void f(PyObject *x) {{ {code} }}")
    calls = [call for function in facts.functions() if function.name == "f" for call in function.calls]
    found = [suspensions(facts).of_call(call) for call in calls]
    assert max((suspension.why for suspension in found if suspension), default=None) == why


def test_a_guard_without_a_name_is_found() -> None:
    """One that a variable holds, a call gets or a function returns has a life of its own."""
    facts = facts_of(
        "void f() { std::lock_guard<std::mutex>(m->x); nb::ft_object_guard{self}; std::lock_guard<A<B>> g(m);"
        " take(std::unique_lock<M>(m)); return std::unique_lock<M>(m); }",
        "x.cpp",
    )
    found = [kind for file in facts.files for _, kind, _ in _scan.unnamed_guards(file)]
    assert found == ["lock_guard", "ft_object_guard"]


def test_a_way_out_that_forgets_a_mutex_is_an_exit() -> None:
    """Ways out that unlock, themselves or at a label, are none."""
    facts = facts_of(
        "int f(P *p) { PyMutex_Lock(&p->m); if (a) return 1; if (b) goto out;"
        " if (c) { PyMutex_Unlock(&p->m); return 2; } g(); out: PyMutex_Unlock(&p->m); return 0; }"
    )
    (function,) = facts.functions()
    assert [(leaving.text, leaving.lock.name) for leaving in function.exits] == [("return", "p->m")]


def test_a_call_whose_result_is_lost_is_a_statement() -> None:
    """A cast to void, a comparison, an assignment and an argument are not statements of their own."""
    facts = facts_of("void f(void) { a(1); x->b(2); (void)c(3); if (d(4)) y = e(5); g(h(6)); return i(7); }")
    (function,) = facts.functions()
    assert [call.name for call in function.calls if call.is_statement] == ["a", "b", "g"]
