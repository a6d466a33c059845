"""A borrowed reference is taken from a container that other threads can reach.

What it finds
    A call from ``cpython.*`` that returns a borrowed reference, like ``PyDict_GetItem`` or ``PyList_GetItem``,
    without a lock: on a variable of the module, or on an attribute of a class that holds a lock elsewhere. A note
    where nothing says that threads share the container. Dicts of keyword arguments are left alone.

Why it is unsafe without the GIL
    The container owns the item. Between the call and the moment Cython takes a reference of its own, another thread can
    replace or remove the item, which frees it.

How to fix it
    Use Cython's own syntax (``container[key]``, ``container.get(key)``), which takes a reference safely, or
    ``PyDict_GetItemRef`` and ``PyList_GetItemRef`` (Python 3.13); or hold a critical section of the container.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import CythonCall, CythonFile
from ungil.facts.cython.state import uses_locks
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_BORROWS = {
    "PyDict_GetItem",
    "PyDict_GetItemWithError",
    "PyDict_GetItemString",
    "PyDict_SetDefault",
    "PyDict_Next",
    "PyList_GetItem",
    "PyList_GET_ITEM",
    "PySequence_Fast_GET_ITEM",
    "PyWeakref_GetObject",
    "PyWeakref_GET_OBJECT",
}
_PRIVATE = {"kwargs", "kw", "kwds", "keywords", "args"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every such call; each function of the API and container once per function."""
    locking = {one.name for one in facts.cython.classes if uses_locks(one)}
    for function in facts.cython.shared_functions():
        reported: set[tuple[str, str]] = set()
        for call in function.calls:
            container = call.arguments[0] if call.arguments else ""
            if call.last not in _BORROWS or call.guards or container in _PRIVATE or (call.last, container) in reported:
                continue
            reported.add((call.last, container))
            shared = container in facts.cython.variables or (
                container.startswith("self.") and function.owner in locking
            )
            yield _finding(function.file, call, container, shared=shared)


def _finding(file: CythonFile, call: CythonCall, container: str, *, shared: bool) -> Finding:
    return rule.finding(
        file,
        call.place,
        f"{call.last}() borrows from '{container}': another thread can remove the item and free it before it is used",
        severity=None if shared else Severity.NOTE,
        fix="use Cython's own syntax for items, or a call that returns a new reference: PyDict_GetItemRef, "
        "PyList_GetItemRef, PyWeakref_GetRef (Python 3.13)",
    )


rule = Rule(
    code="UG611",
    slug="cython-borrowed-reference",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an item of the module's dict",
            """\
# cython: freethreading_compatible=True
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject

cdef dict CACHE = {}

cdef lookup(key):
    cdef PyObject* found = PyDict_GetItem(CACHE, key)  # <--
    return <object> found if found is not NULL else None
""",
            "example.pyx",
        ),
        Good(
            "Cython's own syntax",
            """\
# cython: freethreading_compatible=True

cdef dict CACHE = {}

cdef lookup(key):
    return CACHE.get(key)
""",
            "example.pyx",
        ),
        Good(
            "under a critical section of the dict, and from keyword arguments",
            """\
# cython: freethreading_compatible=True
cimport cython
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject

cdef dict CACHE = {}

cdef lookup(key):
    cdef PyObject* found
    with cython.critical_section(CACHE):
        found = PyDict_GetItem(CACHE, key)
        return <object> found if found is not NULL else None

def option(**kwargs):
    return PyDict_GetItem(kwargs, "option") is not NULL
""",
            "example.pyx",
        ),
    ),
)
