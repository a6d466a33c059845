"""A function that Python calls changes the state of the whole process.

What it finds
    ``setenv()``, ``putenv()``, ``setlocale()``, ``umask()``, ``chdir()``, ``srand()``, ``signal()`` and the like,
    in code that runs after the module is initialised. A ``setlocale()`` that only asks is left alone. Where the
    change is plainly the purpose (a signal's handler, a working directory, a seed) it is a note.

Why it is unsafe without the GIL
    The environment, the locale and the file mode mask belong to all threads. ``setenv()`` moves the environment
    while another thread's ``getenv()`` reads it: a crash in the C library. Setting a locale for a moment and
    putting it back changes how every other thread prints its numbers meanwhile; and two threads that do so may
    leave it changed for good.

How to fix it
    Use what changes this thread only or takes the state as an argument: ``uselocale()`` and the ``_l`` functions,
    ``PyOS_string_to_double()`` and ``PyOS_double_to_string()`` for numbers, ``openat()``, ``fchmod()``. Set the
    environment before threads start.

References
    https://pubs.opengroup.org/onlinepubs/9799919799/functions/setenv.html
    https://man7.org/linux/man-pages/man3/setlocale.3.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.capi import libc
from ungil.facts.model import Call, Facts
from ungil.facts.native.attachment import library_calls
from ungil.rule import Bad, Finding, Good, Rule, Severity

_MEANT = frozenset({"signal", "chdir", "fchdir", "srand", "srandom", "srand48", "tzset"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first change of each kind in each function."""
    reported = set()
    for call in library_calls(facts, libc.changing()):
        known = libc.functions()[call.name]
        place = (call.function.key, known.changes)
        if place in reported or _only_asks(call):
            continue
        reported.add(place)
        yield rule.finding(
            call.function.file,
            call.span,
            f"{call.name}() changes {known.changes} for all threads, while others use it",
            fix=known.instead,
            severity=Severity.NOTE if call.name in _MEANT else None,
        )


def _only_asks(call: Call) -> bool:
    return call.name == "setlocale" and call.arguments[1].text in {"NULL", "nullptr", "0"}


rule = Rule(
    code="UG504",
    slug="process-wide-state",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a locale for a moment",
            """\
static PyObject *
to_number(PyObject *self, PyObject *text)
{
    char *before = strdup(setlocale(LC_NUMERIC, NULL));
    setlocale(LC_NUMERIC, "C");  // <--
    double number = strtod(PyUnicode_AsUTF8(text), NULL);
    setlocale(LC_NUMERIC, before);
    free(before);
    return PyFloat_FromDouble(number);
}
""",
        ),
        Good(
            "a conversion that knows no locale",
            """\
static PyObject *
to_number(PyObject *self, PyObject *text)
{
    double number = PyOS_string_to_double(PyUnicode_AsUTF8(text), NULL, NULL);
    return number == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(number);
}
""",
        ),
        Bad(
            "the environment of everybody",
            """\
static PyObject *
use_zone(PyObject *self, PyObject *name)
{
    setenv("TZ", PyUnicode_AsUTF8(name), 1);  // <--
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "while the module is initialised",
            """\
static int
exec_module(PyObject *module)
{
    setenv("LIBRARY_THREADS", "1", 0);
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
    ),
)
