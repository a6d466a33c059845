"""Whether the address of a local variable leaves its function: returned, stored, or given to what may keep it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from ungil.facts.model import Function
from ungil.fixer import Tree
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.words import Range, Words

__all__ = ["leaves", "result_leaves"]

_DEPTH = 4  # of calls that are followed
_COMPARES = {"==", "!=", "<", ">", "<=", ">="}
_SIZES = {"sizeof", "_Alignof", "alignof", "typeof", "decltype"}
_NUMBER_FIELDS = re.compile(r"(?:tm|tv|st|ru|rlim)_\w+")  # of structs of the C library
_NUMBERS = {
    *("char", "int", "long", "short", "unsigned", "signed", "double", "float", "bool", "_Bool", "size_t", "ssize_t"),
    *("Py_ssize_t", "Py_hash_t", "Py_UCS4", "const", "static", "inline", "void"),
}
_API_KEEPS_NOTHING = re.compile(
    r"Py(?:Unicode|Bytes|ByteArray|Err|OS|Long|Float|Complex|Arg|Tuple|List|Dict|Set|Object|Sequence|Mapping|Number"
    r"|Import|Time|Iter|Bool|Buffer)_\w+"
)


@cache
def _functions(what: Literal["hand_on", "point_into", "keep_nothing", "keep"]) -> frozenset[str]:
    """The lists of ``leaving.toml``, which are documented at its head."""
    lists = tomllib.loads(Path(__file__).with_name("leaving.toml").read_text(encoding="utf-8"))
    return frozenset(lists[what])


def leaves(tree: Tree, function: WrittenFunction, name: str, *, is_array: bool) -> str:
    """Where the address of a variable may survive the call, in words that follow its name; empty if nowhere.

    Args:
        tree: of the project, whose functions are followed.
        function: that declares the variable.
        name: of the variable.
        is_array: its name alone stands for its address.
    """
    words, body = function.words, function.body.words
    captures = any(words[at].text == "[" and words[at + 1].text == "&" for at in range(body.first, body.last))
    if function.returns.endswith("&") or captures:
        return "may be referred to"
    return _Follow(tree, function, _DEPTH, set()).variable(name, is_address=is_array)


def result_leaves(tree: Tree, function: WrittenFunction, call: Range) -> str:
    """The same for the address that a call returns, given its words."""
    return _Follow(tree, function, _DEPTH, set()).expression(call)


class _Follow:
    """Follows addresses through one function."""

    def __init__(self, tree: Tree, function: WrittenFunction, depth: int, asked: set[tuple[int, int, int]]) -> None:
        self._tree = tree
        self._function = function
        self._words = function.words
        self._depth = depth
        self._asked = asked
        self._names: set[str] = set()

    def variable(self, name: str, *, is_address: bool) -> str:
        """What becomes of the address that a variable has, or holds."""
        if name in self._names:
            return ""
        self._names.add(name)
        for use in self._words.uses(self._function.body.words, name):
            place = self._address(use, is_address=is_address)
            if place is not None and (fate := self._fate(place)):
                return fate
        return ""

    def expression(self, place: Range) -> str:
        """What becomes of the address that an expression stands for."""
        while self._words[place.last].text in {"->", "["}:
            if self._words[place.last].text == "[" or not self._is_array_field(place.last + 1):
                return ""
            place = Range(place.first, place.last + 2)
        return self._fate(place)

    def _address(self, use: int, *, is_address: bool) -> Range | None:
        """The words that stand for an address, of which the use is one; None if it is only a value."""
        words, last = self._words, use + 1
        followed = False
        while words[last].text in {"[", ".", "->"}:
            followed = True
            last = words[last].partner + 1 if words[last].text == "[" else last + 2
        first = use - 1
        while words[first].text == "(" and words[first].partner == last and words[first - 1].kind != "name":
            first, last = first - 1, last + 1
        before = words[first].text
        if before == "&" and _is_unary(self._words[first - 1].text, self._words[first - 1].kind):
            return Range(first, last)
        if not is_address:
            is_bound = words[use - 1].text == "=" and words[use - 3].text == "&"  # T &name = variable
            return Range(use, last) if is_bound or (followed and self._is_array_field(last - 1)) else None
        if before == "*" and _is_unary(self._words[first - 1].text, self._words[first - 1].kind):
            return None
        if followed and not (self._is_array_field(last - 1) or self._is_row(use, last)):
            return None
        return Range(first + 1, last)

    def _is_array_field(self, word: int) -> bool:
        """The last that is named is a field that may be an array: one of the project's is, or none is known."""
        if self._words[word - 1].text not in {".", "->"}:
            return False
        name = self._words[word].text
        fields = [
            one
            for file in self._tree.facts.files
            for record in file.records
            for one in record.fields
            if one.name == name
        ]
        return any(one.is_array for one in fields) or (not fields and _NUMBER_FIELDS.fullmatch(name) is None)

    def _is_row(self, use: int, last: int) -> bool:
        """``rows[i]`` of ``char rows[4][8]`` is an array."""
        local = self._function.local(self._words[use].text)
        dimensions = _brackets(self._words, local.word + 1) if local is not None else 1
        return self._words[last - 1].text == "]" and _brackets(self._words, use + 1) < dimensions

    def _fate(self, place: Range) -> str:
        """What is done with the address that these words stand for."""
        words = self._words
        statement = self._function.statement_at(place.first)
        while statement is not None:
            opening = self._opening(place.first, statement.words.first)
            if self._is_only_looked_at(place, opening):
                return ""
            if opening is None:
                return self._stored(statement.words, place, returns=statement.kind == "return")
            callee = words[opening - 1]
            if words[opening].text == "{":
                return "stands in an initializer"
            if callee.text in {"if", "while", "for", "switch"}:
                clause = next(part for part in words.split(words.inside(opening), ";") if place.first < part.last)
                return self._stored(clause, place, returns=False)
            is_call = callee.kind == "name" and callee.text != "return"
            fate = self._given(opening, place) if is_call else ""
            if fate or (is_call and callee.text not in _functions("hand_on")):
                return fate
            place = Range(opening - is_call, words[opening].partner + 1)
        return "is used where it cannot be followed"

    def _is_only_looked_at(self, place: Range, opening: int | None) -> bool:
        """It is measured, compared, subtracted or followed on the spot, or part of an index."""
        words = self._words
        if opening is not None and (words[opening].text == "[" or words[opening - 1].text in _SIZES):
            return True
        before, behind = words[place.first - 1].text, words[place.last].text
        if before in _COMPARES | {"-"} or behind in _COMPARES:
            return True
        if before == "*" and _is_unary(words[place.first - 2].text, words[place.first - 2].kind):
            return True
        return behind == "-" and words[place.last + 1].text in self._names

    def _opening(self, at: int, first: int) -> int | None:
        """The bracket around a word, inside a statement."""
        while at > first:
            at -= 1
            if self._words[at].text in {")", "]", "}"}:
                at = self._words[at].partner
            elif self._words[at].text in {"(", "[", "{"}:
                return at
        return None

    def _stored(self, some: Range, place: Range, *, returns: bool) -> str:
        """What a statement does with it that is no call."""
        words = self._words
        if returns:
            return "" if set(self._function.returns.split()) <= _NUMBERS else "is returned"
        part = next((one for one in words.split(some) if one.first <= place.first < one.last), some)
        equals = [at for at in range(part.first, place.first) if words[at].text in {"=", "+=", "-="}]
        outside = [at for at in equals if self._opening(at, part.first) is None]
        if not outside:
            return ""
        target = words[outside[-1] - 1]
        simple = outside[-1] - 1 == part.first or words[outside[-1] - 2].text not in {".", "->", "*", "&", "]", ")"}
        declares = words[part.first].kind == "name" and self._declares(part, target.text)
        if target.kind == "name" and (simple or declares):
            kind = self._type(target.text)
            if set(kind.split()) <= _NUMBERS and kind:
                return ""
            if kind:
                return self.variable(target.text, is_address=True)
        return f"is stored in '{words.source(Range(part.first, outside[-1]))}'"

    def _declares(self, part: Range, name: str) -> bool:
        local = self._function.local(name)
        return bool(self._type_in_loop(name)) if local is None else part.first <= local.word < part.last

    def _type(self, name: str) -> str:
        """Of a parameter, or of a local that does not outlive the call; empty if it is neither, or a reference."""
        local = self._function.local(name)
        if local is not None:
            return "" if local.is_static or "&" in local.type else local.type
        given = next((one for one in self._function.parameters if one.name == name), None)
        if given is not None:
            return "" if "&" in given.type else given.type
        return self._type_in_loop(name)

    def _type_in_loop(self, name: str) -> str:
        """``for (char *name = first; ...)``."""
        words = self._words
        for loop in self._function.body.within():
            clause = next(iter(words.split(loop.head, ";")), loop.head)
            texts = [words[at].text for at in range(clause.first, clause.last)] if loop.kind == "loop" else []
            before = texts[: texts.index("=")] if "=" in texts else []
            if len(before) > 1 and before[-1] == name and not {"&", ".", "->", "["} & set(before):
                return " ".join(before[:-1])
        return ""

    def _given(self, opening: int, place: Range) -> str:
        """What the function that gets it does with it."""
        words, name = self._words, self._words[opening - 1].text
        arguments = words.split(words.inside(opening))
        position = next((at for at, one in enumerate(arguments) if one.first <= place.first < one.last), 0)
        if name in _functions("point_into") and len(arguments) > 1:
            end = arguments[1]
            return self.variable(words[end.last - 1].text, is_address=True) if words[end.first].text == "&" else ""
        kept = f"is given to {name}(), which may keep it"
        if words[opening - 2].text in {".", "->"} or name in _functions("keep"):
            return kept
        if name in _functions("keep_nothing") | _functions("hand_on") or _API_KEEPS_NOTHING.fullmatch(name):
            return ""
        found = self._function.facts.resolve(name)
        fate = self._in(found[0], position) if len(found) == 1 and self._depth else None
        return kept if fate is None else fate and f"is given to {name}(), where it {fate}"

    def _in(self, function: Function, position: int) -> str | None:
        """What a function of the project does with an argument; None if that cannot be told."""
        called = self._tree.unit(function.file.path).function(function.name)
        parameters = called.parameters if called is not None else []
        if called is None or position >= len(parameters) or not parameters[position].name:
            return None
        question = (*function.key, position)
        if question in self._asked:
            return ""
        self._asked.add(question)
        follow = _Follow(self._tree, called, self._depth - 1, self._asked)
        return follow.variable(parameters[position].name, is_address=True)


def _is_unary(before: str, kind: str) -> bool:
    return before == "return" or (kind == "punctuator" and before not in {")", "]"})


def _brackets(words: Words, at: int) -> int:
    """How many pairs of square brackets stand one behind the other."""
    number = 0
    while words[at].text == "[":
        number, at = number + 1, words[at].partner + 1
    return number
