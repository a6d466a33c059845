"""Cython's trees to facts: the classes, functions and variables of each file, and what they touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ungil.facts.cython.body import Body
from ungil.facts.cython.model import (
    Attribute,
    CythonClass,
    CythonFile,
    CythonFunction,
    CythonVariable,
    Holds,
    Role,
)
from ungil.facts.cython.tree import Lines, callee, children, declared, dotted, holds, is_a
from ungil.facts.cython.words import is_lock_name

__all__ = ["Names", "Unit", "collect_names", "read_unit", "variables_of"]

type Node = Any  # Cython's trees have no types

_INITIALISES = {"__cinit__", "__init__", "__new__", "__setstate__", "__setstate_cython__", "__post_init__"}
_FINALISES = {"__dealloc__", "__del__"}
_HOLDS_LOCK = re.compile(r"_locked$|_lock_held$|_unlocked$|_nolock$|_under_lock$")
_CONTAINERS = {"dict", "list", "set", "OrderedDict", "defaultdict", "deque", "WeakValueDictionary", "WeakKeyDictionary"}
_FUNCTIONS = ("DefNode", "CFuncDefNode", "AsyncDefNode", "IterableAsyncDefNode", "AsyncGenNode")


@dataclass(slots=True)
class Names:
    """What names of types mean, over the whole project."""

    structs: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Unit:
    """One file's classes, functions and variables."""

    classes: list[CythonClass] = field(default_factory=list)
    functions: list[CythonFunction] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)  # names that are handed on instead of called
    called_at_import: set[str] = field(default_factory=set)


def collect_names(tree: Node, names: Names) -> None:
    """Adds the structs, enumerations and typedefs of a file."""
    for node in _statements(tree.body, inside_extern=True):
        if is_a(node, "CStructOrUnionDefNode", "CppClassNode") and node.name:
            names.structs.add(str(node.name))
        elif is_a(node, "CEnumDefNode") and node.name:
            names.numbers.add(str(node.name))
        elif is_a(node, "CTypeDefNode"):
            name, pointers, is_array = declared(node.declarator)
            is_function = is_a(node.declarator, "CPtrDeclaratorNode") or pointers or is_array
            (names.structs if is_function else names.numbers).add(name)


def _statements(body: Node, *, inside_extern: bool = False) -> Iterator[Node]:
    """The statements of a module or a class, through conditions and blocks of declarations."""
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        yield node
        if is_a(node, "StatListNode", "CompilerDirectivesNode", "IfStatNode", "IfClauseNode", "TryExceptStatNode") or (
            inside_extern and is_a(node, "CDefExternNode")
        ):
            waiting.extend(reversed(list(children(node))))


def variables_of(tree: Node, file: CythonFile, lines: Lines, names: Names) -> Iterator[CythonVariable]:
    """The C variables of a module, and the names that hold containers."""
    for node in _statements(tree.body):
        if is_a(node, "CVarDefNode") and node.visibility != "extern":
            for declarator in node.declarators:
                name, pointers, is_array = declared(declarator)
                if name and not _is_function(declarator) and not _is_constant(node.base_type):
                    type_name, held = holds(
                        node.base_type, pointers, is_array=is_array, structs=names.structs, numbers=names.numbers
                    )
                    yield CythonVariable(name, type_name, held, file, lines.place(declarator))
        elif is_a(node, "SingleAssignmentNode") and is_a(node.lhs, "NameNode") and _is_container(node.rhs):
            yield CythonVariable(str(node.lhs.name), "", Holds.OBJECT, file, lines.place(node.lhs))


def _is_container(value: Node) -> bool:
    called = callee(value).rpartition(".")[2]
    return is_a(value, "DictNode", "ListNode", "SetNode") or called in _CONTAINERS


def _is_function(declarator: Node) -> bool:
    while declarator is not None:
        if is_a(declarator, "CFuncDeclaratorNode"):
            return not is_a(declarator.base, "CPtrDeclaratorNode")
        declarator = getattr(declarator, "base", None)
    return False


def _is_constant(base: Node) -> bool:
    return bool(getattr(base, "is_const", False))


def read_unit(tree: Node, file: CythonFile, lines: Lines, names: Names, variables: set[str]) -> Unit:
    """The classes and functions of a file; ``variables`` are the module's."""
    unit = Unit()
    reader = _Reader(file, lines, names, variables, unit)
    for node in _statements(tree.body):
        if is_a(node, "CClassDefNode") and node.body is not None:
            reader.read_class(node)
        elif is_a(node, "PyClassDefNode"):
            for one in _statements(node.body):
                if is_a(one, *_FUNCTIONS):
                    reader.read_function(one, "", "")
        elif is_a(node, *_FUNCTIONS):
            reader.read_function(node, "", "")
        elif not is_a(node, "StatListNode", "CompilerDirectivesNode"):
            unit.called_at_import.update(_called(node))
    unit.mentioned = _mentioned(tree)
    return unit


@dataclass(slots=True)
class _Reader:
    file: CythonFile
    lines: Lines
    names: Names
    variables: set[str]
    unit: Unit

    def read_class(self, node: Node) -> None:
        name = str(node.class_name)
        attributes: dict[str, Attribute] = {}
        methods: list[CythonFunction] = []
        for one in _statements(node.body):
            if is_a(one, "CVarDefNode"):
                attributes.update((a.name, a) for a in self._attributes(one))
            elif is_a(one, "PropertyNode"):
                accessors = [accessor for accessor in _statements(one.body) if is_a(accessor, *_FUNCTIONS)]
                methods.extend(self.read_function(accessor, name, f"{one.name}.") for accessor in accessors)
            elif is_a(one, *_FUNCTIONS):
                methods.append(self.read_function(one, name, ""))
        bases = tuple(dotted(base).rpartition(".")[2] for base in getattr(node.bases, "args", ()) or ())
        place = self.lines.place(node)
        self.unit.classes.append(CythonClass(name, self.file, place, bases, attributes, tuple(methods)))

    def _attributes(self, node: Node) -> Iterator[Attribute]:
        for declarator in node.declarators:
            name, pointers, is_array = declared(declarator)
            if name and not _is_function(declarator):
                structs, numbers = self.names.structs, self.names.numbers
                type_name, held = holds(node.base_type, pointers, is_array=is_array, structs=structs, numbers=numbers)
                yield Attribute(name, type_name, held, str(node.visibility), self.file, self.lines.place(declarator))

    def read_function(self, node: Node, owner: str, prefix: str) -> CythonFunction:
        """Reads one function, and adds it to the unit."""
        name = _name(node)
        typed = _parameters(node)
        arguments = list(typed)
        decorators = tuple(_decorator(one) for one in node.decorators or ())
        is_static = any(one.endswith(("staticmethod", "classmethod")) for one in decorators)
        self_name = arguments[0] if owner and arguments and not is_static else ""
        body = Body(self.lines, self_name, self.variables, typed)
        body.read(node.body)
        is_entry = not is_a(node, "CFuncDefNode") or bool(node.overridable)
        accessor = next((one.rpartition(".")[2] for one in decorators if one.endswith((".setter", ".deleter"))), "")
        if accessor:
            prefix, name = f"{name}.", "__set__" if accessor == "setter" else "__del__"
        guard = next((one for one in decorators if is_lock_name(one) or one.startswith("with_")), "")
        if not guard and _HOLDS_LOCK.search(name):
            guard = "its caller's"
        function = CythonFunction(
            file=self.file,
            place=self.lines.place(node),
            name=f"{prefix}{name}",
            owner=owner,
            is_entry=is_entry,
            role=_role(name if not prefix else "", owner),
            decorators=decorators,
            guard=guard,
            accesses=tuple(body.accesses),
            calls=tuple(body.calls),
            fills=tuple(body.fills.found),
            raises=tuple(body.raises),
            freed=tuple(body.freed),
            touches=frozenset(body.touches),
            attaches_under_lock=tuple(body.attaches_under_lock),
            is_nogil=_is_nogil(node),
        )
        self.unit.functions.append(function)
        return function


def _role(name: str, owner: str) -> Role:
    if owner and name in _INITIALISES:
        return Role.INITIALISER
    return Role.FINALISER if owner and name in _FINALISES else Role.ORDINARY


def _name(node: Node) -> str:
    if not is_a(node, "CFuncDefNode"):
        return str(node.name)
    return declared(node.declarator)[0]


def _parameters(node: Node) -> dict[str, str]:
    """The parameters, in order, with their types; of an untyped one the name stands where the type would."""
    declarator = getattr(node, "declarator", None)
    while declarator is not None and not is_a(declarator, "CFuncDeclaratorNode"):
        declarator = getattr(declarator, "base", None)
    listed = declarator.args if declarator is not None else getattr(node, "args", ())
    found: dict[str, str] = {}
    for one in listed:
        name, type_name = declared(one.declarator)[0], str(getattr(one.base_type, "name", ""))
        found[name or type_name] = type_name if name else ""
    return {name: type_name for name, type_name in found.items() if name}


def _is_nogil(node: Node) -> bool:
    declarator = getattr(node, "declarator", None)
    while declarator is not None and not is_a(declarator, "CFuncDeclaratorNode"):
        declarator = getattr(declarator, "base", None)
    return bool(getattr(declarator, "nogil", False))


def _decorator(node: Node) -> str:
    return callee(node.decorator) or dotted(node.decorator)


def _called(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if is_a(one, "CClassDefNode", "PyClassDefNode", *_FUNCTIONS):
            continue
        name = callee(one)
        if name:
            yield name.rpartition(".")[2]
        waiting.extend(children(one))


def _mentioned(tree: Node) -> set[str]:
    """Names that stand anywhere but where they are called: a function whose name is handed on has unknown callers."""
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        below = list(children(node))
        if callee(node):
            function = node.function
            below = [one for one in below if one is not function]
            if is_a(function, "AttributeNode"):
                below.append(function.obj)
        elif is_a(node, "NameNode"):
            found.add(str(node.name))
        elif is_a(node, "AttributeNode"):
            found.add(str(node.attribute))
        waiting.extend(below)
    return found
