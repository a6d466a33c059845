"""Which names of a Cython file stand for C functions: what it cimports, and what it declares as ``extern``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ungil.facts.cython.tree import children, declared, is_a

__all__ = ["foreign_names", "seen_from"]

type Node = Any  # Cython's trees have no types

_PASSES = ("StatListNode", "CompilerDirectivesNode", "IfStatNode", "IfClauseNode", "CDefExternNode", "ModuleNode")


def foreign_names(tree: Node) -> frozenset[str]:
    """Functions that are declared here, and functions and modules that are cimported, as this file calls them."""
    found: set[str] = set()
    waiting = [(tree, False)]
    while waiting:
        node, is_extern = waiting.pop()
        if is_a(node, "FromCImportStatNode"):
            found.update(str(as_name or name) for _, name, as_name, *_ in node.imported_names)
        elif is_a(node, "CImportStatNode"):
            found.add(str(node.as_name or node.module_name))
        elif is_a(node, "CVarDefNode") and (is_extern or node.visibility == "extern"):
            found.update(declared(one)[0] for one in node.declarators)
        elif is_a(node, *_PASSES):
            inside = is_extern or is_a(node, "CDefExternNode")
            waiting.extend((child, inside) for child in children(node))
    return frozenset(found - {""})


def seen_from(path: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Of all files: a file sees its own names and those of its ``.pxd``; one that others include sees everybody's."""
    if path.endswith(".pxi"):
        return frozenset().union(*names.values())
    own = names.get(path, frozenset())
    return own | names.get(str(PurePosixPath(path).with_suffix(".pxd")), frozenset())
