"""ConcurrentCache: what it keeps and drops, that it is bounded under threads, and what it counts."""

import copy
import pickle
import weakref
from collections.abc import Callable
from types import ModuleType

import pytest
from tests.concurrency import Worker, run_threads, until_caught
from tests.sync.builds import needs_parallel_threads, run_child
from tests.sync.cache_stress import a_value_belongs_to_its_key, never_holds_more_than_maxsize

from ungil import CacheStatistics, ConcurrentCache


def test_is_bounded_under_threads() -> None:
    """Threads that store new keys at the same moment do not make it larger than maxsize."""
    never_holds_more_than_maxsize(ConcurrentCache)


@needs_parallel_threads
def test_stress_catches_a_bound_that_is_checked_first(racy_cache: ModuleType) -> None:
    """The same stress fails on the twin that looks for room and stores in two steps."""
    until_caught(lambda: never_holds_more_than_maxsize(racy_cache.RacyBound))


def test_values_belong_to_their_keys_under_threads() -> None:
    """No lookup returns the value of another key."""
    a_value_belongs_to_its_key(ConcurrentCache)


@needs_parallel_threads
def test_stress_catches_an_entry_that_is_written_in_two_steps(racy_cache: ModuleType) -> None:
    """The same stress fails on the twin whose readers can find a new key with an old value."""
    until_caught(lambda: a_value_belongs_to_its_key(racy_cache.RacySlots))


def test_methods_return_what_they_say() -> None:
    """Each method, used by one thread, returns what its docstring says."""
    cache: ConcurrentCache[str, int] = ConcurrentCache(4)
    cache["a"] = 1
    assert cache["a"] == cache.get("a") == cache.get("a", 7) == 1
    assert (cache.get("b"), cache.get("b", 7)) == (None, 7)
    assert "a" in cache
    assert "b" not in cache
    cache["a"] = 2
    assert (cache.pop("a"), cache.pop("a", 7), len(cache)) == (2, 7, 0)
    cache["a"] = 3
    del cache["a"]
    cache["a"], cache["b"] = 1, 2
    cache.clear()
    assert (len(cache), cache.get("a"), cache.maxsize) == (0, None, 4)
    assert repr(cache) == "<ConcurrentCache: 0 of at most 4 entries>"


@pytest.mark.parametrize("key", ["missing", ("a", "tuple"), None])
def test_a_missing_key_is_the_argument_of_the_error(key: object) -> None:
    """[], del and pop() of a key that is not there raise KeyError with that key, and change nothing."""
    cache: ConcurrentCache[object, int] = ConcurrentCache(4)
    for lookup in (cache.__getitem__, cache.__delitem__, cache.pop):
        with pytest.raises(KeyError) as caught:
            lookup(key)
        assert caught.value.args == (key,)
    assert len(cache) == 0


@pytest.mark.parametrize("maxsize", [0, -1, -(2**63)])
def test_refuses_a_size_that_holds_nothing(maxsize: int) -> None:
    """Maxsize below 1 is a ValueError."""
    with pytest.raises(ValueError, match="at least 1"):
        ConcurrentCache(maxsize)


@pytest.mark.parametrize(
    ("arguments", "error"), [((), TypeError), (("3",), TypeError), ((1, 2), TypeError), ((2**64,), OverflowError)]
)
def test_refuses_other_arguments(arguments: tuple[object, ...], error: type[Exception]) -> None:
    """Maxsize is one int of at most 64 bits."""
    with pytest.raises(error):
        ConcurrentCache(*arguments)  # type: ignore[arg-type]


def test_without_init_it_keeps_nothing() -> None:
    """An object that only __new__ made is a cache of no entries, until __init__ gives it a size."""
    cache: ConcurrentCache[int, int] = ConcurrentCache.__new__(ConcurrentCache)
    cache[1] = 1
    assert (len(cache), cache.get(1), cache.get_or_compute(2, lambda key: key * 2)) == (0, None, 4)
    cache.__init__(2)  # type: ignore[misc]
    cache[1] = 1
    assert cache[1] == 1


def test_init_again_with_less_drops_what_is_too_much() -> None:
    """A second __init__ with a smaller size drops entries until they fit."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(100)
    for key in range(100):
        cache[key] = key
    cache.__init__(10)  # type: ignore[misc]
    assert (len(cache), cache.maxsize) == (10, 10)


def test_an_entry_in_use_outlives_those_that_are_not() -> None:
    """An entry that is looked up between any two rounds of dropping stays; most of the others do not."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(64)
    cache[-1] = -1
    for key in range(10_000):
        assert cache.get(-1) == -1, f"dropped after {key} others"
        cache[key] = key
    assert len(cache) == 64


def test_statistics_count_what_happened() -> None:
    """Hits, misses and evictions add up to what was done; `in` counts as neither, get_or_compute() once."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(2)
    cache.get(1)
    cache.get_or_compute(1, lambda key: key)
    cache.get_or_compute(1, lambda key: key)
    assert 1 in cache
    cache[2], cache[3] = 2, 3
    statistics = cache.statistics()
    assert isinstance(statistics, CacheStatistics)
    assert statistics == (1, 2, 1, 2, 2)
    assert (statistics.hits, statistics.misses, statistics.evictions) == (1, 2, 1)
    assert (statistics.size, statistics.maxsize) == (2, 2)


def test_statistics_add_up_under_threads() -> None:
    """After the threads have ended, hits and misses are the lookups, and what was stored is there or was dropped."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(16)

    def work(worker: Worker) -> int:
        stored = 0
        for _ in range(2_000):
            key = worker.random.randrange(64)
            if cache.get(key) is None:
                stored += 1
            cache.get_or_compute(key, lambda key: key)
        return stored

    run_threads(*[work] * 4)
    statistics = cache.statistics()
    assert statistics.hits + statistics.misses == 2 * 4 * 2_000
    assert statistics.size == len(cache) <= 16


def test_deleting_makes_room() -> None:
    """What pop(), del and clear() remove, under threads too, leaves room for as many new entries without a drop."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(1_000)

    def work(worker: Worker) -> None:
        for step in range(200):
            key = worker.index * 1_000 + step
            cache[key] = key
            if step % 2:
                del cache[key]
            else:
                assert cache.pop(key) == key

    run_threads(*[work] * 4)
    assert len(cache) == 0
    for key in range(1_000):
        cache[key] = key
    cache.clear()
    for key in range(1_000):
        cache[key] = key
    assert (len(cache), cache.statistics().evictions) == (1_000, 0)


def test_computes_once_while_others_wait() -> None:
    """Of threads that ask for a key at the same moment, one computes it and all get that value."""
    cache: ConcurrentCache[int, object] = ConcurrentCache(1_000)
    computed: list[int] = []

    def compute(key: int) -> object:
        computed.append(key)
        return object()

    def work(_worker: Worker) -> list[object]:
        return [cache.get_or_compute(key, compute) for key in range(300)]

    first, *others = run_threads(*[work] * 4)
    assert sorted(computed) == list(range(300))
    assert all(other == first for other in others)


def test_an_exception_stores_nothing() -> None:
    """What the function raises comes out, and the next call computes again."""
    cache: ConcurrentCache[int, float] = ConcurrentCache(4)
    with pytest.raises(ZeroDivisionError):
        cache.get_or_compute(0, lambda key: 1 / key)
    assert (0 in cache, cache.get_or_compute(0, float)) == (False, 0.0)


def test_asking_for_the_key_that_is_computed_is_an_error() -> None:
    """A function that asks for its own key gets a RuntimeError, one that asks for another key its value."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(4)
    with pytest.raises(RuntimeError, match="reentrant"):
        cache.get_or_compute(1, lambda key: cache.get_or_compute(key, lambda _: 0))
    assert cache.get_or_compute(1, lambda _: cache.get_or_compute(2, lambda key: key)) == 2


class Fails:
    """A key that has a hash and cannot be compared."""

    def __hash__(self) -> int:
        """Meet the int 1."""
        return hash(1)

    def __eq__(self, other: object) -> bool:
        """Raise."""
        raise ZeroDivisionError


def test_errors_of_keys_come_out() -> None:
    """What __hash__ or __eq__ of a key raise comes out of every method, and nothing changes."""
    cache: ConcurrentCache[object, int] = ConcurrentCache(4)
    cache[1] = 1
    for key, error in ((Fails(), ZeroDivisionError), ([], TypeError)):
        for action in (cache.get, cache.pop, cache.__getitem__, cache.__delitem__, cache.__contains__):
            with pytest.raises(error):
                action(key)
        with pytest.raises(error):
            cache[key] = 2
        with pytest.raises(error):
            cache.get_or_compute(key, lambda _: 2)
    assert (len(cache), cache[1], cache.statistics()[:2]) == (1, 1, (1, 0))


class _Stores:
    """An object that stores in the cache that drops it."""

    def __init__(self, cache: ConcurrentCache[int, object], seen: list[int]) -> None:
        self._cache = cache
        self._seen = seen

    def __del__(self) -> None:
        """Use the cache."""
        self._seen.append(len(self._cache))
        self._cache[-1] = None


def test_finalizers_of_dropped_values_may_use_the_cache() -> None:
    """A value whose __del__ stores an entry can be dropped, replaced and cleared."""
    cache: ConcurrentCache[int, object] = ConcurrentCache(2)
    seen: list[int] = []
    for key in range(10):
        cache[key] = _Stores(cache, seen)
    cache[0] = _Stores(cache, seen)
    cache[0] = None
    cache.clear()
    assert len(cache) <= 2
    assert len(seen) == 11


CYCLES = """
import gc, weakref
from ungil import ConcurrentCache
class Node(ConcurrentCache):
    pass
def circle():
    cache = Node(4)
    cache["self"] = cache
    cache.itself = cache
    return weakref.ref(cache)
reference = circle()
gc.collect()
print(reference())
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through a cache that holds itself."""
    assert run_child(CYCLES) == (0, "None\n")


def test_values_are_released() -> None:
    """Values that were dropped, replaced, removed or cleared are freed, and so are those of a cache that goes."""

    class Value:
        pass

    cache: ConcurrentCache[int, Value] = ConcurrentCache(8)
    references = []
    for key in range(64):
        value = Value()
        references.append(weakref.ref(value))
        cache[key % 16] = value
    del value
    assert sum(reference() is not None for reference in references) == len(cache) == 8
    del cache
    assert not any(reference() for reference in references)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError."""
    with pytest.raises(TypeError, match="cannot copy or pickle ConcurrentCache"):
        duplicate(ConcurrentCache(1))


def test_statistics_can_be_pickled() -> None:
    """What statistics() returns can be sent to another process."""
    statistics = ConcurrentCache(3).statistics()
    assert pickle.loads(pickle.dumps(statistics)) == statistics  # noqa: S301 - our own bytes


def test_subclass_alias_and_weak_reference() -> None:
    """A subclass has its own name in repr(), the class takes type arguments, a weak reference ends with the object."""

    class Named(ConcurrentCache[int, int]):
        pass

    named = Named(3)
    reference = weakref.ref(named)
    assert repr(named) == "<Named: 0 of at most 3 entries>"
    assert str(ConcurrentCache[int, str]).endswith("ConcurrentCache[int, str]")
    del named
    assert reference() is None
