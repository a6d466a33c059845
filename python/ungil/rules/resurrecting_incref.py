"""An object that is found in a table without ownership is counted too late.

What it finds
    A pointer that comes from a search in a table of the project's own (``std::map::find()``, a function called
    ``..._lookup``, ``..._find`` or ``..._search``) from which entries are taken out elsewhere, and then goes to
    ``Py_INCREF()``, ``Py_NewRef()`` or ``inc_ref()`` while no lock is held.

Why it is unsafe without the GIL
    If the table does not own its objects, another thread may have released the last reference and be about to take
    the entry out: the count goes from zero to one, and the object is freed in use. If it does own them, another
    thread can take the entry out between the search and the count.

How to fix it
    Hold a mutex around search and count, and around every change of the table. Where the table does not own its
    objects, call ``PyUnstable_EnableTryIncRef()`` when an object is entered and ``PyUnstable_TryIncRef()`` (Python
    3.14; in pythoncapi-compat for older versions) when it is found, and take a failure as "not there".

References
    https://docs.python.org/3/c-api/object.html#c.PyUnstable_TryIncRef
    https://github.com/wjakob/nanobind/pull/864
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts, Lookup
from ungil.facts.native.containers import runs_alone
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_SEARCH = re.compile(r"_?(lookup|find|search|equal_range|lower_bound)", re.IGNORECASE)
_REMOVALS = ("remove", "delete", "erase", "extract", "pop", "evict", "unregister", "Remove", "Delete", "Erase")
_REMOVAL = re.compile(r"_?(remove|delete|erase|extract|pop|evict|unregister)", re.IGNORECASE)


def check(facts: Facts) -> Iterator[Finding]:
    """The first count of what each search finds in a table from which entries are taken out."""
    lookups = [lookup for file in facts.files for lookup in file.lookups]
    shrinking = _shrinking_tables(facts) if lookups else set()
    seen = set()
    for lookup in lookups:
        question = (lookup.call.function.key, lookup.search.line)
        table = _SEARCH.split(lookup.name)[0]
        open_to_others = not lookup.call.locks and not runs_alone(lookup.call)
        if question not in seen and table in shrinking and open_to_others:
            seen.add(question)
            yield _finding(lookup)


def _shrinking_tables(facts: Facts) -> set[str]:
    """The first part of the names of functions that take entries out of a table; "" for the methods of containers."""
    names = {call.name for file in facts.files for call in file.calls_like(_REMOVALS)}
    return {_REMOVAL.split(name)[0] for name in names}


def _finding(lookup: Lookup) -> Finding:
    return rule.finding(
        lookup.call.function.file,
        lookup.call.span,
        f"another thread can release the object that {lookup.name}() found, or take it out of the table, before "
        "this one "
        "counts it",
        fix="hold a mutex around both; where the table does not own its objects, count with "
        "PyUnstable_TryIncRef() (Python "
        "3.14; pythoncapi-compat has it for older versions)",
        confidence=Confidence.MEDIUM,
        evidence=(f"found at line {lookup.search.line}",),
    )


rule = Rule(
    code="UG403",
    slug="resurrecting-incref",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a table of wrappers that does not own them",
            """\
static void
forget(void *native)
{
    table_remove(&wrappers, native);
}

static PyObject *
wrapper_of(void *native)
{
    PyObject *wrapper;
    if (!table_lookup(&wrappers, native, &wrapper))
        return NULL;
    Py_INCREF(wrapper);  // <--
    return wrapper;
}
""",
        ),
        Good(
            "a count that fails for an object that is being destroyed",
            """\
static PyObject *
wrapper_of(void *native)
{
    PyObject *wrapper;
    PyMutex_Lock(&wrappers_mutex);
    if (!table_lookup(&wrappers, native, &wrapper) || !PyUnstable_TryIncRef(wrapper))
        wrapper = NULL;
    PyMutex_Unlock(&wrappers_mutex);
    return wrapper;
}
""",
        ),
        Bad(
            "a map from native objects to Python objects",
            """\
void forget(void *native) { wrappers.erase(native); }

PyObject *wrapper_of(void *native) {
    auto it = wrappers.find(native);
    if (it == wrappers.end())
        return nullptr;
    return Py_NewRef(it->second);  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "a table that only grows",
            """\
static void
enter(int code, PyObject *name)
{
    table_insert(&names, code, Py_NewRef(name));
}

static PyObject *
name_of(int code)
{
    PyObject *name = table_lookup(&names, code);
    return Py_XNewRef(name);
}
""",
        ),
        Good(
            "a map that owns its objects, under its mutex",
            """\
PyObject *type_of(int kind) {
    std::lock_guard<std::mutex> guard(types_mutex);
    auto it = types.find(kind);
    return it == types.end() ? nullptr : Py_NewRef(it->second);
}
""",
            "example.cpp",
        ),
    ),
)
