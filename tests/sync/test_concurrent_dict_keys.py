"""ConcurrentDict and keys whose __hash__ and __eq__ are hostile: they run without a lock and may do anything."""

import contextlib
import itertools
import time
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from tests.concurrency import Worker, run_threads
from tests.sync.builds import run_child
from tests.sync.reference_stress import Token

from ungil import ConcurrentDict

type Any_ = ConcurrentDict[Any, Any]


class Key:
    """Keys of one hash, which are compared by a function."""

    def __init__(self, number: int, compare: Callable[[], object] = lambda: None) -> None:
        """Make the key with that number; `compare` runs before each comparison."""
        self.number = number
        self.compare = compare

    def __hash__(self) -> int:
        """The same for all."""
        return 7

    def __eq__(self, other: object) -> bool:
        """By number."""
        self.compare()
        return isinstance(other, Key) and other.number == self.number


def fail() -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


USES: list[Callable[[Any_, object], object]] = [
    lambda m, k: m[k],
    lambda m, k: m.get(k),
    lambda m, k: k in m,
    lambda m, k: m.__setitem__(k, 0),
    lambda m, k: m.__delitem__(k),
    lambda m, k: m.pop(k, None),
    lambda m, k: m.setdefault(k, 0),
    lambda m, k: m.update({k: 0}),
    lambda m, k: m.get_or_compute(k, lambda _: 0),
    lambda m, k: m.update_value(k, lambda value: value, 0),
]


@pytest.mark.parametrize("use", USES)
def test_an_exception_of_a_comparison_comes_out(use: Callable[[Any_, object], object]) -> None:
    """What __eq__ or __hash__ raises comes out of the method, which has then changed nothing; the next works."""
    stored = Key(1, fail)
    mapping: Any_ = ConcurrentDict({stored: "a"})
    with pytest.raises(ZeroDivisionError):
        use(mapping, Key(1))
    assert mapping.snapshot() == {stored: "a"}

    class Unlucky:
        def __hash__(self) -> int:  # noqa: PLE0309 - that is the point
            fail()

    with pytest.raises(ZeroDivisionError):
        use(mapping, Unlucky())
    stored.compare = lambda: None
    use(mapping, Key(1))


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("answer", [1, "yes", [0]])
def test_an_answer_that_is_not_a_bool_counts_by_its_truth(
    use: Callable[[Any_, object], object], answer: object
) -> None:
    """As in a dict, `==` may answer with any object, whose truth is asked; where that raises, it comes out."""

    class Odd(Key):
        __hash__ = Key.__hash__

        def __eq__(self, _: object) -> Any:  # noqa: ANN401 - that is the point
            return answer

    class Undecided(Odd):
        __hash__ = Key.__hash__

        def __eq__(self, _: object) -> Any:  # noqa: ANN401
            return type("Answer", (), {"__bool__": lambda _: fail()})()

    mapping: Any_ = ConcurrentDict({Odd(1): "a"})
    use(mapping, Key(2))
    assert len(mapping) <= 1
    with pytest.raises(ZeroDivisionError):
        use(ConcurrentDict({Undecided(1): "a"}), Key(2))


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("meanwhile", [*USES, lambda m, _: m.clear(), lambda m, _: len(m), lambda m, _: m.popitem()])
def test_a_comparison_may_use_the_mapping(
    use: Callable[[Any_, object], object], meanwhile: Callable[[Any_, object], object]
) -> None:
    """An __eq__ that reads, changes or empties the mapping ends, and leaves a mapping that works."""
    left = 0  # as many times: else a comparison within a comparison would never end, as with a dict

    def compare() -> None:
        nonlocal left
        if left:
            left -= 1
            meanwhile(mapping, Key(left))
            mapping[left] = left

    mapping: Any_ = ConcurrentDict({Key(number, compare): number for number in range(3)})
    for number in (1, 9):
        left = 5
        try:
            use(mapping, Key(number))
        except (KeyError, RuntimeError):
            continue  # it was removed meanwhile, or is being updated
    left = 0
    entries = mapping.snapshot()
    assert len(entries) == len(mapping)
    assert {key for key in entries if key in mapping and mapping[key] == entries[key]} == entries.keys()


def test_a_comparison_may_make_the_table_grow() -> None:
    """Entries that a comparison adds by the thousand are there afterwards, as is the one that was looked for."""
    mapping: Any_ = ConcurrentDict()

    def compare() -> None:
        mapping.update({str(number): number for number in range(len(mapping), len(mapping) + 2000)})

    mapping[Key(1, compare)] = "a"
    assert mapping[Key(1)] == "a"
    mapping[Key(2)] = "b"
    assert (mapping[Key(1)], mapping[Key(2)], len(mapping) > 4000) == ("a", "b", True)


def test_an_answer_that_changes_is_asked_for_once() -> None:
    """A key that equals another one only the first time, or only from the second time on, ends no search in a loop."""
    for answers in ([True, False], [False, True]):
        turns = itertools.cycle(answers)

        class Fickle(Key):
            __hash__ = Key.__hash__

            def __eq__(self, _: object) -> bool:
                return next(turns)  # noqa: B023 - used at once

        mapping: Any_ = ConcurrentDict({Fickle(number): number for number in range(20)})
        for number in range(20):
            mapping.get(Key(number))
            mapping[Key(number)] = number
            mapping.pop(Key(number), None)
        assert len(mapping.keys()) == len(mapping)


@pytest.mark.parametrize("make", [Key, lambda number: number * (2**61 - 1)])
def test_many_keys_of_one_hash(make: Callable[[int], object]) -> None:
    """Many keys that have the same hash are all found, replaced and removed, as in a dict."""
    mapping: Any_ = ConcurrentDict()
    count = 300 if make is Key else 2000
    for number in range(count):
        mapping[make(number)] = number
    assert [mapping[make(number)] for number in range(count)] == list(range(count))
    assert mapping.get(make(count)) is None
    for number in range(0, count, 2):
        mapping[make(number)] = -number
    for number in range(1, count, 2):
        del mapping[make(number)]
    assert sorted(mapping.values()) == sorted(-number for number in range(0, count, 2))


def test_a_search_asks_each_key_once() -> None:
    """Looking for a key among others of its hash compares it with each of them once."""
    compared: list[int] = []
    mapping: Any_ = ConcurrentDict()
    for number in range(200):
        mapping[Key(number, lambda number=number: compared.append(number))] = number  # type: ignore[misc]
    for use in (mapping.get, mapping.setdefault, mapping.__contains__, mapping.__delitem__):
        compared.clear()
        with contextlib.suppress(KeyError):
            use(Key(-1))
        assert sorted(compared) == list(range(200))
        mapping.pop(Key(-1), None)


def test_a_slow_comparison_holds_nobody_up() -> None:
    """While one thread compares keys, others read, write, grow and empty the same mapping, down to the same key."""
    comparing: list[bool] = []
    used: list[bool] = []

    def compare() -> None:
        comparing.append(True)
        while not used:
            time.sleep(0.001)

    stored = Key(1, compare)
    mapping: Any_ = ConcurrentDict({stored: "a"})

    def search(_worker: Worker) -> object:
        return mapping.get(Key(1))

    def use(_worker: Worker) -> object:
        while not comparing:
            time.sleep(0.001)
        mapping.update({str(number): number for number in range(1000)})
        answers = (mapping[stored], len(mapping), mapping.pop(stored))
        mapping.clear()
        mapping.setdefault(stored, "b")
        used.append(True)
        return answers

    assert run_threads(search, use) == ["b", ("a", 1001, "a")]


def test_equal_keys_of_many_threads_are_one_entry() -> None:
    """Threads that store, at the same time, keys that are equal and not the same make one entry of them."""
    mapping: Any_ = ConcurrentDict()

    def work(_worker: Worker) -> None:
        for number in range(100):
            mapping[Key(number)] = number
            assert mapping[Key(number)] == number

    run_threads(*[work] * 4)
    assert sorted((key.number, value) for key, value in mapping.items()) == [(number, number) for number in range(100)]


def test_a_search_keeps_no_key_alive() -> None:
    """Keys and values that were compared with, or removed during a comparison, are released when the search ends."""
    tokens = [Token(1), Token(2)]
    references = [weakref.ref(token) for token in tokens]
    mapping: Any_ = ConcurrentDict({Key(number): token for number, token in enumerate(tokens)})
    references.extend(weakref.ref(key) for key in mapping)
    for key in mapping:
        key.compare = mapping.clear
    del key
    tokens.clear()
    assert mapping.get(Key(2)) is None
    assert [reference() for reference in references] == [None] * 4


class _Reentrant:
    """Uses the mapping that it is being released from."""

    def __init__(self, mapping: Any_, seen: list[tuple[int, object]]) -> None:
        self.mapping = mapping
        self.seen = seen

    def __del__(self) -> None:
        self.seen.append((len(self.mapping), self.mapping.get("key")))
        self.mapping["other"] = "added"


@pytest.mark.parametrize(
    ("release", "seen"),
    [
        (lambda m: m.__setitem__("key", 1), (1, 1)),
        (lambda m: m.__delitem__("key"), (0, None)),
        (lambda m: m.pop("key") and None, (0, None)),
        (lambda m: m.popitem() and None, (0, None)),
        (lambda m: m.clear(), (0, None)),
        (lambda m: m.update_value("key", lambda _: 2) and None, (1, 2)),
        (lambda m: m.update(key=3), (1, 3)),
    ],
)
def test_a_finalizer_may_use_the_mapping(release: Callable[[Any_], object], seen: tuple[int, object]) -> None:
    """A value is released after the step, so its finalizer sees the mapping without it and may change it."""
    mapping: Any_ = ConcurrentDict()
    found: list[tuple[int, object]] = []
    mapping["key"] = _Reentrant(mapping, found)
    release(mapping)
    assert (found, mapping.pop("other")) == ([seen], "added")
    assert len(mapping) == seen[0]


FINALIZERS = """
from tests.concurrency import run_threads
from ungil import ConcurrentDict
class Reentrant:
    def __del__(self):
        done.append(len(mapping))
        mapping.pop(3, None)
        mapping.setdefault(4, None)
def work(worker):
    for step in range(500):
        mapping[step % 3] = Reentrant()
        if step % 50 == 0:
            mapping.clear()
mapping, done = ConcurrentDict(), []
run_threads(*[work] * 4)
mapping.clear()
print(len(done))
"""


def test_finalizers_may_use_the_mapping_under_threads() -> None:
    """Finalizers that change the mapping while other threads change it too all run, once, and nothing is stuck."""
    assert run_child(FINALIZERS) == (0, "2000\n")
