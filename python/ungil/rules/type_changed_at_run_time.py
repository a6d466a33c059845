"""A type is changed while threads use it.

What it finds
    Slots of a type that are set (``type->tp_call = ...``, ``tp_flags``, ``tp_base`` and their kin) and calls of
    ``PyType_Modified()`` in code that runs while the module is in use. Types that the function has just made or that
    it readies, and code that runs only while the module is initialised or in a finaliser are left alone. Changes of a
    type's dict are what direct-container-internals reports.

Why it is unsafe without the GIL
    Every thread reads the slots of a type without a lock, at each call and each attribute, and keeps what it found in
    caches. A slot that is set meanwhile is a data race: one thread has tested the old value and calls the new one.
    ``PyType_Modified()`` tells the caches only after the change.

How to fix it
    Set slots before ``PyType_Ready()``, or give them in the ``PyType_Spec``. Change attributes through
    ``PyObject_SetAttr()`` on the type, which locks it. A type that should not change takes
    ``Py_TPFLAGS_IMMUTABLETYPE`` (Python 3.10).

References
    https://docs.python.org/3/c-api/type.html#c.PyType_Modified
    https://docs.python.org/3/c-api/typeobj.html#c.Py_TPFLAGS_IMMUTABLETYPE
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.facts.model import Call, Facts, Function, Member, Value
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_SLOTS = frozenset(
    {"tp_call", "tp_new", "tp_init", "tp_flags", "tp_getattro", "tp_setattro", "tp_richcompare", "tp_hash", "tp_iter"}
    | {"tp_iternext", "tp_descr_get", "tp_descr_set", "tp_base", "tp_bases", "tp_mro"}
)
_MAKES_TYPES = frozenset({"PyType_Ready", "tp_new", "tp_alloc", "PyType_GenericAlloc", "PyType_GenericNew"})
_MAKES_TYPES |= {"custom_type_setup"}  # a lambda that pybind11 runs before the type is ready
_DEPTH = 2  # of callers that are asked
_MOST_CALLERS = 8


def check(facts: Facts) -> Iterator[Finding]:
    """The first change in each function that changes a type which others use."""
    sharing = Sharing(facts)
    changes: dict[tuple[int, int], Member | Call] = {}
    for member in facts.members(_SLOTS):
        if member.is_written and _is_shared(sharing, member.owner, member):
            changes.setdefault(member.function.key, member)
    for call in facts.calls_to({"PyType_Modified"}):
        if call.arguments and _is_shared(sharing, call.arguments[0], call) and not _changes_dict(call.function):
            changes.setdefault(call.function.key, call)
    yield from map(_finding, changes.values())


def _is_shared(sharing: Sharing, owner: Value, place: Member | Call) -> bool:
    makes = runs_alone(place) or _makes_types(place.function, _DEPTH)
    return not (makes or owner.on_stack or sharing.is_guarded(owner, place))


def _makes_types(function: Function, depth: int) -> bool:
    """Does the function, or one that calls it, make a type? Then it is that one that it sets up."""
    if any(call.name in _MAKES_TYPES or call.name.startswith("PyType_From") for call in function.calls):
        return True
    return depth > 0 and any(_makes_types(call.function, depth - 1) for call in function.callers[:_MOST_CALLERS])


def _changes_dict(function: Function) -> bool:
    return any(
        call.arguments and call.arguments[0].name == "tp_dict"
        for call in function.calls
        if call.name in capi.changing()
    )


def _finding(change: Member | Call) -> Finding:
    owner = change.owner if isinstance(change, Member) else change.arguments[0]
    what = f"sets {change.name} of" if isinstance(change, Member) else "has changed"
    return rule.finding(
        change.function.file,
        change.span,
        f"{change.function.name}() {what} the type '{owner.text}' while other threads use its slots and the caches "
        "made "
        "from them",
        fix="set slots before PyType_Ready() or in the PyType_Spec, and change attributes with PyObject_SetAttr() on "
        "the type",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG220",
    slug="type-changed-at-run-time",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a slot that a method sets",
            """\
static PyTypeObject Proxy_Type;

static PyObject *
enable_calls(PyObject *self, PyObject *unused)
{
    Proxy_Type.tp_call = proxy_call;  // <--
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"enable_calls", enable_calls, METH_NOARGS, ""}, {NULL}};
""",
        ),
        Good(
            "a slot that is set before the type is ready",
            """\
static PyTypeObject Proxy_Type;

static int
exec_module(PyObject *module)
{
    Proxy_Type.tp_call = proxy_call;
    return PyModule_AddType(module, &Proxy_Type);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Bad(
            "flags of a class that the caller passed in",
            """\
static PyObject *
seal(PyObject *self, PyObject *cls)
{
    PyTypeObject *type = (PyTypeObject *)cls;
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;  // <--
    PyType_Modified(type);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"seal", seal, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "a type that the function has just made",
            """\
static PyObject *
make_class(PyObject *self, PyObject *bases)
{
    PyObject *type = PyType_FromSpecWithBases(&spec, bases);
    if (type == NULL)
        return NULL;
    ((PyTypeObject *)type)->tp_call = proxy_call;
    PyType_Modified((PyTypeObject *)type);
    return type;
}

static PyMethodDef methods[] = {{"make_class", make_class, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "an attribute that is set through the type",
            """\
static PyObject *
tag(PyObject *self, PyObject *cls)
{
    if (PyObject_SetAttrString(cls, "tagged", Py_True) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"tag", tag, METH_O, ""}, {NULL}};
""",
        ),
    ),
)
