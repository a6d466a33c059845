"""The combinations of a job's matrix, and what expressions become in one of them."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Values

from ungil.facts.ci.yaml_text import Mapping, Node, Scalar, Sequence

__all__ = ["combinations", "substituted"]

_MOST = 512  # combinations, and what a value in one consists of; GitHub allows 256 combinations
_NAME = r"(?:matrix|env)\.([\w.-]+)"
_EXPRESSION = re.compile(rf"\$\{{\{{\s*{_NAME}\s*(?:\|\|\s*'?([\w.-]*)'?\s*)?\}}\}}")
_QUESTION = re.compile(
    rf"\$\{{\{{\s*(?:{_NAME}\s*(?P<sign>[=!]=)\s*|(?P<asks>endsWith|startsWith|contains)\(\s*{_NAME}\s*,\s*)"
    r"(?:'(?P<text>[^']*)'|(?P<bare>true|false))\s*\)?\s*\}\}"
)
_ASKS: dict[str, Callable[[str, str], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "endsWith": str.endswith,
    "startsWith": str.startswith,
    "contains": operator.contains,
}

type Combination = dict[str, str]


def combinations(matrix: Node | None) -> list[Combination]:
    """What the expressions ``matrix.NAME`` may be together; one without names where there is no matrix to be seen."""
    if not isinstance(matrix, Mapping):
        return [{}]
    axes = {key.value: value for key, value in matrix.pairs if key.value not in {"include", "exclude"}}
    found = [
        {name: text for part in parts for name, text in part.items()}
        for parts in itertools.islice(itertools.product(*(_axis(*axis) for axis in axes.items())), _MOST)
    ]
    if not axes:
        found = []
    excluded = [_flat(item) for item in _items(matrix.get("exclude"))]
    found = [one for one in found if not any(one.items() >= other.items() for other in excluded if other)]
    return _included(found, [_flat(item) for item in _items(matrix.get("include"))], set(axes)) or [{}]


def _included(found: list[Combination], more: list[Combination], axes: set[str]) -> list[Combination]:
    """An entry goes into each combination whose axes it does not change; one that fits none is one of its own."""
    originals = [dict(one) for one in found]
    for entry in more:
        own = {name: value for name, value in entry.items() if name.split(".")[0] in axes}
        fits = [
            index
            for index, original in enumerate(originals)
            if all(original.get(name) == value for name, value in own.items())
        ]
        for index in fits:
            found[index] |= entry
        if not fits and len(found) < _MOST:
            found.append(dict(entry))
    return found


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _axis(name: str, node: Node) -> list[Combination]:
    if isinstance(node, Sequence):
        return [dict(_named(name, item)) for item in node.items[:_MOST]] or [{}]
    return [dict(_named(name, node))]


def _flat(node: Node) -> Combination:
    if not isinstance(node, Mapping):
        return {}
    return {name: text for key, value in node.pairs for name, text in _named(key.value, value)}


def _named(name: str, node: Node) -> Iterator[tuple[str, str]]:
    """A value under its name; the parts of one that has parts under names with dots, numbers for those of a list.

    Aliases of aliases make a few lines as deep, and as large, as anybody likes: so it neither recurses nor goes on.
    """
    left: list[tuple[str, Node]] = [(name, node)]
    for _ in range(_MOST):
        if not left:
            return
        name, node = left.pop()
        if isinstance(node, Scalar):
            yield name, node.value
        elif isinstance(node, Mapping):
            left += [(f"{name}.{key.value}", value) for key, value in reversed(node.pairs)]
        else:
            left += [(f"{name}.{number}", item) for number, item in reversed([*enumerate(node.items)])]


def substituted(text: str, values: Values[str, str]) -> str:
    """The text with the values of this combination; expressions that say more stay."""
    text = re.sub(r"\[(\d+)\](?=\s*\}\})", r".\1", text)
    text = _QUESTION.sub(lambda match: _answer(match, values), text)
    return _EXPRESSION.sub(lambda match: _value(match, values), text)


def _value(match: re.Match[str], values: Values[str, str]) -> str:
    """The value of a name, or what stands in for one that has none: in a matrix, a name without a value is empty."""
    if match[2] is not None:
        value = values.get(match[1], "")
        return match[2] if value in {"", "false"} else value
    return values.get(match[1], match[0])


def _answer(match: re.Match[str], values: Values[str, str]) -> str:
    name, other = match[1] or match[4], match["text"] if match["text"] is not None else match["bare"]
    asked = _ASKS[match["sign"] or match["asks"]](values.get(name, ""), other)
    return "true" if asked else "false"
