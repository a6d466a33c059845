"""Does code run with an attached thread state, and is a name really the library's?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from ungil.capi import libc
from ungil.facts.model import Call, Facts, Function, Region

__all__ = [
    "attached_calls",
    "follows",
    "library_calls",
    "needs_attachment",
    "region_locks",
    "serves_python",
    "touches_python",
]

_DEPTH = 4  # of callers that are asked
_MOST_CALLERS = 16
_MOST_WORDS = 24  # of a macro that are followed

# Families of the C API. Other projects' names begin with Py too; macros that only read a word are in capitals.
_FAMILIES = re.compile(
    r"_?Py(?:Object|Type|List|Dict|Tuple|Unicode|Bytes|ByteArray|Long|Float|Complex|Bool|Set|FrozenSet|AnySet|Err|Arg|"
    r"Import|Module|Callable|Call|Vectorcall|Iter|Number|Sequence|Mapping|Buffer|MemoryView|Capsule|Sys|Run|Weakref|GC|"
    r"File|Slice|Eval|Exception|StructSequence|Descr|Context|ContextVar|CFunction|Code|Frame|Gen|Cell|Method|Warning)"
    r"_[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*"
)
_COUNTING = re.compile(
    r"Py_(?:X?INCREF|X?DECREF|CLEAR|X?SETREF|X?NewRef|IncRef|DecRef|BuildValue|VaBuildValue|RETURN_\w+)"
)
_FREE = frozenset(
    {
        "PyEval_SaveThread",
        "PyEval_RestoreThread",
        "PyEval_AcquireThread",
        "PyEval_ReleaseThread",
        "PyEval_ThreadsInitialized",
        "PyEval_InitThreads",
        "PyErr_SetInterrupt",
        "PyErr_SetInterruptEx",
        "PyBuffer_IsContiguous",
        "PyBuffer_GetPointer",
        "PyBuffer_ToContiguous",
        "PyBuffer_SizeFromFormat",
        "PyImport_AppendInittab",
        "PyImport_ExtendInittab",
        "PySys_AddWarnOption",
        "PySys_ResetWarnOptions",
    }
)  # may be called without an attached thread state, or only read memory
_CHECK = re.compile(r"\w+_(?:Check|CheckExact)")


def needs_attachment(call: Call) -> bool:
    """Is this a call to the C API that wants an attached thread state? A project's own Py... function is not."""
    name = call.name
    if not name.startswith(("Py", "_Py")) or call.is_member or name in _FREE or _CHECK.fullmatch(name):
        return False
    if not (_FAMILIES.fullmatch(name) or _COUNTING.fullmatch(name)):
        return False
    return not call.function.resolve(name) and call.function.file.macro(name) is None


def touches_python(function: Function) -> bool:
    """Does it take an object, or call the C API?"""
    if any(kind.startswith("Py") for _, kind in function.parameters):
        return True
    return any(needs_attachment(call) for call in function.calls)


def runs_attached(function: Function, depth: int = _DEPTH) -> bool:
    """Is the thread attached when the function begins, as far as its own code or a caller's tells?"""
    if function.only_runs_detached or function.starts_thread:
        return False
    if touches_python(function):
        return True
    if not depth:
        return False
    calls = function.callers[:_MOST_CALLERS]
    return any(not call.is_detached and runs_attached(call.function, depth - 1) for call in calls)


def attached_calls(facts: Facts, names: Set[str]) -> Iterator[Call]:
    """The calls to these library functions that are made attached, outside of initialisation and finalisers."""
    for call in library_calls(facts, names):
        if not call.is_detached and not call.function.is_finaliser and runs_attached(call.function, 1):
            yield call


def library_calls(facts: Facts, names: Set[str]) -> Iterator[Call]:
    """The calls to these library functions that Python code may lead to, once the module is initialised."""
    for call in facts.calls_to(names):
        if not call.function.only_initialises and _is_library(call) and serves_python(call.function):
            yield call


def serves_python(function: Function) -> bool:
    """Is it in a file about Python, or called from one? A library's own programs and tests are not."""
    if function.name == "main":
        return False
    about_python = any(kind.startswith("Py") for other in function.file.functions for _, kind in other.parameters)
    return about_python or runs_attached(function)


def _is_library(call: Call) -> bool:
    known = libc.functions()[call.name]
    if known.types:
        return call.is_member and call.function.type_of(call.receiver) in known.types
    if call.is_member or call.qualifier not in {"", "std"} or call.function.resolve(call.name):
        return False
    return known.arguments is None or known.arguments == len(call.arguments)


def follows(function: Function, names: Set[str], depth: int = 2) -> bool:
    """Does the function, through helpers and macros up to ``depth`` away, come down to one of these names?"""
    return any(_leads(call.name, function, names, depth) for call in function.calls)


def _leads(name: str, seen_from: Function, names: Set[str], depth: int) -> bool:
    if name in names:
        return True
    if not depth:
        return False
    words = seen_from.file.macro(name) or ()
    if any(_leads(word, seen_from, names, depth - 1) for word in words[:_MOST_WORDS]):
        return True
    return any(follows(helper, names, depth - 1) for helper in seen_from.resolve(name)[:2])


_LOCKING = frozenset(
    {
        "PyMutex_Lock",
        "PyMutex_LockFast",
        "PyThread_acquire_lock",
        "PyThread_acquire_lock_timed",
        "pthread_mutex_lock",
        "pthread_mutex_trylock",
        "pthread_rwlock_wrlock",
        "EnterCriticalSection",
        "AcquireSRWLockExclusive",
        "mtx_lock",
        "lock_guard",
        "unique_lock",
        "scoped_lock",
    }
)


_LOCKED = re.compile(r"_(?:locked|lock_held|with_lock|nolock|unlocked)(?:_impl)?$")  # called with the lock held


def region_locks(region: Region, depth: int = 3) -> bool:
    """Does the function hold a lock around or in the region, or does every caller? A critical section is none.

    Which lock guards what cannot be told from one place: a function that takes one has thought about it.
    """
    function = region.function
    if _LOCKED.search(function.name):
        return True
    if any(not lock.is_critical_section for call in region.calls for lock in call.locks):
        return True
    return _takes_lock(function) or _callers_lock(function, depth)


def _takes_lock(function: Function) -> bool:
    return follows(function, _LOCKING, 2)


def _callers_lock(function: Function, depth: int) -> bool:
    if not depth or not function.is_called_only:
        return False
    calls = function.callers
    return 0 < len(calls) <= _MOST_CALLERS and all(
        _takes_lock(call.function) or _callers_lock(call.function, depth - 1) for call in calls
    )
