"""An object that cannot change is changed while others have it.

What it finds
    An item that is put into a tuple (``PyTuple_SET_ITEM()``, ``PyTuple_SetItem()``), or bytes that are written
    through the pointer of ``PyBytes_AS_STRING()``, ``PyBytes_AsString()`` or ``PyUnicode_DATA()`` by ``memcpy()`` and
    its kin, where the object came from outside: an argument, a static variable, or a field that never gets a new
    object. An object that the function, a helper or every caller made and has not handed out is left alone: filling
    it is how it is made.

Why it is unsafe without the GIL
    All threads read tuples, bytes and strings without a lock, since they do not change. One that reads an item while
    it is replaced uses a freed object; a hash or a cached UTF-8 text that was computed before no longer fits. With
    the GIL it was already a mistake, but one that seldom showed.

How to fix it
    Make a new object: ``PyTuple_New()``, ``PyBytes_FromStringAndSize()``, ``PyUnicode_New()``, and replace the old
    one in the field under a lock. For text that grows use ``PyUnicodeWriter`` (Python 3.14), for bytes
    ``PyBytesWriter`` (3.15) or a bytearray.

References
    https://docs.python.org/3/c-api/tuple.html#c.PyTuple_SetItem
    https://docs.python.org/3/c-api/bytes.html#c.PyBytes_AsString
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.facts.model import Call, Facts, Value
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_SETS_ITEM = frozenset({"PyTuple_SET_ITEM", "PyTuple_SetItem"})
_POINTERS = frozenset({"PyBytes_AS_STRING", "PyBytes_AsString", "PyUnicode_DATA", "PyUnicode_1BYTE_DATA"})
_WRITERS = frozenset({"memcpy", "memmove", "memset", "strcpy", "strncpy", "strcat", "sprintf", "snprintf", "fgets"})
_PYTHONS_PARAMETERS = 2  # the object and its argument; what a table's other functions are given is not Python's


def check(facts: Facts) -> Iterator[Finding]:
    """The first write to each object in each function."""
    sharing = Sharing(facts)
    reported = set()
    for write, obj in (*_items(facts), *_bytes(facts)):
        question = (write.function.key, obj.object)
        if question not in reported and not runs_alone(write) and _is_shared(sharing, obj, write):
            reported.add(question)
            yield rule.finding(
                write.function.file,
                write.span,
                f"{write.name}() changes '{obj.text}', which is immutable to all others, while another thread reads it "
                "without a lock",
                fix="make a new object and put it in the place of the old one under a lock",
                confidence=Confidence.MEDIUM,
                evidence=(f"'{obj.text}' was not made here",),
            )


def _items(facts: Facts) -> Iterator[tuple[Call, Value]]:
    for call in facts.calls_to(_SETS_ITEM):
        if call.arguments:
            yield call, call.arguments[0]


def _bytes(facts: Facts) -> Iterator[tuple[Call, Value]]:
    for pointer in facts.calls_to(_POINTERS):
        write = _write(pointer) if pointer.arguments else None
        if write is not None:
            yield write, pointer.arguments[0]


def _write(pointer: Call) -> Call | None:
    """The call that writes through the pointer, kept in a variable or taken on the spot."""
    function = pointer.function
    if pointer.target.isidentifier():
        given = (call for call in function.calls_with(pointer.target) if call.name in _WRITERS)
        return next((call for call in given if _writes_to(call, pointer.target)), None)
    line = pointer.span.line
    near = (call for call in function.calls if call.name in _WRITERS and call.span.line <= line <= call.span.line + 1)
    return next((call for call in near if _writes_to(call, f"{pointer.name}({pointer.arguments[0].text})")), None)


def _writes_to(call: Call, pointer: str) -> bool:
    where = call.arguments[0].text.replace(" ", "") if call.arguments else ""
    return where == pointer or where.startswith(f"{pointer.replace(' ', '')}+")


def _is_shared(sharing: Sharing, obj: Value, write: Call) -> bool:
    if obj.origin == "field":
        return not (_is_made(sharing, obj.name) or sharing.is_guarded(obj, write))
    if obj.origin == "parameter":
        function = write.function
        from_python = (function.is_in_table or function.is_bound) and obj.parameter < _PYTHONS_PARAMETERS
        given = from_python or (function.is_called_only and bool(function.callers))
        return given and not obj.producers and not sharing.is_guarded(obj, write)
    return obj.origin == "static" and not (_is_made(sharing, obj.name) or sharing.is_guarded(obj, write))


def _is_made(sharing: Sharing, name: str) -> bool:
    """Does what the project stores there come from a call that makes a new object?"""
    stores = sharing.containers.stores(name)
    return any(capi.lookup(way).fresh for store in stores for way in store.value.reached)


rule = Rule(
    code="UG222",
    slug="immutable-object-mutated",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an item of a tuple that the caller passed in",
            """\
static PyObject *
clear_first(PyObject *self, PyObject *tuple)
{
    PyTuple_SET_ITEM(tuple, 0, Py_NewRef(Py_None));  // <--
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"clear_first", clear_first, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "a new tuple",
            """\
static PyObject *
without_first(PyObject *self, PyObject *tuple)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    PyObject *copy = PyTuple_New(n);
    if (copy == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(copy, i, Py_NewRef(i == 0 ? Py_None : PyTuple_GET_ITEM(tuple, i)));
    return copy;
}

static PyMethodDef methods[] = {{"without_first", without_first, METH_O, ""}, {NULL}};
""",
        ),
        Bad(
            "bytes that the caller passed in, used as a buffer",
            """\
static PyObject *
mask(PyObject *self, PyObject *payload)
{
    char *bytes = PyBytes_AS_STRING(payload);
    memset(bytes, 0, PyBytes_GET_SIZE(payload));  // <--
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"mask", mask, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "bytes that the function has just made",
            """\
static PyObject *
copy_of(PyObject *self, PyObject *payload)
{
    Py_ssize_t n = PyBytes_GET_SIZE(payload);
    PyObject *result = PyBytes_FromStringAndSize(NULL, n);
    if (result != NULL)
        memcpy(PyBytes_AS_STRING(result), PyBytes_AS_STRING(payload), n);
    return result;
}

static PyMethodDef methods[] = {{"copy_of", copy_of, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "a helper that fills what its callers make",
            """\
static void
fill(PyObject *tuple, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(Py_None));
}

static PyObject *
nones(PyObject *self, PyObject *unused)
{
    PyObject *tuple = PyTuple_New(3);
    if (tuple != NULL)
        fill(tuple, 3);
    return tuple;
}

static PyMethodDef methods[] = {{"nones", nones, METH_NOARGS, ""}, {NULL}};
""",
        ),
    ),
)
