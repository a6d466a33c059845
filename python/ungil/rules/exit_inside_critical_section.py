"""A critical section is left without being ended.

What it finds
    ``return``, ``goto``, ``break``, ``continue``, ``throw``, ``longjmp()``, ``Py_RETURN_NONE`` and the project's
    own macros that return, between the begin and the end of a critical section, when they leave it.

Why it is unsafe without the GIL
    The section's record lives on the C stack and is linked into the thread state. Left this way it stays linked:
    the object stays locked, and when the thread next waits or detaches, the interpreter follows the link into a
    stack frame that is gone. The process aborts, crashes or hangs. On a GIL-enabled build the macros only open and
    close a block, so no test there shows it.

How to fix it
    Give the section one way out: keep the result in a variable and return it after the end, jump to a label inside
    the section, or move the body into a function of its own that is called between begin and end. In C++ use a
    guard (``nb::ft_object_guard``, ``py::scoped_critical_section``).

References
    https://docs.python.org/3/c-api/synchronization.html#c.Py_BEGIN_CRITICAL_SECTION
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Exit, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every statement that leaves a critical section without its end."""
    for function in facts.functions():
        sections = (leaving for leaving in function.exits if leaving.lock.is_critical_section)
        for leaving in sections:
            yield rule.finding(
                function.file,
                leaving.span,
                f"'{leaving.text}' leaves the critical section on '{_locked(leaving)}' without ending it: the object "
                "stays locked and the thread keeps a pointer into a stack frame that is gone",
                fix="keep the result and return it after the end of the section, or move the body into a function of "
                "its own",
                evidence=(f"the section begins at line {leaving.lock.span.line}",),
            )


def _locked(leaving: Exit) -> str:
    return ", ".join(operand.text for operand in leaving.lock.operands)


rule = Rule(
    code="UG301",
    slug="exit-inside-critical-section",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an error path that returns",
            """\
static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL) {
        PyErr_SetString(PyExc_ValueError, "empty");
        return NULL;  // <--
    }
    value = Py_NewRef(self->value);
    Py_END_CRITICAL_SECTION();
    return value;
}
""",
        ),
        Good(
            "one way out",
            """\
static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(self);
    value = Py_XNewRef(self->value);
    Py_END_CRITICAL_SECTION();
    if (value == NULL)
        PyErr_SetString(PyExc_ValueError, "empty");
    return value;
}
""",
        ),
        Bad(
            "a jump to a label after the section, a break out of an outer loop, a macro that returns",
            """\
#define REQUIRE(x) do { if (!(x)) return NULL; } while (0)

static PyObject *
scan(Cell *self, Cell *other)
{
    while (self->next) {
        Py_BEGIN_CRITICAL_SECTION2(self, other);
        if (self->busy)
            break;  // <--
        if (other->busy)
            goto done;  // <--
        REQUIRE(self->value);  // <--
        if (self->empty)
            Py_RETURN_NONE;  // <--
        Py_END_CRITICAL_SECTION2();
    }
done:
    return NULL;
}
""",
        ),
        Bad(
            "a begin and an end that are calls",
            """\
static int
put(Cell *self, PyObject *value)
{
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, (PyObject *)self);
    if (value == NULL) {
        PyCriticalSection_End(&section);
        return -1;
    }
    if (value == Py_None)
        return 0;  // <--
    Py_XSETREF(self->value, Py_NewRef(value));
    PyCriticalSection_End(&section);
    return 0;
}
""",
        ),
        Good(
            "loops and labels inside the section",
            """\
static Py_ssize_t
count(Cell *self, PyObject *wanted)
{
    Py_ssize_t n = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    for (Py_ssize_t i = 0; i < self->size; i++) {
        if (self->items[i] == NULL)
            continue;
        if (self->items[i] == wanted)
            break;
        if (i > self->limit)
            goto finish;
        n++;
    }
finish:
    ;
    Py_END_CRITICAL_SECTION();
    return n;
}
""",
        ),
        Good(
            "a guard, which ends the section on every way out",
            """\
nb::object get(Cell &self, nb::handle h) {
    nb::ft_object_guard guard(h);
    if (!self.value)
        throw std::runtime_error("empty");
    return self.value;
}
""",
            "example.cpp",
        ),
    ),
)
