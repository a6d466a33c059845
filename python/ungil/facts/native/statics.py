"""Variables with static storage that threads share while a module is in use, and the part that each plays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ungil._scan import Access, Call, Function, Lock, Variable

__all__ = [
    "Guards",
    "Role",
    "SharedStatic",
    "by_function",
    "by_writer",
    "first_use",
    "holds_number",
    "holds_object",
    "holds_own_of_python",
    "is_constant",
    "is_write",
    "names",
    "places",
    "position",
    "shared_accesses",
    "stores",
    "stores_constant",
]

# What begins with Py and is no object: nobody counts references to it, and whoever asks the interpreter gets the same.
_OWN_OF_PYTHON = re.compile(
    r"Py(?:Interpreter|Thread)State|PyFrame\w*Internal|PyR?W?Mutex|PyCompilerFlags|PyConfig|PyPreConfig|PyStatus|Py\w+_CAPI"
    r"|Py\w*(?:Def|Methods|Procs|_Slot|_Spec|_Field|_Desc|AllocatorEx)"
)
_OBJECT_TYPE = re.compile(rf"(?!(?:{_OWN_OF_PYTHON.pattern})$)(?:_?Py[A-Z]\w*|\w*Object)")  # PyTypeObject, ShelfObject
_NUMBER_TYPE = re.compile(
    r"(?:unsigned|signed|char|short|int|long|float|double|bool|_Bool|size_t|ssize_t|Py_ssize_t|ptrdiff_t|u?int\d+_t"
    r"|[a-z]*[uUsSiI](?:8|16|32|64)|uint|ulong|uchar|u?intptr_t|U?LONG|DWORD|BOOL(?:EAN)?|WORD|BYTE|time_t|\w*_bool|\w*_u?int(?:p|\d*)|Bool|boolean)"
)
_COUNTS_REFERENCES = frozenset({"Py_XDECREF", "Py_DECREF", "Py_INCREF", "Py_XINCREF", "Py_NewRef", "Py_XNewRef"})
_HELD_BY_CALLER = ("_locked", "_lock_held", "_unlocked", "_nolock", "_no_lock")
_MOST_NAMES = 3
_MOST_FUNCTIONS = 4  # of one file that are told apart
_MOST_CALLERS = 64
_DEPTH = 4


class Role(StrEnum):
    """What a shared variable is for, which decides what goes wrong."""

    VOLATILE = "declared volatile, as if that made it atomic"
    PUBLICATION = "tested without the lock under which it is set"
    FREE_LIST = "a stack of blocks to be used again"
    REGISTRY = "a table that grows"
    LAZY = "filled on first use"
    RECURSION_GUARD = "set before and reset after a call"
    CALLBACK = "what a callback reads"
    CONTAINER = "a C++ container"
    TORN = "one value in several variables"
    OBJECT = "a Python object that is replaced"
    SCRATCH = "scratch space of one function"
    PLAIN = "state"


@dataclass(frozen=True, slots=True)
class SharedStatic:
    """A variable that threads share, and what it is for.

    Attributes:
        variable: as declared.
        role: what it is for.
        accesses: those that no lock covers and that are made while the module is in use.
        places: the accesses at which its role shows: one for each function that would have to change.
    """

    variable: Variable
    role: Role
    accesses: tuple[Access, ...]
    places: tuple[Access, ...]

    @property
    def writes(self) -> tuple[Access, ...]:
        """The accesses that change it."""
        return tuple(access for access in self.accesses if is_write(access))

    @property
    def speaks_to_python(self) -> bool:
        """Is it in a file that uses the Python API, or used from one?

        What is neither belongs to a library. Whether threads get there at once is decided by the locks of its callers,
        which calls through macros and function pointers hide.
        """
        return any(
            file.speaks_to_python for file in (self.variable.file, *(place.function.file for place in self.places))
        )

    @property
    def level(self) -> str:
        """How it was declared, for the reader: a function static, or a global."""
        return "function static" if self.variable.is_local else "global"


def places(statics: Iterable[SharedStatic], role: Role) -> Iterator[tuple[Access, list[SharedStatic]]]:
    """Where a role shows: each place once, with all the variables of that role that it concerns."""
    found: dict[tuple[tuple[int, int], int], tuple[Access, list[SharedStatic]]] = {}
    for static in statics:
        for place in static.places if static.role is role else ():
            _, concerned = found.setdefault((place.function.key, place.span.line), (place, []))
            if static not in concerned:
                concerned.append(static)
    yield from found.values()


def by_writer(statics: Iterable[SharedStatic], role: Role) -> Iterator[list[SharedStatic]]:
    """The variables of a role that one function writes; those of a whole file, if nearly all of it works like that.

    Code that was translated from another language, or that was written for one thread, is one defect, not a hundred.
    """
    files: dict[str, dict[tuple[int, int], list[SharedStatic]]] = {}
    for static in statics:
        if static.role is role and static.places:
            functions = files.setdefault(static.places[0].function.file.path, {})
            functions.setdefault(static.places[0].function.key, []).append(static)
    for functions in files.values():
        groups = list(functions.values())
        if len(groups) > _MOST_FUNCTIONS:
            yield [static for group in groups for static in group]
        else:
            yield from groups


def names(statics: Sequence[SharedStatic]) -> str:
    """Up to three names for a message: ``'a', 'b', 'c' and 2 more``."""
    unique = list(dict.fromkeys(static.variable.name for static in statics))
    listed = ", ".join(f"'{name}'" for name in unique[:_MOST_NAMES])
    return listed if len(unique) <= _MOST_NAMES else f"{listed} and {len(unique) - _MOST_NAMES} more"


class Guards:
    """Which accesses to static variables a lock covers, asked of one project. One instance serves one thread."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], bool] = {}

    def cover(self, access: Access) -> bool:
        """Is a lock held at ``access``, by its function or by every caller of that?

        Any mutex counts: which mutex guards which variable cannot be told from one place. A critical section counts if
        it locks a static object, or a type: one on an argument guards that argument only.
        """
        if any(_is_global(lock) for lock in access.locks):
            return True
        callers = [access.given_by] if access.given_by is not None else []
        return any(self._held_by_callers(function, _DEPTH) for function in [access.function, *callers])

    def _held_by_callers(self, function: Function, depth: int) -> bool:
        if function.name.endswith(_HELD_BY_CALLER[:2]):
            return not _is_called_in_objects_sections(function)
        if function.key not in self._held:
            self._held[function.key] = False  # the answer within a recursion
            self._held[function.key] = bool(depth) and self._at_every_call(function, depth - 1)
        return self._held[function.key]

    def _at_every_call(self, function: Function, depth: int) -> bool:
        calls = function.callers if function.is_called_only else []
        return 0 < len(calls) <= _MOST_CALLERS and all(self._is_locked(call, depth) for call in calls)

    def _is_locked(self, call: Call, depth: int) -> bool:
        return any(_is_global(lock) for lock in call.locks) or self._held_by_callers(call.function, depth)


def _is_called_in_objects_sections(function: Function) -> bool:
    """The lock that its name speaks of is that of one object: each call is seen to be made in such a section."""
    locks = [call.locks for call in function.callers]
    return bool(locks) and all(held and not any(_is_global(lock) for lock in held) for held in locks)


def _is_global(lock: Lock) -> bool:
    if not lock.is_critical_section:
        return True
    return any(operand.origin in {"static", "other"} or "type" in operand.text.lower() for operand in lock.operands)


def shared_accesses(variable: Variable, guards: Guards) -> tuple[Access, ...]:
    """The accesses that no lock covers, made while the module is in use; none if threads do not share the variable."""
    if variable.is_thread_local or variable.is_atomic or variable.is_synchroniser:
        return ()
    return tuple(a for a in variable.accesses if not a.runs_alone and a.kind != "atomic" and not guards.cover(a))


def is_write(access: Access) -> bool:
    """Does it change the variable, or hand its address to code that is not here?"""
    return access.kind in {"write", "update", "swap"}


def stores(access: Access) -> bool:
    """Does it put something in, rather than empty it?"""
    return is_write(access) and (access.value is None or not is_empty(access.value.text))


def by_function(accesses: Iterable[Access]) -> list[list[Access]]:
    """The accesses of each function, in the order of the source."""
    groups: dict[tuple[int, int], list[Access]] = {}
    for access in accesses:
        groups.setdefault(access.function.key, []).append(access)
    return [sorted(group, key=position) for group in groups.values()]


def first_use(group: Sequence[Access]) -> Access:
    """The first access that is more than an address taken."""
    return next((access for access in group if access.kind != "address"), group[0])


def position(thing: Access | Call) -> tuple[int, int]:
    """Where it stands in its file, to be compared."""
    return thing.span.line, thing.span.column


def holds_object(variable: Variable, accesses: Sequence[Access] = ()) -> bool:
    """Is it a pointer to a Python object, or an array or a struct with one in it, as its uses tell?"""
    typed = variable.pointers == 1 and _OBJECT_TYPE.fullmatch(variable.type) is not None
    counted = (a for a in accesses if a.kind == "swap" or (a.kind == "read" and a.callee in _COUNTS_REFERENCES))
    return typed or any(True for _ in counted)


def holds_own_of_python(variable: Variable) -> bool:
    """Is it a pointer to what the interpreter has once and does not count: its state, a table of functions?"""
    return variable.pointers == 1 and _OWN_OF_PYTHON.fullmatch(variable.type) is not None


def holds_number(variable: Variable) -> bool:
    """A number, a flag or an enumeration: what one store replaces whole."""
    simple = variable.pointers == 0 and not variable.is_array
    return simple and (_NUMBER_TYPE.fullmatch(variable.type) is not None or "enum" in variable.declaration.split())


def is_constant(text: str) -> bool:
    """``1``, ``true``, ``-1``, ``NULL`` and names in capital letters."""
    return re.fullmatch(r"-?\d+[uUlL]*|true|false|nullptr|[A-Z][A-Z0-9_]*", text) is not None


def stores_constant(access: Access) -> bool:
    """A number, a name in capital letters, or the name of a function or an enumerator."""
    value = access.value
    if value is None:
        return False
    return is_constant(value.text) or (value.origin == "other" and value.text.lstrip("&").isidentifier())


def is_empty(text: str) -> bool:
    """What a variable holds before it is set."""
    return text in {"NULL", "nullptr", "0", "false", "FALSE", "-1", "0.0"}
