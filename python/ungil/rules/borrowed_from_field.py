"""An object that a field holds is used without a reference of one's own, while another method replaces it.

What it finds
    A field that holds a Python object, read and used outside any lock, where another function that Python can enter
    replaces what the field holds. Fields that are set only while the object is made are left alone, and so are tests
    for emptiness.

Why it is unsafe without the GIL
    The field's reference is borrowed. Between the read and the use, or between the read and the ``Py_INCREF()``,
    another thread can replace the field and free the object.

How to fix it
    Take a reference inside a critical section on the object that has the field (Python 3.13), in a small helper that
    all readers share; use that reference, and release it.

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
    for exposure in exposed(facts, Hazard.BORROW):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"another thread can replace and free the object in {place(exposure)} in {other_thread(exposure)} while "
            f"{exposure.function.name}() uses it",
            fix="take a strong reference inside a critical section on the object (Python 3.13) and use that",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG211",
    slug="borrowed-from-field",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a getter",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static PyObject *
get_label(Shelf *self, void *closure)
{
    return Py_NewRef(self->label);  // <--
}

static int
set_label(Shelf *self, PyObject *value, void *closure)
{
    Py_XSETREF(self->label, Py_NewRef(value));
    return 0;
}

static PyGetSetDef getset[] = {{"label", (getter)get_label, (setter)set_label}, {NULL}};
""",
        ),
        Good(
            "a getter with a critical section",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static PyObject *
get_label(Shelf *self, void *closure)
{
    PyObject *label;
    Py_BEGIN_CRITICAL_SECTION(self);
    label = Py_XNewRef(self->label);
    Py_END_CRITICAL_SECTION();
    return label;
}

static int
set_label(Shelf *self, PyObject *value, void *closure)
{
    PyObject *old;
    Py_BEGIN_CRITICAL_SECTION(self);
    old = self->label;
    self->label = Py_NewRef(value);
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(old);
    return 0;
}

static PyGetSetDef getset[] = {{"label", (getter)get_label, (setter)set_label}, {NULL}};
""",
        ),
        Good(
            "a field that never changes once the object is made",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static PyObject *
get_label(Shelf *self, void *closure)
{
    return Py_NewRef(self->label);
}

static int
shelf_init(Shelf *self, PyObject *args, PyObject *kwargs)
{
    return PyArg_ParseTuple(args, "O", &self->label) ? 0 : -1;
}

static PyGetSetDef getset[] = {{"label", (getter)get_label, NULL}, {NULL}};
static PyType_Slot slots[] = {{Py_tp_init, shelf_init}, {Py_tp_getset, getset}, {0, NULL}};
""",
        ),
    ),
)
