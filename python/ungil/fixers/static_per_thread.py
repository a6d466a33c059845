"""The static variables in which a function returns something, or remembers it, become each thread's own.

What it does
    Where scratch space is returned, or keeps what the last arguments led to, it makes all static variables that the
    function changes ``thread_local`` in C++ and ``PER_THREAD`` in C, which is ``_Thread_local`` or what Microsoft's
    compiler has for it: each thread sees what a single thread always saw.

What to look at
    What one thread leaves there does not reach another any more, each thread begins anew, and the memory goes with the
    thread: no pointer to it may be kept elsewhere.

What it leaves
    Functions that keep something else between their calls, that also keep Python objects or containers so, and
    variables whose address goes further than to the caller.
"""

from __future__ import annotations

import re

from ungil.facts.model import Role
from ungil.facts.native.statics import SharedStatic, by_writer, holds_object
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.statics.array_size import array_size
from ungil.rewrite.statics.leaving import leaves
from ungil.syntax.functions import WrittenFunction

_MACRO = "PER_THREAD"
_LARGEST = 1 << 16  # bytes of each thread
_NUMBERS_AND_BUFFERS = {Role.SCRATCH, Role.PLAIN, Role.LAZY, Role.TORN}
_CHECK = "no thread waits for what another leaves in these variables, and no pointer to them outlives its thread"


def repair(site: Site) -> Repair | Decision | None:
    """All variables that the functions of the finding change."""
    is_cxx = not site.path.endswith(".c")
    if site.path.endswith(".h"):
        return None
    pen = Pen(site.path, site.unit)
    statics: set[int] = set()
    for function in _functions(site):
        changed = _changed_in(site, function)
        if not (_is_returned(site, function, changed) or _remembers_arguments(function, changed)):
            return None
        statics |= {_static_word(site, function, one) for one in changed}
    for word in sorted(statics):
        pen.insert(site.unit.words[word].end, " thread_local" if is_cxx else f" {_MACRO}")
    return Repair(edits=pen.edits, needs=frozenset() if is_cxx else frozenset({_MACRO})) if statics else None


def _functions(site: Site) -> list[WrittenFunction]:
    """Those whose scratch space the finding is about."""
    for scratch in by_writer(site.facts.shared_statics, Role.SCRATCH):
        first = min(scratch, key=lambda s: (s.variable.span.line, s.variable.span.column)).variable
        place = (first.file.path, first.span.line, first.span.column)
        if place == (site.path, site.finding.location.line, site.finding.location.column):
            found = {static.places[0].function.key: _function(site, static) for static in scratch}
            return list(found.values())
    return []


def _function(site: Site, static: SharedStatic) -> WrittenFunction:
    span = static.variable.span
    function = site.unit.function_at(site.unit.text.offset(span.line, span.column))
    if function is None or not static.variable.is_local:
        raise Undecided(f"where '{static.variable.name}' is declared could not be read: make it _Thread_local by hand")
    return function


def _changed_in(site: Site, function: WrittenFunction) -> list[SharedStatic]:
    """The function's own static variables that it changes, if all can be each thread's own."""
    found = [
        static
        for static in site.facts.shared_statics
        if static.variable.is_local and any(a.function.key == function.facts.key for a in static.accesses)
    ]
    for static in found:
        name = static.variable.name
        if static.role not in _NUMBERS_AND_BUFFERS or holds_object(static.variable, static.accesses):
            raise Undecided(f"{function.name}() also keeps '{name}' between its calls: who shares what in it?")
        if static.variable.pointers and not static.variable.is_array:
            raise Undecided(f"what '{name}' points to is kept between the calls of {function.name}(): who shares it?")
        fate = leaves(site.tree, function, name, is_array=static.variable.is_array)
        if fate and re.fullmatch(r"(?:is given to \w+\(\), where it )*is returned", fate) is None:
            raise Undecided(f"'{name}' {fate}: let the caller say where it stands")
    return found


def _is_returned(site: Site, function: WrittenFunction, changed: list[SharedStatic]) -> bool:
    """Each call fills it for its caller."""
    variables = (static.variable for static in changed)
    return all(leaves(site.tree, function, one.name, is_array=one.is_array) for one in variables)


def _remembers_arguments(function: WrittenFunction, changed: list[SharedStatic]) -> bool:
    """``if (day != last)``: what is kept is what the last arguments led to, and nobody else's."""
    names, words = {static.variable.name for static in changed}, function.words
    given = {one.name for one in function.parameters}
    heads = [range(*one.head) for one in function.body.within() if one.kind == "if"]
    compared = [
        (words[at - 1].text, words[at + 1].text) for head in heads for at in head if words[at].text in {"!=", "=="}
    ]
    return any((one in names and other in given) or (other in names and one in given) for one, other in compared)


def _static_word(site: Site, function: WrittenFunction, static: SharedStatic) -> int:
    """The word ``static`` of its declaration."""
    words, span = site.unit.words, static.variable.span
    statement = function.statement_at(words.at(site.unit.text.offset(span.line, span.column)))
    local = function.local(static.variable.name)
    if local is None or array_size(site, local) > _LARGEST:
        raise Undecided(f"is it much that each thread has its own '{static.variable.name}'? If not, make it so")
    head = range(statement.head.first, statement.head.last) if statement is not None else range(0)
    word = next((at for at in head if words[at].text == "static"), None)
    if word is None or statement is None or not words.is_whole(statement.words):
        raise Undecided(f"how '{static.variable.name}' is declared could not be read: make it _Thread_local by hand")
    return word


fixer = Fixer(
    slug="static-per-thread",
    codes=frozenset({"UG203"}),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "a string that is returned",
            """\
#include <Python.h>

static const char *
hex(unsigned char byte)
{
    static char digits[3];
    snprintf(digits, sizeof(digits), "%02x", byte);
    return digits;
}

static PyObject *
hexed(PyObject *self, PyObject *byte)
{
    return PyUnicode_FromString(hex((unsigned char)PyLong_AsLong(byte)));
}

static PyMethodDef methods[] = {{"hexed", hexed, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define PER_THREAD __declspec(thread)
#else
#define PER_THREAD _Thread_local
#endif

static const char *
hex(unsigned char byte)
{
    static PER_THREAD char digits[3];
    snprintf(digits, sizeof(digits), "%02x", byte);
    return digits;
}

static PyObject *
hexed(PyObject *self, PyObject *byte)
{
    return PyUnicode_FromString(hex((unsigned char)PyLong_AsLong(byte)));
}

static PyMethodDef methods[] = {{"hexed", hexed, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "what one call works out for the next, in C++",
            """\
#include <Python.h>
#include <cmath>

static double sidereal(double day)
{
    static double last = -1;
    static double start[2]; /* of this day and the next */
    double now;
    if (day != last) {
        start[0] = std::fmod(day, 24.0);
        start[1] = start[0] + 1;
        last = day;
    }
    now = start[0] * start[1];
    return now + 0.5;
}

PyObject *get_sidereal(PyObject *self, PyObject *day)
{
    return PyFloat_FromDouble(sidereal(PyFloat_AsDouble(day)));
}
""",
            """\
#include <Python.h>
#include <cmath>

static double sidereal(double day)
{
    static thread_local double last = -1;
    static thread_local double start[2]; /* of this day and the next */
    double now;
    if (day != last) {
        start[0] = std::fmod(day, 24.0);
        start[1] = start[0] + 1;
        last = day;
    }
    now = start[0] * start[1];
    return now + 0.5;
}

PyObject *get_sidereal(PyObject *self, PyObject *day)
{
    return PyFloat_FromDouble(sidereal(PyFloat_AsDouble(day)));
}
""",
            "example.cpp",
        ),
        Left(
            "what is kept in an object",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    char *text;
} Label;

static PyObject *
set_text(Label *self, PyObject *byte)
{
    static char digits[3];
    snprintf(digits, sizeof(digits), "%02lx", PyLong_AsLong(byte));
    self->text = digits;
    Py_RETURN_NONE;
}
""",
            "'digits' is stored in 'self->text'",
        ),
    ),
)
