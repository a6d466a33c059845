"""What a rule may see of Python code: classes, functions and variables, what is done to them, and under which locks.

A *subject* is what threads may share, as it is written, with the names of parameters made equal: ``self.x`` for an
attribute of the method's object, ``Spam.x`` for one of a class, ``x`` for a variable of the module. Locks are subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ungil.facts.cython_access import Place

__all__ = [
    "Access",
    "Decision",
    "Holding",
    "Kind",
    "Place",
    "PyAttribute",
    "PyCall",
    "PyClass",
    "PyFile",
    "PyFunction",
    "PyVariable",
    "Question",
    "Role",
    "Spawn",
    "Taken",
    "Touch",
    "Unreleased",
]


@dataclass(frozen=True, slots=True)
class PyFile:
    """One file.

    Attributes:
        path: relative to the project, with forward slashes.
        lines: how many it has.
        is_of_loop: it runs in an event loop: it has coroutines, and no word of threads.
    """

    path: str
    lines: int
    is_of_loop: bool = False


class Kind(StrEnum):
    """What a value is, as far as the expression that makes it says so."""

    LOCK = "a lock"
    RLOCK = "a lock that its holder may take again"
    CONDITION = "a condition"
    SEMAPHORE = "a semaphore"
    SOME_LOCK = "a lock that some function makes"
    ASYNC_LOCK = "a lock of an event loop"
    EVENT = "an event"
    LOCAL = "storage for each thread"
    THREAD = "a thread"
    EXECUTOR = "an executor"
    QUEUE = "a queue"
    CONTEXT_VARIABLE = "a context variable"
    DICT = "a dict"
    LIST = "a list"
    SET = "a set"
    DEQUE = "a deque"
    WEAK = "a container of weak references"
    ITERATOR = "an iterator"
    COUNTER = "itertools.count()"
    NONE = "None"
    CONSTANT = "a constant"
    INSTANCE = "a new object"
    RESULT = "the result of a call"
    CLASS = "a class or a function"
    OTHER = "something"

    @property
    def is_lock(self) -> bool:
        """Threads take it and give it back."""
        return self in {Kind.LOCK, Kind.RLOCK, Kind.CONDITION, Kind.SEMAPHORE, Kind.SOME_LOCK}

    @property
    def is_container(self) -> bool:
        """It holds others, and is changed in place."""
        return self in {Kind.DICT, Kind.LIST, Kind.SET, Kind.DEQUE, Kind.WEAK}

    @property
    def is_costly(self) -> bool:
        """Two of it where one is meant is one too many: each has an identity, a thread or a resource."""
        return self.is_lock or self in {Kind.EVENT, Kind.LOCAL, Kind.THREAD, Kind.EXECUTOR, Kind.QUEUE}


class Touch(StrEnum):
    """What is done to a subject."""

    READ = "read"
    STORE = "store"  # x = v
    UPDATE = "update"  # x += v, x = x + v
    DROP = "drop"  # del x
    LOOKUP = "lookup"  # x[k], x.get(k), x.y
    EDIT = "edit"  # x[k] = v, del x[k], x.append(v)
    REVISE = "revise"  # x[k] += v
    ITERATE = "iterate"


@dataclass(frozen=True, slots=True)
class Holding:
    """A lock that is held: its name, and which of the function's blocks took it."""

    lock: str
    block: int


@dataclass(frozen=True, slots=True)
class Access:
    """One thing that is done to a subject.

    Attributes:
        subject: what it is done to.
        touch: what is done.
        how: the method that edits or looks up; ``[]`` and ``del []``; of a store, what stands there.
        key: the text of the key or of the only argument; "" without one.
        kind: of a store, what is stored.
        place: where.
        held: the locks that are held there.
        caught: an enclosing ``try`` takes what a missing key, an empty container or a changed one raises.
        order: counts the accesses and calls of a function.
        is_atomic: of an iteration, all of it is one call into C, such as ``list(x)``.
    """

    subject: str
    touch: Touch
    how: str
    key: str
    kind: Kind
    place: Place
    held: frozenset[Holding]
    caught: bool
    order: int
    is_atomic: bool = False


class Question(StrEnum):
    """What a test asks about a subject."""

    UNSET = "it is None, or false"
    SET = "it is not None, or true"
    ABSENT = "the key is not in it"
    PRESENT = "the key is in it"


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that is done because of what a test saw before.

    Attributes:
        question: the answer that the test gave.
        key: what it asked for.
        place, held: where the test looked, and what was held there.
        act: what is done then.
        is_loop: the test is that of a ``while``.
        is_final: every way on from there leaves the function, or the test stands in an expression.
    """

    question: Question
    key: str
    place: Place
    held: frozenset[Holding]
    act: Access
    is_loop: bool

    @property
    def is_together(self) -> bool:
        """One lock is held from the test to the act."""
        return bool(self.held & self.act.held)


@dataclass(frozen=True, slots=True)
class PyCall:
    """A call.

    Attributes:
        name: what is called, with the names that imports gave resolved: ``os.chdir``, ``self._lock.acquire``.
        arguments: the texts of those by position; keywords: of those by name.
        place, held, caught, order: as of an access.
        loops: how many loops are around it in its function; ``in_while``: one of them is a ``while``.
        is_statement: nobody looks at the result.
        is_awaited: it is.
        in_finally: it stands in a ``finally``.
    """

    name: str
    arguments: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]
    place: Place
    held: frozenset[Holding]
    caught: bool
    order: int
    loops: int
    in_while: bool
    is_statement: bool
    is_awaited: bool
    in_finally: bool

    @property
    def method(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def receiver(self) -> str:
        """What the method is called on."""
        return self.name.rpartition(".")[0]

    def keyword(self, name: str) -> str:
        """The text of one argument, or ""."""
        return next((text for key, text in self.keywords if key == name), "")


@dataclass(frozen=True, slots=True)
class Spawn:
    """Code that is handed to a thread.

    Attributes:
        target: what runs there, by its text.
        is_many: several threads may run it at once.
        place: where it is handed over.
        how: to whom: ``Thread``, ``submit``.
    """

    target: str
    is_many: bool
    place: Place
    how: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A lock that is taken, and those that are held then."""

    lock: str
    place: Place
    held: frozenset[Holding]


@dataclass(frozen=True, slots=True)
class Unreleased:
    """A lock that is taken by ``acquire()`` and given back by ``release()``, and kept if what is between raises."""

    lock: str
    place: Place
    call: str  # the first that may raise


class Role(StrEnum):
    """When a function runs."""

    INITIALISER = "before anybody else has the object"
    FINALISER = "when nobody else has the object"
    ORDINARY = "at any time"


@dataclass(frozen=True, slots=True)
class PyFunction:
    """A function, a method, or the code of a module or class (``<module>``).

    Attributes:
        file, place, name: where it is and what it is called.
        owner: the class it is a method of, or whose method it is defined in; or "".
        outer: the function that it is defined in, or "".
        role: when it runs, by its name.
        decorators: their names, resolved.
        parameters: the names.
        stored_defaults: parameters whose default is a container.
        is_async, is_generator: as it says.
        guard: what says that a lock is held around all of it: a decorator, or its own name or documentation; or "".
        accesses, calls, decisions, spawns, unreleased, taken: in the order of the source.
        makes: local variables and what they are made as.
        passed_on: local variables that are used for more than to be locked.
        awaits: where it waits for an event loop with a thread's lock held.
    """

    file: PyFile
    place: Place
    name: str
    owner: str
    outer: str
    role: Role
    decorators: tuple[str, ...]
    parameters: tuple[str, ...]
    stored_defaults: tuple[str, ...]
    is_async: bool
    is_generator: bool
    guard: str
    accesses: tuple[Access, ...]
    calls: tuple[PyCall, ...]
    decisions: tuple[Decision, ...]
    spawns: tuple[Spawn, ...]
    unreleased: tuple[Unreleased, ...]
    taken: tuple[Taken, ...]
    makes: dict[str, tuple[Kind, Place]]
    returns: frozenset[Kind]
    passed_on: frozenset[str]
    awaits: tuple[tuple[str, Place], ...]

    @property
    def title(self) -> str:
        """With its class."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def is_property(self) -> bool:
        """It is called without brackets."""
        return any(one.rpartition(".")[2] in {"property", "cached_property"} for one in self.decorators)

    def of(self, subject: str) -> Iterator[Access]:
        """What it does to a subject."""
        return (one for one in self.accesses if one.subject == subject)


@dataclass(frozen=True, slots=True)
class PyAttribute:
    """An attribute of a class or of its objects: what is first stored in it, and where."""

    name: str
    kind: Kind
    made: str
    of_class: bool
    place: Place


@dataclass(frozen=True, slots=True)
class PyClass:
    """A class, as it stands: without what its bases have."""

    name: str
    file: PyFile
    place: Place
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    attributes: dict[str, PyAttribute]
    methods: tuple[PyFunction, ...]
    aliases: dict[str, str] = field(default_factory=dict)

    def method(self, name: str) -> PyFunction | None:
        """The method of that name."""
        return next((one for one in self.methods if one.name == name and not one.outer), None)


@dataclass(frozen=True, slots=True)
class PyVariable:
    """A variable of a module: what is first stored in it, and where."""

    name: str
    kind: Kind
    made: str
    file: PyFile
    place: Place
