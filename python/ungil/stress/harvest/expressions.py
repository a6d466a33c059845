"""Puts hooks around expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["BINARY", "HOOKS", "Expressions", "is_private", "is_simple"]

HOOKS: Final = "@ungil"
"""The name of the hooks among the globals of a module: one that no source can contain. pytest's begin like it."""

_LEFT_ALONE: Final = frozenset({"super", "getrefcount"})
"""The first needs nothing, the second would count references that a hook holds."""

_NOT_OF_THE_TEST: Final = frozenset({HOOKS, "@pytest_ar", "@py_builtins"})
"""What pytest calls to explain a failure is none of what the test does."""

BINARY: Final[dict[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.BitAnd: "and_",
}
_COMPARED: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
_UNARY: Final[dict[type[ast.unaryop], str]] = {
    ast.Not: "not_",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
}


class Expressions(ast.NodeTransformer):
    """Every ``visit_`` returns the node with hooks around what it operates on."""

    def __init__(self, new_site: Callable[[int], int]) -> None:
        """Take what gives a number for an operation at a line."""
        self._new_site = new_site

    # ---- Calls

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """``f(x, key=y)``."""
        if _root(node.func) in _NOT_OF_THE_TEST or _last_name(node.func) in _LEFT_ALONE:
            return node
        site = self._site(node)
        simple = all(map(is_simple, node.args)) and all(word.arg and is_simple(word.value) for word in node.keywords)
        if isinstance(node.func, ast.Attribute):
            _stand_at_the_name(node, node.func)
            node.func.value = self.visit(node.func.value)
        else:
            node.func = self.visit(node.func)
        if simple:
            known: tuple[ast.expr | int, ...] = (0, node.func, *node.args)
            node.func = self._hook("calling", site, *known, keywords=node.keywords, at=node.func)
        else:
            node.func = self._hook("calling", site, len(node.args) + len(node.keywords), node.func, at=node.func)
            node.args = [self._argument(site, arg) for arg in node.args]
            node.keywords = [self._keyword(site, word) for word in node.keywords]
        return self._hook("result", site, node, at=node)

    def _argument(self, site: int, arg: ast.expr) -> ast.expr:
        if isinstance(arg, ast.Starred):
            arg.value = self._hook("starred", site, self.visit(arg.value), at=arg.value)
            return arg
        return self._hook("argument", site, self.visit(arg), at=arg)

    def _keyword(self, site: int, word: ast.keyword) -> ast.keyword:
        value = self.visit(word.value)
        given = (value, word.arg) if word.arg else (value,)
        word.value = self._hook("argument" if word.arg else "mapping", site, *given, at=word.value)
        return word

    # ---- Operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """``a + b``."""
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return node
        site = self._site(node)
        node.left, node.right = self._pair(site, BINARY[type(node.op)], self.visit(node.left), self.visit(node.right))
        return self._hook("result", site, node, at=node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """``-a``."""
        if isinstance(node.operand, ast.Constant):
            return node
        site = self._site(node)
        node.operand = self._operand(site, _UNARY[type(node.op)], self.visit(node.operand))
        return self._hook("result", site, node, at=node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """``a == b``."""
        if len(node.ops) > 1:
            self.generic_visit(node)
            return node
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            return self._contains(node)
        name = _COMPARED.get(type(node.ops[0]))
        if name is None:
            self.generic_visit(node)
            return node
        site = self._site(node)
        left, right = self.visit(node.left), self.visit(node.comparators[0])
        node.left, node.comparators[0] = self._pair(site, name, left, right)
        return self._hook("result", site, node, at=node)

    def _contains(self, node: ast.Compare) -> ast.expr:
        site, item = self._site(node), node.left
        known = [item] if is_simple(item) else []
        node.left = item if known else self._hook("kept", site, self.visit(item), at=item)
        node.comparators[0] = self._operand(site, "contains", self.visit(node.comparators[0]), *known)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """``a[b]``."""
        if not isinstance(node.ctx, ast.Load):
            self.generic_visit(node)
            return node
        site = self._site(node)
        node.value, node.slice = self._pair(site, "getitem", self.visit(node.value), self._key(node.slice))
        return self._hook("result", site, node, at=node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """``a.b``."""
        node.value = self.visit(node.value)
        if not isinstance(node.ctx, ast.Load) or is_private(node.attr):
            return node
        site = self._site(node)
        node.value = self._operand(site, "getattr", node.value, node.attr)
        return self._hook("result", site, node, at=node)

    def _pair(self, site: int, name: str, left: ast.expr, right: ast.expr) -> tuple[ast.expr, ast.expr]:
        if is_simple(right):
            return self._operand(site, name, left, right), right
        hooked = self._hook("operand", site, 1, name, left, at=left)
        return hooked, self._hook("argument", site, right, at=right)

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        """``for a in b``."""
        self.generic_visit(node)
        if not node.is_async:
            node.iter = self._iterated(node.iter)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        """``yield from a``."""
        node.value = self._iterated(self.visit(node.value))
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        """``[*a]``."""
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._iterated(node.value)
        return node

    # ---- Making nodes

    def _key(self, node: ast.expr) -> ast.expr:
        """What stands between brackets, visited; a slice becomes an expression, which it is not where it stands."""
        if isinstance(node, ast.Tuple):
            node.elts = [self._key(item) for item in node.elts]
            return node
        if not isinstance(node, ast.Slice):
            visited: ast.expr = self.visit(node)
            return visited
        bounds = [self.visit(bound) if bound else None for bound in (node.lower, node.upper, node.step)]
        return _call("slice", bounds, at=node)

    def _iterated(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.List | ast.Tuple | ast.Constant):
            return node
        return self._hook("iterated", self._site(node), node, at=node)

    def _operand(self, site: int, name: str, value: ast.expr, *known: ast.expr | str) -> ast.expr:
        return self._hook("operand", site, 0, name, value, *known, at=value)

    def _site(self, node: ast.AST) -> int:
        return self._new_site(getattr(node, "lineno", 0))

    def _hook(
        self,
        name: str,
        site: int,
        *args: ast.expr | int | str | None,
        at: ast.expr,
        keywords: Sequence[ast.keyword] = (),
    ) -> ast.Call:
        return _call(name, (site, *args), keywords, at=at)


def _call(
    name: str, args: Sequence[ast.expr | int | str | None], keywords: Sequence[ast.keyword] = (), *, at: ast.expr
) -> ast.Call:
    """A call of a hook. Whatever is new stands where the expression stands: so a traceback shows that line."""
    hooks = ast.copy_location(ast.Name(HOOKS, ast.Load()), at)
    function = ast.copy_location(ast.Attribute(hooks, name, ast.Load()), at)
    given = [arg if isinstance(arg, ast.expr) else ast.copy_location(ast.Constant(arg), at) for arg in args]
    return ast.copy_location(ast.Call(function, given, list(keywords)), at)


def _stand_at_the_name(node: ast.Call, method: ast.Attribute) -> None:
    """Do what the compiler does with a call of a method over several lines, and would not with a hook around it."""
    starred = any(isinstance(arg, ast.Starred) for arg in node.args) or any(not word.arg for word in node.keywords)
    end, column = method.end_lineno, method.end_col_offset
    if end is None or column is None or starred or node.lineno == end or column < len(method.attr):
        return
    node.lineno, node.col_offset, node.end_col_offset = end, column - len(method.attr), column


def is_simple(node: ast.expr) -> bool:
    """Whether evaluating it a second time makes no difference."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Name | ast.Constant)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_private(name: str) -> bool:
    """Whether a class body changes the name."""
    return name.startswith("__") and not name.endswith("__")
