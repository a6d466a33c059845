"""What the body of a Cython function declares and binds, before anything is said of what it touches."""

from __future__ import annotations

from typing import Any

from ungil.facts.cython.tree import c_typed, children, declared, is_a

__all__ = ["FUNCTIONS", "declared_types", "ends", "names_bound"]

type Node = Any  # Cython's trees have no types

FUNCTIONS = {"DefNode", "CFuncDefNode", "LambdaNode", "AsyncDefNode", "IterableAsyncDefNode", "AsyncGenNode"}


def ends(body: Node) -> bool:
    """Does control leave the function at the end of this block?"""
    last = body.stats[-1] if is_a(body, "StatListNode") and body.stats else body
    return is_a(last, "ReturnStatNode", "RaiseStatNode", "ReraiseStatNode")


def names_bound(body: Node) -> tuple[set[str], set[str], set[str]]:
    """The names that a function binds itself, those that it declares global, and those with a C type."""
    bound: set[str] = set()
    shared: set[str] = set()
    typed: set[str] = set()
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if is_a(node, "GlobalNode"):
            shared.update(str(name) for name in node.names)
        elif is_a(node, "CVarDefNode"):
            bound.update(declared(one)[0] for one in node.declarators)
            typed.update(name for name in map(c_typed(node.base_type), node.declarators) if name)
        elif is_a(node, "SingleAssignmentNode", "InPlaceAssignmentNode", "CascadedAssignmentNode"):
            targets = node.lhs_list if is_a(node, "CascadedAssignmentNode") else [node.lhs]
            bound.update(name for target in targets for name in _target_names(target))
        elif is_a(node, "ForInStatNode", "ForFromStatNode"):
            bound.update(_target_names(node.target))
        if type(node).__name__ not in FUNCTIONS:
            waiting.extend(children(node))
    return bound, shared, typed


def declared_types(body: Node) -> dict[str, str]:
    """The names of the types of a function's declared locals."""
    types: dict[str, str] = {}
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if is_a(node, "CVarDefNode"):
            types |= {declared(one)[0]: str(getattr(node.base_type, "name", "")) for one in node.declarators}
        elif type(node).__name__ not in FUNCTIONS:
            waiting.extend(children(node))
    return types


def _target_names(target: Node) -> list[str]:
    if is_a(target, "TupleNode", "ListNode"):
        return [name for one in target.args for name in _target_names(one)]
    return [str(target.name)] if is_a(target, "NameNode") else []
