"""What the expressions of one Python function do to what threads may share, and which locks are held there."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ungil.facts.python.model import Holding, Kind, PyCall, Touch
from ungil.facts.python.names import EMPTY, children, dotted, kind_of, place_of, text_of
from ungil.facts.python.questions import Questions
from ungil.facts.python.reading import Reading

__all__ = ["EDITS", "Expressions", "argument_text"]

EDITS = {"append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault", "add", "discard"}
EDITS |= {"sort", "reverse", "appendleft", "popleft", "rotate", "move_to_end", "extendleft", "difference_update"}
EDITS |= {"put", "put_nowait", "get_nowait", "set", "send", "throw", "subtract"}
_LOOKS = {"get", "index", "count", "copy", "keys", "values", "items"}
_WHOLE = {"list", "tuple", "set", "dict", "frozenset", "sorted", "copy", "deepcopy", "OrderedDict"}
_WALKS = {"any", "all", "sum", "min", "max", "enumerate", "zip", "map", "filter", "reversed", "iter"}
_VIEWS = {"keys", "values", "items"}


def argument_text(node: ast.expr) -> str:
    """What an argument names: a function handed over may be wrapped in a lambda or ``partial``."""
    if isinstance(node, ast.Lambda) and isinstance(node.body, ast.Call):
        return dotted(node.body.func)
    if isinstance(node, ast.Call) and dotted(node.func).endswith("partial") and node.args:
        return dotted(node.args[0])
    if isinstance(node, ast.Constant):
        return repr(node.value)[:60]
    return dotted(node) or "..."


@dataclass(slots=True)
class Expressions(Reading):
    """Reads expressions."""

    questions: Questions = field(init=False)

    def __post_init__(self) -> None:
        """Questions are asked of the same scope."""
        self.questions = Questions(self.scope, self.origins, self.held)

    def value(  # noqa: C901 - one case for each kind
        self, node: ast.expr, *, is_statement: bool = False, in_with: bool = False, awaited: bool = False
    ) -> None:
        """Reads an expression whose value is used."""
        match node:
            case ast.Call():
                self.call(node, is_statement=is_statement, awaited=awaited)
            case ast.Attribute() | ast.Name():
                self._look(node, in_with=in_with)
            case ast.Subscript():
                self._item(node)
            case ast.Lambda():
                self.nested.append(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node)
            case ast.BoolOp() | ast.IfExp():
                self._conditional(node)
            case ast.Await():
                self.awaits_at(node)
                self.value(node.value, awaited=True, is_statement=is_statement)
            case ast.Yield() | ast.YieldFrom():
                self.yields = True
                if node.value is not None:
                    self.value(node.value)
            case ast.Compare():
                self._compare(node)
            case ast.Constant():
                return
            case _:
                self._children(node)

    def _children(self, node: ast.AST) -> None:
        for child in children(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.keyword):
                self.value(child.value)

    def _look(self, node: ast.Attribute | ast.Name, *, in_with: bool = False) -> None:
        if isinstance(node, ast.Name) and node.id in self.scope.locals:
            if not in_with:
                self.passed_on.add(node.id)
            return
        parts = self.scope.subject(node)
        if parts:
            self._reach(parts, node)
            self.add(".".join(parts), Touch.READ, node)
        elif isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name):
            self.value(node.value)

    def _reach(self, parts: tuple[str, ...], node: ast.AST) -> None:
        """What is reached through a subject looks it up."""
        for end in range(1, len(parts)):
            self.add(".".join(parts[:end]), Touch.LOOKUP, node, how=f".{parts[end]}")

    def _item(self, node: ast.Subscript) -> None:
        self.value(node.slice)
        parts = self.scope.subject(node.value)
        if parts:
            self._reach(parts, node)
            self.add(".".join(parts), Touch.LOOKUP, node, how="[]", key=text_of(node.slice))
        else:
            self.value(node.value)

    def _compare(self, node: ast.Compare) -> None:
        self.value(node.left)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts = self.scope.subject(right) if isinstance(operator, ast.In | ast.NotIn) else ()
            if parts:
                self._reach(parts, right)
                self.add(".".join(parts), Touch.LOOKUP, right, how="in")
            else:
                self.value(right)

    def _conditional(self, node: ast.BoolOp | ast.IfExp) -> None:
        known = len(self.asked)
        if isinstance(node, ast.IfExp):
            self.value(node.test)
            self.asked.extend(self.questions.when(node.test, true=True))
            self.value(node.body)
            del self.asked[known:]
            self.asked.extend(self.questions.when(node.test, true=False))
            self.value(node.orelse)
        else:
            for one in node.values:
                self.value(one)
                self.asked.extend(self.questions.when(one, true=isinstance(node.op, ast.And)))
        del self.asked[known:]

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        known = len(self.asked)
        for one in node.generators:
            self.iterate(one.iter)
            for test in one.ifs:
                self.value(test)
                self.asked.extend(self.questions.when(test, true=True))
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.value(part)
        del self.asked[known:]

    def iterate(self, node: ast.expr) -> None:
        """Reads what is iterated over."""
        inner = node
        while isinstance(inner, ast.Call):
            name = dotted(inner.func)
            if isinstance(inner.func, ast.Attribute) and inner.func.attr in _VIEWS and not inner.args:
                inner = inner.func.value
            elif name in {"enumerate", "reversed", "iter", "zip", "map", "filter"} and inner.args:
                for other in inner.args[:-1] if name in {"map", "filter"} else inner.args[1:]:
                    self.value(other)
                inner = inner.args[-1] if name in {"map", "filter"} else inner.args[0]
            else:
                break
        parts = self.scope.subject(inner) if not isinstance(inner, ast.Call) else ()
        if parts:
            self._reach(parts, node)
            self.add(".".join(parts), Touch.ITERATE, node)
        else:
            self.value(inner)

    def call(self, node: ast.Call, *, is_statement: bool = False, awaited: bool = False) -> None:
        """Reads a call."""
        name = dotted(node.func)
        short = name.rpartition(".")[2]
        is_read = self._called(node, name, short)
        for one in node.args:
            if is_read and one is node.args[0]:
                continue
            self.value(one.value if isinstance(one, ast.Starred) else one)
        for keyword in node.keywords:
            self.value(keyword.value)
        self._order += 1
        first = self.scope.parts(name) if name else ()
        resolved = ".".join(first) if first else self._resolved(name)
        self.calls.append(
            PyCall(
                resolved,
                tuple(argument_text(one) for one in node.args),
                tuple((one.arg or "**", argument_text(one.value)) for one in node.keywords),
                place_of(node),
                self.held(),
                self.catching > 0,
                self._order,
                len(self.loops),
                "while" in self.loops,
                is_statement,
                awaited,
            )
        )
        self._after(resolved, short, node)

    def _resolved(self, name: str) -> str:
        return name if name.partition(".")[0] in self.scope.locals else self.scope.module.imports.resolve(name)

    def _after(self, name: str, short: str, node: ast.Call) -> None:
        """Waiting for a condition gives its lock to others in between; a stack may hold one."""
        if short in {"wait", "wait_for"}:
            lock = name.rpartition(".")[0]
            if any(one.lock == lock for one in self.entered):
                self._blocks += 1
                names = self.scope.with_aliases(lock)
                self.entered = [Holding(one.lock, self._blocks) if one.lock in names else one for one in self.entered]
        elif short == "enter_context" and node.args:
            lock = self.lock_of(node.args[0])
            if lock:
                self.acquire(lock)

    def _called(self, node: ast.Call, name: str, short: str) -> bool:
        """What the call does to the object whose method it is, or to its first argument: has that been read?"""
        called = node.func
        first = node.args[0] if node.args else None
        if isinstance(called, ast.Attribute):
            parts = self.scope.subject(called.value)
            if not parts:
                if not isinstance(called.value, ast.Name) or short not in {"acquire", "release", "locked"}:
                    self.value(called.value)
                return False
            self._reach(parts, node)
            touch = Touch.EDIT if short in EDITS else Touch.LOOKUP
            how = short if touch is Touch.EDIT or short in _LOOKS else f".{short}"
            if len(node.args) > 1 and short == "pop":
                how = "pop or default"
            self.add(".".join(parts), touch, node, how=how, key=text_of(first) if first is not None else "")
        elif name == "next" and first is not None:
            parts = self.scope.subject(first)
            if parts:
                self.add(".".join(parts), Touch.EDIT, node, how="next")
            else:
                self.value(first)
            return True
        elif name == "setattr":
            return True  # what is set is not read
        elif name in _WHOLE | _WALKS and first is not None and not isinstance(first, ast.Starred):
            return self._walked(node, first, name)
        elif isinstance(called, ast.Name):
            self._look(called)
        else:
            self.value(called)
        return False

    def _walked(self, node: ast.Call, first: ast.expr, name: str) -> bool:
        inner = first
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in _VIEWS:
            inner = inner.func.value
        parts = self.scope.subject(inner)
        if parts:
            self.add(".".join(parts), Touch.ITERATE, node, how=name, is_atomic=name in _WHOLE)
        return bool(parts)

    # Targets.

    def target(
        self, node: ast.expr, *, value: ast.expr | None = None, update: bool = False, extends: bool = False
    ) -> None:
        """Reads what is assigned to, or deleted; ``extends`` says that a list is added to it."""
        if isinstance(node, ast.Tuple | ast.List):
            for one in node.elts:
                self.target(one)
        elif isinstance(node, ast.Starred):
            self.target(node.value)
        elif isinstance(node, ast.Subscript):
            self._set_item(node, value, update=update, extends=extends)
        elif not (isinstance(node, ast.Name) and node.id in self.scope.locals):
            parts = self.scope.subject(node)
            if parts:
                self._reach(parts, node)
                kind, made = (Kind.LIST, "") if extends else kind_of(value, self.scope.module.imports)
                if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                    made = str(value.value)
                drop = isinstance(node.ctx, ast.Del) if isinstance(node, ast.Name | ast.Attribute) else False
                touch = Touch.DROP if drop else Touch.UPDATE if update else Touch.STORE
                self.add(".".join(parts), touch, node, how=made, kind=kind)
            elif isinstance(node, ast.Attribute):
                self.value(node.value)

    def _set_item(self, node: ast.Subscript, value: ast.expr | None, *, update: bool, extends: bool) -> None:
        self.value(node.slice)
        parts = self.scope.subject(node.value)
        if parts:
            self._reach(parts, node)
            how = "del []" if isinstance(node.ctx, ast.Del) else "[]="
            touch = Touch.REVISE if update else Touch.EDIT
            kind, made = kind_of(value, self.scope.module.imports)
            if kind.is_container and made != EMPTY:
                kind = Kind.OTHER  # what is stored with all that is in it, another thread stores in the same way
            kind = Kind.LIST if extends else kind
            self.add(".".join(parts), touch, node, how=how, key=text_of(node.slice), kind=kind)
        else:
            self.value(node.value)
