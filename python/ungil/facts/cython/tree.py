"""Small questions to the nodes of Cython's trees: what is it, how is it written, where is it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ungil.facts.cython.model import Holds, Place

__all__ = [
    "Lines",
    "arguments",
    "c_typed",
    "callee",
    "children",
    "declared",
    "default_of",
    "dotted",
    "holds",
    "is_a",
    "is_constant",
]

type Node = Any  # Cython's trees have no types

_NUMBERS = {"int", "long", "short", "char", "bint", "double", "float", "size_t", "ssize_t", "Py_ssize_t", "Py_hash_t"}
_NUMBERS |= {"Py_UCS4", "Py_UNICODE", "uintptr_t", "intptr_t", "ptrdiff_t", "off_t", "bool", "time_t", "complex"}
_LOCKS = ("lock", "mutex", "condition", "semaphore")
_LITERALS = {"IntNode", "FloatNode", "BoolNode", "NoneNode", "NullNode", "UnicodeNode", "BytesNode", "StringNode"}


def is_a(node: Node, *names: str) -> bool:
    """Is the node of one of these classes of Cython's?"""
    return type(node).__name__ in names


def children(node: Node) -> Iterator[Node]:
    """The nodes right below, in order."""
    for name in node.child_attrs or ():
        child = getattr(node, name, None)
        for one in child if isinstance(child, list | tuple) else (child,):
            if hasattr(one, "child_attrs"):
                yield one


def dotted(node: Node) -> str:
    """``a.b.c`` for a name or an attribute of one; an item, a call or a cast in between is written in short."""
    if is_a(node, "NameNode"):
        return str(node.name)
    if is_a(node, "AttributeNode"):
        return f"{dotted(node.obj)}.{node.attribute}"
    if is_a(node, "IndexNode", "SliceIndexNode"):
        return f"{dotted(node.base)}[]"
    if is_a(node, "TypecastNode", "AmpersandNode"):
        return dotted(node.operand)
    if is_a(node, *_LITERALS):
        return str(getattr(node, "value", None) if not is_a(node, "NoneNode", "NullNode") else type(node).__name__)
    called = callee(node)
    return f"{called}()" if called else "?"


def callee(node: Node) -> str:
    """The name that a call calls; "" for what is no call."""
    return dotted(node.function) if is_a(node, "SimpleCallNode", "GeneralCallNode") else ""


def arguments(node: Node) -> list[Node]:
    """The positional arguments of a call."""
    if is_a(node, "SimpleCallNode"):
        return list(node.args)
    return list(getattr(node.positional_args, "args", ()))


def is_constant(node: Node) -> bool:
    """``None``, ``NULL``, or a literal."""
    return is_a(node, *_LITERALS) or (is_a(node, "NameNode") and node.name in {"NULL", "True", "False"})


def declared(declarator: Node) -> tuple[str, int, bool]:
    """The name that a declarator declares, how many pointers lead to it, and whether it is an array."""
    pointers, is_array = 0, False
    while not is_a(declarator, "CNameDeclaratorNode"):
        pointers += is_a(declarator, "CPtrDeclaratorNode")
        is_array |= is_a(declarator, "CArrayDeclaratorNode")
        below = getattr(declarator, "base", None)
        if below is None:
            return "", pointers, is_array
        declarator = below
    return str(declarator.name), pointers, is_array


def default_of(declarator: Node) -> Node | None:
    """The value that a declarator gives its name, or None."""
    while not is_a(declarator, "CNameDeclaratorNode"):
        declarator = getattr(declarator, "base", None)
        if declarator is None:
            return None
    return declarator.default


def c_typed(base: Node) -> Callable[[Node], str]:
    """Gives the name that a declarator of this type declares, if it is no Python object."""

    def name_if_typed(declarator: Node) -> str:
        name, pointers, is_array = declared(declarator)
        _, held = holds(base, pointers, is_array=is_array, structs=set(), numbers=set())
        return "" if held is Holds.OBJECT else name

    return name_if_typed


def holds(base: Node, pointers: int, *, is_array: bool, structs: set[str], numbers: set[str]) -> tuple[str, Holds]:
    """The name of a declared type, and what a variable of it holds."""
    if is_a(base, "MemoryViewSliceTypeNode"):
        return "memoryview", Holds.MEMORYVIEW
    if is_a(base, "CQualifierTypeNode", "CConstTypeNode"):
        return holds(base.base_type, pointers, is_array=is_array, structs=structs, numbers=numbers)
    if is_a(base, "TemplatedTypeNode"):
        name = str(getattr(base.base_type_node, "name", ""))
        return name, Holds.ATOMIC if "atomic" in name else Holds.STRUCT
    name = str(getattr(base, "name", None) or "object")
    if any(word in name.lower() for word in _LOCKS):
        return name, Holds.LOCK
    if pointers or is_array or name in structs:
        return name, Holds.POINTER if pointers else Holds.STRUCT
    is_number = getattr(base, "is_basic_c_type", False) or name in _NUMBERS or name in numbers or name.endswith("_t")
    return name, Holds.NUMBER if is_number else Holds.OBJECT


class Lines:
    """Turns Cython's positions, in characters, into places, in bytes."""

    def __init__(self, data: bytes) -> None:
        self._lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n").split("\n")

    def place(self, node: Node) -> Place:
        """From the first token of a node to the end of its name, or of its line where it has none."""
        first = _leftmost(node)
        line, column = int(first.pos[1]), int(first.pos[2])
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        name = dotted(node) if is_a(node, "NameNode", "AttributeNode") else ""
        end = column + len(name) if name and text[column:].startswith(name) else max(len(text.rstrip()), column + 1)
        return Place(line, len(text[:column].encode()) + 1, line, len(text[:end].encode()) + 1)


def _leftmost(node: Node) -> Node:
    while True:
        below = next(
            (
                getattr(node, name, None)
                for name in ("lhs", "obj", "base", "function", "operand1")
                if hasattr(node, name)
            ),
            None,
        )
        if below is None or not hasattr(below, "pos"):
            return node
        node = below
