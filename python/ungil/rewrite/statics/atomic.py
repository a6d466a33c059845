"""The declaration of variables, and the one of atomics in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ungil.facts.model import Variable
from ungil.fixer import Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range, Words

__all__ = ["ATOMIC_MACRO", "Declaration", "declaration_of", "declare_atomic", "include_atomic"]

ATOMIC_MACRO = "atomic_if_supported"
"""What declares an atomic in C, where the compiler has them."""

_NO_TYPE = {"static", "volatile", "register", "mutable"}
_OUT_OF_PLACE = {
    "extern",
    "const",
    "constexpr",
    "inline",
    "thread_local",
    "_Thread_local",
    "typedef",
    "double",
    "float",
}
_NUMBER_WORDS = {"unsigned", "signed", "long", "short", "int", "char", "enum", "struct"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """Of one or several variables.

    Attributes:
        specifiers: the words before the first name.
        declarators: each with its initializer.
        names: what they declare.
        type: without storage class and ``volatile``.
    """

    specifiers: Range
    declarators: tuple[Range, ...]
    names: tuple[str, ...]
    type: str


def declaration_of(site: Site, variable: Variable, *, is_member: bool = False) -> Declaration:
    """That of a static variable, or of a member of a class.

    Raises:
        Undecided: an atomic cannot stand in its place.
    """
    words = site.unit.words
    at = words.at(site.unit.text.offset(variable.span.line, variable.span.column))
    first, last = at, at
    while first > 0 and words[first - 1].text not in {";", "{", "}", ")", ":"} and words.is_whole(Range(first - 1, at)):
        first -= 1
    while words[last].text != ";" and last < len(words):
        last = max(words[last].partner, last) + 1
    parts = words.split(Range(first, last))
    name = next((i for i in range(parts[0].last - 1, first, -1) if words[i].text == _name(words, parts[0])), first)
    while words[name - 1].text == "*":
        name -= 1
    texts = [words[i].text for i in range(first, name)]
    kind = " ".join(text for text in texts if text not in _NO_TYPE).replace(" :: ", "::").split()
    simple = len(kind) == 1 or set(kind[:-1]) <= _NUMBER_WORDS
    if not simple or set(texts) & _OUT_OF_PLACE or not (is_member or "static" in texts):
        raise Undecided(
            f"how '{variable.name}' is declared is not for one file alone to change: make it atomic by hand"
        )
    declarators = (Range(name, parts[0].last), *parts[1:])
    return Declaration(Range(first, name), declarators, tuple(_name(words, one) for one in parts), " ".join(kind))


def _name(words: Words, declarator: Range) -> str:
    """What a declarator declares: the last name before its brackets or initializer."""
    name = ""
    for at in range(declarator.first, declarator.last):
        if words[at].text in {"=", "[", "(", "{"}:
            break
        name = words[at].text
    return name


def declare_atomic(pen: Pen, one: Declaration, *, is_cxx: bool) -> None:
    """Writes the new declaration in the place of the old one.

    Raises:
        Undecided: it would have to be two.
    """
    words = pen.words
    storage = [words[at].text for at in range(one.specifiers.first, one.specifiers.last)]
    kept = "".join(f"{text} " for text in storage if text in _NO_TYPE - {"volatile"})
    if not is_cxx:
        pen.replace(one.specifiers, f"{kept}{ATOMIC_MACRO} {one.type}")
        return
    stars = {sum(words[at].text == "*" for at in range(part.first, part.last)) for part in one.declarators}
    if len(stars) > 1:
        raise Undecided("a number and a pointer are declared together: give each its own declaration")
    star = " *" if stars == {1} else ""
    pen.replace(one.specifiers, f"{kept}std::atomic<{one.type}{star}>")
    for part in one.declarators:
        _initialise(pen, part)


def _initialise(pen: Pen, part: Range) -> None:
    """``*name = 0`` becomes ``name{0}``: what an atomic cannot be made from is a copy."""
    words = pen.words
    name = next(at for at in range(part.first, part.last) if words[at].text != "*")
    if name > part.first:
        pen.delete_stretch(words[part.first].start, words[name].start)
    if words[name + 1].text == "=" and name + 1 < part.last:
        value = words.source(Range(name + 2, part.last))
        plain = re.fullmatch(r"\d+|true|false|nullptr", value)
        pen.delete_stretch(words[name].end, words[part.last - 1].end)
        pen.insert(words[name].end, f"{{{value}}}" if plain else f"({value})")


def include_atomic(pen: Pen) -> None:
    """Includes ``<atomic>``, behind the last that is included at the head of the file.

    Raises:
        Undecided: nothing is.
    """
    file = pen.unit.file
    includes = file.includes
    if any(path == "atomic" for path, _, _ in includes):
        return
    shallow = min((depth for _, _, depth in includes), default=0)
    first = min((function.span.line for function in file.functions), default=1 << 30)
    lines = [span.line for path, span, depth in includes if depth == shallow and span.line < first]
    if not lines:
        raise Undecided("there is no #include behind which that of <atomic> could stand: make it atomic by hand")
    pen.insert(pen.text.line_end(pen.text.offset(lines[-1], 1)) + 1, "#include <atomic>\n")
