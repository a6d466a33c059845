"""What lives in an object: the variables that are set to a part of it, and what would outlive it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ungil import capi
from ungil.fixer import Undecided
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

__all__ = ["Lent", "borrows", "is_new", "lent_by"]

_NEW_REFERENCES = {"Py_NewRef", "Py_XNewRef"}
_COUNTED = {"Py_INCREF", "Py_XINCREF"}
_SCALARS = {
    *("int", "long", "char", "short", "double", "float", "bool", "_Bool", "size_t", "ssize_t", "Py_ssize_t"),
    *("Py_hash_t", "Py_UCS4", "unsigned", "signed"),
}
# They return a part of what they get, or leave it in what an argument points to.
_LENDS = re.compile(
    r"_?Py\w*_(?:GET_ITEM|GetItem|GetItemString|GetItemWithError|SetDefault|GET_OBJECT|GetObject|GET|AS_STRING"
    r"|AsString|AsStringAndSize|AsUTF8|AsUTF8AndSize|AS_DATA|AS_UNICODE|AsUnicode|ITEMS|\w*DATA|GET_BUFFER|GetDict"
    r"|GET_BASE|GetPointer|Parse\w*|UnpackTuple|Next)"
)
_LENDS_BY_ADDRESS = re.compile(r"PyArg_\w+|_PyArg_\w+|Py\w+_As(?:String|UTF8)AndSize|PyDict_Next")
_NEW_BY_ADDRESS = re.compile(r"_?Py\w*(?:Ref|Optional\w*|NextItem|GetBuffer|ErrFetch|ErrGet\w*)|PyErr_\w+")
_VIEWS = re.compile(r"\bauto\b|string_view|\bspan\b|&")


@dataclass(frozen=True, slots=True)
class Lent:
    """A variable whose value lives in the object.

    Attributes:
        name: of the variable.
        surely: it is the object or a part of it; else a function made it, which may have made something new.
        word: by which it is named where that is set.
    """

    name: str
    surely: bool
    word: int = -1


def borrows(source: str) -> bool:
    """An expression calls a function that returns a part of what it gets."""
    return any(_lends(name) for name in re.findall(r"\b(\w+)\s*\(", source))


def _lends(name: str) -> bool:
    return capi.lookup(name).container is not None or _LENDS.fullmatch(name) is not None


def is_new(source: str) -> bool:
    """An expression of type ``PyObject *`` is a new reference, or nothing: on either side of a ``?``, a call."""
    parts = _alternatives(re.sub(r'"(?:[^"\\]|\\.)*"', '""', source))
    return all(_is_call(part) for part in parts) and not any(borrows(_callee(part)) for part in parts)


def _alternatives(source: str) -> list[str]:
    """What stands on either side of the colons outside brackets; the expression itself where there are none."""
    parts, depth = [""], 0
    for one in re.findall(r"::|.", source, re.DOTALL):
        depth += (one in "([{") - (one in ")]}")
        if one in "?:" and not depth:
            parts.append("")
        else:
            parts[-1] += one
    return parts[1:] if len(parts) > 1 else parts


def _callee(source: str) -> str:
    """The call that an expression is, without what it gets."""
    found = re.search(r"[\w:>.-]+\s*\(", re.sub(r"^[\s(]*(?:\(?[\w\s]+\*\s*\)[\s(]*)*", "", source))
    return found[0] if found is not None else ""


def _is_call(source: str) -> bool:
    text = re.sub(r"^(?:\(\s*(?:const\s+)?(?:struct\s+)?\w+\s*\*\s*\)\s*)+", "", source.strip())
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return re.fullmatch(r"NULL|nullptr|0|[\w:>.\s-]+\(.*", text, re.DOTALL) is not None


def lent_by(
    function: WrittenFunction, statement: Statement, names: Sequence[str], call: Range | None = None
) -> list[Lent]:
    """The variables that a statement sets to something in the object: ``text = PyUnicode_AsUTF8(x)``, ``alias = x``.

    Args:
        function: of the statement.
        statement: is looked at with all that it governs.
        names: of the variables that hold the object, or something in it.
        call: words that stand for the object too.

    Raises:
        Undecided: it stores something in the object where it outlives the function.
    """
    reader = _Reader(function, statement.words, list(names), call)
    found = [*reader.set_to_it(), *reader.filled_with_it()]
    seen: dict[str, Lent] = {}
    for one in found:
        if one.name not in names and (one.name not in seen or one.surely):
            seen[one.name] = one
    return list(seen.values())


@dataclass(slots=True)
class _Reader:
    """Reads one statement."""

    function: WrittenFunction
    some: Range
    names: list[str]
    call: Range | None

    @property
    def words(self) -> Words:
        return self.function.words

    def mentions(self, some: Range) -> bool:
        named = any(self.words.uses(some, name) for name in self.names)
        return named or (self.call is not None and some.first <= self.call.first < some.last)

    def set_to_it(self) -> Iterator[Lent]:
        for at in range(*self.some):
            if self.words[at].text == "=":
                right = Range(at + 1, self._end_of_value(at + 1))
                if self.mentions(right) and (lent := self._target(at - 1, right)):
                    self.names.append(lent.name)
                    yield lent
            elif self._is_constructed(at):
                right = self.words.inside(at + 1)
                if self.mentions(right):
                    yield Lent(self.words[at].text, surely=False, word=at)

    def _is_constructed(self, at: int) -> bool:
        """``std::string_view name(value)``."""
        local = self.function.local(self.words[at].text) if self.words[at + 1].text in {"(", "{"} else None
        return local is not None and local.word == at and local.type not in _SCALARS

    def _end_of_value(self, at: int) -> int:
        while at < self.some.last and self.words[at].text not in {",", ";", ")", "]", "}"}:
            at = max(self.words[at].partner, at) + 1
        return at

    def _target(self, at: int, right: Range) -> Lent | None:
        """What is set, if it then lives in the object; ``at`` is the last word of it."""
        words, is_part = self.words, False
        while words[at].text == "]":
            at, is_part = words[at].partner - 1, True
        while words[at - 1].text == ".":
            at, is_part = at - 2, True
        name = words[at].text
        if words[at].kind != "name":
            self._stays_here(right, "what a pointer points to")
            return None
        local = self.function.local(name)
        elsewhere = words[at - 1].text == "->" or (words[at - 1].text == "*" and (local is None or local.word != at))
        if elsewhere or (is_part and local is None):
            self._stays_here(right, f"'{name}'")
            return None
        kind = local.type if local is not None else self.function.facts.type_of(name)
        if is_part or words[right.first].text == "{":
            simple = kind in _SCALARS or (is_part and not self._is_in_it(right))
            return None if simple else Lent(name, surely=True, word=at)
        pointer = local is None or "*" in kind or _VIEWS.search(kind) is not None
        if not pointer or kind in _SCALARS or (self._is_new(right) and kind.replace(" ", "") == "PyObject*"):
            return None
        return Lent(name, surely=self._is_in_it(right), word=at)

    def _is_new(self, right: Range) -> bool:
        at = self._without_casts(right.first)
        if self.call is not None and at == self.call.first:
            return False  # the object itself
        name = self.words[at].text
        called = self.words[at + 1].text == "(" and (capi.is_api(name) or name in _NEW_REFERENCES)
        return called and not name.isupper() and not _lends(name)

    def _without_casts(self, at: int) -> int:
        while self.words[at].text == "(":
            at = self.words[at].partner + 1
        return at

    def _is_in_it(self, right: Range) -> bool:
        """It is the object, one of its fields, or what a function is known to take from it."""
        at = self._without_casts(right.first)
        itself = self.call is not None and at == self.call.first
        calls = self.words[at + 1].text == "(" and self.words[at].kind == "name" and not itself
        return borrows(self.words.source(right)) or not calls

    def _stays_here(self, right: Range, where: str) -> None:
        words = self.words
        if self._is_new(right):
            return
        name = words[self._without_casts(right.first)].text
        bare = self._without_casts(right.first) == right.last - 1
        itself = self.call is not None and self._without_casts(right.first) == self.call.first
        if itself or borrows(words.source(right)) or (bare and name in self.names and not self._is_counted(name)):
            raise Undecided(f"{where} is set to something in the object, which may be gone then: decide who owns it")

    def _is_counted(self, name: str) -> bool:
        body = self.function.body.words
        return any(
            self.words[at].text in _COUNTED and self.words[at + 2].text == name for at in range(body.first, body.last)
        )

    def filled_with_it(self) -> Iterator[Lent]:
        """``&name`` beside the object among the arguments of a call."""
        for at in range(*self.some):
            word = self.words[at]
            if word.kind != "name" or self.words[at + 1].text != "(" or _NEW_BY_ADDRESS.fullmatch(word.text):
                continue
            arguments = self.words.split(self.words.inside(at + 1))
            if any(self.mentions(argument) for argument in arguments):
                for argument in arguments:
                    yield from self._filled(word.text, argument)

    def _filled(self, callee: str, argument: Range) -> Iterator[Lent]:
        words = self.words
        name = words[argument.last - 1].text
        local = self.function.local(name)
        lends = _LENDS_BY_ADDRESS.fullmatch(callee) is not None
        by_address = words[argument.first].text == "&" and argument.last - argument.first == 2  # noqa: PLR2004
        if by_address and local is not None:
            if local.type not in _SCALARS and ("*" in local.type or not lends):
                yield Lent(name, surely=lends, word=argument.last - 1)
        elif lends and (by_address or self._is_handed_on(argument)) and not self._is_scalar(name):
            raise Undecided(f"{callee}() leaves something in the object where '{name}' points to: decide who owns it")

    def _is_scalar(self, name: str) -> bool:
        return any(
            one.name == name and one.type.rstrip("* ") in _SCALARS - {"char"} for one in self.function.parameters
        )

    def _is_handed_on(self, argument: Range) -> bool:
        name = self.words[argument.first].text
        return argument.last - argument.first == 1 and any(
            one.name == name and one.type.endswith("**") for one in self.function.parameters
        )
