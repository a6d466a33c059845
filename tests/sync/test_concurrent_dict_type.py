"""ConcurrentDict as a type: what it holds and releases, repr(), subclasses, copies and pickles."""

import copy
import pickle
import sys
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from tests.sync.builds import run_child
from tests.sync.reference_stress import Token

from ungil import ConcurrentDict


def pickle_with(protocol: int) -> Callable[[Any], Any]:
    """What pickles and unpickles by that protocol."""
    return lambda item: pickle.loads(pickle.dumps(item, protocol))  # noqa: S301 - its own bytes


DUPLICATES = [copy.copy, copy.deepcopy, *map(pickle_with, range(2, pickle.HIGHEST_PROTOCOL + 1))]


def test_repr() -> None:
    """repr() is that of a dict in a call, with the name of the type, and dots where it would repeat itself."""
    mapping: ConcurrentDict[str, Any] = ConcurrentDict(a=1)
    assert repr(mapping) == "ConcurrentDict({'a': 1})"
    mapping["a"] = [mapping]
    assert repr(mapping) == "ConcurrentDict({'a': [...]})"
    assert repr(Named(a=1)) == "Named({'a': 1})"
    mapping.clear()
    assert str(ConcurrentDict[str, int]).endswith("ConcurrentDict[str, int]")


class Named(ConcurrentDict[str, int]):
    """A subclass with an attribute of its own."""

    name = "class"


class Picky(ConcurrentDict[str, int]):
    """A subclass whose constructor takes something else than entries, if anything."""

    def __init__(self, size: int = 0) -> None:
        """Store as many entries."""
        super().__init__({str(number): number for number in range(size)})


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_copies_and_pickles(duplicate: Callable[[Any], Any]) -> None:
    """A duplicate has the entries, the type and the attributes, and shares no later change."""
    named = Named(a=1, b=2)
    named.name = "instance"
    other = duplicate(named)
    assert (type(other), other, other.name) == (Named, named, "instance")
    other["a"] = 3
    assert named["a"] == 1
    assert duplicate(ConcurrentDict()) == {}


@pytest.mark.parametrize("duplicate", DUPLICATES[1:])
def test_copies_and_pickles_what_contains_itself(duplicate: Callable[[Any], Any]) -> None:
    """A mapping in itself is in its duplicate the duplicate."""
    mapping: ConcurrentDict[str, Any] = ConcurrentDict(entries=[1])
    mapping["self"] = mapping
    other = duplicate(mapping)
    assert other["self"] is other
    assert other["entries"] == [1]
    assert other["entries"] is not mapping["entries"]
    mapping.clear()
    other.clear()


class WithArguments(ConcurrentDict[str, int]):
    """A subclass whose __init__ wants something else than entries."""

    def __init__(self, name: str) -> None:
        """Begin empty."""
        super().__init__()
        self.name = name


@pytest.mark.parametrize("duplicate", DUPLICATES[1:])
def test_a_subclass_with_arguments_is_copied_and_pickled(duplicate: Callable[[Any], Any]) -> None:
    """What is copied or pickled keeps its entries and attributes; __init__ is not called again."""
    mapping = WithArguments("name")
    mapping["a"] = 1
    other = duplicate(mapping)
    assert (type(other), other, other.name) == (WithArguments, {"a": 1}, "name")


def test_copy_is_a_concurrent_dict() -> None:
    """copy() of a subclass is a ConcurrentDict, as that of a dict's is a dict; copy.copy() is of the subclass."""
    assert type(Named(a=1).copy()) is ConcurrentDict
    assert Named(a=1).copy() == {"a": 1}
    assert type(copy.copy(Named(a=1))) is Named
    assert copy.copy(Picky(3)) == Picky(3)
    assert pickle_with(2)(Picky(3)) == Picky(3)


def test_without_init() -> None:
    """An object made by __new__ alone is an empty mapping that works; __init__ adds to what there is."""
    for arguments in ((), (1, 2, 3)):
        bare: ConcurrentDict[int, int] = ConcurrentDict.__new__(ConcurrentDict, *arguments)
        assert (len(bare), list(bare), bare.get(1), bare == {}) == (0, [], None, True)
        bare[1] = 2
        bare.__init__([(3, 4)])  # type: ignore[misc]
        assert bare == {1: 2, 3: 4}


def fail(_: object) -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


def use_every_method(mapping: ConcurrentDict[Any, Any], key: object, one: object, two: object) -> None:
    """Every method with every outcome; leaves the mapping empty."""
    for value in (one, two, one):
        mapping[key] = value
    assert key in mapping
    assert (mapping[key], mapping.get(key, two), mapping.setdefault(key, two)) == (one, one, one)
    assert mapping.get_or_compute(key, fail) is one
    mapping.update_value(key, lambda _: two)
    with pytest.raises(ZeroDivisionError):
        mapping.update_value(key, fail)
    assert (list(mapping.keys()), list(mapping.values()), list(mapping.items())) == ([key], [two], [(key, two)])
    assert (list(mapping), repr(mapping), mapping.copy()) == ([key], repr(mapping), mapping)
    assert copy.copy(mapping) == mapping.snapshot()
    mapping.update([(key, one), ("other", two)])
    assert (mapping.pop("other"), mapping.pop("other", two), mapping.pop(key)) == (two, two, one)
    with pytest.raises(ZeroDivisionError):
        mapping.get_or_compute(key, fail)
    assert mapping.get_or_compute(key, lambda _: two) is two
    assert mapping.popitem() == (key, two)
    for use in (mapping.__getitem__, mapping.__delitem__, mapping.pop):
        with pytest.raises(KeyError):
            use(key)
    mapping.setdefault(key, one)
    mapping.clear()


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls of any method, with any outcome, each object has as many references as before."""
    key, one, two = objects = (Token(0), Token(1), Token(2))
    mapping: ConcurrentDict[Any, Any] = ConcurrentDict()
    before = [sys.getrefcount(item) for item in objects]
    for _ in range(20):
        use_every_method(mapping, key, one, two)
    assert [sys.getrefcount(item) for item in objects] == before


def test_releases_what_it_replaces_removes_and_holds() -> None:
    """A key and a value live until they are replaced or removed, or until the mapping is gone."""
    tokens = [Token(number) for number in range(6)]
    references = [weakref.ref(token) for token in tokens]
    mapping: ConcurrentDict[object, object] = ConcurrentDict({tokens[0]: tokens[1], "b": tokens[2], "c": tokens[3]})
    mapping["d"] = [tokens[4], tokens[5]]
    del mapping[tokens[0]]
    tokens.clear()
    assert [reference() is None for reference in references] == [True, True, False, False, False, False]
    mapping["b"] = None
    mapping.pop("c")
    assert [reference() is None for reference in references] == [True, True, True, True, False, False]
    reference = weakref.ref(mapping)
    del mapping
    assert [it() for it in references] == [None] * 6
    assert reference() is None


def test_a_long_chain_is_freed_without_a_stack_overflow() -> None:
    """Freeing the first of a hundred thousand nested mappings frees them all."""
    source = (
        "from ungil import ConcurrentDict as D\nd = D()\nfor _ in range(100_000): d = D({1: d})\ndel d\nprint('freed')"
    )
    assert run_child(source) == (0, "freed\n")


CYCLES = """
import gc, weakref
from ungil import ConcurrentDict
class Node(ConcurrentDict):
    pass
def circle():
    ours, theirs = ConcurrentDict(), Node()
    ours["theirs"] = theirs
    theirs["ours"] = [ours]
    theirs.me = theirs
    for number in range(1000):
        theirs[number] = ours
    key = Node.Key()
    key.mapping = ours
    ours[key] = None
    return weakref.ref(ours), weakref.ref(theirs), weakref.ref(key)
Node.Key = type("Key", (), {})
references = circle()
gc.collect()
print([reference() for reference in references])
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through the keys and values of a mapping, and through a subclass."""
    assert run_child(CYCLES) == (0, "[None, None, None]\n")
