"""YAML within a line: flow mappings and sequences, quoted and plain scalars, aliases; and where the reader is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ungil.facts.ci.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlError

__all__ = ["DEEPEST", "PROPERTY", "Cursor", "unescaped"]

DEEPEST = 60
_BLANKS = re.compile(r"[ \t]*")
PROPERTY = re.compile(r"(?:&(?P<anchor>\S+)|!\S*)[ \t]*")
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")
_FLOW_PLAIN = re.compile(r"(?:[^\n\#:,\[\]{}]|\#(?<=[^\s]\#)|:(?=[^\s,\[\]{}]))+")
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_SINGLE = re.compile(r"'((?:''|[^'])*)'")
_FOLD = re.compile(r"[ \t]*\r?\n[ \t]*")
_ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "r": "\r", "e": "\x1b", "\n": ""}


@dataclass(slots=True)
class Cursor:
    """A place in a text, and what has been named so far.

    Attributes:
        text: all of it.
        at: where the reader is.
        depth: how many structures are open.
        anchors: what aliases stand for.
    """

    text: str
    at: int = 0
    depth: int = 0
    anchors: dict[str, Node] = field(default_factory=dict)

    def _error(self, what: str) -> YamlError:
        return YamlError(f"line {self.text.count(chr(10), 0, self.at) + 1}: {what}")

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def _blanks(self) -> int:
        match = _BLANKS.match(self.text, self.at)
        return match.end() if match is not None else self.at

    def _quoted(self) -> Scalar | None:
        pattern = {'"': _DOUBLE, "'": _SINGLE}.get(self.text[self.at : self.at + 1])
        if pattern is None:
            return None
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self._error("a string that never ends")
        self.at = found.end()
        folded = _FOLD.sub(lambda match: "\n" * (match[0].count("\n") - 1) or " ", found[1])
        value = unescaped(folded) if pattern is _DOUBLE else folded.replace("''", "'")
        return Scalar(value, found[0], found.start(), found.end())

    def _alias(self) -> Node:
        alias = _ALIAS.match(self.text, self.at)
        if alias is None or alias[1] not in self.anchors:
            raise self._error("an alias of nothing")
        self.at = alias.end()
        return self.anchors[alias[1]]

    def _flow(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
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
        while (found := PROPERTY.match(self.text, self.at)) is not None:
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


def unescaped(text: str) -> str:
    """What stands between double quotes, with its escapes carried out."""
    return re.sub(
        r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
        lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPES.get(m[3], m[3]),
        text,
        flags=re.DOTALL,
    )
