"""A static table grows while other threads read it.

What it finds
    A static pointer that is set to what ``realloc()`` returns, or a static array that is appended to through a counter,
    without a lock and while the module is in use.

Why it is unsafe without the GIL
    ``realloc()`` frees the old table while another thread still walks it. Two threads that append at the same moment
    write into the same place, and one entry is lost; a reader that sees the new count before the new entry reads what
    was there before.

How to fix it
    Guard every use by one ``PyMutex`` (Python 3.13). Where readers must not wait, publish a copy of the table with an
    atomic store, and never free the old ones. Registrations that happen at import belong in the initialisation of the
    module.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that lets a table grow."""
    for place, tables in places(facts.shared_statics, Role.REGISTRY):
        yield rule.finding(
            place.function.file,
            place.span,
            f"{place.function.name}() lets {names(tables)} grow while another thread reads it or appends too: "
            "an entry is lost, or freed memory is read",
            fix="guard every use by one PyMutex (Python 3.13)",
            evidence=(f"{names(tables)} is a {tables[0].level} that no lock covers",),
        )


rule = Rule(
    code="UG232",
    slug="static-registry-growth",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a table that realloc moves",
            """\
static Type **types;
static int type_count;

static int
register_type(Type *type)
{
    Type **grown = realloc(types, (type_count + 1) * sizeof(*types));
    if (grown == NULL)
        return -1;
    types = grown;
    types[type_count++] = type;  // <--
    return type_count;
}
""",
        ),
        Good(
            "under one mutex",
            """\
static PyMutex types_lock;
static Type **types;
static int type_count;

static int
register_type(Type *type)
{
    PyMutex_Lock(&types_lock);
    Type **grown = realloc(types, (type_count + 1) * sizeof(*types));
    int number = -1;
    if (grown != NULL) {
        types = grown;
        types[type_count] = type;
        number = ++type_count;
    }
    PyMutex_Unlock(&types_lock);
    return number;
}
""",
        ),
        Bad(
            "an array with a count",
            """\
static int watcher_count;
static Watcher watchers[16];

static PyObject *
add_watcher(PyObject *self, PyObject *arg)
{
    if (watcher_count == 16)
        return too_many();
    watchers[watcher_count].id = PyLong_AsLong(arg);  // <--
    watcher_count++;
    Py_RETURN_NONE;
}
""",
        ),
        Bad(
            "a pointer set to what realloc returns",
            """\
static char *log_text;

static void
append(const char *text)
{
    log_text = realloc(log_text, strlen(log_text) + strlen(text) + 1);  // <--
    strcat(log_text, text);
}
""",
        ),
        Good(
            "filled while the module is initialised",
            """\
static int type_count;
static Type *types[16];

static int
exec_module(PyObject *m)
{
    types[type_count++] = &integer_type;
    types[type_count++] = &text_type;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
    ),
)
