"""What must hold for an atomic reference under threads: AtomicReference passes this, RacyReference fails."""

import itertools
from collections.abc import Callable
from typing import Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4
STEPS = 5_000


class _Reference(Protocol):
    """The methods of AtomicReference that its racy twin has too, for values of any type."""

    def get(self) -> object: ...
    def set(self, value: object, /) -> None: ...
    def exchange(self, value: object, /) -> object: ...
    def compare_and_set(self, expected: object, value: object, /) -> bool: ...
    def update(self, function: Callable[[object], object], /) -> object: ...


type Make = Callable[[object], _Reference]


class Token:
    """An object that can be told from every other, and that knows when it is not itself any more."""

    def __init__(self, number: int) -> None:
        """Make the token with that number."""
        self.number = number
        self.check = ~number

    def intact(self) -> bool:
        """Whether the memory still holds what __init__ wrote."""
        # A freed block may be the next Token already, before its __init__: then the attributes are not there yet.
        return getattr(self, "check", None) == ~getattr(self, "number", 0)


def exchanged_objects_are_handed_over(make: Make) -> None:
    """Every object put in by exchange() comes out of exactly one other exchange(), or is the last."""
    first = Token(-1)
    cell = make(first)
    tokens = [[Token(worker * STEPS + step) for step in range(STEPS)] for worker in range(THREADS)]
    out = list(itertools.chain(*run_threads(*[lambda w: [cell.exchange(t) for t in tokens[w.index]]] * THREADS)))
    assert {id(token) for token in (*out, cell.get())} == {id(token) for token in (first, *itertools.chain(*tokens))}


def compare_and_set_builds_a_stack(make: Make) -> None:
    """What threads push on a linked stack by compare_and_set() is all there, once."""
    top = make(())

    def push(item: int) -> None:
        while True:
            below = top.get()
            if top.compare_and_set(below, (item, below)):
                return

    def work(worker: Worker) -> None:
        for step in range(STEPS // 5):
            push(worker.index * (STEPS // 5) + step)

    run_threads(*[work] * THREADS)
    assert sorted(_items(top.get())) == list(range(THREADS * (STEPS // 5)))


def _items(stack: object) -> list[int]:
    items = []
    while isinstance(stack, tuple) and stack:
        item, stack = stack
        items.append(item)
    return items


def updates_are_not_lost(make: Make) -> None:
    """Each call of update() is applied to the object that the one before it left."""
    cell = make(frozenset())

    def work(worker: Worker) -> None:
        for step in range(100):
            item = worker.index * 100 + step
            cell.update(lambda before, item=item: before | {item})  # type: ignore[misc]

    run_threads(*[work] * THREADS)
    assert cell.get() == frozenset(range(THREADS * 100))


def objects_are_alive_when_read(make: Make) -> None:
    """get() returns an object that some thread put in, alive, while other threads replace and free it."""
    cell = make(Token(0))

    def write(worker: Worker) -> None:
        for step in range(STEPS):
            cell.set(Token(worker.index * STEPS + step))

    def read(_worker: Worker) -> None:
        for _ in range(STEPS):
            token = cell.get()
            assert isinstance(token, Token)
            assert token.intact()

    run_threads(*[write, read] * (THREADS // 2))


# objects_are_alive_when_read() is not among them: on the twin it crashes the process.
ALL = (
    exchanged_objects_are_handed_over,
    compare_and_set_builds_a_stack,
    updates_are_not_lost,
)
