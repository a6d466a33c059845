"""A static Python object is replaced while other threads use it.

What it finds
    A static variable, array or struct that holds Python objects and in which a function puts another object while the
    module is in use, without a lock: a setter, or a cache whose entries are read and overwritten. One finding for each
    function that does so.

Why it is unsafe without the GIL
    A reader takes the pointer and then its own reference; between the two another thread can put in a new object and
    release the old one, and the reader revives freed memory. Two threads that replace it at the same time both release
    the same old object.

How to fix it
    Guard readers and writers by one ``PyMutex`` (Python 3.13), take the new reference inside, and release the old
    object after the unlock. Or keep the object in the module's state as an attribute or in a dict
    (``PyDict_GetItemRef()``, 3.13). A cache that only saves time can be left out of free-threaded builds (``#ifndef
    Py_GIL_DISABLED``).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/refcounting.html#c.Py_XSETREF
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Access, Facts, Role, SharedStatic
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that replaces objects, where it first looks at one."""
    functions: dict[tuple[int, int], tuple[Access, list[SharedStatic]]] = {}
    for place, statics in places(facts.shared_statics, Role.OBJECT):
        functions.setdefault(place.function.key, (place, []))[1].extend(statics)
    for place, statics in functions.values():
        yield rule.finding(
            place.function.file,
            place.span,
            f"{place.function.name}() replaces the object in {names(statics)} while another thread is about to take "
            "its own reference: the object is freed under the reader, or released twice",
            fix="guard every use by one PyMutex (Python 3.13) and release the old object after the unlock, or leave "
            "the cache out of free-threaded builds",
            evidence=(f"{names(statics)} is a {statics[0].level} that holds Python objects; no lock is held here",),
        )


rule = Rule(
    code="UG209",
    slug="global-object-replaced",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a setter",
            """\
static PyObject *hook;

static PyObject *
set_hook(PyObject *self, PyObject *value)
{
    Py_XSETREF(hook, Py_NewRef(value));  // <--
    Py_RETURN_NONE;
}

static PyObject *
get_hook(PyObject *self, PyObject *unused)
{
    return Py_XNewRef(hook);
}
""",
        ),
        Good(
            "readers and writers under one mutex",
            """\
static PyMutex hook_lock;
static PyObject *hook;

static PyObject *
set_hook(PyObject *self, PyObject *value)
{
    PyMutex_Lock(&hook_lock);
    PyObject *old = hook;
    hook = Py_NewRef(value);
    PyMutex_Unlock(&hook_lock);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyObject *
get_hook(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&hook_lock);
    PyObject *found = Py_XNewRef(hook);
    PyMutex_Unlock(&hook_lock);
    return found;
}
""",
        ),
        Bad(
            "a cache whose entries are replaced",
            """\
static PyObject *strings[512];

static PyObject *
intern(const char *text, Py_ssize_t size)
{
    unsigned index = hash(text, size) % 512;
    PyObject *existing = strings[index];  // <--
    if (existing != NULL && matches(existing, text, size))
        return Py_NewRef(existing);
    PyObject *made = PyUnicode_FromStringAndSize(text, size);
    Py_XDECREF(existing);
    strings[index] = Py_XNewRef(made);
    return made;
}
""",
        ),
        Bad(
            "entries with a key and an object",
            """\
typedef struct { int offset; PyObject *zone; } Entry;
static Entry zones[64];

static PyObject *
zone_of(int offset)
{
    Entry *entry = &zones[offset & 63];
    if (entry->offset == offset)  // <--
        return Py_NewRef(entry->zone);
    PyObject *zone = make_zone(offset);
    Py_XDECREF(entry->zone);
    entry->offset = offset;
    entry->zone = Py_NewRef(zone);
    return zone;
}
""",
        ),
        Good(
            "cleared when the module goes",
            """\
static PyObject *strings[512];

static void
module_free(void *m)
{
    for (int i = 0; i < 512; i++)
        Py_CLEAR(strings[i]);
}

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "spam", NULL, 0, NULL, NULL, NULL, NULL, module_free
};
""",
        ),
    ),
)
