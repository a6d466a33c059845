"""Values for parameters: small, the same for the same seed, the likeliest first."""

from __future__ import annotations

import ast
import functools
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from ungil.stress.introspect.signatures import Parameter

__all__ = ["examples_for", "plain_function"]


def plain_function(*args: object, **kwargs: object) -> object:
    """A callback that returns what it is given first."""
    return args[0] if args else kwargs or None


_ANYTHING: Final[tuple[Any, ...]] = (1, "a", b"abc", [1, 2, 3], None, {"a": 1}, plain_function, 1.5, (1, 2))

_BY_TYPE: Final[dict[str, tuple[Any, ...]]] = {
    "int": (1, 0, 3),
    "float": (1.5, 0.0),
    "complex": (1 + 2j,),
    "bool": (True, False),
    "str": ("a", "key", ""),
    "bytes": (b"abc", b""),
    "bytearray": (bytearray(b"abc"),),
    "memoryview": (memoryview(b"abc"),),
    "list": ([1, 2, 3], []),
    "tuple": ((1, 2), ()),
    "set": ({1, 2}, set()),
    "frozenset": (frozenset({1, 2}),),
    "dict": ({"a": 1}, {}),
    "slice": (slice(0, 2),),
    "range": (range(3),),
    "type": (int,),
    "None": (None,),
    "callable": (plain_function,),
    "object": _ANYTHING,
}

_ALIASES: Final = {
    **dict.fromkeys(
        ("index", "supportsindex", "size_t", "py_ssize_t", "ssize_t", "long", "uint", "supportsint"), "int"
    ),
    **dict.fromkeys(("double", "real", "number", "supportsfloat"), "float"),
    **dict.fromkeys(("iterable", "sequence", "collection", "mutablesequence", "iterator", "typing.list"), "list"),
    **dict.fromkeys(("mapping", "mutablemapping"), "dict"),
    **dict.fromkeys(("buffer", "readablebuffer", "readonlybuffer", "byteslike", "typing.bytestring"), "bytes"),
    **dict.fromkeys(("abstractset", "mutableset"), "set"),
    **dict.fromkeys(("any", "hashable", "handle", ""), "object"),
    **dict.fromkeys(("bint",), "bool"),
    **dict.fromkeys(("anystr", "unicode", "string", "text"), "str"),
    **dict.fromkeys(("nonetype",), "None"),
}

_BY_NAME: Final = (
    (re.compile(r"^(index|i|n|k|start|stop|end|count|size|length|num\w*|max\w*|min\w*|pos\w*|\w*_?size|seed)$"), "int"),
    (re.compile(r"^(data|buf|buffer|bytes_?|payload|packed)$"), "bytes"),
    (re.compile(r"^(iterable|items|seq\w*|values|args)$"), "list"),
    (re.compile(r"^(func\w*|function|callback|fn|f|predicate|wrapper|wrapped|factory)$"), "callable"),
    (re.compile(r"^(name|key|text|s|string|encoding|prefix|suffix)$"), "str"),
    (re.compile(r"^(mapping|kwargs|mapping_or_iterable)$"), "dict"),
)


@functools.cache
def examples_for(parameter: Parameter, seed: int) -> tuple[Any, ...]:
    """Values to try for a parameter, the likeliest first.

    Args:
        parameter: by its annotation if it has one, else by its name.
        seed: chooses what is beyond the usual.
    """
    if parameter.annotation:
        usual = _annotated(parameter.annotation)
    else:
        named = next((kind for pattern, kind in _BY_NAME if pattern.match(parameter.name)), "object")
        usual = [*_BY_TYPE[named], *(() if named == "object" else _ANYTHING)]
    return (*usual, *_drawn(parameter.annotation, seed))


def _annotated(annotation: str) -> list[Any]:
    try:
        return list(_from_tree(ast.parse(annotation.strip("'\""), mode="eval").body))
    except SyntaxError:
        return list(_ANYTHING)


def _from_tree(node: ast.expr) -> Iterator[Any]:
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            yield from _from_tree(left)
            yield from _from_tree(right)
        case ast.Subscript(value, inner):
            name = ast.unparse(value).rpartition(".")[2].lower()
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            yield from _generic(name, parts)
        case ast.Constant(None):
            yield None
        case ast.Constant(str() as text):
            yield from _annotated(text)
        case _:
            yield from _named(ast.unparse(node))


def _generic(name: str, parts: list[ast.expr]) -> Iterator[Any]:
    """``list[int]``, ``Literal["a"]``, ``Optional[X]``."""
    if name == "literal":
        for part in parts:
            with suppress(ValueError):
                yield ast.literal_eval(part)
        return
    if name in {"optional", "union", "annotated", "final", "classvar"}:
        for part in parts[:1] if name == "annotated" else parts:
            yield from _from_tree(part)
        if name == "optional":
            yield None
        return
    name = _ALIASES.get(name, name)
    first = [next(_from_tree(part), None) for part in parts if not isinstance(part, ast.Constant)]
    if name in {"list", "set", "frozenset"} and first:
        with suppress(TypeError):
            yield {"list": list, "set": set, "frozenset": frozenset}[name](first[:1])
    elif name == "dict" and len(first) > 1:
        with suppress(TypeError):
            yield {first[0]: first[1]}
    elif name == "tuple" and first:
        yield tuple(first)
    yield from _named(name)


def _named(name: str) -> Iterator[Any]:
    name = name.rpartition(".")[2]
    low = name.lower()
    yield from _BY_TYPE.get(name) or _BY_TYPE.get(low) or _BY_TYPE.get(_ALIASES.get(low, "object"), _ANYTHING)


def _drawn(annotation: str, seed: int) -> list[Any]:
    """What hypothesis finds, or, where it is not installed, a random value of the plainest types."""
    if not annotation:
        return []
    name = _ALIASES.get(annotation.lower(), annotation)
    choose = random.Random(f"{seed}/{annotation}")  # noqa: S311 - no secret
    try:
        from ungil.stress.introspect.strategies import draw  # noqa: PLC0415 - it is optional, and slow to import

        return draw(ast.parse(name.strip("'\""), mode="eval").body, choose.randrange(2**32))
    except SyntaxError:
        return []
    except ImportError:
        letters = "".join(choose.choices("abcxyz", k=3))
        plain: dict[str, Any] = {"int": choose.randrange(-100, 100), "str": letters, "bytes": letters.encode()}
        return [plain[name]] if name in plain else []
