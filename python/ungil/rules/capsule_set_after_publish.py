"""A capsule is changed after others have got it.

What it finds
    ``PyCapsule_SetPointer()``, ``PyCapsule_SetName()``, ``PyCapsule_SetContext()`` and ``PyCapsule_SetDestructor()``
    on a capsule that the function did not make itself: an argument, a field, a static variable. A capsule that is
    new, or that Python code has just returned, is left alone.

Why it is unsafe without the GIL
    The fields of a capsule are plain memory. ``PyCapsule_GetPointer()`` in another thread reads name and pointer
    while they are set, and two threads that both test the name and then mark the capsule as used both take what is in
    it: the data has two owners, and is freed twice.

How to fix it
    Set everything before the capsule is stored or returned. Where a capsule is handed over by renaming it, as in
    DLPack, test and rename in one ``Py_BEGIN_CRITICAL_SECTION(capsule)`` (Python 3.13).

References
    https://docs.python.org/3/c-api/capsule.html
    https://docs.python.org/3/library/threadsafety.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.facts.model import Call, Facts
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_SETTERS = frozenset({"PyCapsule_SetPointer", "PyCapsule_SetName", "PyCapsule_SetContext", "PyCapsule_SetDestructor"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first setter that each function calls on a capsule which others may have."""
    sharing = Sharing(facts)
    reported = set()
    for call in facts.calls_to(_SETTERS):
        question = (call.function.key, call.arguments[0].object if call.arguments else "")
        if question not in reported and _is_shared(sharing, call):
            reported.add(question)
            yield rule.finding(
                call.function.file,
                call.span,
                f"{call.name}() changes the capsule '{call.arguments[0].text}' while another thread reads it or "
                "changes it "
                "too",
                fix="set it before others get the capsule, or test and set in one critical section on it (Python 3.13)",
                confidence=Confidence.MEDIUM,
            )


def _is_shared(sharing: Sharing, call: Call) -> bool:
    if not call.arguments or runs_alone(call):
        return False
    capsule = call.arguments[0]
    function = call.function
    just_made = bool(capsule.producers) and all(_gives_new(producer) for producer in capsule.producers)
    makes = function.name == function.scope or any(made.name == "PyCapsule_New" for made in function.calls)
    return not (just_made or makes or sharing.is_guarded(capsule, call))


def _gives_new(producer: str) -> bool:
    known = capi.lookup(producer)
    return known.calls or known.fresh


rule = Rule(
    code="UG221",
    slug="capsule-set-after-publish",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a capsule that is marked as used",
            """\
static PyObject *
from_dlpack(PyObject *self, PyObject *capsule)
{
    DLManagedTensor *tensor = PyCapsule_GetPointer(capsule, "dltensor");
    if (tensor == NULL || PyCapsule_SetName(capsule, "used_dltensor") < 0)  // <--
        return NULL;
    return wrap_tensor(tensor);
}

static PyMethodDef methods[] = {{"from_dlpack", from_dlpack, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "test and mark in one critical section",
            """\
static PyObject *
from_dlpack(PyObject *self, PyObject *capsule)
{
    DLManagedTensor *tensor;
    Py_BEGIN_CRITICAL_SECTION(capsule);
    tensor = PyCapsule_GetPointer(capsule, "dltensor");
    if (tensor != NULL && PyCapsule_SetName(capsule, "used_dltensor") < 0)
        tensor = NULL;
    Py_END_CRITICAL_SECTION();
    return tensor == NULL ? NULL : wrap_tensor(tensor);
}

static PyMethodDef methods[] = {{"from_dlpack", from_dlpack, METH_O, ""}, {NULL}};
""",
        ),
        Good(
            "a new capsule",
            """\
static PyObject *
export_view(PyObject *self, PyObject *owner)
{
    PyObject *capsule = PyCapsule_New(get_view(owner), "view", free_view);
    if (capsule == NULL)
        return NULL;
    if (PyCapsule_SetContext(capsule, Py_NewRef(owner)) < 0) {
        Py_DECREF(owner);
        Py_CLEAR(capsule);
    }
    return capsule;
}

static PyMethodDef methods[] = {{"export_view", export_view, METH_O, ""}, {NULL}};
""",
        ),
    ),
)
