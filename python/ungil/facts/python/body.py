"""What the statements of one Python function do to what threads may share, in the order of the source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ungil.facts.python.expressions import Expressions
from ungil.facts.python.model import Kind, Unreleased
from ungil.facts.python.names import children, dotted, is_lock_name, kind_of, place_of, text_of
from ungil.facts.python.questions import Asked, Origin
from ungil.facts.python.statements import always_leaves, may_keep, names_caught, rests_on, waits_for_ever

__all__ = ["Body"]

_CATCHES = {
    "KeyError",
    "IndexError",
    "LookupError",
    "RuntimeError",
    "AttributeError",
    "Exception",
    "BaseException",
    "Empty",
}
_CATCHES |= {"ValueError", "Full", "TypeError"}


@dataclass(slots=True)
class Body(Expressions):
    """Reads the statements of one function."""

    unreleased: list[Unreleased] = field(default_factory=list)
    entered_with_lock: bool = False  # it gives back one that it did not take
    returns: set[Kind] = field(default_factory=set)

    def read(self, body: Sequence[ast.stmt]) -> None:
        """Reads a block; what an ``if`` that leaves it has asked is known for the rest."""
        known = len(self.asked)
        for index, node in enumerate(body):
            self._statement(node, body[index + 1 :])
            if isinstance(node, ast.If) and not node.orelse and always_leaves(node.body):
                self.asked.extend(self.questions.when(node.test, true=False))
        del self.asked[known:]

    def _statement(self, node: ast.stmt, rest: Sequence[ast.stmt]) -> None:  # noqa: C901, PLR0912 - one case for each kind
        match node:
            case ast.If():
                self._if(node)
            case ast.While():
                self._while(node)
            case ast.For() | ast.AsyncFor():
                self._for(node)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Delete():
                self._change(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.nested.append(node)
                for one in (*node.decorator_list, *node.args.defaults):
                    self.value(one)
            case ast.ClassDef() | ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal() | ast.Pass():
                return
            case ast.Expr(value=ast.Call()) if self._acquires(node.value, rest):
                return
            case ast.Return():
                if node.value is not None:
                    self.returns.add(kind_of(node.value, self.scope.module.imports)[0])
                    self.value(node.value)
            case ast.Match():
                self.value(node.subject)
                for case in node.cases:
                    self.read(case.body)
            case ast.Expr():
                self.value(node.value, is_statement=True)
            case _:
                for child in children(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def _if(self, node: ast.If) -> None:
        lock, is_negative = self._takes_in(node.test)
        self.value(node.test)
        before = dict(self.acquired)
        with self.knowing(self.questions.when(node.test, true=True)):
            if lock and not is_negative:
                self.acquire(lock)
            self.read(node.body)
        if always_leaves(node.body):
            self.acquired.clear()
            self.acquired.update(before)
        if lock and is_negative:
            self.acquire(lock)
        with self.knowing(self.questions.when(node.test, true=False)):
            self.read(node.orelse)
        if lock and is_negative and not always_leaves(node.body):
            self.acquired.pop(lock, None)

    def _takes_in(self, test: ast.expr) -> tuple[str, bool]:
        """``if lock.acquire(False)``, alone or with other conditions: the lock, and whether the test is its failure."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return next((found for one in test.values if (found := self._takes_in(one))[0]), ("", False))
        is_negative = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        inner = test.operand if isinstance(test, ast.UnaryOp) else test
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "acquire":
            return self.lock_text(inner.func.value), is_negative
        return "", False

    def _while(self, node: ast.While) -> None:
        self.loops.append("while")
        lock, is_negative = self._takes_in(node.test)
        self.value(node.test)
        asked = [replace(one, is_loop=True) for one in self.questions.when(node.test, true=True)]
        with self.knowing(asked):
            if lock and not is_negative:
                self.acquire(lock)
            self.read(node.body)
        self.loops.pop()
        self.read(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.iterate(node.iter)
        self.target(node.target)
        if isinstance(node, ast.AsyncFor):
            self.awaits_at(node)
        self.loops.append("for")
        self.read(node.body)
        self.loops.pop()
        self.read(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        if is_async:
            self.awaits_at(node)
        before = len(self.entered)
        for item in node.items:
            lock = self.lock_of(item.context_expr) or self._maybe_lock(item)
            self.value(item.context_expr, in_with=True)
            if item.optional_vars is not None:
                self.target(item.optional_vars)
            if lock:
                self.takes(lock, item.context_expr, is_async=is_async)
                self.enter(f"async {lock}" if is_async else lock)
        called = (dotted(getattr(item.context_expr, "func", None)) for item in node.items)
        suppresses = any(name.endswith("suppress") for name in called)
        self.catching += suppresses
        self.read(node.body)
        self.catching -= suppresses
        del self.entered[before:]

    def _maybe_lock(self, item: ast.withitem) -> str:
        """``with self.gate:``: what is made elsewhere and gives no name is rarely anything else."""
        is_plain = item.optional_vars is None and isinstance(item.context_expr, ast.Attribute | ast.Name)
        if is_plain and dotted(item.context_expr) == self.scope.self_name != "":
            return "self"
        return ".".join(self.scope.subject(item.context_expr)) if is_plain else ""

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        caught = [name for handler in node.handlers for name in names_caught(handler)]
        catches = not _CATCHES.isdisjoint(caught)
        looked = self._looked_for(node, caught)
        self.catching += catches
        self.read(node.body)
        self.catching -= catches
        for handler in node.handlers:
            known = names_caught(handler)
            with self.knowing(one for one, names in looked if not names.isdisjoint(known)):
                self.read(handler.body)
        self.read(node.orelse)
        self.finally_depth += 1
        self.read(node.finalbody)
        self.finally_depth -= 1

    def _looked_for(self, node: ast.Try | ast.TryStar, caught: Iterable[str]) -> list[tuple[Asked, set[str]]]:
        """What a handler of KeyError or AttributeError knows not to be there."""
        if _CATCHES.isdisjoint(caught) or len(node.body) > 2:  # noqa: PLR2004 - of a longer one, who knows
            return []
        found: list[tuple[Asked, set[str]]] = []
        for one in ast.walk(ast.Module(body=list(node.body), type_ignores=[])):
            if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Load):
                parts = self.scope.subject(one.value)
                if parts:
                    asked = self.absent(".".join(parts), text_of(one.slice), one)
                    found.append((asked, {"KeyError", "LookupError", "IndexError"}))
            elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load):
                parts = self.scope.subject(one)
                if len(parts) == 1 and parts[0].startswith("self."):
                    found.append((self.unset(parts[0], one), {"AttributeError"}))
        return found

    def _change(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete) -> None:
        if isinstance(node, ast.AugAssign):
            self.value(node.value)
            self.target(node.target, update=True, extends=isinstance(node.op, ast.Add) and self._is_list(node.value))
        elif isinstance(node, ast.Delete):
            for one in node.targets:
                self.target(one)
        elif node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(node.value, ast.Tuple) and isinstance(targets[0], ast.Tuple):
                pairs = list(zip(targets[0].elts, node.value.elts, strict=False))
            else:
                pairs = [(target, node.value) for target in targets]
            self.value(node.value)
            if len(targets) > 1:  # what has two names can be reached by both
                self.passed_on.update(one.id for one in targets if isinstance(one, ast.Name))
            for target, value in pairs:
                self._assign(target, value)

    def _is_list(self, value: ast.expr) -> bool:
        """``x += [y]``: a list that is added makes ``x`` longer in place, and nothing else can be added to so."""
        kind = self.makes.get(value.id, (Kind.OTHER,))[0] if isinstance(value, ast.Name) else None
        return (kind or kind_of(value, self.scope.module.imports)[0]) is Kind.LIST

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name) and target.id in self.scope.locals:
            self._local(target.id, value)
            return
        parts = self.scope.subject(target)
        update = bool(parts) and rests_on(value, lambda one: self.scope.subject(one) == parts)
        origin = self._origin_in(value) if parts and not update else None
        self.target(target, value=value, update=update or (origin is not None and origin.subject == ".".join(parts)))

    def _origin_in(self, value: ast.expr) -> Origin | None:
        """``count = self.count; self.count = count + 1``."""
        if isinstance(value, ast.BinOp):
            for side in (value.left, value.right):
                if isinstance(side, ast.Name) and side.id in self.origins:
                    return self.origins[side.id]
        return None

    def _local(self, name: str, value: ast.expr) -> None:
        self.origins.pop(name, None)
        origin = self.questions.origin(value)
        if origin is not None:
            self.origins[name] = origin
            if not origin.key and (self.scope.kind(origin.subject).is_lock or is_lock_name(origin.subject)):
                self.scope.aliases[name] = origin.subject
        kind, _ = kind_of(value, self.scope.module.imports)
        if kind is not Kind.OTHER and name not in self.makes:
            self.makes[name] = (kind, place_of(value))

    def _acquires(self, node: ast.expr, rest: Sequence[ast.stmt]) -> bool:
        """``lock.acquire()`` and ``lock.release()`` as statements."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return False
        lock = self.lock_text(node.func.value)
        if node.func.attr == "acquire" and lock and self.is_lock(lock):
            self.call(node, is_statement=True)
            if waits_for_ever(node):
                self.takes(lock, node)
            self.acquire(lock)
            risky = may_keep(rest, dotted(node.func.value))
            if risky and not self.finally_depth:
                self.unreleased.append(Unreleased(lock, place_of(node), risky))
            return True
        if node.func.attr == "release" and lock and lock not in self.acquired and self.is_lock(lock):
            self.entered_with_lock = True
        if node.func.attr == "release" and lock in self.acquired:
            self.call(node, is_statement=True)
            self.acquired.pop(lock, None)
            return True
        return False

    @contextmanager
    def knowing(self, asked: Iterable[Asked]) -> Iterator[None]:
        """Inside, these questions are answered."""
        known = len(self.asked)
        self.asked.extend(asked)
        yield
        del self.asked[known:]
