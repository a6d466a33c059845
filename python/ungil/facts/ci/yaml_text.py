"""YAML as workflows are written, with the place of every key and value.

Read: block mappings and sequences, flow ones, plain, quoted and block scalars, comments, anchors and aliases, tags
(which are passed over). Of several documents the first is read. All scalars stay text. A merge key is a key like any
other: GitHub refuses it. Not read, and said so: keys that begin with ``?``, tabs as indentation, structures deeper than
any workflow's.

Why not a library: PyYAML would do. What it composes has places, it leaves the GIL off, and with libyaml it takes a
quarter of the time (274 workflows of 63 projects: 0.06 s, here 0.22 s; without libyaml 1.2 s, ruamel.yaml 1.8 s). But
an audit needs packaging and pip alone so far, and would need a compiled dependency, or be five times as slow, for a few
files of a project. Its places count characters, and ungil's bytes; a block of it ends where the next one begins, with
the comments between, and a job's offsets say what is in the job. On those 274 files both say the same in all of
44,153 nodes; tests compare with ruamel.yaml.
"""

from __future__ import annotations

import re

from ungil.facts.ci.yaml_flow import DEEPEST, PROPERTY, Cursor, unescaped
from ungil.facts.ci.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlError

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "YamlError", "read"]

_LINE_ENDS = re.compile(r"[ \t]*(?:(?:(?<=[ \t])|(?<![^\n]))\#[^\n]*)?(?:\r?\n|\Z)")
_KEY = re.compile(
    r"""(?: "(?P<double>(?:\\.|[^"\\\n])*)"[ \t]* | '(?P<single>(?:''|[^'\n])*)'[ \t]*
          | (?P<plain>(?:[^\s\#&*!|>'"%@`\[\]{},?:-]|[-?:](?=\S))(?:[^\n:\#]|:(?=[^\s])|(?<=\S)\#)*) ) :(?=\s|\Z)""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"(?:[^\n\#:]|\#(?<=[^\s]\#)|:(?=\S))*")
_BLOCK = re.compile(r"([|>])([+-]?)(\d?)([+-]?)[ \t]*(?:\#[^\n]*)?\r?(?:\n|\Z)")
_CONTINUED = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+")
_MARK = re.compile(r"---|\.\.\.")


def read(text: str) -> Node:
    """The first document of a text, whose characters count as columns do.

    Raises:
        YamlError: it cannot be read.
    """
    return _Reader(text).document()


class _Reader(Cursor):
    __slots__ = ()

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
        if self.at < len(self.text) and not _MARK.match(self.text, self.at):
            raise self._error("what stands here belongs to nothing")
        return node

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

    def _node(self, outer: int, *, is_on_line: bool) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error("deeper than any workflow")
        try:
            anchor = None
            while (found := PROPERTY.match(self.text, self.at)) is not None:
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

    def _sequence(self, column: int) -> Sequence:
        start, items = self.at, list[Node]()
        while not self._stops() and self._column() == column and self._dash():
            dash = self.at
            self.at += 1
            self.at = self._blanks()
            if self._ends_line():
                items.append(self._value(column + 1))
            else:
                items.append(self._node(column, is_on_line=False))
            end = self._end(items[-1], dash + 1)
            self._space()
        return Sequence(tuple(items), start, end)

    def _end(self, last: Node, least: int) -> int:
        """Where something ends whose last part has been read: behind that, or behind what says that it is empty."""
        if last.start == last.end:
            return least
        return last.end if last.end > least else self.at  # an alias: what it means stands elsewhere

    def _mapping(self, column: int) -> Mapping:
        start, pairs = self.at, list[tuple[Scalar, Node]]()
        end = start
        while not self._stops() and self._column() == column:
            found = _KEY.match(self.text, self.at)
            if found is None:
                raise self._error("neither a key nor a part of what stands before")
            key = self._key(found)
            self.at = found.end()
            pairs.append((key, self._value(column)))
            end = self._end(pairs[-1][1], found.end())
            self._space()
        if not self._stops() and self._column() > column:
            raise self._error("indented further than what it could belong to")
        return Mapping(tuple(pairs), start, end)

    def _key(self, found: re.Match[str]) -> Scalar:
        kind = found.lastgroup or "plain"
        value = found[kind].rstrip()
        if kind == "double":
            value = unescaped(value)
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
        rest = _CONTINUED.match(self.text, self.at)
        if rest is None:
            return False
        self.at = rest.end()
        return not self._stops() and self._column() > outer and not self.text.startswith("#", self.at)

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
