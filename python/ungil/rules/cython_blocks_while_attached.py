"""A Cython function waits for another thread, or for a C mutex that is held around Python code, while it is attached.

What it finds
    In code that holds the GIL, as Cython calls it: ``pthread_cond_wait()``, ``pthread_join()``, ``sem_wait()`` and
    the like; and a ``pthread_mutex_lock()``, ``PyThread_acquire_lock()`` or ``lock()`` of a ``libcpp.mutex``
    attribute where the function then changes Python objects before it unlocks. Waits in ``with nogil``, and in
    functions that are declared ``nogil``, are left alone.

Why it is unsafe without the GIL
    A stop-the-world pause, as for the garbage collector, waits until every attached thread has stopped. A thread that
    is attached and waits for somebody else does not stop, and whoever it waits for may already have: neither goes on,
    and the process hangs. With the GIL the same happens as soon as the other thread wants the GIL.

How to fix it
    Wait in ``with nogil``. For a lock use ``cython.pymutex`` (Cython 3.1), which detaches while it waits, or
    ``py_safe_lock`` of ``libcpp.mutex`` (Cython 3.2) for a mutex of C++.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/howto/free-threading-extensions.html#thread-state-and-gil-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ungil.capi import libc
from ungil.facts.cython.model import Attribute, CythonCall, CythonFunction, Effect, Holds
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_LOCKS = {"pthread_mutex_lock", "PyThread_acquire_lock"}
_AT_ONCE = {"0", "NOWAIT_LOCK"}
_MUTEXES = {"mutex", "recursive_mutex", "shared_mutex"}  # of libcpp.mutex
_CHANGES = {"append", "pop", "clear", "update"}

type _Attributes = Mapping[str, Attribute]


def check(facts: Facts) -> Iterator[Finding]:
    """The first such wait of each function."""
    waits = {name for name in libc.waiting_for("thread") if not libc.functions()[name].types}
    classes = {one.name: one.attributes for one in facts.cython.classes}
    for function in facts.cython.functions:
        if function.is_nogil:
            continue
        attributes = classes.get(function.owner, {})
        for call in function.calls:
            if call.regions[-1:] == ("nogil",):
                continue
            is_foreign = facts.cython.is_foreign(function, call)
            waits_for_thread = call.last in waits and is_foreign
            is_lock = _is_lock(call, attributes, is_foreign=is_foreign) and _changes_objects(function, call, attributes)
            if waits_for_thread or is_lock:
                yield _finding(function, call, is_lock=is_lock)
                break


def _is_lock(call: CythonCall, attributes: _Attributes, *, is_foreign: bool) -> bool:
    if call.last in _LOCKS:
        return is_foreign and not set(call.arguments[1:]) & _AT_ONCE
    mutexes = {f"self.{name}" for name, one in attributes.items() if one.type in _MUTEXES}
    return call.last == "lock" and call.name.rpartition(".")[0] in mutexes


def _changes_objects(function: CythonFunction, lock: CythonCall, attributes: _Attributes) -> bool:
    """Under the lock: one that an attribute holds, or a container that is no attribute of C or C++."""
    held = f"acquired {lock.name}"
    objects = {name for name, one in attributes.items() if one.holds is Holds.OBJECT}
    native = {f"self.{name}" for name in attributes.keys() - objects}
    changed = any(
        held in access.guards and access.of_self and access.name in objects and access.effect is not Effect.READ
        for access in function.accesses
    )
    return changed or any(
        held in call.guards
        and call.regions[-1:] != ("nogil",)
        and call.last in _CHANGES
        and call.name.rpartition(".")[0] not in native
        for call in function.calls
    )


def _finding(function: CythonFunction, call: CythonCall, *, is_lock: bool) -> Finding:
    what = "for a mutex that is held around Python code" if is_lock else "for another thread"
    return rule.finding(
        function.file,
        call.place,
        f"{call.name}() waits {what} while this thread is attached: when the garbage collector stops the world in "
        "between, each waits for the other",
        fix="wait in 'with nogil'; for a lock use cython.pymutex (Cython 3.1) or py_safe_lock (3.2)",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG619",
    slug="cython-blocks-while-attached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a semaphore",
            """\
# cython: freethreading_compatible=True
cdef extern from "semaphore.h":
    ctypedef struct sem_t:
        pass
    int sem_wait(sem_t *sem) nogil

cdef sem_t ready

def wait():
    sem_wait(&ready)  # <--
""",
            "example.pyx",
        ),
        Good(
            "detached",
            """\
# cython: freethreading_compatible=True
cdef extern from "semaphore.h":
    ctypedef struct sem_t:
        pass
    int sem_wait(sem_t *sem) nogil

cdef sem_t ready

def wait():
    with nogil:
        sem_wait(&ready)
""",
            "example.pyx",
        ),
        Bad(
            "a C++ mutex around an object",
            """\
# cython: freethreading_compatible=True
from libcpp.mutex cimport mutex

cdef class Shelf:
    cdef mutex guard
    cdef list items

    def __cinit__(self):
        self.items = []

    def put(self, item):
        self.guard.lock()  # <--
        self.items.append(item)
        self.guard.unlock()
""",
            "example.pyx",
        ),
        Good(
            "a C++ mutex around a C++ container",
            """\
# cython: freethreading_compatible=True
from libcpp.mutex cimport mutex
from libcpp.vector cimport vector

cdef class Shelf:
    cdef mutex guard
    cdef vector[int] items

    def wipe(self):
        self.guard.lock()
        self.items.clear()
        self.guard.unlock()
""",
            "example.pyx",
        ),
        Good(
            "a pymutex",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Shelf:
    cdef cython.pymutex guard
    cdef list items

    def __cinit__(self):
        self.items = []

    def put(self, item):
        with self.guard:
            self.items.append(item)
""",
            "example.pyx",
        ),
    ),
)
