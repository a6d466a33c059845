"""The body of a Cython function: what it touches, in order, and what it holds there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ungil.facts.cython.fills import Fills
from ungil.facts.cython.model import Access, CythonCall, Effect, Freed, Place
from ungil.facts.cython.names import FUNCTIONS, declared_types, ends, names_bound
from ungil.facts.cython.tree import (
    Lines,
    arguments,
    callee,
    children,
    declared,
    default_of,
    dotted,
    is_a,
    is_constant,
)
from ungil.facts.cython.words import acquires, effect_on_receiver, frees, is_lock_name, releases

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Body"]

type Node = Any  # Cython's trees have no types


class Body:
    """Reads one function. ``variables`` are the names of the module's state that it could touch."""

    def __init__(self, lines: Lines, self_name: str, variables: Set[str], parameters: Mapping[str, str]) -> None:
        self.accesses: list[Access] = []
        self.calls: list[CythonCall] = []
        self.raises: list[tuple[Place, tuple[str, ...]]] = []
        self.fills = Fills()
        self.freed: list[Freed] = []
        self.attaches_under_lock: list[Place] = []
        self._released: dict[str, Place] = {}
        self.touches: set[tuple[str, str]] = set()
        self._lines, self._self, self._parameters = lines, self_name, set(parameters)
        self._types = dict(parameters)
        self._variables = variables
        self._guards: tuple[str, ...] = ()
        self._regions: tuple[str, ...] = ()
        self._target = ""
        self._c_locals: set[str] = set()
        self._compared = ""

    def read(self, body: Node) -> None:
        """Walks the whole body."""
        local, shared, self._c_locals = names_bound(body)
        self._types |= declared_types(body)
        self._variables = self._variables - (local - shared) - (self._parameters - shared)
        self._walk(body)

    def _walk(self, node: Node) -> None:
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            handler(node)
        elif type(node).__name__ not in FUNCTIONS:
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
            self._touch_other(node)
            self._walk(node.obj)

    def _touch_other(self, node: Node) -> None:
        """An attribute of another object, whose class is declared."""
        if is_a(node.obj, "NameNode") and node.obj.name in self._types:
            self.touches.add((self._types[node.obj.name], str(node.attribute)))

    def _IndexNode(self, node: Node) -> None:
        if self._touch(node.base, Effect.ITEM, f"[{dotted(node.index)}]") is None:
            self._walk(node.base)
        self._walk(node.index)

    def _SliceIndexNode(self, node: Node) -> None:
        if self._touch(node.base, Effect.ITEM, "[:]") is None:
            self._walk(node.base)
        self._walk_all(one for one in (node.start, node.stop) if one is not None)

    def _PrimaryCmpNode(self, node: Node) -> None:
        self._compared = f"{node.operator} {dotted(node.operand2)}" if callee(node.operand1) else ""
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
        freed = self._released.pop(dotted(target), None) if is_a(target, "AttributeNode") else None
        if freed is not None and not is_constant(value):
            self.freed.append(Freed(dotted(target), freed, self._lines.place(target), self._guards))
        if is_a(target, "TupleNode", "ListNode"):
            for one in target.args:
                self._assign(one, value)
        elif is_a(target, "IndexNode", "SliceIndexNode"):
            key = dotted(target.index) if is_a(target, "IndexNode") else ":"
            if self._touch(target.base, Effect.EDIT, f"[{key}]") is None:
                self._walk(target.base)
        elif self._touch(target, Effect.WRITE, constant=is_constant(value)) is None:
            if is_a(target, "AttributeNode"):
                self._touch_other(target)
            self.fills.bind(dotted(target), dotted(value))
            is_object = is_a(target, "NameNode") and target.name not in self._c_locals
            if is_object and "prange" in self._regions and "gil" in self._regions:
                self._write_local(target)

    def _write_local(self, target: Node) -> None:
        """A local that all threads of a parallel loop have in common."""
        order = len(self.accesses) + len(self.calls)
        place = self._lines.place(target)
        name, of_self = str(target.name), False
        access = Access(name, of_self, "", Effect.WRITE, "local", place, self._guards, self._regions, order)
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
        compared, self._compared = self._compared, ""
        name = callee(node)
        method = name.rpartition(".")[2]
        given = arguments(node)
        if is_a(node.function, "AttributeNode"):
            key = f"[{dotted(given[0])}]" if method in {"get", "pop", "setdefault"} and given else method
            effect = effect_on_receiver(method)
            if self._touch(node.function.obj, effect, method if effect is Effect.EDIT else key) is None:
                self._walk(node.function)
        elif not is_a(node.function, "NameNode"):
            self._walk(node.function)
        else:
            self._touch(node.function, Effect.READ)
        self._walk_all(given)
        self._walk_all(one for one in (getattr(node, "keyword_args", None),) if one is not None)
        texts = tuple(dotted(one) for one in given)
        order = len(self.accesses) + len(self.calls)
        place = self._lines.place(node)
        self.calls.append(CythonCall(name, texts, place, self._guards, self._regions, order, target, compared))
        if frees(method) and texts:
            self._released[texts[0]] = place
        if releases(method):
            self._guards = tuple(one for one in self._guards if not one.startswith("acquired "))
        elif acquires(method):
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
        if node.state == "gil" and self._guards:
            self.attaches_under_lock.append(self._lines.place(node))
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
            if ends(clause.body):
                self._guards = before
            self.fills.leave(tested, ends=ends(clause.body))
        self._walk_all(one for one in (node.else_clause,) if one is not None)

    def _RaiseStatNode(self, node: Node) -> None:
        self._below(node)
        if "finally" not in self._regions:
            self.raises.append((self._lines.place(node), self._guards))

    def _TryFinallyStatNode(self, node: Node) -> None:
        before = self._regions
        self._regions += ("finally",)
        self._walk(node.body)
        self._regions = before
        self._walk(node.finally_clause)

    def _CVarDefNode(self, node: Node) -> None:
        for declarator in node.declarators:
            default = default_of(declarator)
            if default is not None:
                self._target = declared(declarator)[0]
                self._walk(default)
                self.fills.bind(self._target, dotted(default))
                self._target = ""
