"""ConcurrentDict used by one thread: it does what dict does, but for the order."""

import random
from collections.abc import Callable, ItemsView, KeysView, Mapping, MutableMapping, ValuesView
from types import MappingProxyType
from typing import Any

import pytest

from ungil import ConcurrentDict

type Either = ConcurrentDict[Any, Any] | dict[Any, Any]


def outcome(call: Callable[[], object]) -> object:
    """What the call returned, or the type and the arguments of what it raised."""
    try:
        return call()
    except KeyError as error:
        return KeyError, error.args


# What a step may do, to a mapping, with a key and a value.
STEPS: tuple[Callable[[Either, Any, Any], object], ...] = (
    lambda m, k, v: m.__setitem__(k, v),
    lambda m, k, v: m.__setitem__(k, v),
    lambda m, k, _: m.__delitem__(k),
    lambda m, k, _: m[k],
    lambda m, k, _: m.get(k),
    lambda m, k, v: m.get(k, v),
    lambda m, k, _: k in m,
    lambda m, k, v: m.setdefault(k, v),
    lambda m, k, _: m.setdefault(k),
    lambda m, k, _: m.pop(k),
    lambda m, k, v: m.pop(k, v),
    lambda m, k, v: m.update({k: v}),
    lambda m, k, v: m.update([(str(k), v)], name=v),
    lambda m, _k, _v: len(m),
)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("keys", "spread"), [(20, 1), (20, 2**61 - 1), (1000, 1), (1000, 2**20)])
def test_does_what_dict_does(keys: int, spread: int, seed: int) -> None:
    """Any sequence of operations has the same answers as on a dict, at any size and with any hashes."""
    choose = random.Random(f"{keys}/{spread}/{seed}")  # noqa: S311 - no secret
    ours: ConcurrentDict[Any, Any] = ConcurrentDict()
    theirs: dict[Any, Any] = {}
    for _ in range(3000):
        step = choose.choice(STEPS)
        key, value = choose.randrange(keys) * spread, choose.random()
        assert outcome(lambda: step(ours, key, value)) == outcome(lambda: step(theirs, key, value))  # noqa: B023
    assert ours == theirs
    assert sorted(ours.items(), key=str) == sorted(theirs.items(), key=str)


def test_grows_and_shrinks() -> None:
    """Every entry is found at every size up to a hundred thousand, and none after it was removed."""
    mapping: ConcurrentDict[int, int] = ConcurrentDict()
    size = 100_000
    for key in range(size):
        mapping[key] = -key
        if key.bit_count() == 1:
            assert mapping == {k: -k for k in range(key + 1)}
    for key in range(0, size, 2):
        assert mapping.pop(key) == -key
    assert len(mapping) == size // 2
    assert [key for key in range(size) if (mapping.get(key) == -key) is not bool(key % 2)] == []
    for key in range(0, size, 2):
        mapping[key] = key
    assert sum(mapping.values()) == sum(range(0, size, 2)) - sum(range(1, size, 2))
    mapping.clear()
    assert (len(mapping), list(mapping), mapping.get(1)) == (0, [], None)


def test_popitem_takes_every_entry() -> None:
    """popitem() returns each entry once, and then raises KeyError; so it does where there never was one."""
    mapping = ConcurrentDict({key: str(key) for key in range(5000)})
    assert dict(mapping.popitem() for _ in range(5000)) == {key: str(key) for key in range(5000)}
    for empty in (mapping, ConcurrentDict[int, str]()):
        with pytest.raises(KeyError, match="empty"):
            empty.popitem()


def test_keys_that_are_equal_are_one_key() -> None:
    """1, 1.0 and True are one key, and the first one stored stays; so are a str and an equal str of a subclass."""

    class Name(str):
        __slots__ = ()

    mapping: ConcurrentDict[object, object] = ConcurrentDict({1: "int"})
    mapping[1.0] = "float"
    mapping[True] = "bool"
    mapping["name"] = 1
    mapping[Name("name")] = 2
    assert mapping == {1: "bool", "name": 2}
    assert sorted(str(type(key)) for key in mapping) == ["<class 'int'>", "<class 'str'>"]


def test_a_nan_is_found_by_identity() -> None:
    """As in a dict, an object that does not equal itself is found as a key, and another such object is not."""
    nan = float("nan")
    mapping = ConcurrentDict({nan: 1})
    assert (mapping[nan], nan in mapping, mapping.get(float("nan"))) == (1, True, None)


@pytest.mark.parametrize(
    "use",
    [
        lambda m: m[[]],
        lambda m: m.__setitem__([], 1),
        lambda m: m.__delitem__([]),
        lambda m: [] in m,
        lambda m: m.get([]),
        lambda m: m.pop([], None),
        lambda m: m.setdefault([]),
        lambda m: m.get_or_compute([], str),
        lambda m: m.update_value([], str, ""),
        hash,
    ],
)
def test_unhashable(use: Callable[[object], object]) -> None:
    """A key without a hash is a TypeError; the mapping has none itself."""
    with pytest.raises(TypeError, match="unhashable"):
        use(ConcurrentDict())


@pytest.mark.parametrize("key", [(1, 2), (), "name", None])
def test_a_missing_key_is_the_argument_of_the_error(key: object) -> None:
    """KeyError carries the key, also where that is a tuple."""
    mapping: ConcurrentDict[object, object] = ConcurrentDict()
    for use in (mapping.__getitem__, mapping.__delitem__, mapping.pop, lambda k: mapping.update_value(k, str)):
        with pytest.raises(KeyError) as caught:
            use(key)
        assert caught.value.args == (key,)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get", ()),
        ("get", (1, 2, 3)),
        ("setdefault", ()),
        ("pop", ()),
        ("pop", (1, 2, 3)),
        ("get_or_compute", (1,)),
        ("get_or_compute", (1, str, 2)),
        ("update_value", (1,)),
        ("update_value", (1, str, 2, 3)),
        ("update", (1, 2)),
        ("update", (1,)),
        ("update", ([1],)),
        ("popitem", (1,)),
        ("clear", (1,)),
        ("get_or_compute", (1, None)),
        ("update_value", (1, None, 2)),
        ("__init__", (1, 2)),
    ],
)
def test_refuses_wrong_arguments(name: str, arguments: tuple[object, ...]) -> None:
    """Too few, too many, or not callable: a TypeError, and nothing is stored."""
    mapping: ConcurrentDict[object, object] = ConcurrentDict()
    with pytest.raises(TypeError):
        getattr(mapping, name)(*arguments)
    assert mapping == {}


class _HasKeys:
    """The least that dict() takes for a mapping."""

    def keys(self) -> list[str]:
        return ["a", "b"]

    def __getitem__(self, key: str) -> int:
        return ord(key)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), {}),
        (({1: 2},), {}),
        (({"a": 1},), {"a": 2, "b": 3}),
        (([(1, 2), (3, 4)],), {}),
        ((lambda: ((key, None) for key in range(3)),), {"name": 1}),
        ((_HasKeys(),), {"a": 0}),
        ((MappingProxyType({1: 2}),), {}),
        ((), {"other": 1, "self": 2}),
    ],
)
def test_is_made_of_what_a_dict_is_made_of(arguments: tuple[Any, ...], names: dict[str, int]) -> None:
    """The constructor and update() take what dict takes: a mapping, pairs, names."""

    def given() -> list[Any]:
        return [made() if callable(made) else made for made in arguments]  # an iterator is of one call, in one thread

    made: ConcurrentDict[Any, Any] = ConcurrentDict(*given(), **names)
    updated: ConcurrentDict[Any, Any] = ConcurrentDict()
    updated.update(*given(), **names)
    assert made == updated == dict(*given(), **names)
    assert ConcurrentDict(made) == made
    assert ConcurrentDict(made, more=1) == {**made, "more": 1}
    made.update(made)
    assert made == updated


def test_equality() -> None:
    """Equal to a dict or ConcurrentDict of equal entries, in any order, and to nothing else; there is no order."""
    mapping = ConcurrentDict(a=1, b=2)
    assert mapping == {"b": 2, "a": 1} == mapping
    assert mapping == ConcurrentDict(b=2, a=1)
    assert mapping != {"a": 1}
    assert mapping != ConcurrentDict(a=1, b=3)
    assert mapping != [("a", 1), ("b", 2)]
    with pytest.raises(TypeError, match="not supported"):
        assert mapping < {}  # type: ignore[operator]


def test_views_do_not_change() -> None:
    """keys(), values(), items(), snapshot() and an iterator keep what there was at their moment."""
    mapping = ConcurrentDict({1: "a", 2: "b"})
    keys, values, items, snapshot, iterator = (
        mapping.keys(),
        mapping.values(),
        mapping.items(),
        mapping.snapshot(),
        iter(mapping),
    )
    mapping.clear()
    assert keys == {1, 2}
    assert sorted(values) == ["a", "b"]
    assert items == {(1, "a"), (2, "b")}
    assert (snapshot, sorted(iterator)) == ({1: "a", 2: "b"}, [1, 2])
    assert isinstance(keys, KeysView)
    assert isinstance(values, ValuesView)
    assert isinstance(items, ItemsView)
    assert type(snapshot) is dict


def test_is_a_mutable_mapping() -> None:
    """It is one for isinstance() and for `match`, it is not a dict, and it has no `|`."""
    mapping = ConcurrentDict(a=1)
    assert isinstance(mapping, MutableMapping)
    assert isinstance(mapping, Mapping)
    assert not issubclass(ConcurrentDict, dict)
    assert not hasattr(mapping, "__or__")
    match mapping:
        case {"a": found}:
            assert found == 1
        case _:
            pytest.fail("not matched")
