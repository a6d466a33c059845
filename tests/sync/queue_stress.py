"""What must hold for a bounded queue under threads: BoundedQueue passes this, its two racy twins fail."""

import itertools
import queue
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

from tests.concurrency import Worker, run_threads

from ungil import AtomicInteger, BoundedQueue, QueueClosed

ITEMS = 4_000

type Item = tuple[int, int]


class _Queue(Protocol):
    """The methods of BoundedQueue that its racy twins have too."""

    def put(self, item: Item, /, timeout: float = ...) -> None: ...
    def get(self, /, timeout: float = ...) -> Item: ...
    def close(self, /) -> None: ...


type Make = Callable[[int], _Queue]
type Put[Q] = Callable[[Q, Worker, list[Item]], None]
type Get[Q] = Callable[[Q, Worker], Iterator[Item]]


def _pass_through[Q: _Queue](shared: Q, put: Put[Q], get: Get[Q], producers: int, consumers: int) -> None:
    """Each item comes out exactly once, and no consumer gets those of one producer in another order."""
    running = AtomicInteger(producers)

    def produce(worker: Worker) -> list[Item]:
        try:
            put(shared, worker, [(worker.index, number) for number in range(ITEMS)])
        finally:
            if running.decrement() == 0:
                shared.close()
        return []

    def consume(worker: Worker) -> list[Item]:
        return list(get(shared, worker))

    got = run_threads(*[produce] * producers, *[consume] * consumers)[producers:]
    assert Counter(itertools.chain(*got)) == Counter(itertools.product(range(producers), range(ITEMS)))
    for items in got:
        for producer in range(producers):
            numbers = [item[1] for item in items if item[0] == producer]
            assert numbers == sorted(numbers)


def _put_each(shared: _Queue, _worker: Worker, items: list[Item]) -> None:
    for item in items:
        shared.put(item)


def _get_each(shared: _Queue, _worker: Worker) -> Iterator[Item]:
    while True:
        try:
            item = shared.get()
        except QueueClosed:
            return
        yield item  # whatever it is: a consumer that fails would leave the producers waiting


def _put_each_in_no_time(shared: _Queue, worker: Worker, items: list[Item]) -> None:
    for item in items:
        while True:
            try:
                shared.put(item, timeout=worker.random.choice([0, 1e-6, 1e-5, 1e-4]))
                break
            except queue.Full:
                continue


def _get_each_in_no_time(shared: _Queue, worker: Worker) -> Iterator[Item]:
    while True:
        try:
            item = shared.get(timeout=worker.random.choice([0, 1e-6, 1e-5, 1e-4]))
        except queue.Empty:
            continue
        except QueueClosed:
            return
        yield item


def one_to_one(make: Make) -> None:
    """Every item passes from one thread to one other, once and in order."""
    _pass_through(make(64), _put_each, _get_each, 1, 1)


def many_to_many(make: Make) -> None:
    """Every item passes once and in order from two threads to two others, through a queue that is often full."""
    _pass_through(make(3), _put_each, _get_each, 2, 2)


def many_to_one_place(make: Make) -> None:
    """Every item passes once and in order through a single place, for which all threads wait."""
    _pass_through(make(1), _put_each, _get_each, 3, 3)


def timeouts_lose_nothing(make: Make) -> None:
    """No item is lost or doubled where waiting ends at the moment at which an item or a place is handed over."""
    _pass_through(make(2), _put_each_in_no_time, _get_each_in_no_time, 2, 2)


def filled_exactly(make: Make) -> None:
    """Threads that put until there is no room have put as many as there is room for, and get just those back."""
    for _ in range(20):
        shared = make(100)

        def fill(worker: Worker, shared: _Queue = shared) -> list[Item]:
            put: list[Item] = []
            for number in itertools.count():
                try:
                    shared.put((worker.index, number), timeout=0)
                except queue.Full:
                    return put
                put.append((worker.index, number))
            return put

        def drain(_worker: Worker, shared: _Queue = shared) -> list[Item]:
            got = []
            while True:
                try:
                    got.append(shared.get(timeout=0))
                except queue.Empty:
                    return got

        put = list(itertools.chain(*run_threads(*[fill] * 4)))
        assert len(put) == 100
        assert Counter(itertools.chain(*run_threads(*[drain] * 4))) == Counter(put)


ALL = (one_to_one, many_to_many, many_to_one_place, timeouts_lose_nothing, filled_exactly)


# ---- What the twins cannot do ----------------------------------------------------------------------------------------


def _put_many(shared: BoundedQueue[Item], worker: Worker, items: list[Item]) -> None:
    while items:
        count = worker.random.randrange(1, 200)
        put = shared.put_many(items[:count], timeout=worker.random.choice([0, 1e-5, 1e-3, None]))
        del items[:put]


def _get_many(shared: BoundedQueue[Item], worker: Worker) -> Iterator[Item]:
    while True:
        limit = worker.random.randrange(1, 200)
        try:
            items = shared.get_many(limit, timeout=worker.random.choice([0, 1e-5, 1e-3, None]))
        except queue.Empty:
            continue
        except QueueClosed:
            return
        assert 1 <= len(items) <= limit
        yield from items


def _iterate(shared: BoundedQueue[Item], _worker: Worker) -> Iterator[Item]:
    return shared


def many_at_once(maxsize: int) -> None:
    """What holds for put() and get() holds for put_many() and get_many(), and where they meet."""
    _pass_through(BoundedQueue[Item](maxsize), _put_many, _get_many, 2, 2)
    _pass_through(BoundedQueue[Item](maxsize), _put_each, _get_many, 2, 2)
    _pass_through(BoundedQueue[Item](maxsize), _put_many, _iterate, 2, 2)
