"""The interpreter is asked whether nobody else has a reference, instead of a count being compared with one.

What it does
    ``Py_REFCNT(x) == 1`` becomes ``PyUnstable_Object_IsUniquelyReferenced(x)`` (Python 3.14), and ``!= 1`` or ``> 1``
    its opposite; ``x->ob_refcnt == 1`` likewise. On a GIL-enabled build that is the same comparison. A free-threaded
    build answers no where it cannot be sure, as for an object that another thread made: the opposite, which may say of
    such an object that others have it, needs a look.

What it leaves
    Counts that are compared with more than one, or worked with, and code that is built for the limited API, which does
    not have the function.
"""

from __future__ import annotations

import re

from ungil.facts.model import Member
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.objects import as_object
from ungil.syntax.words import Range, Words

_UNIQUE = "PyUnstable_Object_IsUniquelyReferenced"
_ANSWERS = {"== 1": "", "<= 1": "", "< 2": "", "!= 1": "!", "> 1": "!", ">= 2": "!"}
_CHECK = "what is done if others have the object is right also if only another thread made it"
_TURNED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
# In C, and in what builds it: ("Py_LIMITED_API", "0x030B0000").
_DEFINES_LIMITED_API = re.compile(rb"""^(?:[ \t]*#[ \t]*define[ \t]+|[^#\n]*["'/D])Py_LIMITED_API\b""", re.MULTILINE)
_MAY_STAND_BEFORE = {"(", "&&", "||", "=", "return", "?", ":", ",", "{", ";"}
_MAY_STAND_BEHIND = {")", "&&", "||", ";", "?", ":", ",", "}"}


def repair(site: Site) -> Repair | Decision | None:
    """One comparison, or all of one object's in the function where a member is compared."""
    words = site.unit.words
    pen = Pen(site.path, site.unit)
    if words[site.word].text == "Py_REFCNT":
        _ask(pen, site, Range(site.word, words[site.word + 1].partner + 1), words.inside(site.word + 1))
    for member in _members_of_same_object(site):
        at = words.at(site.unit.text.offset(member.span.line, member.span.column))
        owner = _owner(words, at - 1)
        if words[at - 1].text != "->" or _compared(words, Range(owner.first, at + 1)) is None:
            return None
        _ask(pen, site, Range(owner.first, at + 1), owner)
    if not pen.edits:
        return None
    if any(_DEFINES_LIMITED_API.search(source.data) for source in site.tree.sources.values()):
        return Decision("the limited API has no function that tells: is the object changed, or always copied?")
    check = _CHECK if any(edit.text.startswith("!") for edit in pen.edits) else ""
    return Repair(edits=pen.edits, needs=frozenset({_UNIQUE}), check=check)


def _ask(pen: Pen, site: Site, count: Range, what: Range) -> None:
    """Writes the question in the place of a comparison."""
    words = pen.words
    found = _compared(words, count)
    if found is None:
        raise Undecided("what the count says is worked with: ask PyUnstable_Object_IsUniquelyReferenced() in its place")
    whole, answer = found
    if not words.is_whole(whole):
        raise Undecided("preprocessor directives stand inside the comparison: change it by hand")
    while words[whole.first - 1].text == "(" and words[whole.first - 1].partner == whole.last:
        if words[whole.first - 2].text not in {"(", "&&", "||"}:
            break
        whole = Range(whole.first - 1, whole.last + 1)
    pen.replace(whole, f"{answer}{_UNIQUE}({as_object(site, what)})")


def _compared(words: Words, count: Range) -> tuple[Range, str] | None:
    """The whole comparison with one, and whether it asks for the opposite."""
    operator, number = words[count.last].text, words[count.last + 1].text
    whole = Range(count.first, count.last + 2)
    if f"{operator} {number}" not in _ANSWERS:
        operator, number = _TURNED.get(words[count.first - 1].text, ""), words[count.first - 2].text
        whole = Range(count.first - 2, count.last)
    alone = words[whole.first - 1].text in _MAY_STAND_BEFORE and words[whole.last].text in _MAY_STAND_BEHIND
    answer = _ANSWERS.get(f"{operator} {number}")
    return None if answer is None or not alone else (whole, answer)


def _members_of_same_object(site: Site) -> list[Member]:
    """All uses of the count of the object that the finding is about, in its function."""
    every = [one for one in site.unit.file.members({"ob_refcnt"}) if one.function.key == site.function.facts.key]
    here = next((one for one in every if (one.span.line, one.span.column) == _place(site)), None)
    return [] if here is None else [one for one in every if one.owner.text == here.owner.text]


def _place(site: Site) -> tuple[int, int]:
    return site.finding.location.line, site.finding.location.column


def _owner(words: Words, arrow: int) -> Range:
    """The expression before an arrow: ``x``, ``self->items[0]``, ``((PyObject *)x)``."""
    at = arrow
    while True:
        at -= 1
        while words[at].text in {")", "]"}:
            at = words[at].partner
            if words[at - 1].kind != "name" and words[at - 1].text not in {")", "]"}:
                return Range(at, arrow)
            at -= 1
        if words[at - 1].text not in {".", "->", "::"}:
            return Range(at, arrow)
        at -= 1


fixer = Fixer(
    slug="unique-reference",
    codes=frozenset({"UG401", "UG402"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "an argument that is changed in place",
            """\
#include <Python.h>

static PyObject *
reserve(PyObject *self, PyObject *bytes)
{
    if (Py_REFCNT(bytes) == 1)
        return Py_NewRef(bytes);
    return PyBytes_FromObject(bytes);
}

static PyMethodDef methods[] = {{"reserve", reserve, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

static PyObject *
reserve(PyObject *self, PyObject *bytes)
{
    if (PyUnstable_Object_IsUniquelyReferenced(bytes))
        return Py_NewRef(bytes);
    return PyBytes_FromObject(bytes);
}

static PyMethodDef methods[] = {{"reserve", reserve, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "the opposite, of objects of the project's own",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    Py_ssize_t exports;
    PyObject *items;
} Vector;

static PyObject *
shrink(Vector *self, PyObject *size)
{
    if (self->exports || (Py_REFCNT(self) > 1)) {
        PyErr_SetString(PyExc_BufferError, "somebody else has it");
        return NULL;
    }
    return Py_REFCNT(self->items) < 2 ? Py_NewRef(size) : NULL;
}

static PyMethodDef methods[] = {{"shrink", (PyCFunction)shrink, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    Py_ssize_t exports;
    PyObject *items;
} Vector;

static PyObject *
shrink(Vector *self, PyObject *size)
{
    if (self->exports || !PyUnstable_Object_IsUniquelyReferenced((PyObject *)self)) {
        PyErr_SetString(PyExc_BufferError, "somebody else has it");
        return NULL;
    }
    return PyUnstable_Object_IsUniquelyReferenced(self->items) ? Py_NewRef(size) : NULL;
}

static PyMethodDef methods[] = {{"shrink", (PyCFunction)shrink, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "the member, which a free-threaded build does not have",
            """\
#include <Python.h>

static int
may_change(PyObject *op)
{
    return op->ob_refcnt == 1 || 1 == op->ob_refcnt;
}
""",
            """\
#include <Python.h>

static int
may_change(PyObject *op)
{
    return PyUnstable_Object_IsUniquelyReferenced(op) || PyUnstable_Object_IsUniquelyReferenced(op);
}
""",
            "example.h",
        ),
        Left(
            "a count that is negated before it is compared",
            """\
#include <Python.h>

static int
may_change(PyObject *self, PyObject *op)
{
    return -Py_REFCNT(op) == 1;
}
""",
            "what the count says is worked with",
        ),
        Left(
            "code for the limited API",
            """\
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

static int
may_change(PyObject *self, PyObject *op)
{
    return Py_REFCNT(op) == 1;
}
""",
            "the limited API has no function that tells",
        ),
    ),
)
