"""The body of a Cython function: what it touches, in order, and what it holds there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ungil.facts.cython_fills import Fills
from ungil.facts.cython_model import Access, CythonCall, Effect, Place
from ungil.facts.cython_tree import Lines, arguments, callee, children, declared, dotted, is_a, is_constant

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Body", "is_lock_name"]

type Node = Any  # Cython's trees have no types

_ACQUIRES = re.compile(r"_?(?:acquire|lock|begin_critical)\w*|\w*_acquire_lock|pthread_mutex_lock|EnterCriticalSection")
_RELEASES = re.compile(
    r"_?(?:release|unlock|end_critical)\w*|\w*_release_lock|pthread_mutex_unlock|LeaveCriticalSection"
)
_LOCK_NAME = re.compile(r"lock|mutex|critical|synchroni[sz]e|semaphore|condition|guard", re.IGNORECASE)
_LOOKS = {"get", "index", "count", "items", "keys", "values", "copy", "__contains__", "__getitem__"}
_EDITS = {"append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault", "add", "discard"}
_EDITS |= {"sort", "reverse", "appendleft", "popleft", "push_back", "pop_back", "erase", "resize"}
_FUNCTIONS = {"DefNode", "CFuncDefNode", "LambdaNode", "AsyncDefNode", "IterableAsyncDefNode", "AsyncGenNode"}


def is_lock_name(name: str) -> bool:
    """Does something of that name, a decorator or a context manager, hold a lock?"""
    return _LOCK_NAME.search(name) is not None


class Body:
    """Reads one function. ``variables`` are the names of the module's state that it could touch."""

    def __init__(self, lines: Lines, self_name: str, variables: Set[str], parameters: Set[str]) -> None:
        self.accesses: list[Access] = []
        self.calls: list[CythonCall] = []
        self.raises: list[tuple[Place, tuple[str, ...]]] = []
        self.fills = Fills()
        self.returns_value = False
        self._lines, self._self, self._parameters = lines, self_name, parameters
        self._variables = variables
        self._guards: tuple[str, ...] = ()
        self._regions: tuple[str, ...] = ()
        self._target = ""

    def read(self, body: Node) -> None:
        """Walks the whole body."""
        local, shared = _names_bound(body)
        self._variables = self._variables - (local - shared) - (self._parameters - shared)
        self._walk(body)

    def _walk(self, node: Node) -> None:
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            handler(node)
        elif type(node).__name__ not in _FUNCTIONS:
            self._below(node)

    def _below(self, node: Node) -> None:
        for child in children(node):
            self._walk(child)

    def _walk_all(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._walk(node)

    @contextmanager
    def _inside(self, guard: str = "", region: str = "") -> Iterator[None]:
        before = self._guards, self._regions
        self._guards += (guard,) if guard else ()
        self._regions += (region,) if region else ()
        yield
        self._guards, self._regions = before

    # What is touched.

    def _named(self, text: str) -> tuple[str, bool, str] | None:
        """The state that a path names: its name, whether it is of self, and the field reached through it."""
        path = text.split(".")
        if path[0] == self._self and len(path) > 1 and self._self:
            return path[1].rstrip("[]"), True, ".".join(path[2:])
        if path[0].rstrip("[]") in self._variables:
            return path[0].rstrip("[]"), False, ".".join(path[1:])
        return None

    def _touch(self, node: Node, effect: Effect, how: str = "", *, constant: bool = False) -> Access | None:
        named = self._named(dotted(node))
        if named is None:
            return None
        name, of_self, field = named
        order = len(self.accesses) + len(self.calls)
        place = self._lines.place(node)
        access = Access(name, of_self, field, effect, how, place, self._guards, self._regions, order, constant)
        self.accesses.append(access)
        self.fills.saw(access)
        return access

    def _NameNode(self, node: Node) -> None:
        self._touch(node, Effect.READ)

    def _AttributeNode(self, node: Node) -> None:
        if self._touch(node, Effect.READ) is None:
            self._walk(node.obj)

    def _IndexNode(self, node: Node) -> None:
        if self._touch(node.base, Effect.ITEM, f"[{dotted(node.index)}]") is None:
            self._walk(node.base)
        self._walk(node.index)

    def _SliceIndexNode(self, node: Node) -> None:
        if self._touch(node.base, Effect.ITEM, "[:]") is None:
            self._walk(node.base)
        self._walk_all(one for one in (node.start, node.stop) if one is not None)

    def _PrimaryCmpNode(self, node: Node) -> None:
        self._walk(node.operand1)
        if node.operator in {"in", "not_in"}:
            if self._touch(node.operand2, Effect.ITEM, f"[{dotted(node.operand1)}]") is None:
                self._walk(node.operand2)
            return
        self._walk(node.operand2)

    # What is changed.

    def _SingleAssignmentNode(self, node: Node) -> None:
        self._target = dotted(node.lhs)
        self._walk(node.rhs)
        self._target = ""
        self._assign(node.lhs, node.rhs)

    def _CascadedAssignmentNode(self, node: Node) -> None:
        self._walk(node.rhs)
        for target in node.lhs_list:
            self._assign(target, node.rhs)

    def _assign(self, target: Node, value: Node) -> None:
        if is_a(target, "TupleNode", "ListNode"):
            for one in target.args:
                self._assign(one, value)
        elif is_a(target, "IndexNode", "SliceIndexNode"):
            key = dotted(target.index) if is_a(target, "IndexNode") else ":"
            if self._touch(target.base, Effect.EDIT, f"[{key}]") is None:
                self._walk(target.base)
        elif self._touch(target, Effect.WRITE, constant=is_constant(value)) is None:
            self.fills.bind(dotted(target), dotted(value))
            if "prange" in self._regions and "gil" in self._regions and is_a(target, "NameNode"):
                order = len(self.accesses) + len(self.calls)
                place = self._lines.place(target)
                guards, regions = self._guards, self._regions
                access = Access(str(target.name), False, "", Effect.WRITE, "local", place, guards, regions, order)
                self.accesses.append(access)

    def _InPlaceAssignmentNode(self, node: Node) -> None:
        self._walk(node.rhs)
        if is_a(node.lhs, "IndexNode"):
            self._touch(node.lhs.base, Effect.EDIT, f"[{dotted(node.lhs.index)}]")
        else:
            self._touch(node.lhs, Effect.UPDATE)

    def _DelStatNode(self, node: Node) -> None:
        for target in node.args:
            if is_a(target, "IndexNode", "SliceIndexNode"):
                self._touch(target.base, Effect.EDIT, "del")
            else:
                self._touch(target, Effect.WRITE)

    # Calls.

    def _SimpleCallNode(self, node: Node) -> None:
        target, self._target = self._target, ""
        name = callee(node)
        method = name.rpartition(".")[2]
        given = arguments(node)
        if is_a(node.function, "AttributeNode"):
            key = f"[{dotted(given[0])}]" if method in {"get", "pop", "setdefault"} and given else method
            effect = Effect.EDIT if method in _EDITS else Effect.ITEM if method in _LOOKS else Effect.READ
            if self._touch(node.function.obj, effect, method if effect is Effect.EDIT else key) is None:
                self._walk(node.function.obj)
        elif not is_a(node.function, "NameNode"):
            self._walk(node.function)
        else:
            self._touch(node.function, Effect.READ)
        self._walk_all(given)
        self._walk_all(one for one in (getattr(node, "keyword_args", None),) if one is not None)
        texts = tuple(dotted(one) for one in given)
        order = len(self.accesses) + len(self.calls)
        place = self._lines.place(node)
        self.calls.append(CythonCall(name, texts, place, self._guards, self._regions, order, target))
        if _RELEASES.fullmatch(method):
            self._guards = tuple(one for one in self._guards if not one.startswith("acquired "))
        elif _ACQUIRES.fullmatch(method):
            self._guards += (f"acquired {name}",)

    _GeneralCallNode = _SimpleCallNode

    # Blocks.

    def _WithStatNode(self, node: Node) -> None:
        manager = node.manager
        name = callee(manager)
        self._walk(manager)
        plain = is_a(manager, "NameNode", "AttributeNode")
        holds = plain or is_lock_name(name)
        text = f"{name}({', '.join(dotted(one) for one in arguments(manager))})" if name else dotted(manager)
        with self._inside(guard=text if holds else ""):
            self._walk(node.body)

    def _GILStatNode(self, node: Node) -> None:
        with self._inside(region=str(node.state)):
            self._walk(node.body)

    def _ForInStatNode(self, node: Node) -> None:
        sequence = getattr(node.iterator, "sequence", node.iterator)
        name = callee(sequence)
        over = arguments(sequence)[0] if name in {"enumerate", "reversed", "iter"} and arguments(sequence) else sequence
        if self._touch(over, Effect.ITERATE) is None:
            self._walk(sequence)
        with self._inside(region="prange" if name.rpartition(".")[2] == "prange" else ""):
            self._assign(node.target, sequence)
            self._walk(node.body)
        self._walk_all(one for one in (node.else_clause,) if one is not None)

    def _IfStatNode(self, node: Node) -> None:
        for clause in node.if_clauses:
            self._walk(clause.condition)
            place = self._lines.place(clause.condition)
            tested = self.fills.enter(clause.condition, place, self._named, self._guards)
            before = self._guards
            self._walk(clause.body)
            if _ends(clause.body):
                self._guards = before
            self.fills.leave(tested, ends=_ends(clause.body))
        self._walk_all(one for one in (node.else_clause,) if one is not None)

    def _RaiseStatNode(self, node: Node) -> None:
        self._below(node)
        self.raises.append((self._lines.place(node), self._guards))

    def _ReturnStatNode(self, node: Node) -> None:
        self._below(node)
        self.returns_value |= node.value is not None and not is_constant(node.value)

    def _CVarDefNode(self, node: Node) -> None:
        for declarator in node.declarators:
            default = getattr(declarator, "default", None)
            if default is not None:
                self._target = declared(declarator)[0]
                self._walk(default)
                self.fills.bind(self._target, dotted(default))
                self._target = ""


def _ends(body: Node) -> bool:
    """Does control leave the function at the end of this block?"""
    last = body.stats[-1] if is_a(body, "StatListNode") and body.stats else body
    return is_a(last, "ReturnStatNode", "RaiseStatNode", "ReraiseStatNode")


def _names_bound(body: Node) -> tuple[set[str], set[str]]:
    """The names that a function binds itself, and those that it declares global."""
    bound: set[str] = set()
    shared: set[str] = set()
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if is_a(node, "GlobalNode"):
            shared.update(str(name) for name in node.names)
        elif is_a(node, "CVarDefNode"):
            bound.update(declared(one)[0] for one in node.declarators)
        elif is_a(node, "SingleAssignmentNode", "InPlaceAssignmentNode", "CascadedAssignmentNode"):
            targets = node.lhs_list if is_a(node, "CascadedAssignmentNode") else [node.lhs]
            bound.update(name for target in targets for name in _target_names(target))
        elif is_a(node, "ForInStatNode", "ForFromStatNode"):
            bound.update(_target_names(node.target))
        if type(node).__name__ not in _FUNCTIONS:
            waiting.extend(children(node))
    return bound, shared


def _target_names(target: Node) -> list[str]:
    if is_a(target, "TupleNode", "ListNode"):
        return [name for one in target.args for name in _target_names(one)]
    return [str(target.name)] if is_a(target, "NameNode") else []
