"""The list of weak references is cleared without being looked at before.

What it does
    Drops ``if (self->weakreflist != NULL)`` before ``PyObject_ClearWeakRefs()``, which does nothing where there are
    none.

What it leaves
    Tests of more than the list, calls in other functions than those that deallocate, and objects of whose type no
    offset of the list is seen: for them the call is an error.
"""

from __future__ import annotations

import re

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen

_NULL = {"NULL", "0", "nullptr"}


def repair(site: Site) -> Repair | Decision | None:
    """The call in the place of the ``if``."""
    words, call = site.unit.words, site.statement
    test = call.parent.parent if call.parent is not None and call.parent.kind == "block" else call.parent
    if test is None or test.kind != "if" or len(test.parts) > 1 or len(list(test.parts[0].within())) > 2:  # noqa: PLR2004
        raise Undecided("more than the call stands under the test: call PyObject_ClearWeakRefs() in any case")
    field = _tested([words[at].text for at in range(*test.head)])
    if not field or call.words.first != site.word or not words.is_whole(test.words):
        raise Undecided("more than the list is tested: call PyObject_ClearWeakRefs() in any case")
    if any(words.start(test.words) <= start < words.end(test.words) for start, _ in site.unit.text.comments):
        raise Undecided("a comment speaks of the test: call PyObject_ClearWeakRefs() in any case")
    if not re.search(r"dealloc|free|__del__", site.function.name) or not site.function.facts.is_finaliser:
        raise Undecided("only an object that nobody refers to has its list cleared so: call it where it is deallocated")
    kind = site.function.facts.type_of(words[test.head.first].text)
    offset = re.compile(rf"offsetof\s*\(\s*(?:struct\s+)?{kind}\s*,\s*{field}\s*\)".encode())
    if not any(offset.search(source.data) for source in site.tree.sources.values()):
        raise Undecided(f"does the type have the offset of '{field}'? If so, call PyObject_ClearWeakRefs() in any case")
    pen = Pen(site.path, site.unit)
    pen.instead(test, words.source(call.words))
    return Repair(edits=pen.edits)


def _tested(texts: list[str]) -> str:
    """The field that is compared with NULL: ``self->weakreflist != NULL``; empty if it is something else."""
    if texts[-2:-1] == ["!="] and texts[-1] in _NULL:
        texts = texts[:-2]
    elif texts[1:2] == ["!="] and texts[0] in _NULL:
        texts = texts[2:]
    return texts[-1] if texts[-2:-1] in (["->"], ["."]) and not {"&&", "||", "!", "==", "!="} & set(texts) else ""


fixer = Fixer(
    slug="clear-weakrefs",
    codes=frozenset({"UG404"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a test in braces",
            """\
#include <Python.h>
#include <stddef.h>

typedef struct {
    PyObject_HEAD
    PyObject *weakreflist;
} Node;

static void
node_dealloc(Node *self)
{
    if (self->weakreflist != NULL) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject NodeType = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "spam.Node",
    .tp_basicsize = sizeof(Node),
    .tp_dealloc = (destructor)node_dealloc,
    .tp_weaklistoffset = offsetof(Node, weakreflist),
};
""",
            """\
#include <Python.h>
#include <stddef.h>

typedef struct {
    PyObject_HEAD
    PyObject *weakreflist;
} Node;

static void
node_dealloc(Node *self)
{
    PyObject_ClearWeakRefs((PyObject *)self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject NodeType = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "spam.Node",
    .tp_basicsize = sizeof(Node),
    .tp_dealloc = (destructor)node_dealloc,
    .tp_weaklistoffset = offsetof(Node, weakreflist),
};
""",
        ),
        Left(
            "a type whose offset is not seen",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *weakreflist;
} Node;

static void
node_dealloc(Node *self)
{
    if (self->weakreflist)
        PyObject_ClearWeakRefs((PyObject *)self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyType_Slot slots[] = {{Py_tp_dealloc, node_dealloc}, {0, NULL}};
""",
            "does the type have the offset of 'weakreflist'?",
        ),
    ),
)
