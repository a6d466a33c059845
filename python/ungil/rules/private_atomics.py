"""Atomics or locks that CPython keeps for itself are used.

What it finds
    A call to ``_Py_atomic_*`` or another private function of the free-threaded interpreter, or an ``#include`` of one
    of its internal headers (``pycore_*.h``). One finding for each file.

Why it is unsafe without the GIL
    These names are no API: their memory order, their arguments and their existence change between minor versions. An
    extension that is built with one and run with the next does not compile, or orders less than it was written for.

How to fix it
    C11 ``<stdatomic.h>`` or ``std::atomic`` for atomics, ``PyMutex`` and ``Py_BEGIN_CRITICAL_SECTION`` (Python 3.13)
    for locks, ``PyUnstable_TryIncRef()`` (3.14) for weak maps.

References
    https://docs.python.org/3/c-api/stable.html
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, File, Span
from ungil.rule import Bad, Finding, Good, Rule, Severity

_TYPES = ("int", "int8", "int16", "int32", "int64", "intptr", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr")
_OBJECTS = ("ptr", "ssize", "long", "char", "uchar", "short", "ushort", "ulong", "llong", "ullong")
_OPERATIONS = ("load", "store", "exchange", "compare_exchange", "add", "and", "or")
_ORDERS = ("", "_relaxed", "_acquire", "_release")
_PRIVATE = frozenset(
    {f"_Py_atomic_{op}_{t}{order}" for op in _OPERATIONS for t in (*_TYPES, *_OBJECTS) for order in _ORDERS}
    | {"_Py_TryIncref", "_Py_TryIncrefCompare", "_Py_TryXGetRef", "_Py_NewRefWithLock", "_PyObject_SetMaybeWeakref"}
    | {"_PyMutex_LockTimed", "_PyMutex_TryUnlock", "_PyEvent_Notify", "PyEvent_Wait", "_PyOnceFlag_CallOnceSlow"}
    | {"_PyRWMutex_RLock", "_PyRWMutex_Lock", "_PySeqLock_LockWrite", "_PyRecursiveMutex_Lock"}
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first such name in each file."""
    reported: set[str] = set()
    for file, span, what in (*_calls(facts), *_includes(facts)):
        if file.path not in reported:
            reported.add(file.path)
            yield rule.finding(
                file,
                span,
                f"{what} is private to one minor version of CPython: what orders the threads in this build may be missing "
                "or weaker in the next",
                fix="C11 or C++ atomics, PyMutex and critical sections (Python 3.13)",
                evidence=(f"{what} is no part of the C API",),
            )


def _calls(facts: Facts) -> Iterator[tuple[File, Span, str]]:
    for call in facts.calls_to(_PRIVATE):
        yield call.function.file, call.span, f"{call.name}()"


def _includes(facts: Facts) -> Iterator[tuple[File, Span, str]]:
    for file in facts.files:
        for path, span, _ in file.includes:
            if path.rpartition("/")[2].startswith("pycore_"):
                yield file, span, path


rule = Rule(
    code="UG407",
    slug="private-atomics",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a private atomic",
            """\
static int ready;

static int
is_ready(void)
{
    return _Py_atomic_load_int_acquire(&ready);  // <--
}
""",
        ),
        Good(
            "a C11 atomic",
            """\
static atomic_int ready;

static int
is_ready(void)
{
    return atomic_load_explicit(&ready, memory_order_acquire);
}
""",
        ),
        Bad(
            "an internal header",
            """\
#include <Python.h>
#include "internal/pycore_lock.h"  // <--
""",
        ),
        Good(
            "public headers",
            """\
#include <Python.h>
#include <stdatomic.h>
""",
        ),
    ),
)
