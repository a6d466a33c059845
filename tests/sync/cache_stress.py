"""What must hold for a bounded cache under threads: ConcurrentCache passes this, the twins in racy_cache.c fail."""

from collections.abc import Callable
from typing import Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4
STEPS = 4_000
MAXSIZE = 8


class _Bounded(Protocol):
    """What a cache and its twin have of a mapping."""

    def __setitem__(self, key: int, value: object, /) -> None: ...
    def __len__(self) -> int: ...


class _Readable(Protocol):
    """What a cache and its twin have to look something up."""

    def __setitem__(self, key: int, value: object, /) -> None: ...
    def get(self, key: int, /) -> object: ...


def never_holds_more_than_maxsize(make: Callable[[int], _Bounded]) -> None:
    """However many threads store new keys at once, there are never more entries than maxsize."""
    cache = make(MAXSIZE)

    def store(worker: Worker) -> None:
        for step in range(STEPS):
            cache[worker.index * STEPS + step] = None

    run_threads(*[store] * THREADS)
    assert len(cache) <= MAXSIZE


def a_value_belongs_to_its_key(make: Callable[[int], _Readable]) -> None:
    """What get(key) returns was stored for that key, while entries are dropped and their places used again."""
    cache = make(MAXSIZE)
    values = [(key, str(key)) for key in range(4 * MAXSIZE)]

    def work(worker: Worker) -> None:
        for _ in range(STEPS):
            key = worker.random.randrange(len(values))
            cache[key] = values[key]
            for wanted in (key, worker.random.randrange(len(values))):
                found = cache.get(wanted)
                assert found is None or found is values[wanted]

    run_threads(*[work] * THREADS)
