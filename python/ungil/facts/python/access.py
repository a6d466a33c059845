"""What one place in a Python function does: it touches something, decides, calls, takes a lock, hands code over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ungil.facts.cython.access import Place

__all__ = [
    "Access",
    "Decision",
    "Holding",
    "Kind",
    "Place",
    "PyCall",
    "Question",
    "Spawn",
    "Taken",
    "Touch",
    "Unreleased",
]


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
        return self.is_threading_lock or self is Kind.SOME_LOCK

    @property
    def is_threading_lock(self) -> bool:
        """It is one of ``threading``, and not what some function calls a lock."""
        return self in {Kind.LOCK, Kind.RLOCK, Kind.CONDITION, Kind.SEMAPHORE}

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

    @property
    def is_change(self) -> bool:
        """Another thread finds it different afterwards."""
        return self in {Touch.STORE, Touch.UPDATE, Touch.DROP, Touch.EDIT, Touch.REVISE}


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
        kind: of a store, what is stored; of an update, a list if one is added.
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
        is_awaited: a coroutine waits for the result.
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
    """

    target: str
    is_many: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A lock that is waited for, those that are held then, and whether it is made by the expression that takes it."""

    lock: str
    place: Place
    held: frozenset[Holding]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Unreleased:
    """A lock that is taken by ``acquire()`` and given back by ``release()``, and kept if what is between raises."""

    lock: str
    place: Place
    call: str  # the first that may raise
