"""A function of the C library writes to the caller's own storage instead of to everybody's.

What it does
    ``gmtime(&when)`` becomes ``gmtime_r(&when, &tm_buffer)`` with a ``struct tm`` of the function's own; likewise
    ``localtime()``, ``asctime()``, ``ctime()``, ``strtok()`` and ``getmntent()``. Where the file may be compiled on
    Windows, what stands for them there is written above. ``localtime_r()`` and ``ctime_r()`` need a look: they need not
    notice that the time zone has changed.

What it leaves
    Results that outlive the call of the function, walks with ``strtok()`` that begin in another function, calls under
    preprocessor conditions of their own, and functions whose variant is called in another way, or not everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ungil.capi import libc
from ungil.facts.model import Call
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.statics.leaving import result_leaves
from ungil.syntax.assignment import is_written_first
from ungil.syntax.words import Range

_WINDOWS = ("_WIN32", "WIN32", "_MSC_VER", "MS_WINDOWS", "MS_WIN32", "_WIN64", "OS_WIN")
_NOTHING = {"NULL", "0", "nullptr"}
# Who includes one of these without a condition does not compile on Windows.
_NOT_ON_WINDOWS = {
    *("sys/socket.h", "netinet/in.h", "arpa/inet.h", "netdb.h", "pwd.h", "grp.h", "sys/mman.h", "sys/ioctl.h"),
    *("sys/wait.h", "sys/resource.h", "sys/un.h", "sys/utsname.h", "termios.h", "langinfo.h", "mntent.h", "syslog.h"),
}


@dataclass(frozen=True, slots=True)
class _Variant:
    """How a function is replaced; ``{}`` stands for the name of the storage.

    Attributes:
        storage: its declarations.
        name: of the storage, with a number where it is taken.
        arguments: that follow the others.
        is_shared: all calls of a function use one storage.
        check: what to look at.
    """

    storage: tuple[str, ...]
    name: str
    arguments: str
    is_shared: bool = False
    check: str = ""


_ZONE = "a change of TZ is followed by time.tzset(): {}_r() need not look at it again"
_FOUR_DIGITS = "no year has more than four digits: {}_r() fails there"
_VARIANTS = {
    "gmtime": _Variant(("struct tm {};",), "tm_buffer", "&{}"),
    "localtime": _Variant(("struct tm {};",), "tm_buffer", "&{}", check=_ZONE),
    "asctime": _Variant(("char {}[26];",), "time_buffer", "{}", check=_FOUR_DIGITS),
    "ctime": _Variant(("char {}[26];",), "time_buffer", "{}", check=_ZONE),
    "strtok": _Variant(("char *{};",), "saveptr", "&{}", is_shared=True),
    "getmntent": _Variant(
        ("struct mntent {};", "char {}_text[4096];"), "mount_entry", "&{}, {}_text, sizeof({}_text)", is_shared=True
    ),
}


def repair(site: Site) -> Repair | Decision | None:
    """All calls of the function's that the finding is about."""
    words = site.unit.words
    name = words[site.word].text
    variant = _VARIANTS.get(name)
    if variant is None or (name == "getmntent" and not _is_linux(site)):
        return _no_variant(name)
    calls = list(_calls(site, name))
    _is_understood(site, calls)
    if name == "strtok":
        _is_one_walk(site)
    pen = Pen(site.path, site.unit)
    declared: list[str] = []
    taken = {words[at].text for at in range(site.function.head.first, site.function.body.words.last)}
    for call in calls:
        if not declared or not variant.is_shared:
            storage = _free(variant.name, taken)
            taken.add(storage)
            declared += [line.replace("{}", storage) for line in variant.storage]
        _replace(pen, site, call, variant.arguments.replace("{}", storage))
    pen.before(site.function.body.parts[0], *declared)
    needs = {f"{name}_r"} if _may_be_windows(site, calls) else set()
    return Repair(edits=pen.edits, needs=frozenset(needs), check=variant.check.format(name))


def _no_variant(name: str) -> Decision | None:
    if name in {"strerror", "strsignal"}:
        return Decision(f"{name}_r() differs between systems: raise OSError by PyErr_SetFromErrno(), or choose one")
    if name == "getmntent":
        return Decision("getmntent_r() is there on Linux only: call it where the code is for Linux alone")
    return None


def _is_linux(site: Site) -> bool:
    """The file says that it is for Linux alone."""
    includes = site.unit.file.includes
    return "linux" in site.path.lower() or any(path.startswith("linux/") and depth == 0 for path, _, depth in includes)


def _calls(site: Site, name: str) -> Iterator[Call]:
    """Those that the rule is about: not on a system where each thread has its own storage, and without a lock."""
    systems = libc.functions()[name].thread_local_on
    for call in site.function.facts.calls:
        own = any(one in text and not text.startswith("!") for text in call.conditions for one in systems)
        if call.name == name and not own and not any(not lock.is_critical_section for lock in call.locks):
            yield call


def _words(site: Site, call: Call) -> Range:
    """The call, from its name to its closing parenthesis, with the namespace before it."""
    words = site.unit.words
    at = words.at(site.unit.text.offset(call.span.line, call.span.column))
    first = at
    while words[first - 1].text == "::" or (words[first].text == "::" and words[first - 1].text == "std"):
        first -= 1
    return Range(first, words[at + 1].partner + 1)


def _is_understood(site: Site, calls: list[Call]) -> None:
    """The calls can be replaced.

    Raises:
        Undecided: something about them has to be decided.
    """
    name = calls[0].name
    for call in calls:
        place = _words(site, call)
        if call.conditions != site.function.facts.conditions:
            raise Undecided(f"{name}() is called under preprocessor conditions of its own: change it by hand")
        if not site.unit.words.is_whole(place) or call.is_member or call.qualifier not in {"", "std"}:
            raise Undecided(f"the call of {name}() could not be read: change it by hand")
        if name != "strtok" and (fate := result_leaves(site.tree, site.function, place)):
            raise Undecided(f"what {name}() returns {fate}: whose storage is it to be?")
    if site.function.body.parts[0].kind == "label":
        raise Undecided("the function begins with a label: change it by hand")


def _is_one_walk(site: Site) -> None:
    """Each walk through a string begins and ends in one function."""
    words = site.unit.words
    for function in {call.function.key: call.function for call in site.unit.file.calls_to({"strtok"})}.values():
        written = site.unit.function(function.name)
        body = written.body.parts if written is not None else ()
        if not is_written_first(words, body, "strtok", lambda use, _: words[use + 2].text not in _NOTHING):
            raise Undecided(f"{function.name}() goes on with a walk that begins elsewhere: who keeps its place?")


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free


def _replace(pen: Pen, site: Site, call: Call, arguments: str) -> None:
    place = _words(site, call)
    words = site.unit.words
    opening = next(at for at in range(place.first, place.last) if words[at].text == "(")
    pen.replace(Range(place.first, opening), f"{call.name}_r")
    pen.insert(words[place.last - 1].start, f", {arguments}")


def _may_be_windows(site: Site, calls: list[Call]) -> bool:
    """Nothing says that the code is compiled elsewhere only."""
    includes = site.unit.file.includes
    if any(path in _NOT_ON_WINDOWS and depth == 0 for path, _, depth in includes):
        return False
    said = [text for call in calls for text in call.conditions]
    return not any(text.startswith("!") and any(system in text for system in _WINDOWS) for text in said)


fixer = Fixer(
    slug="reentrant-libc",
    codes=frozenset({"UG503"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a date",
            """\
#include <Python.h>
#include <sys/resource.h>
#include <time.h>

static PyObject *
year(PyObject *self, PyObject *seconds)
{
    time_t when = PyLong_AsLong(seconds);
    struct tm *date = gmtime(&when);
    if (date == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromLong(date->tm_year + 1900);
}

static PyMethodDef methods[] = {{"year", year, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
            """\
#include <Python.h>
#include <sys/resource.h>
#include <time.h>

static PyObject *
year(PyObject *self, PyObject *seconds)
{
    struct tm tm_buffer;
    time_t when = PyLong_AsLong(seconds);
    struct tm *date = gmtime_r(&when, &tm_buffer);
    if (date == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromLong(date->tm_year + 1900);
}

static PyMethodDef methods[] = {{"year", year, METH_O, NULL}, {NULL, NULL, 0, NULL}};
""",
        ),
        Repaired(
            "a walk through a string, also on Windows",
            """\
#include <Python.h>
#include <string.h>

static int
count_options(PyObject *names, char *text)
{
    int count = 0;

    for (char *word = strtok(text, ","); word != NULL; word = strtok(NULL, ","))
        count += PySequence_Size(names) > 0 && *word != '-';
    return count;
}
""",
            """\
#include <Python.h>
#include <string.h>

#if defined(_WIN32) && !defined(strtok_r) /* it has no strtok_r() */
static inline char *
compat_strtok_r(char *text, const char *delimiters, char **rest)
{
    return strtok_s(text, delimiters, rest);
}
#define strtok_r compat_strtok_r
#endif

static int
count_options(PyObject *names, char *text)
{
    char *saveptr;
    int count = 0;

    for (char *word = strtok_r(text, ",", &saveptr); word != NULL; word = strtok_r(NULL, ",", &saveptr))
        count += PySequence_Size(names) > 0 && *word != '-';
    return count;
}
""",
        ),
        Repaired(
            "two dates in local time, and the text of one, in C++",
            """\
#include <Python.h>
#include <sys/resource.h>
#include <ctime>

PyObject *differ(PyObject *self, PyObject *seconds)
{
    std::time_t when = PyLong_AsLong(seconds), now = std::time(nullptr);
    if (std::localtime(&when)->tm_year != std::localtime(&now)->tm_year)
        Py_RETURN_TRUE;
    return PyUnicode_FromString(ctime(&now));
}
""",
            """\
#include <Python.h>
#include <sys/resource.h>
#include <ctime>

PyObject *differ(PyObject *self, PyObject *seconds)
{
    char time_buffer[26];
    struct tm tm_buffer;
    struct tm tm_buffer2;
    std::time_t when = PyLong_AsLong(seconds), now = std::time(nullptr);
    if (localtime_r(&when, &tm_buffer)->tm_year != localtime_r(&now, &tm_buffer2)->tm_year)
        Py_RETURN_TRUE;
    return PyUnicode_FromString(ctime_r(&now, time_buffer));
}
""",
            "example.cpp",
        ),
        Left(
            "a date that is returned",
            """\
#include <Python.h>
#include <time.h>

static struct tm *
now(PyObject *self)
{
    time_t when = time(NULL);
    return gmtime(&when);
}
""",
            "what gmtime() returns is returned: whose storage is it to be?",
        ),
        Left(
            "a walk that a second function goes on with",
            """\
#include <Python.h>
#include <string.h>

static int
set_option(PyObject *names, char *name)
{
    char *value = strtok(NULL, ";");
    return value != NULL && *name != '-' && PySequence_Size(names) > 0;
}

static int
set_options(PyObject *names, char *text)
{
    return set_option(names, strtok(text, "="));
}
""",
            "goes on with a walk that begins elsewhere",
        ),
        Left(
            "the text of an error",
            """\
#include <Python.h>

static PyObject *
fail(PyObject *self, PyObject *unused)
{
    PyErr_Format(PyExc_OSError, "cannot read: %s", strerror(errno));
    return NULL;
}
""",
            "strerror_r() differs between systems",
        ),
    ),
)
