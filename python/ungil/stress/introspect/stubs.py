"""Signatures from the stubs that lie beside an extension."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from ungil.stress.introspect.signatures import Signature, from_tree

__all__ = ["read_stubs"]


def read_stubs(paths: Iterable[Path]) -> Mapping[tuple[str, str], list[Signature]]:
    """What stubs say.

    Args:
        paths: the ``.pyi`` files; one that cannot be read or parsed says nothing.

    Returns:
        ``(class, method)`` to its signatures, several where it is overloaded; the class is empty for a function.
    """
    found: dict[tuple[str, str], list[Signature]] = defaultdict(list)
    for path in paths:
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue
        for node in tree.body:
            _add(found, node, "", path.name)
    return found


def _add(found: dict[tuple[str, str], list[Signature]], node: ast.stmt, owner: str, where: str) -> None:
    match node:
        case ast.ClassDef() if not owner:
            for inner in node.body:
                _add(found, inner, node.name, where)
        case ast.FunctionDef():
            static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in node.decorator_list)
            signature = from_tree(node, where, method=bool(owner) and not static)
            found[owner, node.name].append(signature)
        case ast.If():
            for inner in node.body:
                _add(found, inner, owner, where)
