"""What must hold for a mapping under threads: ConcurrentDict passes this, the twins of tests/ext/racy_dict.c fail."""

import contextlib
import itertools
import time
from collections.abc import Callable, Hashable, Iterator
from typing import Protocol

from tests.concurrency import Worker, run_threads
from tests.sync.reference_stress import Token

THREADS = 4
STEPS = 2_000


class _Table(Protocol):
    """Entries: what both twins have."""

    def __setitem__(self, key: Hashable, value: object, /) -> None: ...
    def __delitem__(self, key: Hashable, /) -> None: ...
    def get(self, key: Hashable, /) -> object: ...


class _Mapping(_Table, Protocol):
    """The methods of ConcurrentDict that its racy twin has too."""

    def __len__(self) -> int: ...
    def snapshot(self) -> dict[int, int]: ...
    def setdefault(self, key: Hashable, default: object, /) -> object: ...
    def pop(self, key: Hashable, default: object, /) -> object: ...
    def popitem(self) -> tuple[object, object]: ...
    def get_or_compute(self, key: Hashable, function: Callable[[int], object], /) -> object: ...
    def update_value(self, key: Hashable, function: Callable[[int], int], default: int, /) -> object: ...


type Make = Callable[[], _Mapping]
type MakeTable = Callable[[], _Table]


def written_entries_are_found(make: Make) -> None:
    """What a thread has stored it finds, while the others store, remove, read and make the table grow."""
    mapping = make()

    def work(worker: Worker) -> None:
        for step in range(STEPS):
            key = (worker.index, step)
            mapping[key] = step
            assert mapping.get(key) == step
            if step % 3 == 0:
                assert mapping.pop(key, None) == step
                assert mapping.get(key) is None

    run_threads(*[work] * THREADS)
    kept = [(index, step) for index in range(THREADS) for step in range(STEPS) if step % 3]
    assert [key for key in kept if mapping.get(key) != key[1]] == []
    assert len(mapping) == len(kept)


def setdefault_has_one_winner(make: Make) -> None:
    """All threads that call setdefault() for a key get the one value that was stored."""
    mapping = make()

    def work(worker: Worker) -> list[object]:
        return [mapping.setdefault(key, (worker.index, key)) for key in range(STEPS)]

    for key, answers in enumerate(zip(*run_threads(*[work] * THREADS), strict=True)):
        assert set(answers) == {mapping.get(key)}


def popped_values_are_handed_over(make: Make) -> None:
    """Each value comes out of one pop(), whichever thread it is that gets it."""
    mapping = make()
    for key in range(STEPS):
        mapping[key] = key

    def work(_worker: Worker) -> list[object]:
        return [value for key in range(STEPS) if (value := mapping.pop(key, None)) is not None]

    assert sorted(itertools.chain(*run_threads(*[work] * THREADS))) == list(range(STEPS))  # type: ignore[type-var]


def popitem_drains_once(make: Make) -> None:
    """Each entry comes out of one popitem(), and it says that the mapping is empty when it is."""
    mapping = make()
    for key in range(STEPS):
        mapping[key] = -key

    def work(_worker: Worker) -> list[tuple[object, object]]:
        entries = []
        with contextlib.suppress(KeyError):
            while True:
                entries.append(mapping.popitem())
        return entries

    entries = list(itertools.chain(*run_threads(*[work] * THREADS)))
    assert sorted(entries) == [(key, -key) for key in range(STEPS)]
    assert len(mapping) == 0


def snapshots_are_of_one_moment(make: Make) -> None:
    """Of keys that are stored and removed in order a snapshot has a range, and of values set in turn no other state."""
    mapping = make()
    done: list[bool] = []

    def write(_worker: Worker) -> None:
        try:
            for key in range(STEPS):  # makes the table grow
                mapping[key] = 0
            for step in range(1, STEPS):
                mapping[0] = mapping[STEPS - 1] = step  # the one on the left first
            for key in range(STEPS):
                del mapping[key]
        finally:
            done.append(True)

    def read(_worker: Worker) -> None:
        while not done:
            snapshot = mapping.snapshot()
            first = min(snapshot, default=0)
            assert sorted(snapshot) == list(range(first, first + len(snapshot)))
            if 0 in snapshot and STEPS - 1 in snapshot:
                assert snapshot[0] - snapshot[STEPS - 1] in (0, 1)

    run_threads(write, read, read)


def updates_are_not_lost(make: Make) -> None:
    """Each call of update_value() is applied to the value that the one before it left."""
    mapping = make()
    keys = range(4)

    def work(_worker: Worker) -> None:
        for step in range(STEPS):
            mapping.update_value(step % len(keys), lambda value: value + 1, 0)

    run_threads(*[work] * THREADS)
    assert [mapping.get(key) for key in keys] == [THREADS * STEPS // len(keys)] * len(keys)


def a_value_is_computed_once(make: Make) -> None:
    """Of threads that ask for a missing key one computes, and all get the very object."""
    mapping = make()
    computed: list[int] = []  # append() is atomic

    def compute(key: int) -> object:
        computed.append(key)
        if key % 50 == 0:
            time.sleep(0.001)  # so that the others come to wait
        return Token(key)

    def work(worker: Worker) -> list[object]:
        keys = list(range(STEPS // 4))
        if worker.index % 2:
            keys.reverse()  # meets the others in the middle
        answers = {key: mapping.get_or_compute(key, compute) for key in keys}
        return [answers[key] for key in sorted(keys)]

    answers = run_threads(*[work] * THREADS)
    assert sorted(computed) == list(range(STEPS // 4))
    assert [key for key, same in enumerate(zip(*answers, strict=True)) if len(set(map(id, same))) != 1] == []


def _keys_of_one_bucket() -> Iterator[int]:
    # As ConcurrentDict distributes hashes over its first eight buckets. In another one's, entries move less often.
    return itertools.cycle([key for key in range(100) if key * 0x9E3779B97F4A7C15 % 2**64 >> 61 == 0][:8])


def values_belong_to_their_keys(make: MakeTable) -> None:
    """get() returns nothing or the value of that key, though entries of other keys take the place of removed ones."""
    table = make()
    done: list[bool] = []

    def write(worker: Worker) -> None:
        try:
            for step, key in enumerate(itertools.islice(_keys_of_one_bucket(), 10 * STEPS)):
                if step % 2 == worker.index:
                    table[key] = key
                    del table[key]
        finally:
            done.append(True)

    def read(_worker: Worker) -> None:
        for key in _keys_of_one_bucket():
            assert table.get(key) in (None, key)
            if len(done) == 2:
                return

    run_threads(write, write, read, read)


def values_are_alive_when_read(make: MakeTable) -> None:
    """get() returns a value that some thread stored, alive, while other threads replace and free it."""
    table = make()

    def write(worker: Worker) -> None:
        for step in range(2 * STEPS):
            table[step % 4] = Token(worker.index * STEPS + step)

    def read(_worker: Worker) -> None:
        for step in range(2 * STEPS):
            token = table.get(step % 4)
            assert token is None or (isinstance(token, Token) and token.intact())

    run_threads(*[write, read] * (THREADS // 2))


MAPPING = (
    written_entries_are_found,
    setdefault_has_one_winner,
    popped_values_are_handed_over,
    popitem_drains_once,
    snapshots_are_of_one_moment,
    updates_are_not_lost,
    a_value_is_computed_once,
)

# values_are_alive_when_read() is not among them: on the twin it crashes the process.
TABLE = (values_belong_to_their_keys,)
