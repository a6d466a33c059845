"""Values from hypothesis (``pip install 'ungil[hammer]'``), the same for the same seed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

__all__ = ["draw"]

type _Strategy = st.SearchStrategy[Any]

_COUNT: Final = 3
_LEAVES: Final[dict[str, _Strategy]] = {
    "int": st.integers(-100, 100),  # a large one may be taken for a size
    "float": st.floats(),
    "complex": st.complex_numbers(max_magnitude=100),
    "str": st.text(max_size=8),
    "bytes": st.binary(max_size=8),
    "bytearray": st.binary(max_size=8).map(bytearray),
    "bool": st.booleans(),
    "None": st.none(),
    "slice": st.slices(4),
}
_OF_ONE: Final[dict[str, Callable[[_Strategy], _Strategy]]] = {
    **dict.fromkeys(("list", "Iterable", "Sequence", "Collection"), lambda of: st.lists(of, max_size=3)),
    **dict.fromkeys(("set", "Set"), lambda of: st.sets(of, max_size=3)),
    "frozenset": lambda of: st.frozensets(of, max_size=3),
}


def draw(annotation: ast.expr, number: int) -> list[Any]:
    """A few values for an annotation, none for one that names a type of which nothing is known."""
    strategy = _strategy(annotation)
    if strategy is None:
        return []
    values: list[Any] = []

    @seed(number)
    @settings(
        max_examples=_COUNT,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: object) -> None:
        values.append(value)

    collect()
    return values[:_COUNT]


def _strategy(node: ast.expr) -> _Strategy | None:
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            known = [one for one in (_strategy(left), _strategy(right)) if one is not None]
            return st.one_of(known) if known else None
        case ast.Subscript(value, inner):
            parts = [_strategy(part) for part in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
            known = [part for part in parts if part is not None]
            return _generic(ast.unparse(value).rpartition(".")[2], known) if len(known) == len(parts) else None
        case ast.Constant(None):
            return _LEAVES["None"]
        case _:
            return _LEAVES.get(ast.unparse(node).rpartition(".")[2])


def _generic(name: str, of: list[_Strategy]) -> _Strategy | None:
    name = name.removeprefix("Mutable")
    name = {"List": "list", "Dict": "dict", "Mapping": "dict", "Tuple": "tuple", "FrozenSet": "frozenset"}.get(
        name, name
    )
    if name == "Optional":
        return st.none() | of[0]
    if name == "Union":
        return st.one_of(of)
    if name == "tuple":
        return st.tuples(*of)
    if name == "dict" and len(of) > 1:
        return st.dictionaries(of[0], of[1], max_size=3)
    return _OF_ONE[name](of[0]) if name in _OF_ONE else None
