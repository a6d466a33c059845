"""Puts hooks between the operations of a test module, which stay where they are.

``box.put(key, 1)`` becomes ``R(17, H(17, 0, box.put, key, 1)(key, 1))``: the hook H is told what is going to be called
and returns it, the test itself calls it, and R is told the result and returns it. So frames, tracebacks, line numbers,
``super()``, ``await`` and whatever else depends on who calls are those of the test as it was written. An argument that
is more than a name or a constant must not be evaluated twice, and has a hook around it instead.

The tree is rewritten after pytest has rewritten its assertions, so that the messages of these are the same too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ungil.stress.harvest.expressions import BINARY, Expressions, is_private, is_simple

__all__ = ["rewrite"]


def rewrite(tree: ast.Module, new_site: Callable[[int], int]) -> None:
    """Put the hooks into the tree.

    Args:
        tree: is changed.
        new_site: gives a number for an operation at a line; the hooks are told that number.
    """
    _Rewriter(new_site).visit(tree)


class _Rewriter(Expressions):
    """Every ``visit_`` returns the statement with hooks around what it operates on."""

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript | ast.Attribute):
            self._set(node, node.targets[0])
        else:
            self.generic_visit(node)
            if isinstance(node.targets[0], ast.Tuple | ast.List) and not isinstance(node.value, ast.Tuple | ast.List):
                node.value = self._iterated(node.value)
        return node

    def _set(self, node: ast.Assign, target: ast.Subscript | ast.Attribute) -> None:
        if isinstance(target, ast.Attribute) and is_private(target.attr):
            self.generic_visit(node)
            return
        site = self._site(node)
        known = [node.value] if is_simple(node.value) else []
        if not known:
            node.value = self._hook("kept", site, self.visit(node.value), at=node.value)
        value = self.visit(target.value)
        if isinstance(target, ast.Attribute):
            target.value = self._operand(site, "setattr", value, target.attr, *known)
        elif is_simple(target.slice) and known:
            target.value = self._operand(site, "setitem", value, target.slice, *known)
        else:
            key = self._key(target.slice)
            target.value = self._hook("operand", site, 1, "setitem", value, at=value)
            target.slice = self._hook("argument", site, key, None, *known, at=key)

    def visit_Delete(self, node: ast.Delete) -> ast.stmt:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                value, key = self.visit(target.value), self._key(target.slice)
                target.value, target.slice = self._pair(self._site(node), "delitem", value, key)
            elif isinstance(target, ast.Attribute) and not is_private(target.attr):
                value = self.visit(target.value)
                target.value = self._operand(self._site(node), "delattr", value, target.attr)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            before = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            name = "i" + BINARY[type(node.op)].rstrip("_")
            node.value = self._hook("augmented", self._site(node), name, before, node.value, at=node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value:
            node.value = self.visit(node.value)
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        self.generic_visit(node)
        node.iter = self._iterated(node.iter)
        return node

    def visit_With(self, node: ast.With) -> ast.stmt:
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._hook("entered", self._site(node), item.context_expr, at=item.context_expr)
        return node

    # ---- What holds annotations, which must stay what they are: under ``from __future__ import annotations`` the
    # compiler makes their text from the tree.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return self._function(node)

    def _function[F: ast.FunctionDef | ast.AsyncFunctionDef](self, node: F) -> F:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        self.visit(node.args)
        self._body(node.body)
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        node.defaults = [self.visit(value) for value in node.defaults]
        node.kw_defaults = [value and self.visit(value) for value in node.kw_defaults]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        node.bases = [self.visit(base) for base in node.bases]
        for word in node.keywords:
            word.value = self.visit(word.value)
        self._body(node.body)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        if node.guard:
            node.guard = self.visit(node.guard)
        self._body(node.body)
        return node

    def visit_TypeAlias(self, node: ast.TypeAlias) -> ast.stmt:
        return node

    def _body(self, body: list[ast.stmt]) -> None:
        body[:] = [self.visit(statement) for statement in body]
