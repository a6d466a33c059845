"""What the tests of Python code ask about what threads may share."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ungil.facts.python.model import Holding, Place, Question, Touch
from ungil.facts.python.names import dotted, place_of, text_of
from ungil.facts.python.scope import Scope

__all__ = ["Asked", "Origin", "Questions"]

_OPPOSITE = {
    Question.UNSET: Question.SET,
    Question.SET: Question.UNSET,
    Question.ABSENT: Question.PRESENT,
    Question.PRESENT: Question.ABSENT,
}
_SENTINEL = re.compile(
    r"_?(?:missing|unset|undefined|not_?set|sentinel|empty|nothing|marker|no_?value|default)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a subject, as the way that was taken answers it, and what it has decided so far."""

    question: Question
    subject: str
    key: str
    place: Place
    held: frozenset[Holding]
    is_loop: bool = False
    decided: set[Touch] = field(default_factory=set)

    def opposite(self) -> Asked:
        """On the other way."""
        return replace(self, question=_OPPOSITE[self.question])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a local variable comes from."""

    subject: str
    key: str
    place: Place
    held: frozenset[Holding]


@dataclass(slots=True)
class Questions:
    """Reads tests of one function."""

    scope: Scope
    origins: dict[str, Origin]
    held: Callable[[], frozenset[Holding]]

    def when(self, test: ast.expr, *, true: bool) -> list[Asked]:
        """What is known where the test was true, or false."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.when(test.operand, true=not true)
        if isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) == true or len(test.values) == 1:
                return [asked for one in test.values for asked in self.when(one, true=true)]
            return []
        asked = list(self._plain(test))
        return asked if true else [one.opposite() for one in asked]

    def _plain(self, test: ast.expr) -> Iterator[Asked]:
        if isinstance(test, ast.NamedExpr):
            yield from self._plain(test.value)
        elif isinstance(test, ast.Compare) and len(test.ops) == 1:
            yield from self._comparison(test, test.ops[0], test.comparators[0])
        elif isinstance(test, ast.Call):
            yield from self._call(test)
        else:
            yield from self._about(Question.SET, test)

    def _comparison(self, test: ast.Compare, operator: ast.cmpop, right: ast.expr) -> Iterator[Asked]:
        if isinstance(operator, ast.In | ast.NotIn):
            question = Question.PRESENT if isinstance(operator, ast.In) else Question.ABSENT
            yield from self._member(question, test.left, right)
        elif isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and _is_nothing(right):
            question = Question.UNSET if isinstance(operator, ast.Is | ast.Eq) else Question.SET
            left = test.left.value if isinstance(test.left, ast.NamedExpr) else test.left
            yield from self._about(question, left)
        else:
            yield from self._size(test.left, operator)

    def _size(self, left: ast.expr, operator: ast.cmpop) -> Iterator[Asked]:
        """``len(q) > 0``, ``q.qsize() != 0``."""
        counted = _counted(left)
        if counted is not None:
            question = Question.UNSET if isinstance(operator, ast.Lt | ast.LtE | ast.Eq) else Question.SET
            yield from self._about(question, counted)

    def _member(self, question: Question, key: ast.expr, container: ast.expr) -> Iterator[Asked]:
        if isinstance(container, ast.Call) and isinstance(container.func, ast.Attribute):
            container = container.func.value if container.func.attr == "keys" else container
        parts = self.scope.subject(container)
        if len(parts) == 2 and parts[1] == "__dict__" and isinstance(key, ast.Constant):  # noqa: PLR2004 - a subject and its dict
            return
        if parts and parts[0].endswith(".__dict__") and isinstance(key, ast.Constant):
            asked = Question.SET if question is Question.PRESENT else Question.UNSET
            subject = f"{parts[0].removesuffix('.__dict__')}.{key.value!s}"
            yield Asked(asked, subject, "", place_of(key), self.held())
        elif parts:
            yield Asked(question, ".".join(parts), text_of(key), place_of(container), self.held())

    def _about(self, question: Question, node: ast.expr) -> Iterator[Asked]:
        """A subject, what a call looks up in one, or a local variable that holds what was looked up before."""
        is_local = isinstance(node, ast.Name) and node.id in self.scope.locals
        origin = self.origins.get(dotted(node)) if is_local else self.origin(node)
        if origin is None:
            return
        if origin.key:
            question = Question.PRESENT if question is Question.SET else Question.ABSENT
        yield Asked(question, origin.subject, origin.key, origin.place, origin.held)

    def origin(self, node: ast.expr) -> Origin | None:
        """What an expression looks at."""
        parts = self.scope.subject(node)
        if parts and not isinstance(node, ast.Call):
            return Origin(".".join(parts), "", place_of(node), self.held())
        if not isinstance(node, ast.Call):
            return None
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "get" and node.args:
            parts = self.scope.subject(called.value)
            if parts and not node.keywords:
                return Origin(".".join(parts), text_of(node.args[0]), place_of(node), self.held())
        if dotted(called) in {"getattr", "hasattr"} and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            parts = self.scope.parts(f"{dotted(node.args[0])}.{node.args[1].value!s}") if dotted(node.args[0]) else ()
            return Origin(".".join(parts), "", place_of(node), self.held()) if parts else None
        return None

    def _call(self, node: ast.Call) -> Iterator[Asked]:
        called = node.func
        counted = _counted(node)
        if counted is not None:
            yield from self._about(Question.SET, counted)
        elif isinstance(called, ast.Attribute) and called.attr in {"empty", "locked", "is_set"}:
            question = Question.UNSET if called.attr == "empty" else Question.SET
            yield from self._about(question, called.value)
        else:
            yield from self._about(Question.SET, node)


def _counted(node: ast.expr) -> ast.expr | None:
    """What ``len(q)`` or ``q.qsize()`` counts."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "qsize":
        return node.func.value
    return node.args[0] if dotted(node.func) == "len" and node.args else None


def _is_nothing(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or node.value is False
    return _SENTINEL.search(dotted(node).rpartition(".")[2]) is not None
