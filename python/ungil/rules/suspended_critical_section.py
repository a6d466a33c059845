"""A critical section is relied on across a call that may suspend it.

What it finds
    In a critical section, or in a function whose callers hold one: a field is read into a local, a call is made that
    runs Python code or detaches, and then the field is set to something worked out from the old value, the old value is
    the index of an element, or it ends a loop over the elements. Functions that look at the field again are left alone.
    Where the call only gives up a reference, which matters if it was the last one, or looks up a key, the finding is a
    note.

Why it is unsafe without the GIL
    A critical section is not a mutex: whenever the thread detaches, waits for another lock or runs Python code that
    does, the interpreter gives up the object's lock and takes it again later. Another thread then goes through the same
    section, changes the field, and has its change overwritten; or it shrinks what the index still points into.
    Code that ran under the GIL had the same problem at the same calls, but threads met there far less often.

How to fix it
    Make the call first, and keep the read and the write together after it. Or read the field again after the call and
    compare. In a loop, take the size in the condition of each round. Where nothing may come in between, hold a PyMutex
    (Python 3.13) and make no call under it.

References
    https://docs.python.org/3/c-api/synchronization.html#python-critical-section-api
    https://github.com/cython/cython/issues/7324
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.facts.model import Call, Facts, StaleUse
from ungil.facts.native.suspension import Suspension, Suspensions, Why, changed_fields, is_own, stale_uses, suspensions
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MOST_CALLS = 300  # between a read and a use
_WHAT = {
    "write": "another thread's change is overwritten",
    "index": "the old value is an index into what another thread may have replaced",
    "bound": "the loop goes on to where the elements ended before",
}


def check(facts: Facts) -> Iterator[Finding]:
    """The first stale use of each field in a function."""
    asked = suspensions(facts)
    found = [(stale, why) for stale, why in _suspended(facts, asked) if not _is_alone(stale)]
    changed = changed_fields(facts, {stale.field for stale, _ in found if stale.kind != "write"})
    seen = set()
    for stale, (call, suspension) in found:
        key = (stale.function.key, stale.field)
        if key not in seen and (stale.kind == "write" or stale.field in changed):
            seen.add(key)
            yield _finding(stale, call, suspension)


def _suspended(facts: Facts, asked: Suspensions) -> Iterator[tuple[StaleUse, tuple[Call, Suspension]]]:
    for stale in stale_uses(facts):
        worst = max(_between(stale, asked), key=lambda found: found[1].why, default=None)
        if worst is not None:
            yield stale, worst


def _between(stale: StaleUse, asked: Suspensions) -> Iterator[tuple[Call, Suspension]]:
    for call in stale.calls[:_MOST_CALLS]:
        found = asked.of_call(call)
        if found is not None and not is_own(call) and not _replaces(call, stale):
            yield call, found


def _replaces(call: Call, stale: StaleUse) -> bool:
    """``Py_XSETREF(self->total, sum)`` is the use itself."""
    index = capi.lookup(call.name).drops
    return index is not None and index < len(call.arguments) and call.arguments[index].name == stale.field


def _is_alone(stale: StaleUse) -> bool:
    return stale.function.only_initialises or stale.function.is_finaliser


def _finding(stale: StaleUse, call: Call, suspension: Suspension) -> Finding:
    return rule.finding(
        stale.function.file,
        stale.span,
        f"'{stale.field}' was read at line {stale.read.line}, and {suspension.text} may suspend the critical section: "
        f"{_WHAT[stale.kind]}",
        fix="take the size anew in each round, and the element with a reference of its own"
        if stale.kind == "bound"
        else f"make the call before '{stale.field}' is read, or read it again afterwards and compare",
        severity=Severity.NOTE if suspension.why <= Why.DROPS else None,
        confidence=Confidence.MEDIUM,
        evidence=(f"{call.name}() is called at line {call.span.line}",),
    )


rule = Rule(
    code="UG302",
    slug="suspended-critical-section",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a total that is read, added to by Python code, and written",
            """\
static int
add(Account *self, PyObject *amount)
{
    int result = -1;
    Py_BEGIN_CRITICAL_SECTION(self);
    PyObject *before = Py_NewRef(self->total);
    PyObject *after = PyNumber_Add(before, amount);
    if (after != NULL) {
        Py_SETREF(self->total, after);  // <--
        result = 0;
    }
    Py_DECREF(before);
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Good(
            "the call is made first",
            """\
static int
add(Account *self, PyObject *amount)
{
    double change = PyFloat_AsDouble(amount);
    if (change == -1.0 && PyErr_Occurred())
        return -1;
    Py_BEGIN_CRITICAL_SECTION(self);
    double before = self->total;
    self->total = before + change;
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
        ),
        Bad(
            "an index that was taken before a comparison",
            """\
static int
push(Heap *self, PyObject *item)
{
    int smaller;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_ssize_t last = self->used - 1;
    smaller = PyObject_RichCompareBool(item, self->lowest, Py_LT);
    if (smaller > 0)
        Py_XSETREF(self->items[last], Py_NewRef(item));  // <--
    self->used--;
    Py_END_CRITICAL_SECTION();
    return smaller;
}
""",
        ),
        Good(
            "a size that is looked at again after the comparison",
            """\
static int
push(Heap *self, PyObject *item)
{
    int smaller;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_ssize_t last = self->used - 1;
    PyObject *lowest = Py_NewRef(self->lowest);
    smaller = PyObject_RichCompareBool(item, lowest, Py_LT);
    Py_DECREF(lowest);
    if (smaller > 0 && self->used - 1 == last)
        Py_XSETREF(self->items[last], Py_NewRef(item));
    self->used--;
    Py_END_CRITICAL_SECTION();
    return smaller;
}
""",
        ),
        Bad(
            "a loop in a function whose caller holds the section",
            """\
static int
find_locked(Bag *self, PyObject *wanted)
{
    Py_ssize_t n = self->used;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = Py_NewRef(self->items[i]);  // <--
        int same = PyObject_RichCompareBool(item, wanted, Py_EQ);
        Py_DECREF(item);
        if (same != 0)
            return same;
    }
    return 0;
}

static void
clear_locked(Bag *self)
{
    self->used = 0;
}

static int
contains(Bag *self, PyObject *wanted)
{
    int result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = find_locked(self, wanted);
    if (result > 0)
        clear_locked(self);
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Good(
            "a loop that asks for the size in each round",
            """\
static int
contains(Bag *self, PyObject *wanted)
{
    int same = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    for (Py_ssize_t i = 0; same == 0 && i < self->used; i++) {
        PyObject *item = Py_NewRef(self->items[i]);
        same = PyObject_RichCompareBool(item, wanted, Py_EQ);
        Py_DECREF(item);
    }
    self->looked_up++;
    Py_END_CRITICAL_SECTION();
    return same;
}
""",
        ),
        Good(
            "a loop with no call that lets others in",
            """\
static int
contains(Bag *self, PyObject *wanted)
{
    int same = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_ssize_t n = self->used;
    for (Py_ssize_t i = 0; i < n; i++)
        same |= self->items[i] == wanted;
    self->used = n - same;
    Py_END_CRITICAL_SECTION();
    return same;
}
""",
        ),
    ),
)
