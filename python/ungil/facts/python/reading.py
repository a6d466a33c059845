"""What is held and known while a Python function is read: each access is noted with both."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ungil.facts.python.model import Access, Decision, Holding, Kind, Place, PyCall, Question, Taken, Touch
from ungil.facts.python.names import dotted, is_lock_name, kind_of, place_of, text_of
from ungil.facts.python.questions import Asked, Origin
from ungil.facts.python.scope import Scope

__all__ = ["Reading"]

_ACTS: dict[Question, set[Touch]] = {
    Question.UNSET: {Touch.STORE, Touch.UPDATE, Touch.EDIT},
    Question.SET: {Touch.LOOKUP, Touch.EDIT, Touch.STORE, Touch.DROP, Touch.REVISE},
    Question.ABSENT: {Touch.EDIT, Touch.REVISE},
    Question.PRESENT: {Touch.LOOKUP, Touch.EDIT, Touch.REVISE},
}


@dataclass(slots=True)
class Reading:
    """What is held and known at one place of a function, and what was found up to there."""

    scope: Scope
    accesses: list[Access] = field(default_factory=list)
    calls: list[PyCall] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    awaits: list[tuple[str, Place]] = field(default_factory=list)
    makes: dict[str, tuple[Kind, Place]] = field(default_factory=dict)
    passed_on: set[str] = field(default_factory=set)
    nested: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    entered: list[Holding] = field(default_factory=list)
    acquired: dict[str, list[Holding]] = field(default_factory=dict)
    loops: list[str] = field(default_factory=list)
    catching: int = 0
    finally_depth: int = 0
    yields: bool = False
    _order: int = 0
    _blocks: int = 0

    # What is held.

    def held(self) -> frozenset[Holding]:
        """The locks that are held here."""
        return frozenset([*self.entered, *(one for several in self.acquired.values() for one in several)])

    def enter(self, lock: str) -> None:
        """Holds a lock, with the one that a condition was made with."""
        self._blocks += 1
        self.entered += [Holding(name, self._blocks) for name in self.scope.with_aliases(lock)]

    def acquire(self, lock: str) -> None:
        """Holds it until it is released."""
        self._blocks += 1
        self.acquired[lock] = [Holding(name, self._blocks) for name in self.scope.with_aliases(lock)]

    def takes(self, lock: str, node: ast.expr, *, is_async: bool = False) -> None:
        """Notes which lock is taken while which are held."""
        if not is_async:
            is_new = kind_of(node, self.scope.module.imports)[0].is_threading_lock
            self.taken.append(Taken(lock, place_of(node), self.held(), is_new))

    def lock_text(self, node: ast.expr) -> str:
        """The name of a lock: a subject, or else what stands there."""
        parts = self.scope.subject(node)
        return ".".join(parts) if parts else dotted(node)

    def is_lock(self, lock: str) -> bool:
        """By what is stored there, or by its name."""
        return self.scope.kind(lock).is_lock or is_lock_name(lock.rpartition(".")[2])

    def lock_of(self, node: ast.expr) -> str:
        """The lock that ``with`` takes, or ""."""
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            kind, _ = kind_of(node, self.scope.module.imports)
            is_lock = kind.is_lock or any(is_lock_name(part) for part in name.split(".")) or "acquire" in name
            return self.lock_text(node.func) + "()" if is_lock else ""
        text = self.lock_text(node) or (text_of(node) if isinstance(node, ast.Subscript) else "")
        return text if text and self.is_lock(text.partition("[")[0]) else ""

    def awaits_at(self, node: ast.stmt | ast.expr) -> None:
        """Waits for the event loop while a thread's lock is held."""
        for one in self.entered:
            if not one.lock.startswith("async "):
                self.awaits.append((one.lock, place_of(node)))
                return

    # What is asked, and what follows.

    def absent(self, subject: str, key: str, node: ast.AST) -> Asked:
        """A lookup of the key failed."""
        return Asked(Question.ABSENT, subject, key, place_of(node), self.held())

    def unset(self, subject: str, node: ast.AST) -> Asked:
        """The attribute is not there."""
        return Asked(Question.UNSET, subject, "", place_of(node), self.held())

    def add(  # noqa: PLR0913 - the parts of an access, all named
        self,
        subject: str,
        touch: Touch,
        node: ast.AST,
        *,
        how: str = "",
        key: str = "",
        kind: Kind = Kind.OTHER,
        is_atomic: bool = False,
    ) -> None:
        """Notes an access, and what it decides."""
        self._order += 1
        access = Access(
            subject, touch, how, key, kind, place_of(node), self.held(), self.catching > 0, self._order, is_atomic
        )
        self.accesses.append(access)
        for asked in reversed(self.asked):
            if asked.subject != subject or touch not in _ACTS[asked.question]:
                continue
            if asked.key and key != asked.key:
                continue
            if touch not in asked.decided:
                asked.decided.add(touch)
                self.decisions.append(
                    Decision(asked.question, asked.key, asked.place, asked.held, access, asked.is_loop)
                )
            return
