"""YAML as workflows are written, with the place of every key and value: a tolerant reader of the block structure.

Read: block mappings and sequences, flow ones, plain, quoted and block scalars, comments, anchors and aliases, merge
keys, tags (which are passed over). Of several documents the first is read. All scalars stay text. Not read, and said
so: keys that begin with ``?``, tabs as indentation, structures deeper than any workflow's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "YamlError", "read"]

_DEEPEST = 60
_BLANKS = re.compile(r"[ \t]*")
_LINE_ENDS = re.compile(r"[ \t]*(?:(?:(?<=[ \t])|(?<![^\n]))\#[^\n]*)?(?:\r?\n|\Z)")
_KEY = re.compile(
    r"""(?: "(?P<double>(?:\\.|[^"\\\n])*)"[ \t]* | '(?P<single>(?:''|[^'\n])*)'[ \t]*
          | (?P<plain>(?:[^\s\#&*!|>'"%@`\[\]{},?:-]|[-?:](?=\S))(?:[^\n:\#]|:(?=[^\s])|(?<=\S)\#)*) ) :(?=\s|\Z)""",
    re.VERBOSE,
)
_PROPERTY = re.compile(r"(?:&(?P<anchor>\S+)|!\S*)[ \t]*")
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")
_PLAIN = re.compile(r"(?:[^\n\#:]|\#(?<=[^\s]\#)|:(?=\S))*")
_FLOW_PLAIN = re.compile(r"(?:[^\n\#:,\[\]{}]|\#(?<=[^\s]\#)|:(?=[^\s,\[\]{}]))+")
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_SINGLE = re.compile(r"'((?:''|[^'])*)'")
_BLOCK = re.compile(r"([|>])([+-]?)(\d?)([+-]?)[ \t]*(?:\#[^\n]*)?\r?(?:\n|\Z)")
_FOLD = re.compile(r"[ \t]*\r?\n[ \t]*")
_ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "r": "\r", "e": "\x1b", "\n": ""}


class YamlError(ValueError):
    """The text is no YAML, or none that is read here; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts.

    Attributes:
        value: what it says.
        raw: as it stands in the text, quotes and indentation included.
        start, end: where, the end exclusive.
    """

    value: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in the order of the text. Of keys that stand there twice, the last counts."""

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int

    def get(self, name: str) -> Node | None:
        """The value of a key."""
        return next((value for key, value in reversed(self.pairs) if key.value == name), None)

    def key(self, name: str) -> Scalar | None:
        """The key itself: where it stands."""
        return next((key for key, _ in reversed(self.pairs) if key.value == name), None)

    def text(self, name: str) -> str:
        """The value of a key that is a scalar; empty where it is missing or something else."""
        found = self.get(name)
        return found.value if isinstance(found, Scalar) else ""

    def mapping(self, name: str) -> Mapping:
        """The value of a key that is a mapping; an empty one where it is missing or something else."""
        found = self.get(name)
        return found if isinstance(found, Mapping) else Mapping((), self.start, self.start)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in their order."""

    items: tuple[Node, ...]
    start: int
    end: int


type Node = Scalar | Mapping | Sequence


def read(text: str) -> Node:
    """The first document of a text, whose characters count as columns do.

    Raises:
        YamlError: it cannot be read.
    """
    return _Reader(text).document()


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    depth: int = 0
    anchors: dict[str, Node] = field(default_factory=dict)

    def document(self) -> Node:
        """All of it."""
        if self.text.startswith("\ufeff"):
            self.at = 1
        elif self.text.startswith("\xef\xbb\xbf"):
            self.at = 3
        self._space()
        while self.text.startswith("%", self.at) and self._column() == 0:
            self.at = self._line_end()
            self._space()
        if self.text.startswith("---", self.at):
            self.at += 3
        self._space()
        node = Scalar("", "", self.at, self.at) if self._stops() else self._node(-1, is_on_line=False)
        self._space()
        if self.at < len(self.text) and not re.compile(r"---|\.\.\.").match(self.text, self.at):
            raise self._error("what stands here belongs to nothing")
        return node

    def _error(self, what: str) -> YamlError:
        return YamlError(f"line {self.text.count(chr(10), 0, self.at) + 1}: {what}")

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def _column(self) -> int:
        return self.at - (self.text.rfind("\n", 0, self.at) + 1)

    def _space(self) -> None:
        """To the next thing that is neither space nor comment, on whatever line."""
        while (line_end := _LINE_ENDS.match(self.text, self.at)) is not None and self.at < len(self.text):
            self.at = line_end.end()
        begin = self.at
        while self.text.startswith(" ", self.at):
            self.at += 1
        if self.text.startswith("\t", self.at) and (begin == 0 or self.text[begin - 1] == "\n"):
            raise self._error("a tab as indentation")

    def _ends_line(self) -> bool:
        return _LINE_ENDS.match(self.text, self.at) is not None

    def _dash(self) -> bool:
        return self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] in {
            " ",
            "\n",
            "\r",
            "\t",
            "",
        }

    def _stops(self) -> bool:
        """The end of the text or of the document."""
        if self.at >= len(self.text):
            return True
        marks = self.text.startswith(("---", "..."), self.at) and self.text[self.at + 3 : self.at + 4].strip() == ""
        return marks and self._column() == 0

    def _value(self, column: int) -> Node:
        """What belongs to a key in ``column``, of which the colon has been read, or to the document (-1)."""
        self.at = self._blanks()
        on_line = not self._ends_line()
        if not on_line:
            self._space()
            found = self._column()
            if self._stops() or found < column or (found == column and not self._dash()):
                return Scalar("", "", self.at, self.at)
        return self._node(column, is_on_line=on_line)

    def _blanks(self) -> int:
        match = _BLANKS.match(self.text, self.at)
        return match.end() if match is not None else self.at

    def _node(self, outer: int, *, is_on_line: bool) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error("deeper than any workflow")
        try:
            anchor = None
            while (found := _PROPERTY.match(self.text, self.at)) is not None:
                anchor = found["anchor"] or anchor
                self.at = found.end()
                if self._ends_line():
                    is_on_line = False
                    self._space()
            node = self._bare(outer, is_on_line=is_on_line)
        finally:
            self.depth -= 1
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _bare(self, outer: int, *, is_on_line: bool) -> Node:
        begins = self.text[self.at : self.at + 1]
        if begins in {"[", "{"}:
            return self._flow()
        if begins in {"|", ">"}:
            return self._literal(outer)
        if begins == "*":
            return self._alias()
        if not is_on_line and self._dash():
            return self._sequence(self._column())
        if begins == "?" and self.text[self.at + 1 : self.at + 2].isspace():
            raise self._error("a key that begins with '?'")
        if not is_on_line and _KEY.match(self.text, self.at) is not None:
            return self._mapping(self._column())
        return self._scalar(outer)

    def _alias(self) -> Node:
        alias = _ALIAS.match(self.text, self.at)
        if alias is None or alias[1] not in self.anchors:
            raise self._error("an alias of nothing")
        self.at = alias.end()
        return self.anchors[alias[1]]

    def _sequence(self, column: int) -> Sequence:
        start, items = self.at, list[Node]()
        while not self._stops() and self._column() == column and self._dash():
            self.at += 1
            self.at = self._blanks()
            if self._ends_line():
                items.append(self._value(column + 1))
            else:
                items.append(self._node(column, is_on_line=False))
            end = self.at
            self._space()
        return Sequence(tuple(items), start, end)

    def _mapping(self, column: int) -> Mapping:
        start, pairs = self.at, list[tuple[Scalar, Node]]()
        end = start
        while not self._stops() and self._column() == column:
            found = _KEY.match(self.text, self.at)
            if found is None:
                raise self._error("neither a key nor a part of what stands before")
            key = self._key(found)
            self.at = found.end()
            value = self._value(column)
            pairs += value.pairs if key.value == "<<" and isinstance(value, Mapping) else [(key, value)]
            end = max(self.at, found.end()) if value.end > value.start else found.end()
            self._space()
        if not self._stops() and self._column() > column:
            raise self._error("indented further than what it could belong to")
        return Mapping(tuple(pairs), start, end)

    def _key(self, found: re.Match[str]) -> Scalar:
        kind = found.lastgroup or "plain"
        value = found[kind].rstrip()
        if kind == "double":
            value = _unescaped(value)
        raw = self.text[found.start() : found.end() - 1].rstrip()
        return Scalar(
            value.replace("''", "'") if kind == "single" else value, raw, found.start(), found.start() + len(raw)
        )

    def _scalar(self, outer: int) -> Scalar:
        start = self.at
        quoted = self._quoted()
        if quoted is not None:
            if not self._ends_line():
                raise self._error("something behind a string")
            return quoted
        lines = list[str]()
        while True:
            found = _PLAIN.match(self.text, self.at)
            line = found[0].rstrip() if found is not None else ""
            self.at += len(line)
            lines.append(line)
            if not self._ends_line():
                raise self._error("a colon that makes no key")
            end = self.at
            if not self._continues(outer):
                break
        self.at = end
        return Scalar(" ".join(lines), self.text[start:end], start, end)

    def _continues(self, outer: int) -> bool:
        """The next line goes on with a plain scalar: it is indented, and no comment came between."""
        rest = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+").match(self.text, self.at)
        if rest is None:
            return False
        self.at = rest.end()
        return not self._stops() and self._column() > outer and not self.text.startswith("#", self.at)

    def _quoted(self) -> Scalar | None:
        pattern = {'"': _DOUBLE, "'": _SINGLE}.get(self.text[self.at : self.at + 1])
        if pattern is None:
            return None
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self._error("a string that never ends")
        self.at = found.end()
        folded = _FOLD.sub(lambda match: "\n" * (match[0].count("\n") - 1) or " ", found[1])
        value = _unescaped(folded) if pattern is _DOUBLE else folded.replace("''", "'")
        return Scalar(value, found[0], found.start(), found.end())

    def _literal(self, outer: int) -> Scalar:
        header = _BLOCK.match(self.text, self.at)
        if header is None:
            raise self._error("a block scalar with something behind its sign")
        start = self.at
        self.at = header.end()
        indent = max(outer, 0) + int(header[3]) if header[3] else 0
        lines = list[str]()
        end = self.at
        while self.at < len(self.text):
            stop = self._line_end()
            line = self.text[self.at : stop].rstrip("\r")
            blanks = len(line) - len(line.lstrip(" "))
            if line.strip():
                indent = indent or blanks
                if blanks < indent or blanks <= outer:
                    break
                end = self.at + len(line)
            lines.append(line)
            self.at = min(stop + 1, len(self.text))
        self.at = end
        while lines and not lines[-1].strip():
            lines.pop()
        cut = [line[indent:] for line in lines]
        value = "\n".join(cut) if header[1] == "|" else " ".join(one for one in cut if one)
        return Scalar(value, self.text[start:end], start, end)

    def _flow(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error("deeper than any workflow")
        start, is_mapping = self.at, self.text[self.at] == "{"
        self.at += 1
        items, pairs = list[Node](), list[tuple[Scalar, Node]]()
        while True:
            self._flow_space()
            if self.text.startswith("}" if is_mapping else "]", self.at):
                break
            item = self._flow_item()
            pair = self._flow_pair(item)
            if is_mapping and isinstance(item, Scalar):
                pairs.append(pair or (item, Scalar("", "", self.at, self.at)))
            else:
                items.append(Mapping((pair,), pair[0].start, self.at) if pair is not None else item)
            self._flow_space()
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("}" if is_mapping else "]", self.at):
                raise self._error("a bracket that is not closed")
        self.at += 1
        self.depth -= 1
        return Mapping(tuple(pairs), start, self.at) if is_mapping else Sequence(tuple(items), start, self.at)

    def _flow_space(self) -> None:
        while self.at < len(self.text):
            rest = self.text[self.at : self.at + 1]
            if rest == "#":
                self.at = self._line_end()
            elif rest.isspace():
                self.at += 1
            else:
                return
        raise self._error("a bracket that is not closed")

    def _flow_item(self) -> Node:
        anchor = None
        while (found := _PROPERTY.match(self.text, self.at)) is not None:
            anchor, self.at = found["anchor"] or anchor, found.end()
        if self.text[self.at : self.at + 1] in {"[", "{"}:
            node = self._flow()
        elif self.text.startswith("*", self.at):
            node = self._alias()
        else:
            node = self._quoted() or self._flow_plain()
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _flow_plain(self) -> Scalar:
        start, words = self.at, list[str]()
        end = start
        while (found := _FLOW_PLAIN.match(self.text, self.at)) is not None:
            words.append(found[0].strip())
            end = found.start() + len(found[0].rstrip())
            self.at = found.end()
            self._flow_space()
        if not words:
            raise self._error("brackets in which something is missing")
        return Scalar(" ".join(words), self.text[start:end], start, end)

    def _flow_pair(self, key: Node) -> tuple[Scalar, Node] | None:
        self._flow_space()
        if not isinstance(key, Scalar) or not self.text.startswith(":", self.at):
            return None
        self.at += 1
        self._flow_space()
        if self.text[self.at] in ",}]":
            return key, Scalar("", "", self.at, self.at)
        return key, self._flow_item()


def _unescaped(text: str) -> str:
    return re.sub(
        r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
        lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPES.get(m[3], m[3]),
        text,
        flags=re.DOTALL,
    )


def scalars(node: Node) -> Iterator[Scalar]:
    """Every value below a node, and itself; keys apart."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for _, value in node.pairs:
            yield from scalars(value)
