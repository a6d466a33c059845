"""What statements of Python look like, as far as they say what happens next."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ungil.facts.python.names import dotted
from ungil.facts.python.scope import FUNCTIONS

__all__ = ["always_leaves", "may_keep", "names_caught", "rests_on", "waits_for_ever"]

_HARMLESS_METHODS = {
    "append",
    "appendleft",
    "add",
    "discard",
    "notify",
    "notify_all",
    "is_set",
    "set",
    "clear",
    "items",
    "keys",
}
_HARMLESS = {"len", "time.time", "time.monotonic", "monotonic", "isinstance", "bool", "id", "super"}
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def names_caught(handler: ast.ExceptHandler) -> list[str]:
    """The last parts of the names of what a handler takes."""
    if handler.type is None:
        return ["BaseException"]
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [dotted(one).rpartition(".")[2] for one in types]


def always_leaves(body: Sequence[ast.stmt]) -> bool:
    """What comes after the block is reached only around it."""
    return bool(body) and isinstance(body[-1], _LEAVES)


def rests_on(value: ast.expr, is_it: Callable[[ast.expr], bool]) -> bool:
    """``x + 1``, ``1 + x``, ``max(x, y)``: the new value is made from the old."""
    if isinstance(value, ast.BinOp):
        return is_it(value.left) or is_it(value.right) or rests_on(value.left, is_it)
    if isinstance(value, ast.Call) and dotted(value.func) in {"max", "min"}:
        return any(is_it(one) for one in value.args)
    return False


def waits_for_ever(acquire: ast.Call) -> bool:
    """``lock.acquire()`` that neither ``blocking=False`` nor a timeout ends."""
    arguments = [*acquire.args, *(one.value for one in acquire.keywords)]
    return all(isinstance(one, ast.Constant) and one.value is True for one in arguments)


def may_keep(rest: Sequence[ast.stmt], lock: str) -> str:
    """The first call before ``release()`` in the same block, where nothing gives the lock back if it raises."""
    first = ""
    for node in rest:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and dotted(node.value.func) == f"{lock}.release"
        ):
            return first
        inner = list(ast.walk(node))
        if isinstance(node, ast.Try) and any(
            isinstance(one, ast.Attribute) and one.attr == "release" and dotted(one.value) == lock for one in inner
        ):
            return ""
        for one in inner:
            if isinstance(one, FUNCTIONS):
                break
            name = dotted(one.func) or "a call" if isinstance(one, ast.Call) else ""
            is_harmless = (
                name in _HARMLESS
                or name.endswith("Lock")
                or name.rpartition(".")[2] in _HARMLESS_METHODS
                or name.startswith(f"{lock}.")
            )
            if name and not first and not is_harmless:
                first = name
    return ""
