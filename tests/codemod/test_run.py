"""Rounds of repairs: what is repaired, what waits, what is taken back, what is left."""

from __future__ import annotations

from tests.codemod.repairing import project, repaired, text_of
from tests.fixers.compiling import complaints

from ungil.audit import Policy
from ungil.finding import Severity

HEAD = "#include <Python.h>\n"
TWICE = """\
static PyObject *
both(PyObject *self, PyObject *args)
{
    PyObject *list = PyTuple_GET_ITEM(args, 0), *dict = PyTuple_GET_ITEM(args, 1);
    PyObject *item = PyList_GetItem(list, 0);
    if (item == NULL)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(dict, item);
    if (value == NULL)
        return NULL;
    return PyNumber_Add(item, value);
}
"""
# What is read before another thread may come in, and used behind that: a lock does not help.
STALE = """\
typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit(PyObject *op, PyObject *callback)
{
    Shelf *self = (Shelf *)op;
    long before = self->hits;
    PyObject *result = PyObject_CallNoArgs(callback);
    if (result == NULL)
        return NULL;
    self->hits = before + 1;
    return result;
}

static PyMethodDef methods[] = {{"hit", hit, METH_O, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
"""


def test_repairs_that_meet_are_made_one_after_the_other() -> None:
    """Two references that end at one place are both released there, in as many rounds as that takes."""
    outcome = repaired(project({"x.c": HEAD + TWICE}), min_python=(3, 13))
    text = text_of(outcome, "x.c")
    assert [one.finding.code for one in outcome.fixed] == ["UG101", "UG102"]
    assert (text.count("Py_DECREF(item)"), text.count("Py_DECREF(value)")) == (2, 1)
    assert outcome.left == ()


def test_a_repair_that_would_leave_something_worse_is_taken_back() -> None:
    """The text is as it was, and the finding says what the repair would have left."""
    outcome = repaired(project({"x.c": HEAD + STALE}))
    assert outcome.changed == {}
    assert [(one.finding.code, "would leave suspended-critical-section" in one.decision) for one in outcome.left] == [
        ("UG212", True)
    ]


def test_one_repair_that_fails_does_not_keep_the_others_back() -> None:
    """What can be repaired beside it is."""
    outcome = repaired(project({"x.c": HEAD + STALE, "y.c": HEAD + TWICE, "z.c": HEAD + TWICE}))
    assert sorted(outcome.changed) == ["y.c", "z.c"]
    assert [one.finding.code for one in outcome.left] == ["UG212"]


def test_what_is_worse_is_due_to_one_repair_of_a_file() -> None:
    """The others of the same file are made without it, and it is not tried again on top of them."""
    outcome = repaired(project({"x.c": HEAD + STALE + TWICE}), codes=frozenset({"UG101", "UG212"}))
    assert [one.finding.code for one in outcome.fixed] == ["UG101"]
    assert [one.finding.code for one in outcome.left] == ["UG212"]
    assert outcome.rounds == 3  # as it was, with both repairs, with one


# The lock is held by who calls it, and it is not edited.
HELPER = STALE.replace(
    "static PyObject *\nhit(PyObject *op, PyObject *callback)\n{\n    Shelf *self = (Shelf *)op;\n",
    "static PyObject *\nmove(Shelf *self, PyObject *callback)\n{\n",
).replace(
    "static PyMethodDef",
    "static PyObject *\nhit(PyObject *op, PyObject *callback)\n{\n    Shelf *self = (Shelf *)op;\n"
    "    self->hits++;\n    return move(self, callback);\n}\n\nstatic PyMethodDef",
)


def test_what_is_worse_in_a_helper_is_due_to_the_repair_of_its_callers() -> None:
    """A section that is held around a call may be suspended in it; what is repaired elsewhere in the file stays."""
    outcome = repaired(project({"x.c": HEAD + HELPER + TWICE}), codes=frozenset({"UG101", "UG212"}))
    assert [one.finding.code for one in outcome.fixed] == ["UG101"]
    assert "would leave suspended-critical-section" in outcome.left[0].decision
    assert outcome.rounds == 3


def test_what_goes_with_a_repair_is_told() -> None:
    """One lock is one repair, and all findings of the fields that it guards are gone."""
    hit = STALE.replace("PyObject_CallNoArgs(callback)", "PyLong_FromLong(before)")
    more = "static PyObject *\nmore(Shelf *self, PyObject *unused)\n{\n    self->hits++;\n    Py_RETURN_NONE;\n}\n"
    code = hit.replace("static PyMethodDef", more + "static PyMethodDef").replace('{"hit"', '{"more", more}, {"hit"')
    outcome = repaired(project({"x.c": HEAD + code}))
    assert [one.finding.location.line for one in outcome.fixed] == [15]
    assert [(one.code, one.location.line) for one in outcome.gone] == [("UG212", 22)]
    assert outcome.after.audit.findings == ()


def test_nothing_is_repaired_that_a_comment_allows() -> None:
    """Whoever allowed it has decided."""
    allowed = TWICE.replace(
        "    PyObject *item = PyList",
        "    // ungil: allow(borrowed-list-item) nobody else has it\n    PyObject *item = PyList",
    )
    outcome = repaired(project({"x.c": HEAD + allowed}), min_python=(3, 13))
    assert [one.finding.code for one in outcome.fixed] == ["UG102"]
    assert "PyList_GetItem(list, 0)" in text_of(outcome, "x.c")


def test_only_what_was_asked_for_is_repaired() -> None:
    """The codes of the order decide; what is found beside them counts as found all the same."""
    outcome = repaired(project({"x.c": HEAD + TWICE}), codes=frozenset({"UG102"}), min_python=(3, 13))
    assert [one.finding.code for one in outcome.fixed] == ["UG102"]
    assert (len(outcome.before.audit.findings), len(outcome.after.audit.findings)) == (2, 1)
    assert outcome.left == ()


def test_what_a_file_is_exempt_from_is_not_repaired_there() -> None:
    """The project's own settings for a file hold."""
    policy = Policy(per_file_ignores=(("x.c", ("UG1",)),))
    files = {"x.c": HEAD + TWICE, "y.c": HEAD + TWICE}
    assert list(repaired(project(files), policy=policy).changed) == ["y.c"]


def test_a_repair_that_needs_a_look_waits_for_permission() -> None:
    """Without it the finding is left, and the fixer is named that would go on."""
    code = HEAD + STALE.replace("PyObject_CallNoArgs(callback)", "PyLong_FromLong(before)")
    outcome = repaired(project({"x.c": code}), unsafe=False)
    assert outcome.changed == {}
    assert [one.unsafe.slug for one in outcome.left if one.unsafe is not None] == ["locked-methods"]
    assert repaired(project({"x.c": code})).left == ()


def test_a_project_without_findings_is_audited_once() -> None:
    """Nothing changes, and nothing is done twice."""
    outcome = repaired(project({"x.c": HEAD}))
    assert (outcome.changed, outcome.fixed, outcome.left, outcome.rounds) == ({}, (), (), 1)


MODULE = """\
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    return m;
}
"""
LOCKED = """\
typedef struct { PyObject_HEAD long hits; } Shelf;
PyObject *hit(Shelf *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->hits++;
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}
"""


def test_a_module_declares_when_nothing_else_is_found() -> None:
    """The declaration comes in the round after the last other repair."""
    outcome = repaired(project({"x.c": HEAD + TWICE + LOCKED + MODULE}), min_python=(3, 13))
    assert [one.finding.code for one in outcome.fixed] == ["UG101", "UG102", "UG001"]
    assert outcome.left == ()


def test_a_module_does_not_declare_while_something_is_left() -> None:
    """What is left is named as the reason; asked for alone, the declaration is made."""
    files = {"x.c": HEAD + STALE + LOCKED.replace("Shelf", "Rack").replace("hit(", "put(") + MODULE}
    outcome = repaired(project(files))
    assert outcome.changed == {}
    assert ["first the other finding" in one.decision for one in outcome.left if one.finding.code == "UG001"] == [True]
    alone = repaired(project(files), codes=frozenset({"UG001"}))
    assert [one.finding.code for one in alone.fixed] == ["UG001"]


FILLED = """\
static PyObject *decimal;

PyObject *
get_decimal(PyObject *self, PyObject *unused)
{
    if (decimal == NULL) {
        decimal = PyImport_ImportModule("decimal");
        if (decimal == NULL)
            return NULL;
    }
    return Py_NewRef(decimal);
}
"""


def test_repairs_of_one_function_are_made_one_after_the_other() -> None:
    """What is filled while the module is made leaves it as the module's function does by then: it compiles."""
    outcome = repaired(project({"x.c": HEAD + FILLED + MODULE}), min_python=(3, 13), level=Severity.NOTE)
    assert {one.finding.code for one in outcome.fixed} == {"UG001", "UG201"}
    assert complaints(text_of(outcome, "x.c")) == ""
