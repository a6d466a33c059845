"""A method replaces a pointer in its object without a lock, and another thread still follows the old one.

What it finds
    A pointer in an object's struct, to a buffer, a table or a native handle, that a function which Python can enter
    replaces, frees or reallocates, itself or through its helpers, outside any lock. The finding stands in the function
    that Python enters, since that is where a lock has to begin.

Why it is unsafe without the GIL
    Another thread in any method of the same object reads or writes through the old pointer after it was freed, or frees
    it a second time. Sizes and pointers that belong together are seen torn.

How to fix it
    Wrap the whole method in ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13): rename the body to ``..._lock_held()``
    and call it inside the section, so that every way out passes the end. All other methods that use the pointer need
    the same.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.exposure import Hazard, exposed, other_thread, place
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    for exposure in exposed(facts, Hazard.POINTER):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() replaces {place(exposure)} while another thread in {other_thread(exposure)} "
            "follows the old pointer",
            fix="call the body inside a critical section on the object (Python 3.13), and likewise in every method "
            "that follows the pointer",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG213",
    slug="unlocked-pointer-replacement",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a method that grows a buffer",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static int
grow(Shelf *self)
{
    char *items = PyMem_Realloc(self->items, 2 * self->size);
    if (items == NULL)
        return -1;
    self->items = items;
    self->size *= 2;
    return 0;
}

static PyObject *
append(Shelf *self, PyObject *item)
{
    if (grow(self) < 0)  // <--
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"append", (PyCFunction)append, METH_O}, {NULL}};
""",
        ),
        Good(
            "the same under a lock",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static int
grow(Shelf *self)
{
    char *items = PyMem_Realloc(self->items, 2 * self->size);
    if (items == NULL)
        return -1;
    self->items = items;
    self->size *= 2;
    return 0;
}

static PyObject *
append(Shelf *self, PyObject *item)
{
    int failed;
    Py_BEGIN_CRITICAL_SECTION(self);
    failed = grow(self);
    Py_END_CRITICAL_SECTION();
    return failed < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {{"append", (PyCFunction)append, METH_O}, {NULL}};
""",
        ),
        Good(
            "a helper whose name says that the caller holds the lock",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static int
grow_lock_held(Shelf *self)
{
    char *items = PyMem_Realloc(self->items, 2 * self->size);
    if (items == NULL)
        return -1;
    self->items = items;
    self->size *= 2;
    return 0;
}

static PyObject *
append_lock_held(Shelf *self, PyObject *item)
{
    return grow_lock_held(self) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
append(Shelf *self, PyObject *item)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = append_lock_held(self, item);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyMethodDef methods[] = {{"append", (PyCFunction)append, METH_O}, {NULL}};
""",
        ),
    ),
)
