"""Expressions that functions of the C API get: as they stand, or cast to ``PyObject *``."""

from __future__ import annotations

from ungil.fixer import Site
from ungil.syntax.words import Range, Words

__all__ = ["as_object", "object_pointer"]

_GETTERS = {"PyTuple_GET_ITEM", "PyList_GET_ITEM", "PyTuple_GetItem", "PyList_GetItem", "PySequence_Fast_GET_ITEM"}
_OBJECT = "PyObject *"


def object_pointer(site: Site) -> str:
    """``PyObject *`` as most of the file has it: the star beside the type or apart."""
    return "PyObject*" if site.text.count("PyObject*") > site.text.count("PyObject *") else _OBJECT


def as_object(site: Site, some: Range) -> str:
    """An expression, with a cast to ``PyObject *`` before it unless it is known to be one."""
    words = site.unit.words
    some = _bare(words, some)
    source = words.source(some)
    if _is_object(site, some):
        return source
    return f"({object_pointer(site)}){source if _is_postfix(words, some) else f'({source})'}"


def _bare(words: Words, some: Range) -> Range:
    """Without parentheses around all of it."""
    while words[some.first].text == "(" and words[some.first].partner == some.last - 1:
        some = Range(some.first + 1, some.last - 1)
    return some


def _is_object(site: Site, some: Range) -> bool:
    words = site.unit.words
    texts = [words[at].text for at in range(some.first, some.last)]
    if texts[:4] == ["(", "PyObject", "*", ")"]:
        return _is_postfix(words, Range(some.first + 4, some.last))
    if not _is_postfix(words, some):
        return False
    if len(texts) == 1:
        return _is_object_variable(site, texts[0])
    if texts[-4:] == [".", "ptr", "(", ")"]:  # of pybind11 and nanobind
        return True
    if texts[-2] in {".", "->"}:
        return _is_object_field(site, texts[-1])
    return texts[0] in _GETTERS and words[some.first + 1].partner == some.last - 1


def _is_object_variable(site: Site, name: str) -> bool:
    local = site.function.local(name)
    if local is not None:
        return local.type == _OBJECT
    if any(one.name == name for one in site.function.parameters):
        return any(one.name == name and one.type == _OBJECT for one in site.function.parameters)
    statics = [one for one in site.unit.file.variables if one.name == name]
    return bool(statics) and all(one.type == "PyObject" and one.pointers == 1 and not one.is_array for one in statics)


def _is_object_field(site: Site, name: str) -> bool:
    """Every field of that name in the project is one."""
    fields = [
        field for file in site.facts.files for record in file.records for field in record.fields if field.name == name
    ]
    return bool(fields) and all(one.type == "PyObject" and one.pointers == 1 and not one.is_array for one in fields)


def _is_postfix(words: Words, some: Range) -> bool:
    """A name or parentheses, and what follows them without an operator: ``self->items[0]``, ``f(x)``."""
    at = some.first
    if at >= some.last or not (words[at].kind == "name" or words[at].text == "("):
        return False
    at = max(words[at].partner, at) + 1
    while at < some.last:
        if words[at].text in {".", "->", "::"} and words[at + 1].kind == "name":
            at += 2
        elif words[at].text in {"(", "["}:
            at = words[at].partner + 1
        else:
            return False
    return True
