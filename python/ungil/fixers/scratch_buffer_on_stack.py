"""Scratch space of one call moves from a static variable to the stack.

What it does
    Drops ``static`` where a call writes the variable before it reads it. Where that cannot be shown, as of an array
    that is filled element by element, the variable begins at zero besides, and that needs a look.

What it leaves
    Variables whose address leaves the function, that keep something from one call to the next, that are declared
    together with one that does, and those too large for a stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ungil.facts.model import Role
from ungil.facts.native.statics import SharedStatic, by_writer, names
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.statics.array_size import array_size
from ungil.rewrite.statics.leaving import leaves
from ungil.syntax.assignment import is_written_first
from ungil.syntax.functions import Local, WrittenFunction
from ungil.syntax.words import Range, Words

_LARGEST = 4096  # bytes: what a function may put on a stack without a thought
_NUMBER = re.compile(
    r"(?:unsigned|signed|char|short|int|long|float|double|bool|_Bool|size_t|ssize_t|Py_ssize_t|wchar_t|u?int\d+_t)"
)
_FILL = {"snprintf", "sprintf", "vsnprintf", "vsprintf", "PyOS_snprintf", "PyOS_vsnprintf", "strcpy"}
_READ_TO_THE_END = re.compile(
    r"(?:s|f)?printf|strn?cat|str(?:len|cmp|casecmp|dup|chr|rchr|str|tol|toul|tod)|f?puts|ato[ilf]"
    r"|Py(?:Unicode_(?:FromString|InternFromString|FromFormat)|Bytes_FromString|Err_(?:SetString|Format|Warn\w*))"
)
_CHECK = (
    "no part of {names} is read that this call has not written: it is zero now, where it held what an earlier call left"
)


@dataclass(frozen=True, slots=True)
class _Scratch:
    """One variable: as a fact, and as it is declared in its function."""

    static: SharedStatic
    function: WrittenFunction
    local: Local

    @property
    def name(self) -> str:
        return self.static.variable.name

    @property
    def words(self) -> Words:
        return self.function.words

    @property
    def is_array(self) -> bool:
        return self.words[self.local.word + 1].text == "["


def repair(site: Site) -> Repair | Decision | None:
    """All variables that the finding is about, or none."""
    found = [_declared(site, static) for static in _concerned(site)]
    uncertain = [one for one in found if not _begins_written(one)]
    for one in found:
        _stays(site, one)
    pen = Pen(site.path, site.unit)
    for word in {_static_word(one, found) for one in found}:
        pen.delete_stretch(site.unit.words[word].start, site.unit.words[word + 1].start)
    for one in found:
        if not one.local.has_initializer and (one in uncertain or (one.is_array and not _only_strings(one))):
            pen.insert(site.unit.words[_end(one) - 1].end, _zero(site, one))
    check = _CHECK.format(names=names([one.static for one in uncertain])) if uncertain else ""
    return Repair(edits=pen.edits, check=check)


def _concerned(site: Site) -> list[SharedStatic]:
    """The variables of the finding, as the rule puts them together."""
    for scratch in by_writer(site.facts.shared_statics, Role.SCRATCH):
        first = min(scratch, key=lambda s: (s.variable.span.line, s.variable.span.column)).variable
        place = (first.file.path, first.span.line, first.span.column)
        if place == (site.path, site.finding.location.line, site.finding.location.column):
            return scratch
    raise Undecided("which variables are meant cannot be told: drop 'static' by hand")


def _declared(site: Site, static: SharedStatic) -> _Scratch:
    """The declaration, if the variable can move."""
    variable = static.variable
    function = site.unit.function_at(site.unit.text.offset(variable.span.line, variable.span.column))
    local = function.local(variable.name) if function is not None else None
    if function is None or local is None or not local.is_static:
        raise Undecided(f"how '{variable.name}' is declared could not be read: drop 'static' by hand")
    one = _Scratch(static, function, local)
    called = {call.name for call in function.facts.calls}
    if function.name in called or called & {"setjmp", "sigsetjmp", "_setjmp"}:
        raise Undecided(
            f"{function.name}() can be entered again before it returns: should '{one.name}' be one for all?"
        )
    if function.words.hides(function.body.words, one.name) or not function.words.is_whole(local.statement.words):
        raise Undecided(f"'{one.name}' also stands where it is not always compiled: drop 'static' by hand")
    if (size := array_size(site, one.local)) > _LARGEST:
        raise Undecided(f"'{one.name}' takes {size:,} bytes: allocate it in the call, or make it _Thread_local")
    if site.unit.file.path.endswith((".cpp", ".cc", ".cxx", ".hpp", ".hh")) and not _is_plain(one):
        raise Undecided(f"'{one.name}' would be constructed in each call: drop 'static' if that is meant")
    return one


def _stays(site: Site, one: _Scratch) -> None:
    """Its address does not leave the function."""
    if fate := leaves(site.tree, one.function, one.name, is_array=one.is_array):
        raise Undecided(f"'{one.name}' {fate}: let the caller say where it stands, or make it _Thread_local")


def _is_plain(one: _Scratch) -> bool:
    """A number, a pointer, or an array of them."""
    typed = one.local.type.removeprefix("const ").split()
    return "*" in one.local.type or all(_NUMBER.fullmatch(word) for word in typed)


def _begins_written(one: _Scratch) -> bool:
    """Each call writes it before it reads it; false if some of it may be older.

    Raises:
        Undecided: it is read first.
    """
    siblings = one.local.statement.siblings
    behind = siblings[siblings.index(one.local.statement) + 1 :]
    if len(one.words.uses(one.local.statement.words, one.name)) > 1 or one.local.statement.is_bare:
        raise Undecided(f"how '{one.name}' is declared could not be read: drop 'static' by hand")
    if is_written_first(one.words, behind, one.name, lambda use, some: _replaces(one, use, some)):
        return True
    if is_written_first(one.words, behind, one.name, lambda use, _: _touches(one, use), loops_run=True):
        return False
    raise Undecided(f"does '{one.name}' keep something from one call to the next? If not, drop 'static'")


def _replaces(one: _Scratch, use: int, some: Range) -> bool:
    """The use writes all of it, and what is written is not worked out from it."""
    words = one.words
    before, after = words[use - 1].text, words[use + 1].text
    if after == "=" and not one.is_array and before not in {"*", "&", ".", "->", "++", "--"}:
        end = use + 2
        while end < some.last and words[end].text not in {")", "]", ",", ";", "}"}:
            end = max(words[end].partner, end) + 1
        return not words.uses(Range(use + 2, end), one.name)
    first = use - 1 if before == "&" else use
    callee, arguments = words[first - 2].text, words.inside(first - 1)
    if words[first - 1].text != "(" or callee not in _FILL | {"memset"}:
        return False
    measured = [at for at in words.uses(arguments, one.name) if "sizeof" in (words[at - 1].text, words[at - 2].text)]
    only = len(words.uses(arguments, one.name)) == 1 + len(measured)
    return only and after == "," and (callee in _FILL or bool(measured))


def _touches(one: _Scratch, use: int) -> bool:
    """The use writes some of it, or gives its address to who may."""
    words = one.words
    before, last = words[use - 1].text, use + 1
    while words[last].text in {"[", "."}:
        last = words[last].partner + 1 if words[last].text == "[" else last + 2
    if words[last].text == "=" and before not in {"*", "&", ".", "->"}:
        return not words.uses(Range(last + 1, _semicolon(words, last)), one.name) and _is_surely_filled(one, use)
    if one.is_array and before == "=" and words[use + 1].text in {";", ",", "+"}:
        return True  # p = buffer
    given = words[last].text in {",", ")"} and (before == "&" or (one.is_array and before in {"(", ","}))
    return given and words[use - 2].text not in {"sizeof", "return"} and words[use - 1].text != "return"


def _is_surely_filled(one: _Scratch, use: int) -> bool:
    """Elements are written one by one, by number, or all in a loop over their index: not one that somebody names."""
    words = one.words
    if words[use + 1].text != "[":
        return True
    index = {words[at].text for at in range(*words.inside(use + 1)) if words[at].kind == "name"}
    statement = one.function.statement_at(use)
    loops = [around for around in statement.around() if around.kind == "loop"] if statement is not None else []
    counted = any(index & {words[at].text for at in range(*loop.head)} for loop in loops)
    written = {words[at + 2].text for at in _elements(one) if words[words[at + 1].partner + 1].text == "="}
    read = {words[at + 2].text for at in _elements(one) if words[words[at + 1].partner + 1].text != "="}
    return counted or (not index and all(number in written for number in read if number.isdecimal()))


def _elements(one: _Scratch) -> list[int]:
    """Where an element is named."""
    uses = one.words.uses(one.function.body.words, one.name)
    return [at for at in uses if at != one.local.word and one.words[at + 1].text == "["]


def _semicolon(words: Words, at: int) -> int:
    while at < len(words) and words[at].text != ";":
        at = max(words[at].partner, at) + 1
    return at


def _static_word(one: _Scratch, found: list[_Scratch]) -> int:
    """The word that goes; all that is declared with it has to go to the stack too."""
    head = one.local.statement.head
    together = [_name(one.words, part) for part in one.words.split(head)]
    others = set(together) - {other.name for other in found if other.local.statement.words == one.local.statement.words}
    if others:
        raise Undecided(f"'{one.name}' is declared together with '{min(others)}': give each its own declaration")
    return next(at for at in range(head.first, head.last) if one.words[at].text == "static")


def _name(words: Words, declarator: Range) -> str:
    """What a declarator declares: the last name before its brackets or initializer."""
    name = ""
    for at in range(declarator.first, declarator.last):
        if words[at].text in {"=", "[", "(", "{"}:
            break
        name = words[at].text
    return name


def _end(one: _Scratch) -> int:
    """One past its declarator."""
    parts = one.words.split(one.local.statement.head)
    return next(part.last for part in parts if part.first <= one.local.word < part.last)


def _zero(site: Site, one: _Scratch) -> str:
    """The initializer that stands for what a static variable begins with."""
    is_cxx = not site.path.endswith((".c", ".h"))
    if not one.is_array and "*" in one.local.type:
        return " = nullptr" if is_cxx else " = NULL"
    if not one.is_array and all(_NUMBER.fullmatch(word) for word in one.local.type.split()):
        return " = 0"
    return " = {}" if is_cxx else " = {0}"


def _only_strings(one: _Scratch) -> bool:
    """Whoever reads it stops at the end of the string that was written."""
    words = one.words
    for use in words.uses(one.function.body.words, one.name):
        at = use
        while at > one.local.word and words[at].text not in {"(", ";", "{", "["}:
            at = words[at].partner - 1 if words[at].text in {")", "]"} else at - 1
        callee, whole = words[at - 1].text, words[use + 1].text in {")", ","} and words[use - 1].text in {"(", ","}
        alone = len(words.split(words.inside(at))) == 1 and callee not in {"if", "while", "for", "switch"}
        written = callee == "sizeof" or (whole and (alone or callee in _FILL or _READ_TO_THE_END.fullmatch(callee)))
        if use != one.local.word and not (words[at].text == "(" and written) and words[use - 1].text != "sizeof":
            return False
    return True


fixer = Fixer(
    slug="scratch-buffer-on-stack",
    codes=frozenset({"UG203"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a number and a string that each call writes anew",
            """\
#include <Python.h>

static PyObject *
cpu_count(PyObject *self, PyObject *path)
{
    static long count;
    static char name[32];

    count = PyLong_AsLong(path);
    if (count < 0)
        return NULL;
    snprintf(name, sizeof(name), "%ld cpus", count);
    return PyUnicode_FromString(name);
}

static PyMethodDef methods[] = {{"cpu_count", cpu_count, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

static PyObject *
cpu_count(PyObject *self, PyObject *path)
{
    long count;
    char name[32];

    count = PyLong_AsLong(path);
    if (count < 0)
        return NULL;
    snprintf(name, sizeof(name), "%ld cpus", count);
    return PyUnicode_FromString(name);
}

static PyMethodDef methods[] = {{"cpu_count", cpu_count, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "an array that is filled by others and element by element",
            """\
#include <Python.h>
#include <unistd.h>

static PyObject *
host(PyObject *self, PyObject *unused)
{
    static char name[256]; /* of this machine */
    static double load[3], sum;

    if (gethostname(name, sizeof(name)) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    for (int i = 0; i < 3; i++)
        load[i] = i;
    sum = load[0] + load[1] + load[2];
    return Py_BuildValue("(sd)", name, sum);
}

static PyMethodDef methods[] = {{"host", host, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>
#include <unistd.h>

static PyObject *
host(PyObject *self, PyObject *unused)
{
    char name[256] = {0}; /* of this machine */
    double load[3] = {0}, sum;

    if (gethostname(name, sizeof(name)) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    for (int i = 0; i < 3; i++)
        load[i] = i;
    sum = load[0] + load[1] + load[2];
    return Py_BuildValue("(sd)", name, sum);
}

static PyMethodDef methods[] = {{"host", host, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "a message that a function of the project gets",
            """\
#include <Python.h>
#include <cstdio>

static void *fail(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return nullptr;
}

PyObject *convert(PyObject *self, PyObject *mode)
{
    if (PyUnicode_GetLength(mode) != 1) {
        static char text[100];
        sprintf(text, "mode of length %zd", PyUnicode_GetLength(mode));
        return (PyObject *)fail(text);
    }
    return Py_NewRef(mode);
}
""",
            """\
#include <Python.h>
#include <cstdio>

static void *fail(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return nullptr;
}

PyObject *convert(PyObject *self, PyObject *mode)
{
    if (PyUnicode_GetLength(mode) != 1) {
        char text[100];
        sprintf(text, "mode of length %zd", PyUnicode_GetLength(mode));
        return (PyObject *)fail(text);
    }
    return Py_NewRef(mode);
}
""",
            "example.cpp",
        ),
        Left(
            "a string that an object keeps",
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
        Left(
            "a pointer that one call leaves for the next",
            """\
#include <Python.h>

static PyObject *
command_line(PyObject *self, PyObject *size)
{
    static char *line;
    line = realloc(line, PyLong_AsSize_t(size));
    if (line == NULL)
        return PyErr_NoMemory();
    return PyUnicode_FromString(fgets(line, 80, stdin));
}
""",
            "does 'line' keep something from one call to the next?",
        ),
        Left(
            "a buffer too large for a stack",
            """\
#include <Python.h>

static PyObject *
read_all(PyObject *self, PyObject *unused)
{
    static char buffer[1 << 20];
    return PyLong_FromSize_t(fread(buffer, 1, sizeof(buffer), stdin));
}
""",
            "'buffer' takes 1,048,576 bytes",
        ),
    ),
)
