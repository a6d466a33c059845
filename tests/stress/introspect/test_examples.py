"""Values for a parameter fit what is known of it, and are the same each time."""

from __future__ import annotations

import pytest

from ungil.stress.introspect.denied import denied
from ungil.stress.introspect.examples import examples_for, plain_function
from ungil.stress.introspect.names import members_of
from ungil.stress.introspect.signatures import Parameter, Signature, parse

FITTING = {
    "int": (int, float),
    "str": (str,),
    "bytes": (bytes,),
    "list[int]": (list,),
    "dict[str, int]": (dict,),
    "int | None": (int, type(None)),
    "Optional[str]": (str, type(None)),
    "Literal['a', 'b']": (str,),
    "typing.Iterable[bytes]": (list,),
    "collections.abc.Callable[[int], int]": (type(plain_function),),
    "Py_ssize_t": (int,),
    "tuple[int, str]": (tuple,),
}


@pytest.mark.parametrize("annotation", FITTING)
def test_annotation(annotation: str) -> None:
    """Every value is of the annotated type, and there is one."""
    values = examples_for(Parameter("x", annotation), 0)
    assert values
    assert {type(value) for value in values} <= set(FITTING[annotation])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("index", int), ("data", bytes), ("iterable", list), ("callback", type(plain_function)), ("key", str)],
)
def test_name(name: str, kind: type) -> None:
    """Without an annotation the name says what comes first."""
    assert isinstance(examples_for(Parameter(name), 0)[0], kind)


def test_seed() -> None:
    """The same seed gives the same values, another one others."""
    parameter = Parameter("x", "list[int]")
    assert repr(examples_for(parameter, 1)) == repr(examples_for.__wrapped__(parameter, 1))
    assert len({repr(examples_for(parameter, seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("annotation", ["", "mod.Box", "(", "Union[", "list[", "'int"])
def test_anything(annotation: str) -> None:
    """What says nothing, or nothing that is known, may be anything."""
    assert len(examples_for(Parameter("x", annotation), 0)) > 2


@pytest.mark.parametrize("name", ["abort", "fork_worker", "execCommand", "kill", "unlink", "os_exit", "rmtree"])
def test_denied_anywhere(name: str) -> None:
    """What ends processes or removes files is not called, as a method or as a function."""
    assert denied(name, [], of_a_module=True).startswith("its name says")
    assert denied(name, [], of_a_module=False).startswith("its name says")


@pytest.mark.parametrize("name", ["remove", "write", "open", "send", "truncate"])
def test_denied_of_a_module(name: str) -> None:
    """What is harmless as a method of a container is not called as a function."""
    assert denied(name, [], of_a_module=True)
    assert not denied(name, [], of_a_module=False)


@pytest.mark.parametrize("name", ["append", "existing", "killer_whale_count", "executor", "forks"])
def test_not_denied(name: str) -> None:
    """A word within a word denies nothing."""
    assert not denied(name, [], of_a_module=True)


def test_denied_by_what_it_takes() -> None:
    """A function that needs a path is not called; one that can do without is."""
    needs, can = parse("f(path)", ""), parse("f(path=None)", "")
    assert isinstance(needs, Signature)
    assert isinstance(can, Signature)
    assert denied("load", [needs], of_a_module=True) == "it takes a path: see --allow"
    assert not denied("load", [can], of_a_module=True)


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        ("append", ["append", "pop"], ["append"]),
        ("size=", ["size"], ["size"]),
        ("del size", ["size"], ["size"]),
        ("getitem", ["__getitem__"], ["__getitem__"]),
        ("iterate", ["__iter__"], ["__iter__"]),
        ("sorted", ["__iter__", "__len__"], ["__iter__"]),
        ("or_", ["__or__"], ["__or__"]),
        ("iadd", ["__iadd__", "__add__"], ["__iadd__"]),
        ("iadd", ["__add__"], ["__add__"]),
        ("dumps", ["__reduce__", "__getstate__"], ["__reduce__", "__getstate__"]),
        ("nothing", ["append"], []),
    ],
)
def test_members(operation: str, members: list[str], expected: list[str]) -> None:
    """An operation goes through the members that Python's syntax and functions go through."""
    assert members_of(operation, members) == expected
