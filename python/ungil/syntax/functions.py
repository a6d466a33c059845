"""A function as it stands: what it returns, what it takes, its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ungil import _scan
from ungil.syntax.statements import Statement, read
from ungil.syntax.words import Range, Words

__all__ = ["Local", "Parameter", "WrittenFunction"]

_NO_PART_OF_A_TYPE = {"static", "inline", "extern", "__inline", "__inline__", "constexpr", "virtual", "explicit"}
_ATTRIBUTE = re.compile(r"_*[A-Z][A-Z0-9_]*|Py_\w*INLINE\w*|Py_EXPORTED_SYMBOL|__\w+")  # macros, mostly of attributes
_STORAGE = {"static", "register", "thread_local", "_Thread_local"}
_RETURNS_OBJECT = {"PyMODINIT_FUNC"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its type as it is written, and its name, which may be missing."""

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Local:
    """The declaration of a local variable.

    Attributes:
        type: as it is written, stars included: ``PyObject *``.
        statement: that declares it.
        word: its name.
        has_initializer: ``= value`` follows.
        is_alone: the statement declares nothing else.
        is_static: it outlives the call.
    """

    type: str
    statement: Statement
    word: int
    has_initializer: bool
    is_alone: bool
    is_static: bool


class WrittenFunction:
    """One function with a body, as it stands in its file."""

    def __init__(self, words: Words, function: _scan.Function, files: Sequence[_scan.File] = ()) -> None:
        self.words = words
        self._files = files
        self.facts = function
        self.name = function.name
        self.head = Range(*_scan.head_words(function))
        self.name_word = _scan.name_word(function)
        self.inside = Range(*_scan.body_words(function))

    def macro(self, name: str) -> set[str] | None:
        """The names in the bodies of all macros of that name in the project; None if it has none."""
        found = [names for file in self._files if (names := file.macro(name)) is not None]
        return {name for names in found for name in names} if found else None

    @cached_property
    def body(self) -> Statement:
        """Its outermost block. Two threads may both work it out."""
        return read(self.words, self.inside)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of it, names of types and functions among them. Two threads may both work it out."""
        return frozenset(self.words[at].text for at in range(self.head.first, self.body.words.last))

    @property
    def returns(self) -> str:
        """The type of its result: ``PyObject *``; empty where a macro hides it."""
        before = [self.words[at].text for at in range(self.head.first, self.name_word)]
        if {"(", "[", "auto", "template", "operator"} & set(before):
            return ""
        named = [one for one in before if one not in _NO_PART_OF_A_TYPE and not one.startswith('"')]
        if set(named) & _RETURNS_OBJECT:
            return "PyObject *"
        plain = [one for one in named if _ATTRIBUTE.fullmatch(one) is None]
        if any(one not in {"*", "const"} for one in plain):
            return _spelled(plain)
        return _spelled(named) if len(named) - named.count("*") == 1 else ""

    @property
    def parameters(self) -> list[Parameter]:
        """What it takes, in order."""
        opening = self.name_word + 1
        if self.words[opening].text != "(":
            return []
        parts = self.words.split(self.words.inside(opening))
        return [one for part in parts if (one := self._parameter(part)) is not None]

    def _parameter(self, part: Range) -> Parameter | None:
        texts = [self.words[at].text for at in range(part.first, part.last)]
        if texts == ["void"] or not texts:
            return None
        if texts[-1] == ")" and len(texts) > 3 and texts[-3] == "(":  # Py_UNUSED(name)  # noqa: PLR2004
            return Parameter(_spelled(texts[:-4]), "")
        named = self.words[part.last - 1].kind == "name" and len(texts) > 1 and texts[-2:] != ["const", "*"]
        return Parameter(_spelled(texts[:-1]), texts[-1]) if named else Parameter(_spelled(texts), "")

    def statement_at(self, word: int) -> Statement | None:
        """The innermost statement that a word belongs to."""
        found, inside = None, [self.body]
        while inside:
            around = next((one for one in inside if one.words.first <= word < one.words.last), None)
            found = around or found
            inside = around.parts if around is not None else []
        return found

    def local(self, name: str) -> Local | None:
        """The one declaration of a local of that name; None if there is none, or more than one."""
        found = self._locals.get(name, [])
        return found[0] if len(found) == 1 else None

    @cached_property
    def _locals(self) -> dict[str, list[Local]]:
        found: dict[str, list[Local]] = {}
        for statement in self.body.within():
            if statement.kind == "plain":
                for name, local in self._declared(statement):
                    found.setdefault(name, []).append(local)
        return found

    def _declared(self, statement: Statement) -> Iterator[tuple[str, Local]]:
        words, head = self.words, statement.head
        base = _specifiers(words, head)
        if base is None or base >= head.last:
            return
        specifiers = [words[i].text for i in range(head.first, base)]
        typed = [one for one in specifiers if one not in _STORAGE]
        declarators = words.split(Range(base, head.last))
        for part in declarators:
            at = part.first
            while words[at].text in {"*", "const", "volatile", "restrict", "&"}:
                at += 1
            if at < part.last and words[at].kind == "name":
                stars = [words[i].text for i in range(part.first, at)]
                yield (
                    words[at].text,
                    Local(
                        _spelled([*typed, *stars]),
                        statement,
                        at,
                        words[at + 1].text in {"=", "{", "("} and at + 1 < part.last,
                        len(declarators) == 1,
                        "static" in specifiers,
                    ),
                )


def _spelled(words: list[str]) -> str:
    """A type as it is usually written: ``const char *``."""
    text = ""
    for word in words:
        glued = not text or text.endswith(("*", "::", "<")) or word in {"::", "<", ">", ","}
        text += word if glued else f" {word}"
    return text


_TYPE_WORDS = {
    "const",
    "volatile",
    "static",
    "register",
    "unsigned",
    "signed",
    "long",
    "short",
    "struct",
    "enum",
    "union",
}
_WHOLE_TYPES = {"char", "int", "float", "double", "void", "auto", "bool", "_Bool", "size_t", "Py_ssize_t", "PyObject"}
_NO_TYPES = {"return", "goto", "else", "case", "delete", "throw", "sizeof", "new"}


def _specifiers(words: Words, some: Range) -> int | None:
    """One past the words of the type with which a declaration begins; None if it is none.

    ``T x``, ``T *x``, ``struct T x``, ``std::T<U> x``: two names in a row, or a name, stars and a name.
    """
    at, named = some.first, False
    while at < some.last:
        word = words[at]
        if word.kind != "name" or word.text in _NO_TYPES:
            break
        if word.text in _TYPE_WORDS:
            named = named or word.text in {"unsigned", "signed", "long", "short"}
            at += 2 if word.text in {"struct", "enum", "union"} else 1
            named = named or word.text in {"struct", "enum", "union"}
            continue
        if named and word.text not in _WHOLE_TYPES:
            break
        named = True
        at = _qualified(words, at, some.last)
    if not named or at >= some.last:
        return None
    after = at
    while words[after].text in {"*", "&", "const", "volatile", "restrict"}:
        after += 1
    is_name = words[after].kind == "name" and after < some.last
    begins = words[after + 1].text in {"=", ",", ";", "[", "{", "("} or after + 1 == some.last
    return at if is_name and begins and after > some.first else None


def _qualified(words: Words, at: int, last: int) -> int:
    """One past ``std::vector<int>``."""
    at += 1
    while at < last:
        if words[at].text == "::" and words[at + 1].kind == "name":
            at += 2
        elif words[at].text == "<":
            depth, end = 0, at
            while end < last:
                depth += (words[end].text == "<") - (words[end].text == ">")
                end += 1
                if depth == 0:
                    break
            at = end
        else:
            break
    return at
