"""A signature is read in whichever form an extension writes it down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ungil.stress.introspect.signatures import Parameter, parse, signatures_of
from ungil.stress.introspect.stubs import read_stubs

WRITTEN = {
    "plain": ("put(self, key, value=None, /)", "key value?"),
    "text_signature": ("put($self, key, /, *, deep=False)", "key *deep?"),
    "annotated": ("put(self: mod.Box, key: int, value: dict[str, int] = {}) -> None", "key:int value:dict[str, int]?"),
    "pybind11": (
        "scale(self: mod.Box, by: float, flags: mod.Flags = <Flags.NONE: 0>) -> mod.Box",
        "by:float flags:mod.Flags?",
    ),
    "nanobind": ("def scale(self, by: float) -> Box", "by:float"),
    "cython": ("Packer(default, bool use_list=True, Py_ssize_t size=1)", "default use_list:bool? size:Py_ssize_t?"),
    "variable": ("call(*args, **kwargs)", ""),
    "function": ("sum_of(left: int, right: int) -> int", "left:int right:int"),
}


def shown(parameters: tuple[Parameter, ...]) -> str:
    """Parameters in short: ``key:int value?``, with a star if only by name."""
    return " ".join(
        f"{'*' * one.by_name}{one.name}{':' * bool(one.annotation)}{one.annotation}{'?' * one.optional}"
        for one in parameters
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_written(name: str) -> None:
    """The parameters are those that stand there, apart from the object itself."""
    text, expected = WRITTEN[name]
    found = parse(text, "here")
    assert found is not None
    assert shown(found.parameters) == expected
    assert found.source == "here"


@pytest.mark.parametrize("text", ["", "put", "put(", "put(]) -> x", "put(key int)(", "def"])
def test_nonsense(text: str) -> None:
    """What is no signature is none, and no error."""
    assert parse(text, "here") is None


class WithNanobindSignature:
    """Has the attribute that nanobind's functions have."""

    __nb_signature__ = (("def put(self, key: int, value: int = \\0) -> None", None, 3), ("def put(self) -> None", None))


class Documented:
    """Has a docstring as pybind11 writes it."""

    __name__ = "put"
    __doc__ = """put(*args, **kwargs)
    Overloaded function.

    1. put(self: Box, key: int) -> None

    2. put(self: Box) -> None
    """


def test_overloads() -> None:
    """A function that is overloaded has several signatures."""
    assert [shown(one.parameters) for one in signatures_of(WithNanobindSignature())] == ["key:int value:int?", ""]
    assert [shown(one.parameters) for one in signatures_of(Documented())] == ["", "key:int"]


@pytest.mark.parametrize(
    ("function", "expected"),
    [(dict.get, ["key default?"]), (sorted, ["iterable *key? *reverse?"]), (object(), []), (print, None)],
    ids=["method", "builtin", "nothing", "no_error"],
)
def test_what_python_knows(function: Any, expected: list[str] | None) -> None:  # noqa: ANN401 - anything at all
    """Python's own signatures count; what has none has none."""
    found = [shown(one.parameters) for one in signatures_of(function)]
    assert expected is None or found == expected


def test_stubs(tmp_path: Path) -> None:
    """A stub says what methods and functions take, also under a condition and with overloads."""
    text = """
import sys
from typing import overload
class Box:
    @overload
    def put(self, key: int) -> None: ...
    @overload
    def put(self, key: str, value: int = ...) -> None: ...
    if sys.version_info > (3, 0):
        @staticmethod
        def of(items: list[int]) -> Box: ...
def sum_of(left: int, right: int) -> int: ...
"""
    (tmp_path / "good.pyi").write_text(text)
    (tmp_path / "bad.pyi").write_text("class Box(:")
    found = read_stubs([tmp_path / "good.pyi", tmp_path / "bad.pyi", tmp_path / "none.pyi"])
    assert [shown(one.parameters) for one in found["Box", "put"]] == ["key:int", "key:str value:int?"]
    assert [shown(one.parameters) for one in found["Box", "of"]] == ["items:list[int]"]
    assert [one.source for one in found["", "sum_of"]] == ["good.pyi"]
