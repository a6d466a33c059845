"""Where a name of a Python function leads: to the object, its class, the module, an import, or a local variable."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from ungil.facts.python.model import Kind
from ungil.facts.python.names import Imports, children, dotted

__all__ = ["FUNCTIONS", "Module", "Scope", "local_names"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BINDS = (*FUNCTIONS, ast.ClassDef, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.ExceptHandler)
_OUTSIDE = {"os", "sys", "warnings", "socket", "signal", "locale"}  # modules whose attributes are the process's


@dataclass(slots=True)
class Module:
    """What a file has at its top.

    Attributes:
        variables: names that are assigned there, with what they are.
        classes: the names of its classes.
        imports: what its imports stand for.
        attributes: by class, what is known of the attributes of its objects and of its own.
        aliases: by class, conditions and the lock that each was made with.
    """

    imports: Imports = field(default_factory=Imports)
    variables: dict[str, Kind] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    attributes: dict[str, Mapping[str, Kind]] = field(default_factory=dict)
    aliases: dict[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """The names of one function."""

    module: Module
    owner: str = ""
    self_name: str = ""
    class_name: str = ""  # the parameter that is the class
    locals: Set[str] = frozenset()
    aliases: dict[str, str] = field(default_factory=dict)  # local variables that stand for a lock
    stored_defaults: Set[str] = frozenset()  # parameters whose default is a container

    def subject(self, node: ast.AST | None) -> tuple[str, ...]:
        """The parts of what threads may share: its holder, its name, and what is reached through it; () if nothing."""
        name = dotted(node)
        return self.parts(name) if name else ()

    def parts(self, name: str) -> tuple[str, ...]:  # noqa: PLR0911 - one for each place that a name may come from
        """The same of a dotted name."""
        first, *rest = name.split(".")
        if first == self.self_name and first:
            if rest[:1] == ["__class__"]:
                return (f"{self.owner}.{rest[1]}", *rest[2:]) if len(rest) > 1 else ()
            return (f"self.{rest[0]}", *rest[1:]) if rest else ()
        if first and first == self.class_name:
            return (f"{self.owner}.{rest[0]}", *rest[1:]) if rest else ()
        if first in self.module.classes and first not in self.locals:
            return (f"{first}.{rest[0]}", *rest[1:]) if rest else ()
        if first in self.locals:
            if first in self.stored_defaults:
                return (f"={first}", *rest)
            return (self.aliases[first], *rest) if first in self.aliases else ()
        if first in self.module.variables:
            return (first, *rest)
        resolved = self.module.imports.resolve(name).split(".")
        return (".".join(resolved[:2]), *resolved[2:]) if resolved[0] in _OUTSIDE and len(resolved) > 1 else ()

    def kind(self, subject: str) -> Kind:
        """What is known of a subject in this file."""
        holder, _, name = subject.rpartition(".")
        if not holder:
            return self.module.variables.get(subject, Kind.OTHER)
        owner = self.owner if holder == "self" else holder
        return self.module.attributes.get(owner, {}).get(name, Kind.OTHER)

    def with_aliases(self, lock: str) -> tuple[str, ...]:
        """The lock, and the one that a condition was made with."""
        holder, _, name = lock.rpartition(".")
        owner = self.owner if holder == "self" else holder
        other = self.module.aliases.get(owner, {}).get(name)
        return (lock, other) if other else (lock,)


def local_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[set[str], set[str]]:
    """The names that are local to a function, and those that it declares to be others'."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = {one.arg for one in every if one is not None}
    others: set[str] = set()
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Name):  # three in four of all nodes that get here
            if not isinstance(one.ctx, ast.Load):
                found.add(one.id)
            continue
        if isinstance(one, _BINDS):
            if isinstance(one, ast.Global | ast.Nonlocal):
                others.update(one.names)
            elif isinstance(one, ast.Import | ast.ImportFrom):
                found.update((a.asname or a.name).partition(".")[0] for a in one.names)
            elif not isinstance(one, ast.Lambda) and one.name:
                found.add(one.name)
            if not isinstance(one, ast.ExceptHandler):
                continue
        waiting += children(one)
    return found - others, others
