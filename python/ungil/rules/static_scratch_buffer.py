"""A function works in a static variable, and two threads that call it work in the same one.

What it finds
    A function-local ``static`` that is no constant and that the function fills anew in each call, by itself or by
    handing its address to a call: an array, a struct, a pointer or a number. One finding for all of
    one function, and one for a file in which nearly every function does so, as in code translated from Fortran.

Why it is unsafe without the GIL
    The variable exists once in the process. A second thread in the same function overwrites what the first has just
    stored there, before the first has read it back: results of one call turn up in the other, and a pointer that both
    free is freed twice.

How to fix it
    Drop the word ``static``: what a call fills anew belongs on its stack. A buffer that is too large for that is
    allocated in the call, or is ``_Thread_local`` (``thread_local`` in C++ and C23).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import by_writer, names
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The scratch variables of each function, at the first declaration."""
    for scratch in by_writer(facts.shared_statics, Role.SCRATCH):
        first = min(scratch, key=lambda s: (s.variable.span.line, s.variable.span.column))
        owners = list(dict.fromkeys(static.places[0].function.name for static in scratch))
        others = f" (and {len(owners) - 1} more functions of this file)" if len(owners) > 1 else ""
        yield rule.finding(
            first.variable.file,
            first.variable.span,
            f"two threads in {first.places[0].function.name}(){others} work in the same {names(scratch)}: each "
            "overwrites what the other has stored there and has not read back yet",
            fix="drop 'static', so that each call has its own, or make it _Thread_local",
            severity=Severity.WARNING if any(s.speaks_to_python for s in scratch) else Severity.NOTE,
            evidence=tuple(f"'{s.variable.name}' is written at line {s.places[0].span.line}" for s in scratch[:3]),
        )


rule = Rule(
    code="UG203",
    slug="static-scratch-buffer",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a static number and a static buffer",
            """\
static PyObject *
cpu_count(PyObject *self, PyObject *unused)
{
    static int count;  // <--
    static char name[32];
    size_t size = sizeof(count);
    if (sysctlbyname("hw.ncpu", &count, &size, NULL, 0) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    snprintf(name, sizeof(name), "%d cpus", count);
    return PyUnicode_FromString(name);
}
""",
        ),
        Good(
            "each call has its own",
            """\
static PyObject *
cpu_count(PyObject *self, PyObject *unused)
{
    int count;
    char name[32];
    size_t size = sizeof(count);
    if (sysctlbyname("hw.ncpu", &count, &size, NULL, 0) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    snprintf(name, sizeof(name), "%d cpus", count);
    return PyUnicode_FromString(name);
}
""",
        ),
        Bad(
            "a pointer that survives the call",
            """\
static PyObject *
command_line(PyObject *self, PyObject *args)
{
    static char **argv;  // <--
    argv = realloc(argv, 4096);
    if (argv == NULL)
        return PyErr_NoMemory();
    PyObject *result = make_list(argv);
    free(argv);
    return result;
}
""",
        ),
        Bad(
            "an array that each call fills",
            """\
static const char *
hex(unsigned char byte)
{
    static char digits[3];  // <--
    digits[0] = HEX[byte >> 4];
    digits[1] = HEX[byte & 15];
    return digits;
}
""",
        ),
        Good(
            "one buffer per thread",
            """\
static const char *
hex(unsigned char byte)
{
    static _Thread_local char digits[3];
    digits[0] = HEX[byte >> 4];
    digits[1] = HEX[byte & 15];
    return digits;
}
""",
        ),
        Good(
            "tables, keyword lists and identifiers that nobody writes",
            """\
static PyObject *
days(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"month", NULL};
    static const unsigned char table[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static int one = 1;
    int month;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i", keywords, &month))
        return NULL;
    note(&one);
    return PyLong_FromLong(table[month]);
}
""",
        ),
    ),
)
