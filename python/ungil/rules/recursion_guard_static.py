"""A static flag or depth is set before a call and reset after it.

What it finds
    A static number that a function sets and resets around a call, or counts up and down: a guard against recursion, "in
    use", "quiet for now". Also one that a function sets if it finds it unset and that is reset elsewhere.

Why it is unsafe without the GIL
    The flag means "this thread is inside", but it exists once in the process. A second thread that comes while the
    first is inside is refused or takes the other path for no reason of its own; and the first one to leave opens the
    door for everyone else.

How to fix it
    Make it ``_Thread_local`` if it is about the calling thread. If it protects something that all share, it has to be a
    lock (``PyMutex``, Python 3.13).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://github.com/pybind/pybind11/pull/5148
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that sets such a flag."""
    for place, flags in places(facts.shared_statics, Role.RECURSION_GUARD):
        local = flags[0].variable.is_local
        yield rule.finding(
            flags[0].variable.file if local else place.function.file,
            flags[0].variable.span if local else place.span,
            f"while one thread is between setting and resetting {names(flags)}, every other thread in "
            f"{place.function.name}() sees it set, and the first to leave resets it for all",
            fix="make it _Thread_local if it is about the calling thread, or a PyMutex (Python 3.13) if it protects "
            "something shared",
            evidence=(f"{names(flags)} is a {flags[0].level} that no lock covers",),
        )


rule = Rule(
    code="UG231",
    slug="recursion-guard-static",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a guard against recursion",
            """\
static PyObject *
convert(PyObject *self, PyObject *value)
{
    static int converting = 0;  // <--
    if (converting)
        return NULL;
    converting = 1;
    PyObject *result = PyObject_CallOneArg(self, value);
    converting = 0;
    return result;
}
""",
        ),
        Good(
            "one flag per thread",
            """\
static PyObject *
convert(PyObject *self, PyObject *value)
{
    static _Thread_local int converting = 0;
    if (converting)
        return NULL;
    converting = 1;
    PyObject *result = PyObject_CallOneArg(self, value);
    converting = 0;
    return result;
}
""",
        ),
        Bad(
            "a depth",
            """\
static int depth;

static PyObject *
render(PyObject *self, PyObject *value)
{
    if (++depth > 100)  // <--
        return too_deep();
    PyObject *result = render_children(value);
    depth--;
    return result;
}
""",
        ),
        Bad(
            "a buffer that is in use or not",
            """\
static int in_use;

static Buffer *
take_buffer(void)
{
    if (in_use)  // <--
        return NULL;
    in_use = 1;
    return &the_buffer;
}

static void
give_back(Buffer *buffer)
{
    in_use = 0;
}
""",
        ),
        Good(
            "the depth is handed down",
            """\
static PyObject *
render(PyObject *value, int depth)
{
    if (depth > 100)
        return too_deep();
    return render_children(value, depth + 1);
}
""",
        ),
    ),
)
