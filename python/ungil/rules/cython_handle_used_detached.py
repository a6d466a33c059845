"""A C handle of a Cython object is used in ``with nogil`` while another method frees or replaces it.

What it finds
    A pointer attribute of a ``cdef class`` that is passed to a C function inside ``with nogil`` without a lock, where
    another method of the class (``close()``, ``reset()``) frees it, sets it to ``NULL`` or gives it a new value.
    ``__cinit__``, ``__init__`` and ``__dealloc__`` do not count. One finding for each class and handle.

Why it is unsafe without the GIL
    The thread is in the library with the handle, and detached: any other thread can call ``close()`` on the same
    object, which gives the handle back to the library. The first one goes on with freed memory. With the GIL the same
    could happen in this block; without it the block is not even needed.

How to fix it
    Give the object a ``cython.pymutex`` (Cython 3.1) and hold it around every use of the handle, that in ``with
    nogil`` included: unlike a critical section it is not given up there. Or count the users, and let ``close()``
    refuse or wait.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.cython.model import CythonCall, CythonClass, CythonFunction, Effect, Holds, Role
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ENDS = re.compile(
    r"(?:^|_)(?:[a-z]*free|[a-z]*close|destroy|release|delete|dispose|finali[sz]e)(?:$|_)", re.IGNORECASE
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first such use of each handle."""
    shared = {id(function) for function in facts.cython.shared_functions()}
    for one in facts.cython.classes:
        pointers = {name for name, attribute in one.attributes.items() if attribute.holds is Holds.POINTER}
        if not pointers:
            continue
        reported: set[str] = set()
        for method in one.methods:
            if id(method) in shared:
                for call in method.calls:
                    handle = _handle(call, pointers)
                    ends = _ended(one, handle, method, shared) if handle and handle not in reported else None
                    if ends is not None:
                        reported.add(handle)
                        yield _finding(one, method, call, handle, ends)


def _handle(call: CythonCall, pointers: set[str]) -> str:
    """The attribute that is passed while the thread is detached and no lock but a critical section is held."""
    locks = [guard for guard in call.guards if "critical_section" not in guard]
    if call.regions[-1:] != ("nogil",) or locks:
        return ""
    names = (text.removeprefix("self.") for text in call.arguments if text.startswith("self."))
    return next((name for name in names if name in pointers), "")


def _ended(one: CythonClass, handle: str, user: CythonFunction, shared: set[int]) -> CythonFunction | None:
    """The method that ends the handle's life while others may use it."""
    path = f"self.{handle}"
    for method in one.methods:
        if method is user or method.role is not Role.ORDINARY or id(method) not in shared or not method.is_entry:
            continue
        writes = [a for a in method.accesses if a.path == path and a.effect is Effect.WRITE]
        freed = any(_ENDS.search(call.last) is not None and path in call.arguments for call in method.calls)
        passed = any(path in call.arguments for call in method.calls)
        if freed or (writes and (passed or any(a.constant for a in writes))):
            return method
    return None


def _finding(one: CythonClass, method: CythonFunction, call: CythonCall, handle: str, ends: CythonFunction) -> Finding:
    return rule.finding(
        method.file,
        call.place,
        f"{call.name}() is in the library with 'self.{handle}' while this thread is detached, and another thread can "
        f"call {one.name}.{ends.name}(), which ends it: freed memory is used",
        fix="hold a cython.pymutex of the object (Cython 3.1) around every use of the handle",
        confidence=Confidence.MEDIUM,
        evidence=(f"{one.name}.{ends.name} begins at line {ends.place.line}",),
    )


rule = Rule(
    code="UG622",
    slug="cython-handle-used-detached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "close() while another thread reads",
            """\
# cython: freethreading_compatible=True
cdef extern from "spam.h" nogil:
    ctypedef struct spam_t:
        pass
    spam_t *spam_open(const char *name)
    int spam_read(spam_t *spam)
    void spam_free(spam_t *spam)

cdef class Spam:
    cdef spam_t *handle

    def __cinit__(self, bytes name):
        self.handle = spam_open(name)

    def read(self):
        cdef int n
        with nogil:
            n = spam_read(self.handle)  # <--
        return n

    def close(self):
        spam_free(self.handle)
        self.handle = NULL
""",
            "example.pyx",
        ),
        Good(
            "the handle lives as long as the object",
            """\
# cython: freethreading_compatible=True
cdef extern from "spam.h" nogil:
    ctypedef struct spam_t:
        pass
    spam_t *spam_open(const char *name)
    int spam_read(spam_t *spam)
    void spam_free(spam_t *spam)

cdef class Spam:
    cdef spam_t *handle

    def __cinit__(self, bytes name):
        self.handle = spam_open(name)

    def __dealloc__(self):
        spam_free(self.handle)

    def read(self):
        cdef int n
        with nogil:
            n = spam_read(self.handle)
        return n
""",
            "example.pyx",
        ),
        Good(
            "a mutex around both",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef extern from "spam.h" nogil:
    ctypedef struct spam_t:
        pass
    int spam_read(spam_t *spam)
    void spam_free(spam_t *spam)

cdef class Spam:
    cdef spam_t *handle
    cdef cython.pymutex lock

    def read(self):
        cdef int n
        with self.lock:
            with nogil:
                n = spam_read(self.handle)
        return n

    def close(self):
        with self.lock:
            spam_free(self.handle)
            self.handle = NULL
""",
            "example.pyx",
        ),
    ),
)
