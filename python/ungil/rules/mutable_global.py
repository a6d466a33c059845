"""A global variable is written by code that any thread can run.

What it finds
    A variable with static storage that is written while the module is in use, without a lock, and that fits no more
    specific rule: a pointer or a struct, or a number that a function reads to decide what to write. A mere counter,
    flag or setting of one machine word, which a race can only make late or lose a count of, is noted.

Why it is unsafe without the GIL
    The GIL made each of these functions run to its end before another thread could look. Without it a read can fall
    between two writes: a pointer can be freed between the moment it is read and used, a struct is half old and half
    new, and of two increments one is lost. In C and C++ an unsynchronised read and write of one variable is undefined
    behaviour even for one machine word.

How to fix it
    Keep it in the module's state or in the object that it belongs to, and guard it by that object's lock. A counter or
    a flag becomes an atomic (``_Atomic``, ``std::atomic``); what is set once belongs in the initialisation of the
    module; the rest is guarded by one ``PyMutex`` (Python 3.13).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/howto/isolating-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Access, Facts, Role, SharedStatic
from ungil.facts.native.statics import by_function, by_writer, holds_number, is_constant, names, stores_constant
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The variables that one function writes, in one finding: those that can do harm apart from the others."""
    for statics, place in groups(facts):
        severity = _severity(statics[0])
        yield rule.finding(
            place.function.file,
            place.span,
            f"one thread writes {names(statics)} in {place.function.name}() while another uses it: {_HARM[severity]}",
            fix="keep it in module state or in the object that it belongs to, make it atomic, or guard every use by "
            "one PyMutex (Python 3.13)",
            severity=severity,
            evidence=tuple(_evidence(static) for static in statics[:3]),
        )


def groups(facts: Facts) -> Iterator[tuple[list[SharedStatic], Access]]:
    """The variables of each finding, and where it lies."""
    serious = [static for static in facts.shared_statics if _severity(static) is Severity.WARNING]
    small = [static for static in facts.shared_statics if _severity(static) is Severity.NOTE]
    for statics in (*by_writer(serious, Role.PLAIN), *by_writer(small, Role.PLAIN)):
        yield statics, _place(statics[0])


_HARM = {
    Severity.WARNING: "what is read can be freed, half-written or decided upon too late",
    Severity.NOTE: "an update can be lost or seen late",
}


def _severity(static: SharedStatic) -> Severity:
    if not static.speaks_to_python:
        return Severity.NOTE
    if all(a.value is not None and a.value.name == "PyCapsule_Import" for a in static.writes):
        return Severity.NOTE  # another module's functions: the same pointer whoever fetches it
    if not holds_number(static.variable):
        word = not static.variable.is_array and all(not a.is_part and stores_constant(a) for a in static.writes)
        return Severity.NOTE if word and static.writes else Severity.WARNING
    return Severity.WARNING if _decides(static) else Severity.NOTE


def _decides(static: SharedStatic) -> bool:
    """Does one function read the number, and then write something else than a constant or a count?"""
    return any(
        group[0].kind == "read" and any(a.value is not None and not is_constant(a.value.text) for a in group)
        for group in by_function(static.accesses)
        if not static.variable.is_local
    )


def _place(static: SharedStatic) -> Access:
    """The first use in the function that writes it."""
    function = static.places[0].function.key
    return min((a for a in static.accesses if a.function.key == function), key=lambda a: (a.span.line, a.span.column))


def _evidence(static: SharedStatic) -> str:
    functions = dict.fromkeys(access.function.name for access in static.writes)
    return f"'{static.variable.name}' is a {static.level}, written without a lock by {', '.join(list(functions)[:3])}"


rule = Rule(
    code="UG205",
    slug="mutable-global",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a size that calls leave for the next",
            """\
static unsigned long table_size;

static void *
read_table(void)
{
    unsigned long size = table_size;  // <--
    if (size == 0)
        size = ask_size();
    void *table = malloc(size);
    if (fill(table, &size) == TOO_SMALL)
        table_size = 2 * size;
    return table;
}
""",
        ),
        Good(
            "the size belongs to the call",
            """\
static void *
read_table(void)
{
    unsigned long size = ask_size();
    void *table = malloc(size);
    while (fill(table, &size) == TOO_SMALL)
        table = realloc(table, size);
    return table;
}
""",
        ),
        Bad(
            "a pointer to a setting",
            """\
static char *locale_name;

static PyObject *
set_locale(PyObject *self, PyObject *name)
{
    free(locale_name);  // <--
    locale_name = strdup(PyUnicode_AsUTF8(name));
    Py_RETURN_NONE;
}

static PyObject *
get_locale(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromString(locale_name);
}
""",
        ),
        Bad(
            "a counter",
            """\
static long calls;

static PyObject *
work(PyObject *self, PyObject *unused)
{
    calls++;  // <--
    return PyLong_FromLong(calls);
}
""",
        ),
        Good(
            "an atomic counter",
            """\
static std::atomic<long> calls;

PyObject *work(PyObject *self, PyObject *unused) {
    return PyLong_FromLong(++calls);
}
""",
            "example.cpp",
        ),
        Good(
            "set while the module is initialised",
            """\
static char *locale_name;

static int
exec_module(PyObject *m)
{
    locale_name = strdup("C");
    return locale_name == NULL ? -1 : 0;
}

static PyObject *
get_locale(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromString(locale_name);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Good(
            "atomic built-ins",
            """\
static long calls;

static PyObject *
work(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED));
}
""",
        ),
    ),
)
