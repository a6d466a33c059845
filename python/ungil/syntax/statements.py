"""Statements of a function: a tree in which every word of the body has its place.

A macro that stands as a statement without a semicolon (``Py_BEGIN_ALLOW_THREADS``) is one. One that begins a block
(``PyObject_FOREACH(x) {``) is taken for a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ungil.syntax.words import Range, Words

__all__ = ["Kind", "Statement", "read"]

type Kind = Literal[
    "block", "if", "loop", "switch", "try", "return", "goto", "break", "continue", "throw", "label", "plain"
]

_JUMPS: dict[str, Kind] = {
    "return": "return",
    "co_return": "return",
    "goto": "goto",
    "break": "break",
    "continue": "continue",
    "throw": "throw",
}
_ENDS_MACRO = {
    ";",
    ",",
    ")",
    "]",
    "}",
    "=",
    ".",
    "->",
    "+",
    "-",
    "*",
    "/",
    "?",
    ":",
    "==",
    "!=",
    "<",
    ">",
    "&&",
    "||",
    "|",
}


@dataclass(slots=True, eq=False)
class Statement:
    """A statement, with its semicolon or braces.

    Attributes:
        kind: what it is; a label stands before the statement that it labels, as one of its own.
        words: all of it.
        head: what stands in the parentheses of an ``if``, a loop or a ``switch``; of the others, all but the semicolon.
        parts: of a block, its statements; of others, what they govern (an ``if``'s branches, a loop's body).
        parent: None for a function's body.
    """

    kind: Kind
    words: Range
    head: Range
    parts: list[Statement] = field(default_factory=list)
    parent: Statement | None = None

    def within(self) -> Iterator[Statement]:
        """It and everything in it, in source order."""
        yield self
        for part in self.parts:
            yield from part.within()

    def around(self) -> Iterator[Statement]:
        """What it is a part of, from the inside out."""
        at = self.parent
        while at is not None:
            yield at
            at = at.parent

    @property
    def siblings(self) -> list[Statement]:
        """The statements of the block that it stands in; itself alone, where it is a branch without braces."""
        return self.parent.parts if self.parent is not None and self.is_in_block else [self]

    @property
    def is_in_block(self) -> bool:
        """It is one of the statements of a block."""
        return self.parent is not None and self.parent.kind == "block"

    @property
    def is_bare(self) -> bool:
        """It is a branch or a loop's body without braces, so that nothing can be put before it."""
        return self.parent is not None and self.parent.kind not in {"block", "try"} and self.kind != "block"


def read(words: Words, body: Range) -> Statement:
    """The body of a function, given what stands between its braces."""
    block = Statement("block", Range(body.first - 1, body.last + 1), body)
    block.parts = _sequence(words, body)
    return _adopt(block)


def _adopt(top: Statement) -> Statement:
    for part in top.parts:
        part.parent = top
        _adopt(part)
    return top


def _sequence(words: Words, some: Range) -> list[Statement]:
    statements: list[Statement] = []
    at = some.first
    while at < some.last:
        statement = _one(words, at, some.last)
        statements.append(statement)
        at = statement.words.last
    return statements


def _one(words: Words, at: int, last: int) -> Statement:
    word = words[at].text
    if word in _JUMPS:
        end = _semicolon(words, at, last)
        return Statement(_JUMPS[word], Range(at, end), Range(at, end - 1))
    if word in _READERS:
        return _READERS[word](words, at, last)
    label = _label(words, at, last)
    return _plain(words, at, last) if label is None else Statement("label", Range(at, label), Range(at, label - 1))


def _block(words: Words, at: int, last: int) -> Statement:  # noqa: ARG001 - as every reader
    inside = words.inside(at)
    return Statement("block", Range(at, inside.last + 1), inside, _sequence(words, inside))


def _if(words: Words, at: int, last: int) -> Statement:
    opening = at + 1 if words[at + 1].text == "(" else at + 2  # if constexpr (
    head = words.inside(opening)
    then = _branch(words, head.last + 1, last)
    parts, end = [then], then.words.last
    if end < last and words[end].text == "else":
        other = _branch(words, end + 1, last)
        parts.append(other)
        end = other.words.last
    return Statement("if", Range(at, end), head, parts)


def _branch(words: Words, at: int, last: int) -> Statement:
    """What an ``if`` or a loop governs; labels before it belong to it, and nobody writes them there."""
    return _one(words, at, last) if at < last else Statement("plain", Range(at, at), Range(at, at))


def _governing(words: Words, at: int, last: int) -> Statement:
    kind: Kind = "switch" if words[at].text == "switch" else "loop"
    head = words.inside(at + 1)
    body = _branch(words, head.last + 1, last)
    return Statement(kind, Range(at, body.words.last), head, [body])


def _do(words: Words, at: int, last: int) -> Statement:
    body = _branch(words, at + 1, last)
    end = body.words.last
    if words[end].text != "while":
        return Statement("loop", Range(at, end), Range(end, end), [body])
    head = words.inside(end + 1)
    semicolon = words[head.last + 1].text == ";"
    return Statement("loop", Range(at, head.last + 1 + semicolon), head, [body])


def _try(words: Words, at: int, last: int) -> Statement:
    if words[at + 1].text != "{":
        return _plain(words, at, last)
    parts = [_one(words, at + 1, last)]
    end = parts[0].words.last
    while end < last and words[end].text == "catch" and words[end + 1].text == "(":
        parts.append(_branch(words, words[end + 1].partner + 1, last))
        end = parts[-1].words.last
    return Statement("try", Range(at, end), Range(at, at + 1), parts)


def _label(words: Words, at: int, last: int) -> int | None:
    """One past the colon of a label or a case."""
    if words[at].text in {"case", "default"}:
        while at < last and words[at].text not in {":", ";", "{"}:
            at = max(words[at].partner, at) + 1
        return at + 1 if words[at].text == ":" else None
    is_label = words[at].kind == "name" and words[at + 1].text == ":" and at + 1 < last
    return at + 2 if is_label else None


def _semicolon(words: Words, at: int, last: int) -> int:
    """One past the semicolon that ends a statement."""
    while at < last and words[at].text != ";":
        at = max(words[at].partner, at) + 1
    return min(at + 1, last)


def _plain(words: Words, at: int, last: int) -> Statement:
    macro = _macro(words, at, last)
    if macro is not None and words[macro].text == "{":
        body = _one(words, macro, last)
        return Statement("loop", Range(at, body.words.last), Range(at, macro), [body])
    if macro is not None:
        return Statement("plain", Range(at, macro), Range(at, macro))
    end = _semicolon(words, at, last)
    closed = words[end - 1].text == ";"
    return Statement("plain", Range(at, end), Range(at, end - closed))


def _macro(words: Words, at: int, last: int) -> int | None:
    """One past a macro that is a statement without a semicolon: what follows it begins a line, or a block."""
    if words[at].kind != "name" or not words[at].text.strip("_")[-1:].isupper():
        return None
    end = at + 1
    if words[end].text == "(":
        end = words[end].partner + 1
        if words[end].text == "{":
            return end
    if end >= last:
        return last
    begins_line = words.text.line(words[end].start) > words.text.line(words[end - 1].start)
    return end if begins_line and words[end].text not in _ENDS_MACRO else None


_READERS: dict[str, Callable[[Words, int, int], Statement]] = {
    "{": _block,
    "if": _if,
    "for": _governing,
    "while": _governing,
    "switch": _governing,
    "do": _do,
    "try": _try,
}
