"""A libc function gives all threads the same buffer, or keeps state between calls.

What it finds
    ``strtok()``, ``localtime()``, ``gmtime()``, ``ctime()``, ``getpwnam()``, ``gethostbyname()``, ``inet_ntoa()``,
    ``ttyname()`` and the like, in code that runs after the module is initialised. Where the storage is each
    thread's own (``localtime()`` on Windows) nothing is said, and for functions that libraries in use have made
    harmless (``strerror()``, ``rand()``, ``localeconv()``) it is a note.

Why it is unsafe without the GIL
    The result stands in one static buffer. Another thread that calls the same function, or a relative of it, writes
    over it while this one still reads: dates, names and addresses that belong to somebody else, or torn ones. Under
    the GIL the buffer was read before another thread could run.

How to fix it
    Call the variant that writes to your own buffer: ``strtok_r()``, ``localtime_r()``, ``getpwnam_r()``; on Windows
    the ``_s`` functions.

References
    https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html#tag_16_09
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.capi import libc
from ungil.facts.model import Call, Facts
from ungil.facts.native.attachment import library_calls
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HARMLESS_IN_PRACTICE = frozenset(
    {"strerror", "strsignal", "rand", "random", "drand48", "lrand48", "lgamma", "dirname", "localeconv"}
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first call of each such function in each function."""
    reported = set()
    for call in library_calls(facts, libc.sharing()):
        known = libc.functions()[call.name]
        place = (call.function.key, call.name)
        if place in reported or _has_own_storage(call) or any(not lock.is_critical_section for lock in call.locks):
            continue
        reported.add(place)
        yield rule.finding(
            call.function.file,
            call.span,
            f"all threads share {known.shares}: another thread that calls {call.name}() changes it while this "
            f"one uses it",
            fix=f"call {known.instead}",
            severity=Severity.NOTE if call.name in _HARMLESS_IN_PRACTICE else None,
        )


def _has_own_storage(call: Call) -> bool:
    systems = libc.functions()[call.name].thread_local_on
    return any(
        system in condition and not condition.startswith("!") for condition in call.conditions for system in systems
    )


rule = Rule(
    code="UG503",
    slug="nonreentrant-libc",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a date in everybody's struct tm",
            """\
static PyObject *
year(PyObject *self, PyObject *args)
{
    long seconds;
    if (!PyArg_ParseTuple(args, "l", &seconds))
        return NULL;
    time_t when = seconds;
    struct tm *date = gmtime(&when);  // <--
    return PyLong_FromLong(date->tm_year + 1900);
}
""",
        ),
        Good(
            "a struct tm of its own",
            """\
static PyObject *
year(PyObject *self, PyObject *args)
{
    long seconds;
    struct tm date;
    if (!PyArg_ParseTuple(args, "l", &seconds))
        return NULL;
    time_t when = seconds;
#ifdef _WIN32
    gmtime_s(&date, &when);
#else
    gmtime_r(&when, &date);
#endif
    return PyLong_FromLong(date.tm_year + 1900);
}
""",
        ),
        Bad(
            "a walk through a string that another thread's walk moves",
            """\
static int
parse_options(PyObject *names, char *text, struct options *options)
{
    for (char *word = strtok(text, ","); word != NULL; word = next_word())  // <--
        if (set_option(options, names, word) < 0)
            return -1;
    return 0;
}
""",
        ),
        Good(
            "where the storage is each thread's own, and a method of the same name",
            """\
int year_of(PyObject *zone, Clock &clock, time_t when) {
#ifdef _WIN32
    return localtime(&when)->tm_year;
#else
    return clock.localtime(&when).year;
#endif
}
""",
            "example.cpp",
        ),
    ),
)
