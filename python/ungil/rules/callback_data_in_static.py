"""What a callback needs is passed to it through a static variable.

What it finds
    A static pointer or ``jmp_buf`` that a function sets just before a native call and resets after it, or that a
    callback (a function whose address is handed out) reads: the current object, a Python callable, user data.

Why it is unsafe without the GIL
    Two threads that make the call at the same time both store their own data in the one variable. The callbacks of the
    first then run with the data of the second, or with data that the second has already released; a ``longjmp`` lands
    on another thread's stack.

How to fix it
    Hand the data over as the callback's user-data argument. Where the library has none, make the variable
    ``_Thread_local`` and save and restore its old value around the call, or let one thread at a time in with a mutex
    that is taken detached.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that sets such a variable."""
    for place, statics in places(facts.shared_statics, Role.CALLBACK):
        yield rule.finding(
            place.function.file,
            place.span,
            f"two threads in {place.function.name}() store different data in {names(statics)}: the callback of "
            "one then runs with what belongs to the other",
            fix="pass the data through the callback's user-data argument, or make the variable _Thread_local",
            evidence=(f"{names(statics)} is a {statics[0].level} that no lock covers",),
        )


rule = Rule(
    code="UG208",
    slug="callback-data-in-static",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a Python callable for a comparison function",
            """\
static PyObject *current_key;

static int
compare(const void *a, const void *b)
{
    return compare_with(current_key, a, b);
}

static PyObject *
sort(PyObject *self, PyObject *key)
{
    current_key = key;  // <--
    qsort(items, count, sizeof(*items), compare);
    current_key = NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "the callable is the callback's argument",
            """\
static int
compare(const void *a, const void *b, void *key)
{
    return compare_with((PyObject *)key, a, b);
}

static PyObject *
sort(PyObject *self, PyObject *key)
{
    qsort_r(items, count, sizeof(*items), compare, key);
    Py_RETURN_NONE;
}
""",
        ),
        Bad(
            "a pointer that the callback fills",
            """\
static Definition *target;

static void
set_data(char *data)
{
    target->data = data;
}

static PyObject *
get_attribute(Definitions *self, PyObject *name)
{
    target = find(self, name);  // <--
    (*(self->get))(set_data);
    return wrap(target);
}
""",
        ),
        Bad(
            "a jump buffer",
            """\
static jmp_buf on_error;

static void
fail(const char *message)
{
    longjmp(on_error, 1);
}

static PyObject *
compress(PyObject *self, PyObject *data)
{
    if (setjmp(on_error))  // <--
        return NULL;
    return run_codec(data, fail);
}
""",
        ),
        Good(
            "one current object per thread",
            """\
static _Thread_local Sort *current;

static PyObject *
sort(Sort *self, PyObject *unused)
{
    Sort *outer = current;
    current = self;
    qsort(items, count, sizeof(*items), compare);
    current = outer;
    Py_RETURN_NONE;
}
""",
        ),
    ),
)
