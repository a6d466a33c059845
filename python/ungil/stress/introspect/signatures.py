"""What a function takes, from wherever that can be read: signatures in every form in which C writes them down."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Parameter", "Signature", "parse", "signatures_of"]

_RECEIVERS: Final = frozenset({"self", "cls", "$self", "$module", "$type"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        annotation: as written, empty for none.
        optional: it may be left out.
        by_name: it can be given by its name only.
    """

    name: str
    annotation: str = ""
    optional: bool = False
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What one function takes, apart from the object whose method it is; ``*args`` and ``**kwargs`` count as nothing.

    Attributes:
        source: where it was read, for the report.
    """

    parameters: tuple[Parameter, ...]
    source: str


def signatures_of(function: Any) -> list[Signature]:  # noqa: ANN401 - whatever an extension calls a function
    """All that the function says of itself: more than one where it is overloaded, none where it says nothing."""
    found = _nanobind(function) or _inspected(function) or _documented(function)
    return list(dict.fromkeys(found))


def parse(text: str, source: str, *, method: bool | None = None) -> Signature | None:
    """Read ``name(self, key: int, default=None, /) -> object``, with what C writes in place of Python.

    Args:
        text: the signature.
        source: for the report.
        method: whether the first parameter is the object; None to tell by its name.
    """
    for candidate in (text, _without_odd_defaults(text), _without_c_types(_without_odd_defaults(text))):
        try:
            tree = ast.parse(f"def {candidate.removeprefix('def ').rstrip(':')}: ...")
        except SyntaxError:
            continue
        function = tree.body[0]
        if isinstance(function, ast.FunctionDef):
            return from_tree(function, source, method=method)
    return None


def from_tree(function: ast.FunctionDef, source: str, *, method: bool | None = None) -> Signature:
    """The signature of a definition, as in a stub."""
    given = [*function.args.posonlyargs, *function.args.args]
    required = len(given) - len(function.args.defaults)
    found = [
        Parameter(arg.arg, ast.unparse(arg.annotation) if arg.annotation else "", optional=index >= required)
        for index, arg in enumerate(given)
    ]
    if found and (method or (method is None and found[0].name in _RECEIVERS)):
        found = found[1:]
    for arg, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        annotation = ast.unparse(arg.annotation) if arg.annotation else ""
        found.append(Parameter(arg.arg, annotation, optional=default is not None, by_name=True))
    return Signature(tuple(found), source)


def _nanobind(function: Any) -> list[Signature]:  # noqa: ANN401 - as above
    written = getattr(function, "__nb_signature__", None)
    if not isinstance(written, tuple):
        return []
    texts = [overload[0] for overload in written if overload and isinstance(overload[0], str)]
    # A default is written as \0, \1, ... for the object in the third place.
    found = [parse(re.sub(r"\\\d+", "...", text), "nanobind signature") for text in texts]
    return [one for one in found if one]


def _inspected(function: Any) -> list[Signature]:  # noqa: ANN401 - as above
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return []
    kinds = inspect.Parameter
    found: list[Parameter] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind in {kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD} or (not found and name in _RECEIVERS):
            continue
        annotation = "" if parameter.annotation is kinds.empty else inspect.formatannotation(parameter.annotation)
        optional = parameter.default is not kinds.empty
        found.append(Parameter(name, annotation.strip("'\""), optional, parameter.kind is kinds.KEYWORD_ONLY))
    if not found and signature.parameters and set(signature.parameters) <= {"args", "kwargs"}:
        return []  # (*args, **kwargs) says nothing
    return [Signature(tuple(found), "signature")]


def _documented(function: Any) -> list[Signature]:  # noqa: ANN401 - as above
    """The lines of a docstring that are signatures: pybind11's, Cython's, and what people write by hand."""
    documentation = getattr(function, "__doc__", None)
    name = getattr(function, "__name__", "")
    if not isinstance(documentation, str) or not name:
        return []
    line = re.compile(rf"^\s*(?:\d+\.\s+)?(?:\w+\.)?({re.escape(name)}\(.*?\)(?:\s*->.*)?)\s*$", re.MULTILINE)
    found = [parse(text, "docstring") for text in line.findall(documentation)[:8]]
    return [one for one in found if one]


def _without_odd_defaults(text: str) -> str:
    """``flags: mod.Flags = <Flags.NONE: 0>`` has no Python expression as its default."""
    head, _, _ = text.partition(" ->")
    return re.sub(r"=\s*<[^<>]*>", "=...", head).replace("$", "").replace("[, ", ", ").replace("]", "]")


def _without_c_types(text: str) -> str:
    """``bool use_list=True`` is a parameter of Cython's: a type, and a name."""
    return re.sub(r"(?<=[(,])\s*(?:unsigned\s+|const\s+)*(\w+)\s*\*?\s+(\w+)(?=\s*[,=):])", r" \2: \1", text)
