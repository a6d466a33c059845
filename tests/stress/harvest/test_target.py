"""Which types belong to an extension is told without asking an object, whatever it pretends to be."""

from __future__ import annotations

import gc
import importlib
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ungil.stress.hammer.models.literal import Writer
from ungil.stress.harvest.corpus import Call
from ungil.stress.harvest.interest import First, Interest, Wish
from ungil.stress.harvest.lives import Lives
from ungil.stress.harvest.target import Owner, Target, name_that_leads_to
from ungil.stress.harvest.values import SAME, Dumper, UnportableError


@pytest.fixture(scope="session")
def module(extension: Path) -> Iterator[Any]:
    """The extension, imported here."""
    assert extension.exists()
    yield importlib.import_module("harvested")
    sys.modules.pop("harvested", None)


def test_types(module: Any) -> None:  # noqa: ANN401 - an extension
    """A type of the extension is its own owner; one that a test derives is its base's; others are of no interest."""
    target = Target("harvested")
    sub = type("Sub", (module.Box,), {})
    assert target.owner(module.Box) == Owner("harvested:Box", exact=True)
    assert target.owner(sub) == Owner("harvested:Box", exact=False)
    assert target.owner(type(iter(module.Box()))) == Owner("harvested:Cursor", exact=False)
    assert [target.owner(kind) for kind in (int, type, ModuleType, ValueError, Target)] == [None] * 5


@pytest.mark.thread_unsafe(reason="it collects garbage, which pytest-run-parallel does not do in threads")
def test_a_type_is_not_kept_alive(module: Any) -> None:  # noqa: ANN401 - an extension
    """A class that a test makes is gone when the test drops it."""
    target = Target("harvested")
    sub = type("Sub", (module.Box,), {})
    assert target.owner(sub)
    seen = weakref.ref(sub)
    del sub
    gc.collect()
    assert seen() is None


class Pretender:
    """Answers everything, and counts how often it was asked."""

    asked = 0

    def __getattr__(self, name: str) -> object:
        """Be asked for an attribute."""
        type(self).asked += 1
        return self

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Be asked for a class."""
        type(self).asked += 1
        return type

    def __call__(self) -> None:
        """Be called."""


def test_an_object_is_not_asked(module: Any) -> None:  # noqa: ANN401 - an extension
    """No attribute of an object is read, not even to learn its class."""
    assert module
    target, pretender = Target("harvested"), Pretender()
    before = Pretender.asked
    assert target.owner_of(pretender) is None
    assert Interest(target).of(pretender) is None
    assert Pretender.asked == before


def test_calls(module: Any) -> None:  # noqa: ANN401 - an extension
    """Functions of each kind are told apart."""
    interest, box = Interest(Target("harvested")), module.Box()
    assert interest.of(module.Box) == Wish("harvested:Box", Call("alone", "harvested:Box"))
    assert interest.of(box.put) == Wish("harvested:Box", Call("method", "put"), subject=box)
    assert interest.of(box.__len__) == Wish("harvested:Box", Call("method", "__len__"), subject=box)
    assert interest.of(module.Box.put) == Wish("harvested:Box", Call("method", "put"), First.RECEIVER)
    assert interest.of(module.Box.of) == Wish("harvested:Box", Call("alone", "harvested:Box.of"))
    assert interest.of(module.sum_of) == Wish("harvested", Call("alone", "harvested:sum_of"), First.PERHAPS)
    assert interest.of(len) == Wish("", Call("function", "builtins:len"), First.SUBJECT)
    others: list[object] = [print, str.upper, "a".upper, Target, dumper]
    assert [interest.of(function) for function in others] == [None] * 5


def dumper() -> Dumper:
    """One that takes this module for one of the tests."""
    return Dumper(Target("harvested"), Lives(), lambda name: name == __name__)


@pytest.mark.parametrize("value", [1, "a", b"a", None, [1, {"a": (2.5, {3})}], slice(1, None), len, int, range(3)])
def test_portable(value: object) -> None:
    """Plain values, and what can be imported, become bytes."""
    assert isinstance(dumper().dump(value), bytes)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([0] * 1001, "a list of a length over 1000"),
        ("a" * 20_000, "a str of a length over 16384"),
        ([["a" * 1000] * 40, bytes(16_000), bytearray(16_000), "b" * 16_000], "a list of more than 32768 bytes"),
        (Pretender, "Pretender, which the tests define"),
        ([test_calls], "test_calls, which the tests define"),
        ((n for n in "ab"), "a generator that cannot be pickled"),
        (sys, "a module that cannot be pickled"),
    ],
    ids=["items", "characters", "bytes", "class", "function", "generator", "module"],
)
def test_not_portable(value: object, why: str) -> None:
    """What is too large, of the tests, or unpicklable is refused with that reason."""
    with pytest.raises(UnportableError) as caught:
        dumper().dump(value)
    assert str(caught.value) == why


def test_lives(module: Any) -> None:  # noqa: ANN401 - an extension
    """A known object stands as its life in bytes, the subject itself as such, and is not kept alive."""
    one, box, other = dumper(), module.Box(), module.Box()
    entry = one.lives.begin(box, "harvested:Box")
    assert one.lives.of(box) is entry
    assert one.lives.of(other) is None
    assert SAME.encode() in one.dump([box], entry)
    assert SAME.encode() not in one.dump([box])
    seen = weakref.ref(box)
    del box
    assert seen() is None


def misnamed() -> None:
    """A function as pybind11 makes them: its qualified name is of what it is kept in."""


misnamed.__qualname__ = "a_record_of_functions.misnamed"


def test_a_function_is_found_by_the_name_that_leads_to_it() -> None:
    """That is the qualified one mostly, and else the plain one; what no name leads to has none."""
    here = sys.modules.setdefault(__name__, ModuleType(__name__))
    vars(here).setdefault("misnamed", misnamed)
    vars(here).setdefault("Pretender", Pretender)
    assert name_that_leads_to(misnamed) == "misnamed"
    assert name_that_leads_to(Pretender) == "Pretender"
    assert name_that_leads_to(lambda: None) == ""
    assert Writer().name(misnamed) == f"{__name__}.misnamed"
