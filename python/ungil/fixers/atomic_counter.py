"""A counter or a flag that threads share becomes an atomic.

What it does
    In C it declares the number ``atomic_if_supported``, which is ``_Atomic`` where the compiler has that (Microsoft's
    has it with ``/experimental:c11atomics``, and is left with ``volatile`` without): its ``++`` and ``= 1`` are atomic
    operations then, and stay as they are. In C++ it is a ``std::atomic``, which is read by ``load()``.

What to look at
    Each use is atomic, two together are not: whatever reads the number twice, or decides by it, may find another value.

What it leaves
    Numbers that a function reads and then sets, that make up one value with others, whose address is taken, that other
    files see; pointers in C; and flags that are set before what they announce is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ungil.facts.model import Access, File, Role, Variable
from ungil.facts.native.statics import SharedStatic, by_function, holds_number, is_write, places
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.statics.atomic import ATOMIC_MACRO, Declaration, declaration_of, declare_atomic, include_atomic
from ungil.rules.mutable_global import groups
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

_ATOMIC_UPDATES = {"++", "--", "+=", "-=", "|=", "&=", "^="}
_CHECK_FLAG = "all that the flag announces is written before it is set"
_CHECK = "nothing relies on a shared number staying the same between two uses: each is atomic now, two together are not"


def repair(site: Site) -> Repair | Decision | None:
    """All variables that the finding is about."""
    is_cxx = not site.path.endswith(".c")
    if site.path.endswith(".h"):
        return Decision("each file that includes the header has a variable of its own: where should there be one?")
    check = _CHECK_FLAG if site.finding.code == "UG405" else _CHECK
    pen = Pen(site.path, site.unit)
    found = _concerned(site)
    if not found:
        _declare_member(pen, site)
        return Repair(edits=pen.edits, check=check)
    for static in found:
        _is_plain(site, static)
    for declaration in _declarations(site, found):
        declare_atomic(pen, declaration, is_cxx=is_cxx)
    if not is_cxx:
        return Repair(edits=pen.edits, needs=frozenset({ATOMIC_MACRO}), check=check)
    for access in {_offset(site, access): access for static in found for access in _reads(static)}.values():
        _load(pen, site, access)
    include_atomic(pen)
    return Repair(edits=pen.edits, check=check)


def _concerned(site: Site) -> list[SharedStatic]:
    """The variables of the finding, as its rule puts them together; none if it is about a member of a class."""
    where = site.finding.location
    shared = site.facts.shared_statics
    role = Role.PUBLICATION if site.finding.code == "UG405" else Role.VOLATILE
    every: Iterable[tuple[list[SharedStatic], Access]] = (
        groups(site.facts)
        if site.finding.code == "UG205"
        else ((group, place) for place, group in places(shared, role))
    )
    for statics, place in every:
        if (place.function.file.path, place.span.line, place.span.column) == (where.path, where.line, where.column):
            return statics
    return []


def _is_plain(site: Site, static: SharedStatic) -> None:
    """Every use of the number is one atomic operation, and no function relies on two of them.

    Raises:
        Undecided: it does not look so.
    """
    variable, name = static.variable, static.variable.name
    is_pointer = variable.pointers == 1 and not variable.is_array and not site.path.endswith(".c")
    if not holds_number(variable) and not (is_pointer and static.role is Role.PUBLICATION):
        raise Undecided(f"'{name}' is no number that one atomic operation replaces: guard every use by one lock")
    if any(access.function.file.path != site.path for access in variable.accesses) or variable.file.path != site.path:
        raise Undecided(f"'{name}' is used in several files: make it atomic in all of them")
    for access in variable.accesses:
        if access.kind == "address":
            given = f"given to {access.callee}()" if access.callee else "taken"
            raise Undecided(
                f"the address of '{name}' is {given}: let a local stand there, or guard every use by a lock"
            )
        followed = (access.is_part or access.is_deep) and not (is_pointer and access.kind == "read")
        if access.kind not in {"read", "write", "update"} or followed or access.given_by is not None:
            raise Undecided(f"'{name}' is more than set, counted and read: guard every use by one lock")
        if access.kind == "update" and access.operator not in _ATOMIC_UPDATES:
            raise Undecided(f"'{access.operator}' on '{name}' is no atomic operation: guard every use by one lock")
    for group in by_function(variable.accesses):
        if static.role is Role.PUBLICATION:
            _announces_last(site, group, name)
        else:
            _stands_alone(static, group, site.facts.shared_statics)


def _stands_alone(static: SharedStatic, group: list[Access], others: Iterable[SharedStatic]) -> None:
    """The function uses the number in one way, and not together with another variable that threads share."""
    name, function = static.variable.name, group[0].function
    writes = [access for access in group if is_write(access)]
    reads = [access for access in group if not is_write(access)]
    if writes and reads and not is_write(group[0]):
        raise Undecided(f"{function.name}() sets '{name}' after it has read it: guard both by one lock")
    if writes and reads:
        raise Undecided(f"{function.name}() changes '{name}' and reads it again: take the value of one operation")
    statements = {access.statement for access in reads}
    for other in others:
        together = any(a.function.key == function.key and a.statement in statements for a in other.accesses)
        if together and not holds_number(other.variable):
            raise Undecided(f"'{name}' goes together with '{other.variable.name}': guard every use of both by one lock")


def _announces_last(site: Site, group: list[Access], name: str) -> None:
    """Where a function sets the flag, nothing follows under the lock."""
    for access in filter(is_write, group):
        function = site.unit.function_at(_offset(site, access))
        word = site.unit.words.at(_offset(site, access))
        statement = function.statement_at(word) if function is not None else None
        if statement is None or any(not _ends(site.unit.words, one) for one in _behind(site.unit.words, statement)):
            raise Undecided(f"something follows where '{name}' is set: set it as the last step under the lock")


def _behind(words: Words, statement: Statement) -> Iterator[Statement]:
    """What is run after it, up to the end of the lock."""
    for inner in (statement, *statement.around()):
        siblings = inner.siblings
        for one in siblings[siblings.index(inner) + 1 :]:
            yield one
            if _ends(words, one):
                return
        if inner.parent is not None and any("guard" in words[at].text.lower() for at in _heads(inner.siblings)):
            return


def _heads(statements: Iterable[Statement]) -> Iterator[int]:
    for one in statements:
        if one.kind == "plain":
            yield from range(one.head.first, one.head.last)


def _ends(words: Words, statement: Statement) -> bool:
    """It gives up the lock, or leaves the function."""
    texts = [words[at].text for at in range(statement.words.first, statement.words.last)]
    unlocks = any(re.search(r"unlock|release|END_CRITICAL", text, re.IGNORECASE) for text in texts)
    return statement.kind in {"return", "goto", "label", "break"} or (statement.kind == "plain" and unlocks)


def _reads(static: SharedStatic) -> list[Access]:
    return [access for access in static.variable.accesses if access.kind == "read"]


def _offset(site: Site, thing: Access) -> int:
    return site.unit.text.offset(thing.span.line, thing.span.column)


def _declarations(site: Site, found: list[SharedStatic]) -> list[Declaration]:
    """Of all the variables, each once."""
    declared: dict[Range, Declaration] = {}
    wanted = {static.variable.name for static in found}
    for static in found:
        variable = static.variable
        one = declaration_of(site, variable)
        others = {*one.names} - wanted
        if others:
            raise Undecided(f"'{variable.name}' is declared together with '{min(others)}': give each its declaration")
        words, whole = site.unit.words, Range(0, len(site.unit.words))
        if words.hides(whole, variable.name) or not words.is_whole(
            Range(one.specifiers.first, one.declarators[-1].last)
        ):
            raise Undecided(f"'{variable.name}' also stands where it is not always compiled: make it atomic by hand")
        _comes_behind_includes(site.unit.file, variable)
        declared[one.specifiers] = one
    return list(declared.values())


def _comes_behind_includes(file: File, variable: Variable) -> None:
    """What declares an atomic is included, or written, before the variable is."""
    first = min((function.span.line for function in file.functions), default=variable.span.line)
    if any(variable.span.line < span.line < first for _, span, _ in file.includes):
        raise Undecided(f"'{variable.name}' is declared before an #include: make it atomic by hand")


def _load(pen: Pen, site: Site, access: Access) -> None:
    word = site.unit.words.at(_offset(site, access))
    pen.insert(site.unit.words[word].end, ".load()")


def _declare_member(pen: Pen, site: Site) -> None:
    """The flag beside a ``std::once_flag``."""
    where = site.finding.location.line, site.finding.location.column
    members = (field for record in site.unit.file.records for field in record.fields)
    member = next((one for one in members if (one.span.line, one.span.column) == where), None)
    if member is None:
        raise Undecided("which variable is meant cannot be told: make it atomic by hand")
    one = declaration_of(site, member, is_member=True)
    words = site.unit.words
    every = Range(0, len(words))
    risky = [at for at in words.uses(every, member.name) if words[at - 1].text == "&" or "auto" in words[at - 3].text]
    if len(one.declarators) > 1 or risky or words.hides(every, member.name):
        raise Undecided(f"'{member.name}' is more than set and read: make it atomic by hand")
    declare_atomic(pen, one, is_cxx=True)
    include_atomic(pen)


fixer = Fixer(
    slug="atomic-counter",
    codes=frozenset({"UG205", "UG405", "UG406"}),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "a counter and a flag",
            """\
#include <Python.h>

static long served = 0;
static volatile int stop;

static PyObject *
serve(PyObject *self, PyObject *unused)
{
    served++;
    if (stop)
        Py_RETURN_NONE;
    return PyLong_FromLong(1);
}

static PyObject *
request_stop(PyObject *self, PyObject *unused)
{
    stop = 1;
    return PyLong_FromLong(served);
}

static PyMethodDef methods[] = {
    {"serve", serve, METH_NOARGS, NULL}, {"stop", request_stop, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

#if defined(_MSC_VER) && !defined(__clang__) && (!defined(__STDC_VERSION__) || defined(__STDC_NO_ATOMICS__))
#define atomic_if_supported volatile /* counts can be lost here; not with /std:c11 /experimental:c11atomics */
#else
#define atomic_if_supported _Atomic
#endif

static atomic_if_supported long served = 0;
static atomic_if_supported int stop;

static PyObject *
serve(PyObject *self, PyObject *unused)
{
    served++;
    if (stop)
        Py_RETURN_NONE;
    return PyLong_FromLong(1);
}

static PyObject *
request_stop(PyObject *self, PyObject *unused)
{
    stop = 1;
    return PyLong_FromLong(served);
}

static PyMethodDef methods[] = {
    {"serve", serve, METH_NOARGS, NULL}, {"stop", request_stop, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "a flag that is tested without the lock under which it is set",
            """\
#include <Python.h>

static PyMutex lock;
static int ready;
static unsigned char reversed[256];

static PyObject *
reverse(PyObject *self, PyObject *byte)
{
    if (!ready) {
        PyMutex_Lock(&lock);
        if (!ready) {
            for (int i = 0; i < 256; i++)
                reversed[i] = (unsigned char)(255 - i);
            ready = 1;
        }
        PyMutex_Unlock(&lock);
    }
    return PyLong_FromLong(reversed[PyLong_AsLong(byte) & 255]);
}

static PyMethodDef methods[] = {{"reverse", reverse, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>

#if defined(_MSC_VER) && !defined(__clang__) && (!defined(__STDC_VERSION__) || defined(__STDC_NO_ATOMICS__))
#define atomic_if_supported volatile /* counts can be lost here; not with /std:c11 /experimental:c11atomics */
#else
#define atomic_if_supported _Atomic
#endif

static PyMutex lock;
static atomic_if_supported int ready;
static unsigned char reversed[256];

static PyObject *
reverse(PyObject *self, PyObject *byte)
{
    if (!ready) {
        PyMutex_Lock(&lock);
        if (!ready) {
            for (int i = 0; i < 256; i++)
                reversed[i] = (unsigned char)(255 - i);
            ready = 1;
        }
        PyMutex_Unlock(&lock);
    }
    return PyLong_FromLong(reversed[PyLong_AsLong(byte) & 255]);
}

static PyMethodDef methods[] = {{"reverse", reverse, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "counters in C++, and a pointer that is published under a lock",
            """\
#include <Python.h>
#include <mutex>

struct Table {
    long size = 0;
};

static std::mutex lock;
static Table *table = nullptr;
static unsigned long calls = 0, found;

static Table *get_table()
{
    if (table == nullptr) {
        std::lock_guard<std::mutex> guard(lock);
        if (table == nullptr)
            table = new Table();
    }
    return table;
}

PyObject *size(PyObject *self, PyObject *unused)
{
    calls++;
    found += get_table()->size > 0;
    return PyLong_FromLong(table->size);
}

PyObject *statistics(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(kk)", calls, found);
}
""",
            """\
#include <Python.h>
#include <mutex>
#include <atomic>

struct Table {
    long size = 0;
};

static std::mutex lock;
static std::atomic<Table *> table{nullptr};
static std::atomic<unsigned long> calls{0}, found;

static Table *get_table()
{
    if (table.load() == nullptr) {
        std::lock_guard<std::mutex> guard(lock);
        if (table.load() == nullptr)
            table = new Table();
    }
    return table.load();
}

PyObject *size(PyObject *self, PyObject *unused)
{
    calls++;
    found += get_table()->size > 0;
    return PyLong_FromLong(table.load()->size);
}

PyObject *statistics(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(kk)", calls.load(), found.load());
}
""",
            "example.cpp",
        ),
        Repaired(
            "a member beside a once flag",
            """\
#include <Python.h>
#include <atomic>
#include <mutex>

class Lazy {
public:
    long get()
    {
        if (!ready_) {
            std::call_once(once_, [this] {
                value_ = 42;
                ready_ = true;
            });
        }
        return value_;
    }

private:
    long value_ = 0;
    std::once_flag once_;
    bool ready_ = false;
};
""",
            """\
#include <Python.h>
#include <atomic>
#include <mutex>

class Lazy {
public:
    long get()
    {
        if (!ready_) {
            std::call_once(once_, [this] {
                value_ = 42;
                ready_ = true;
            });
        }
        return value_;
    }

private:
    long value_ = 0;
    std::once_flag once_;
    std::atomic<bool> ready_{false};
};
""",
            "example.cpp",
        ),
        Left(
            "a number that decides whether it is counted up",
            """\
#include <Python.h>

static int open_files;

static PyObject *
open_file(PyObject *self, PyObject *unused)
{
    if (open_files < 100)
        open_files++;
    return PyLong_FromLong(open_files);
}
""",
            "open_file() sets 'open_files' after it has read it",
        ),
        Left(
            "a number that the parser of arguments sets",
            """\
#include <Python.h>

static int level;

static PyObject *
set_level(PyObject *self, PyObject *args)
{
    if (!PyArg_ParseTuple(args, "i", &level))
        return NULL;
    level += 1;
    Py_RETURN_NONE;
}

static PyObject *
get_level(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(level);
}
""",
            "the address of 'level' is given to PyArg_ParseTuple()",
        ),
        Left(
            "a flag that is set before what it announces is there",
            """\
#include <Python.h>

static PyMutex lock;
static int ready;
static unsigned char reversed[256];

static PyObject *
reverse(PyObject *self, PyObject *byte)
{
    if (!ready) {
        PyMutex_Lock(&lock);
        if (!ready) {
            ready = 1;
            for (int i = 0; i < 256; i++)
                reversed[i] = (unsigned char)(255 - i);
        }
        PyMutex_Unlock(&lock);
    }
    return PyLong_FromLong(reversed[PyLong_AsLong(byte) & 255]);
}
""",
            "set it as the last step under the lock",
        ),
    ),
)
