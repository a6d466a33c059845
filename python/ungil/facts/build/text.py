"""The text of build files: the commands of CMake, and the lists and calls of Python and Meson, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Argument", "Command", "Group", "commands", "groups", "without_comments"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command, or one element of a list.

    Attributes:
        text: as it is written.
        value: of a string, what stands between its quotes; of an argument of CMake, likewise; None of other code.
        start, end: where it stands, the end exclusive.
    """

    text: str
    value: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """``name(arguments)`` in CMake, nested parentheses apart."""

    name: str
    start: int
    end: int
    arguments: tuple[Argument, ...]


@dataclass(slots=True, eq=False)
class Group:
    """What stands in brackets in Python or Meson.

    Attributes:
        bracket: that opens it.
        name: what is called, ``subprocess.run``; empty where nothing is.
        key: of which it is the value: ``sources=[...]``, ``command: [...]``; empty where there is no key.
        start, end: from the opening bracket to behind the closing one.
        parent: the group around it.
        elements: what commas separate.
    """

    bracket: str
    name: str
    key: str
    start: int
    parent: Group | None
    end: int = 0
    elements: list[Argument] = field(default_factory=list)


# What is not closed ends with the file, or with its line: so that nothing is looked at twice.
_CMAKE = re.compile(
    r"""(?P<comment>\#\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z)|\#[^\n]*) | (?P<bracket>\[(?P<b>=*)\[.*?(?:\](?P=b)\]|\Z))
      | "(?P<quoted>(?:\\.|[^"\\])*+)(?:"|\\?\Z) | (?P<open>\() | (?P<close>\))
      | (?P<word>(?:\\.|\$\{[\w.]*+\}|[^\s()\#"])++)""",
    re.VERBOSE | re.DOTALL,
)
_SCRIPT = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | [A-Za-z]{0,2}(?: \"{3}(?P<long>(?:\\.|[^\\])*?)(?:\"{3}|\\?\Z)
                      | '{3}(?P<long1>(?:\\.|[^\\])*?)(?:'{3}|\\?\Z)
                      | "(?P<short>(?:\\.|[^"\\\n])*+)(?:"|(?=\n)|\\?\Z)
                      | '(?P<short1>(?:\\.|[^'\\\n])*+)(?:'|(?=\n)|\\?\Z))
      | (?P<open>[\[({]) | (?P<close>[\])}]) | (?P<comma>,) | (?P<name>[A-Za-z_][\w.]*) | (?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_LINE = re.compile(r"(?m)^[ \t]*#.*$")


def without_comments(text: str) -> str:
    """Without the lines that are comments."""
    return _COMMENT_LINE.sub("", text)


def commands(text: str) -> Iterator[Command]:
    """The commands of a ``CMakeLists.txt``, in the order in which they stand."""
    last: re.Match[str] | None = None
    begun: re.Match[str] | None = None
    depth, arguments = 0, list[Argument]()
    for token in _CMAKE.finditer(text):
        if token["comment"] is not None:
            continue
        if token["open"] is not None:
            depth += 1
            if depth == 1:
                begun, arguments = last, []
        elif token["close"] is not None:
            depth = max(depth - 1, 0)
            if depth == 0 and begun is not None:
                yield Command(begun[0].lower(), begun.start(), token.end(), tuple(arguments))
                begun = None
        elif depth:
            value = token["quoted"] if token["quoted"] is not None else token[0]
            arguments.append(Argument(token[0], value, token.start(), token.end()))
        last = token


def groups(text: str) -> list[Group]:
    """What stands in brackets in a file of Python or Meson, in the order in which it begins."""
    found, before = list[Group](), list[re.Match[str]]()
    current: Group | None = None
    begun: list[list[re.Match[str]]] = []
    for token in _SCRIPT.finditer(text):
        if token["comment"] is not None:
            continue
        if token["open"] is not None:
            current = Group(token[0], *_called(before, token), token.start(), current)
            found.append(current)
            if begun:
                begun[-1].append(token)
            begun.append([])
        elif token["close"] is not None and current is not None:
            _close(text, current, begun.pop(), token)
            current = current.parent
            if begun:
                begun[-1].append(token)
        elif token["comma"] is not None and current is not None:
            current.elements += _element(text, begun[-1])
            begun[-1] = []
        elif begun:
            begun[-1].append(token)
        before = [*before[-1:], token]
    return [group for group in found if group.end]


def _called(before: list[re.Match[str]], opening: re.Match[str]) -> tuple[str, str]:
    """The name that is called, and the key of which the brackets are the value."""
    if before and before[-1]["name"] is not None and before[-1].end() == opening.start():
        return before[-1][0], ""
    is_value = len(before) > 1 and before[-1][0] in {"=", ":"}
    return "", before[0][0].strip("\"'") if is_value else ""


def _close(text: str, group: Group, rest: list[re.Match[str]], closing: re.Match[str]) -> None:
    group.elements += _element(text, rest)
    group.end = closing.end()


def _element(text: str, tokens: list[re.Match[str]]) -> list[Argument]:
    if not tokens:
        return []
    start, end = tokens[0].start(), tokens[-1].end()
    values = [tokens[0][kind] for kind in ("long", "long1", "short", "short1") if tokens[0][kind] is not None]
    return [Argument(text[start:end], values[0] if values and len(tokens) == 1 else None, start, end)]
