"""What a rule may see of Cython: modules, classes and functions, what these touch, and under which guards.

Modules and what the build asks for come from the text; the rest comes from Cython's own parser, and is empty where
that is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Access",
    "Attribute",
    "CythonCall",
    "CythonClass",
    "CythonFacts",
    "CythonFile",
    "CythonFunction",
    "CythonModule",
    "CythonRequirement",
    "CythonVariable",
    "Effect",
    "Fill",
    "Holds",
    "Place",
    "Role",
    "Stance",
]


class Stance(StrEnum):
    """What a Cython module, or its build, says about the GIL: the directive ``freethreading_compatible``."""

    COMPATIBLE = "True"
    INCOMPATIBLE = "False"
    UNCLEAR = "a value that only the build knows"
    MISSING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of source, like ``Span``: lines and columns from 1, a column is a byte, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class CythonFile:
    """One file: Cython source, a template of it, or a file of the build.

    Attributes:
        path: relative to the project, with forward slashes.
        lines: how many it has.
        first: its first line.
    """

    path: str
    lines: int
    first: Place


@dataclass(frozen=True, slots=True)
class CythonModule:
    """A ``.pyx`` file that is compiled on its own: one that no other file includes.

    Attributes:
        file: where it is.
        stance: what it says, or else what the build says for it.
        is_shipped: False below folders of tests, examples, benchmarks and documentation.
    """

    file: CythonFile
    stance: Stance
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class CythonRequirement:
    """The version of Cython that ``[build-system]`` asks for.

    Attributes:
        file, place: of the requirement.
        text: as it is written.
        allows_old: a Cython before 3.1 would do.
        allows_new: some Cython since 3.1 would do.
    """

    file: CythonFile
    place: Place
    text: str
    allows_old: bool
    allows_new: bool


class Holds(StrEnum):
    """What a variable or an attribute holds: what another thread finds if it looks in between."""

    OBJECT = "a Python object"
    POINTER = "a C pointer"
    STRUCT = "a C struct"
    MEMORYVIEW = "a typed memoryview"
    NUMBER = "a C number"
    LOCK = "a lock"
    ATOMIC = "an atomic"


class Effect(StrEnum):
    """What is done to a variable or an attribute."""

    READ = "read"
    WRITE = "write"
    UPDATE = "update"  # x += 1
    ITEM = "item"  # x[k], k in x, x.get(k)
    ITERATE = "iterate"  # for ... in x
    EDIT = "edit"  # x[k] = v, del x[k], x.append(v)


class Role(StrEnum):
    """When a function runs."""

    INITIALISER = "before anybody else has the object"
    FINALISER = "when nobody else has the object"
    ORDINARY = "at any time"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A C attribute of a ``cdef class``.

    Attributes:
        name, type: as declared, the type without its pointers.
        holds: what it holds.
        visibility: ``private``, ``public`` or ``readonly``; Python reads the latter two without any lock.
    """

    name: str
    type: str
    holds: Holds
    visibility: str


@dataclass(frozen=True, slots=True)
class CythonVariable:
    """A variable of a module: a C variable, or a name that holds a container.

    Attributes:
        name, type: as declared; the type is "" without a declaration.
        holds: what it holds.
        file, place: where it is declared.
    """

    name: str
    type: str
    holds: Holds
    file: CythonFile
    place: Place


@dataclass(frozen=True, slots=True)
class Access:
    """One look at, or change of, an attribute of ``self`` or a variable of the module.

    Attributes:
        name: of the attribute or the variable.
        of_self: it is an attribute of the method's first parameter.
        field: what is reached through it: ``gauss`` in ``self.state.gauss``; "" for itself.
        effect: what is done.
        how: the method that edits (``append``), or ``[]`` and the key.
        place: where.
        guards: what is held there.
        regions: the blocks around it: ``nogil``, ``gil``, ``prange``.
        order: counts the function's accesses and calls.
        constant: a write of ``None``, ``NULL`` or a literal.
    """

    name: str
    of_self: bool
    field: str
    effect: Effect
    how: str
    place: Place
    guards: tuple[str, ...]
    regions: tuple[str, ...]
    order: int
    constant: bool = False

    @property
    def path(self) -> str:
        """As it is written: ``self.state.gauss``, ``CACHE``."""
        parts = ("self", self.name, self.field) if self.of_self else (self.name, self.field)
        return ".".join(part for part in parts if part)

    @property
    def changes(self) -> bool:
        """Another thread sees a difference."""
        return self.effect in {Effect.WRITE, Effect.UPDATE, Effect.EDIT}


@dataclass(frozen=True, slots=True)
class Fill:
    """A test that finds something empty, and what is then put there.

    Attributes:
        test: where it is looked at.
        access: the write that fills it.
        test_guards: what is held at the test.
    """

    test: Place
    access: Access
    test_guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CythonCall:
    """A call, with the name as it is written (``self.reset``, ``PyDict_GetItem``) and the text of its arguments."""

    name: str
    arguments: tuple[str, ...]
    place: Place
    guards: tuple[str, ...]
    regions: tuple[str, ...]
    order: int
    target: str = ""  # the variable that takes the result

    @property
    def last(self) -> str:
        """The name without what it is called on."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class CythonFunction:
    """A ``def``, ``cdef`` or ``cpdef`` function.

    Attributes:
        file, place, name: where it is and what it is called; a property's accessors are ``name.__get__`` and so on.
        owner: the ``cdef class`` it is a method of, or "".
        is_entry: Python can call it; a ``cdef`` function is called by Cython only.
        role: when it runs, by its name.
        decorators: their names.
        guard: the decorator that holds a lock around it all, or "".
        accesses, calls, fills: in the order of the source.
        raises: where it raises, with what is held.
        returns_value: it hands an object out.
    """

    file: CythonFile
    place: Place
    name: str
    owner: str
    is_entry: bool
    role: Role
    decorators: tuple[str, ...]
    guard: str
    accesses: tuple[Access, ...]
    calls: tuple[CythonCall, ...]
    fills: tuple[Fill, ...]
    raises: tuple[tuple[Place, tuple[str, ...]], ...]
    returns_value: bool

    @property
    def title(self) -> str:
        """With its class."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


@dataclass(frozen=True, slots=True)
class CythonClass:
    """A ``cdef class``, with the attributes that its declaration elsewhere adds and those of its bases."""

    name: str
    file: CythonFile
    place: Place
    bases: tuple[str, ...]
    attributes: dict[str, Attribute]
    methods: tuple[CythonFunction, ...]


@dataclass(frozen=True, slots=True)
class CythonFacts:
    """All that is known of a project's Cython, joined over its files.

    Attributes:
        files, modules, requirements: read from the text.
        classes, functions, variables: by Cython's parser; ``functions`` holds the methods too.
        quiet: the functions that nobody can meet: all their callers hold a lock, or run while nobody else has the
            object; as the ``id`` of each.
        unread: per file, why it was not understood.
    """

    files: tuple[CythonFile, ...] = field(default=())
    modules: tuple[CythonModule, ...] = field(default=())
    requirements: tuple[CythonRequirement, ...] = field(default=())
    classes: tuple[CythonClass, ...] = field(default=())
    functions: tuple[CythonFunction, ...] = field(default=())
    variables: dict[str, CythonVariable] = field(default_factory=dict)
    quiet: frozenset[int] = field(default=frozenset())
    unread: tuple[tuple[str, str], ...] = field(default=())

    def shared_functions(self) -> list[CythonFunction]:
        """The functions that two threads can be in at once, without a lock that covers all of it."""
        return [f for f in self.functions if f.role is Role.ORDINARY and not f.guard and id(f) not in self.quiet]
