"""Globals that make up one value are written one by one, and read one by one.

What it finds
    Two or more variables with static storage that one function sets one after the other and another function reads
    together, without a lock. One finding in the function that writes and one in each that reads.

Why it is unsafe without the GIL
    A reader between two of the writes gets a value that never was: the new key with the old object, one average of this
    minute and two of the last. No atomic on the single variables cures that.

How to fix it
    Write and read the whole group under one ``PyMutex`` (Python 3.13), or put it in a struct that is made anew and
    published with one atomic pointer.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that writes or reads such a group."""
    for place, group in places(facts.shared_statics, Role.TORN):
        reads = place.kind == "read"
        yield rule.finding(
            place.function.file,
            place.span,
            f"{place.function.name}() {'reads' if reads else 'writes'} {names(group)} one after the other while "
            f"another thread {'writes' if reads else 'reads'} them: the values it gets do not belong together",
            fix="write and read the group under one PyMutex (Python 3.13)",
            evidence=(f"{names(group)} are set together, and no lock is held",),
        )


rule = Rule(
    code="UG206",
    slug="torn-globals",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "three averages",
            """\
static double load1, load5, load15;

static void
on_timer(double now)
{
    load1 = decay(load1, now, 60);  // <--
    load5 = decay(load5, now, 300);
    load15 = decay(load15, now, 900);
}

static PyObject *
get_load(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(ddd)", load1, load5, load15);  // <--
}
""",
        ),
        Good(
            "written and read under one mutex",
            """\
static PyMutex load_lock;
static double load1, load5, load15;

static void
on_timer(double now)
{
    PyMutex_Lock(&load_lock);
    load1 = decay(load1, now, 60);
    load5 = decay(load5, now, 300);
    load15 = decay(load15, now, 900);
    PyMutex_Unlock(&load_lock);
}

static PyObject *
get_load(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&load_lock);
    double one = load1, five = load5, fifteen = load15;
    PyMutex_Unlock(&load_lock);
    return Py_BuildValue("(ddd)", one, five, fifteen);
}
""",
        ),
        Bad(
            "a handler and its data",
            """\
static handler_function handler;
static long handler_data;

static PyObject *
set_handler(PyObject *self, PyObject *args)
{
    handler = lookup(args);  // <--
    handler_data = PyLong_AsLong(PyTuple_GET_ITEM(args, 1));
    Py_RETURN_NONE;
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(call(handler, handler_data));  // <--
}
""",
        ),
        Good(
            "one struct behind one atomic pointer",
            """\
static std::atomic<const Loads *> loads;

void on_timer(double now) {
    loads.store(new Loads(decayed(*loads.load(), now)));
}

PyObject *get_load(PyObject *self, PyObject *unused) {
    const Loads *now = loads.load();
    return Py_BuildValue("(ddd)", now->one, now->five, now->fifteen);
}
""",
            "example.cpp",
        ),
    ),
)
