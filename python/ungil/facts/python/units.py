"""Python trees to facts: the classes, functions and variables of one file, and what they touch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ungil.facts.python.body import Body
from ungil.facts.python.model import (
    Kind,
    Place,
    PyAttribute,
    PyClass,
    PyFile,
    PyFunction,
    PyVariable,
    Role,
)
from ungil.facts.python.names import dotted, every_statement, is_lock_name, kind_of, place_of, statements
from ungil.facts.python.scope import Module, Scope, local_names
from ungil.facts.python.spawns import spawns

__all__ = ["Unit", "read_unit"]

_INITIALISES = {"__init__", "__new__", "__setstate__", "__post_init__", "__attrs_post_init__", "__init_subclass__"}
_INITIALISES |= {"__set_name__", "__getnewargs__", "__copy__", "__deepcopy__", "__reduce__", "__getstate__"}
_HOLDS_LOCK = re.compile(r"_locked$|_lock_held$|_unlocked$|_no_?lock$|_under_lock$|without_lock|(?:^|_)unsafe(?:_|$)")
_SAYS_LOCKED = re.compile(
    r"lock\w*`*\)? (?:(?:must|should|has to) be |is |already |being |to be )*(?:held|acquired|taken|owned|locked)"
    r"|(?:hold|holds|holding|held|own|owning|acquired?|taken|with|under|within)\b(?: \S+){0,3} \S*(?:lock|mutex)\b"
    r"|not (?:be )?thread-?\s?safe|without (?:acquiring|taking|locking)",
    re.IGNORECASE,
)
# Of a comment above the first statement, which says all sorts of things about locks, the same is asked more strictly.
_COMMENTS_LOCKED = re.compile(
    r"\bcallers?\b[^.]{0,30}\b(?:holds?|holding)\b"
    r"|\b(?:\w*lock|mutex|condition) (?:(?:must|should|has to) be |is |already |being |to be )*(?:held|acquired)\b",
    re.IGNORECASE,
)
_IN_CHILD = re.compile(r"(?:after|post|at)_?fork")  # a process that has just begun has one thread
_IS_LOCK = re.compile(r"_*(?:\w+_)?r?_?(?:lock|mutex)")
type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True)
class Unit:
    """What one file has."""

    classes: list[PyClass] = field(default_factory=list)
    functions: list[PyFunction] = field(default_factory=list)
    variables: list[PyVariable] = field(default_factory=list)


def read_unit(tree: ast.Module, file: PyFile, data: bytes) -> Unit:
    """Reads one file; ``data`` is its text, for the comments, which the tree does not have."""
    unit = Unit()
    module = Module()
    _read_top(tree, module, unit, file)
    reader = _Reader(file, module, unit, data.splitlines())
    for node in statements(tree.body):
        if isinstance(node, ast.ClassDef):
            reader.read_class(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            reader.read_function(node, "", "")
    reader.read_top(tree.body)
    return unit


def _read_top(tree: ast.Module, module: Module, unit: Unit, file: PyFile) -> None:
    every = list(every_statement(tree.body))
    module.imports.read(one for one in every if isinstance(one, ast.Import | ast.ImportFrom))
    variables: dict[str, PyVariable] = {}
    for node in statements(tree.body):
        if isinstance(node, ast.ClassDef):
            module.classes.add(node.name)
        for target, value in _assigned(node):
            if isinstance(target, ast.Name):
                kind, made = kind_of(value, module.imports)
                known = variables.get(target.id)
                if known is None or known.kind in {Kind.NONE, Kind.OTHER}:
                    variables[target.id] = PyVariable(target.id, kind, made, file)
    for one in every:
        if isinstance(one, ast.Global):
            for name in one.names:
                variables.setdefault(name, PyVariable(name, Kind.NONE, "", file))
    module.variables = {name: one.kind for name, one in variables.items()}
    unit.variables.extend(variables.values())


def _assigned(node: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=False)
            elif isinstance(target, ast.Tuple):
                yield from ((one, None) for one in target.elts)
            else:
                yield target, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value


@dataclass(slots=True)
class _Reader:
    file: PyFile
    module: Module
    unit: Unit
    lines: list[bytes]

    def read_class(self, node: ast.ClassDef) -> None:
        decorators = tuple(self._decorator(one) for one in node.decorator_list)
        methods = [one for one in statements(node.body) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        attributes = self._attributes(
            node, methods, is_data=any("dataclass" in d or "attr" in d or "define" in d for d in decorators)
        )
        self.module.attributes[node.name] = {name: one.kind for name, one in attributes.items()}
        self.module.aliases[node.name] = dict(_aliases(methods))
        read = [one for method in methods for one in self.read_function(method, node.name, "")]
        bases = tuple(self.module.imports.resolve(dotted(base)) for base in node.bases)
        self.unit.classes.append(PyClass(node.name, self.file, bases, attributes, tuple(read)))
        for one in statements(node.body):
            if isinstance(one, ast.ClassDef):
                self.read_class(one)

    def _attributes(  # noqa: C901 - two ways to be one
        self, node: ast.ClassDef, methods: Iterable[Definition], *, is_data: bool
    ) -> dict[str, PyAttribute]:
        found: dict[str, PyAttribute] = {}
        for one in statements(node.body):
            for target, value in _assigned(one):
                if isinstance(target, ast.Name):
                    kind, made = kind_of(value, self.module.imports)
                    found[target.id] = PyAttribute(target.id, kind, made, of_class=not is_data, place=place_of(one))
        for method in methods:
            self_name = _self_name(method)
            for inner in every_statement(method.body if isinstance(method.body, list) else ()):
                if not isinstance(inner, ast.Assign | ast.AnnAssign):
                    continue
                for target, value in _assigned(inner):
                    if isinstance(target, ast.Attribute) and dotted(target.value) == self_name and self_name:
                        kind, made = kind_of(value, self.module.imports)
                        if kind is Kind.OTHER and _IS_LOCK.fullmatch(target.attr):
                            kind = Kind.SOME_LOCK
                        known = found.get(target.attr)
                        weak = known is None or known.kind in {Kind.NONE, Kind.OTHER, Kind.CONSTANT, Kind.RESULT}
                        if weak or (known is not None and known.of_class):
                            found[target.attr] = PyAttribute(
                                target.attr, kind, made, of_class=False, place=place_of(inner)
                            )
        return found

    def read_top(self, body: list[ast.stmt]) -> None:
        """The code that runs at import."""
        reader = Body(Scope(self.module))
        reader.read([one for one in body if not isinstance(one, ast.ClassDef)])
        place = Place(1, 1, 1, 1)
        self._function(reader, "<module>", "", "", place, None, Role.INITIALISER)

    def read_function(self, node: Definition, owner: str, outer: str, scope: Scope | None = None) -> list[PyFunction]:
        """Reads one function with those that are defined in it, and adds them to the unit."""
        own, others = local_names(node)
        inner = Scope(self.module, owner)
        if scope is not None:
            inner.locals = (scope.locals - others) | own
            inner.self_name = scope.self_name if scope.self_name not in own else ""
            inner.class_name = scope.class_name if scope.class_name not in own else ""
            inner.aliases = {k: v for k, v in scope.aliases.items() if k not in own}
        else:
            inner.locals = own
            decorators = {self._decorator(one) for one in getattr(node, "decorator_list", ())}
            first = _self_name(node)
            if owner and "classmethod" in decorators:
                inner.class_name = first
            elif owner and "staticmethod" not in decorators:
                inner.self_name = first
                if getattr(node, "name", "") in {"__new__", "__init_subclass__", "__class_getitem__"}:
                    inner.self_name, inner.class_name = "", first
        inner.locals = inner.locals - {inner.self_name, inner.class_name}
        inner.stored_defaults = set(self._stored_defaults(node))
        reader = Body(inner)
        reader.read(
            node.body
            if isinstance(node.body, list)
            else [ast.Expr(node.body, lineno=node.lineno, col_offset=node.col_offset)]
        )
        for one in reader.nested:
            reader.passed_on.update(name.id for name in ast.walk(one) if isinstance(name, ast.Name))
        name = getattr(node, "name", "<lambda>")
        role = _role(name, owner) if scope is None else Role.ORDINARY
        made = self._function(reader, name, owner, outer, place_of(node), node, role)
        below = [
            f for one in reader.nested for f in self.read_function(one, owner, f"{outer}.{name}".lstrip("."), inner)
        ]
        return [made, *below]

    def _function(  # noqa: PLR0913, PLR0917 - the parts of a function
        self, reader: Body, name: str, owner: str, outer: str, place: Place, node: Definition | None, role: Role
    ) -> PyFunction:
        decorators = tuple(self._decorator(one) for one in getattr(node, "decorator_list", ()))
        calls = tuple(reader.calls)
        function = PyFunction(
            file=self.file,
            place=place,
            name=name,
            owner=owner,
            outer=outer,
            role=role,
            decorators=decorators,
            parameters=_parameters(node) if node is not None else (),
            stored_defaults=tuple(self._stored_defaults(node)) if node is not None else (),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_generator=reader.yields,
            is_guarded=_is_guarded(name, decorators, node) or reader.entered_with_lock or self._commented(node),
            accesses=tuple(reader.accesses),
            calls=calls,
            decisions=tuple(reader.decisions),
            spawns=tuple(spawns(calls)),
            unreleased=tuple(reader.unreleased),
            taken=tuple(reader.taken),
            makes=reader.makes,
            returns=frozenset(reader.returns),
            passed_on=frozenset(reader.passed_on),
            awaits=tuple(reader.awaits),
        )
        self.unit.functions.append(function)
        return function

    def _commented(self, node: Definition | None) -> bool:
        """Does a comment between the head and the first statement say that the caller holds a lock?"""
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        first = node.body[ast.get_docstring(node, clean=False) is not None :][:1]
        above = self.lines[node.lineno : first[0].lineno - 1] if first else []
        said = b" ".join(one.strip(b" \t#") for one in above if one.lstrip().startswith(b"#"))
        return _COMMENTS_LOCKED.search(said.decode(errors="replace")) is not None

    def _decorator(self, node: ast.expr) -> str:
        called = node.func if isinstance(node, ast.Call) else node
        return self.module.imports.resolve(dotted(called))

    def _stored_defaults(self, node: Definition) -> Iterator[str]:
        arguments = [*node.args.posonlyargs, *node.args.args]
        pairs = list(zip(arguments[len(arguments) - len(node.args.defaults) :], node.args.defaults, strict=True))
        pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
        for argument, default in pairs:
            if kind_of(default, self.module.imports)[0].is_container:
                yield argument.arg


def _self_name(node: Definition) -> str:
    arguments = [*node.args.posonlyargs, *node.args.args]
    return arguments[0].arg if arguments else ""


def _parameters(node: Definition) -> tuple[str, ...]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return tuple(one.arg for one in every)


def _aliases(methods: Iterable[Definition]) -> Iterator[tuple[str, str]]:
    """``self._ready = Condition(self._lock)``."""
    for method in methods:
        for node in every_statement(method.body if isinstance(method.body, list) else ()):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
                if dotted(node.value.func).rpartition(".")[2] != "Condition":
                    continue
                target, lock = dotted(node.targets[0]), dotted(node.value.args[0])
                if target.count(".") == 1 and lock.count(".") == 1:
                    yield target.rpartition(".")[2], f"self.{lock.rpartition('.')[2]}"


def _role(name: str, owner: str) -> Role:
    if (owner and name in _INITIALISES) or _IN_CHILD.search(name):
        return Role.INITIALISER
    return Role.FINALISER if owner and name == "__del__" else Role.ORDINARY


def _is_guarded(name: str, decorators: Iterable[str], node: Definition | None) -> bool:
    if any(map(is_lock_name, decorators)) or _HOLDS_LOCK.search(name):
        return True
    said = ast.get_docstring(node, clean=False) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
    return said is not None and _SAYS_LOCKED.search(" ".join(said.split())) is not None
