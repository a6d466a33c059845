"""A shared dict or set is asked for a key and then given that key, in two steps.

What it finds
    ``PyDict_Contains()`` or a lookup on a dict that is static or a field, and in the same function an insertion into
    the same dict, without a lock around both. The same for sets. In a field it is noted only: the object may be one
    thread's.

Why it is unsafe without the GIL
    Each call locks the dict for itself, and nothing holds between the two. Two threads can both find the key missing,
    both make the value and both store it: whoever took the first one goes on with an object that is no longer in the
    dict, and "one per key" no longer holds.

How to fix it
    ``PyDict_SetDefaultRef()`` (Python 3.13) does both in one step and says which value won. Where the value is costly
    to make, hold a critical section on the dict (3.13) around both calls and look again after anything that may suspend
    it, or guard them by a ``PyMutex``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/dict.html#c.PyDict_SetDefaultRef
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Value
from ungil.facts.native.sharing import Sharing, runs_alone
from ungil.rule import Bad, Finding, Good, Rule, Severity

_LOOKS = frozenset(
    {
        "PyDict_Contains",
        "PyDict_ContainsString",
        "PyDict_GetItem",
        "PyDict_GetItemRef",
        "PyDict_GetItemString",
        "PyDict_GetItemStringRef",
        "PyDict_GetItemWithError",
        "PySet_Contains",
    }
)
_INSERTS = frozenset({"PyDict_SetItem", "PyDict_SetItemString", "PySet_Add"})


def check(facts: Facts) -> Iterator[Finding]:
    """Each dict that a function looks into and then inserts into, at the first look."""
    sharing = Sharing(facts)
    reported: set[tuple[tuple[int, int], str]] = set()
    for look in facts.calls_to(_LOOKS):
        container = look.arguments[0] if look.arguments else None
        if container is None or container.origin not in {"static", "field"} or runs_alone(look):
            continue
        insert = _insert_after(look, container)
        where = (look.function.key, container.object)
        if insert is None or where in reported or sharing.is_guarded(container, look):
            continue
        reported.add(where)
        yield rule.finding(
            look.function.file,
            look.span,
            f"two threads can both find the key missing in '{container.text}' and both add it: one of the "
            "two values is replaced while its maker goes on using it",
            fix="PyDict_SetDefaultRef() (Python 3.13), or one critical section on the dict around both calls",
            severity=None if container.origin == "static" else Severity.NOTE,
            evidence=(f"{insert.name}() on the same container at line {insert.span.line}, no lock around both",),
        )


def _insert_after(look: Call, container: Value) -> Call | None:
    line = look.span.line
    return next(
        (
            call
            for call in look.function.calls
            if call.name in _INSERTS and call.span.line > line and call.arguments[0].object == container.object
        ),
        None,
    )


rule = Rule(
    code="UG207",
    slug="check-then-set-cache",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a static cache",
            """\
static PyObject *cache;

static PyObject *
codec_for(PyObject *name)
{
    if (PyDict_Contains(cache, name) == 0) {  // <--
        PyObject *codec = make_codec(name);
        if (codec == NULL || PyDict_SetItem(cache, name, codec) < 0)
            return NULL;
        return codec;
    }
    return PyObject_GetItem(cache, name);
}
""",
        ),
        Good(
            "one step",
            """\
static PyObject *cache;

static PyObject *
codec_for(PyObject *name)
{
    PyObject *codec = make_codec(name), *winner;
    if (codec == NULL || PyDict_SetDefaultRef(cache, name, codec, &winner) < 0)
        return NULL;
    Py_DECREF(codec);
    return winner;
}
""",
        ),
        Good(
            "both steps in one critical section",
            """\
static PyObject *cache;

static PyObject *
codec_for(PyObject *name)
{
    PyObject *codec = NULL;
    Py_BEGIN_CRITICAL_SECTION(cache);
    if (PyDict_GetItemRef(cache, name, &codec) == 0) {
        codec = make_codec(name);
        if (codec != NULL && PyDict_SetItem(cache, name, codec) < 0)
            Py_CLEAR(codec);
    }
    Py_END_CRITICAL_SECTION();
    return codec;
}
""",
        ),
        Good(
            "a dict of the function's own",
            """\
static PyObject *
unique(PyObject *self, PyObject *item)
{
    PyObject *seen = PyDict_New();
    if (PyDict_Contains(seen, item) == 0 && PyDict_SetItem(seen, item, Py_None) < 0)
        Py_CLEAR(seen);
    return seen;
}
""",
        ),
    ),
)
