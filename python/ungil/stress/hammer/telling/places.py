"""Instructions as people know them: a function and a line of source instead of a file and an offset."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.telling import elf
from ungil.stress.hammer.telling.binutils import NO_CALLS, Calls, Frame, calls_around, demangled, lines_of
from ungil.stress.hammer.telling.origin import Origin, is_foreign, origin_of

__all__ = ["Place", "Places", "short_name"]

_PIECE_OF_FUNCTION: Final = re.compile(r"(?:\.(?:cold|part|isra|constprop|lto_priv|llvm)(?:\.\d+)*)+$")

_PARAMETERS: Final = re.compile(r"(?<!operator)(?<!\{lambda)\((?!anonymous namespace\)).*$")
_CRATE: Final = re.compile(r"(?<=\w)\[[0-9a-f]{6,16}\]")
_ARGUMENTS: Final = re.compile(r"(?<!operator)(?<!operator<)<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Place:
    """An instruction, and what is known of it.

    Attributes:
        spot: the file and the offset.
        function: that it is in; empty if the file does not say.
        offset: in that function, in bytes.
        origin: the line of the project that it comes from.
        inlined: the function, of a header perhaps, that the compiler put there, and its line.
        calls: those around it.
    """

    spot: Spot
    function: str = ""
    offset: int = 0
    origin: Origin | None = None
    inlined: str = ""
    calls: Calls = NO_CALLS

    @property
    def name(self) -> str:
        """``get_item+0x34``, or without the function ``_multidict.so+0x4a10``."""
        return f"{self.function}+{self.offset:#x}" if self.function else str(self.spot)

    def __str__(self) -> str:
        """``get_item+0x34 (src/map.c:120), after the call of PyDict_GetItem and before that of PyList_New``."""
        parts = [f"{self.name} ({self.origin.path}:{self.origin.line})" if self.origin else self.name]
        parts += [f"in the inlined {self.inlined}"] if self.inlined else []
        parts += [self.calls.told] if self.calls.told else []
        return ", ".join(parts)


class Places:
    """Finds places out, each file's at once, and remembers them. Not for several threads at once.

    Attributes:
        files: of the extension.
        known: what has been found out.
    """

    def __init__(self, root: Path, files: Collection[str] = ()) -> None:
        """Take the project's folder, to which paths of sources are relative, and the extension's files."""
        self.files = frozenset(files)
        self.known: dict[Spot, Place] = {}
        self._root = root

    def find(self, spots: Iterable[Spot]) -> None:
        """Find out about all of these: asking for one after the other starts a program for each."""
        new = {spot for spot in spots if spot not in self.known}
        for path in sorted({spot.path for spot in new}):
            self._read(path, sorted(spot for spot in new if spot.path == path))

    def __getitem__(self, spot: Spot) -> Place:
        """What is known of one; at the worst, the file and the offset."""
        self.find([spot])
        return self.known[spot]

    def _read(self, path: str, spots: list[Spot]) -> None:
        self.known |= {spot: Place(spot) for spot in spots}
        file = elf.read(path)
        if file is None:
            return
        addresses = {spot: address for spot in spots if (address := file.address(spot.offset)) is not None}
        functions = {spot: function for spot, address in addresses.items() if (function := file.function(address))}
        plain = demangled({_PIECE_OF_FUNCTION.sub("", function.name) for function in functions.values()})
        for spot, function in functions.items():
            name = plain[_PIECE_OF_FUNCTION.sub("", function.name)]
            self.known[spot] = Place(spot, short_name(name), addresses[spot] - function.begin)
        if file.knows_lines:
            frames = lines_of(path, sorted(set(addresses.values())))
            for spot, address in addresses.items():
                self.known[spot] = self._with_line(self.known[spot], frames.get(address, []))
        for function in set(functions.values()):
            inside = {spot: addresses[spot] for spot, one in functions.items() if one == function}
            around = calls_around(path, function.begin, function.end, inside.values())
            for spot, address in inside.items():
                self.known[spot] = replace(self.known[spot], calls=around[address])

    def _with_line(self, place: Place, frames: list[Frame]) -> Place:
        """With the innermost line that is the project's own."""
        own = next((frame for frame in frames if not is_foreign(frame.path)), None)
        if own is None:
            return place
        innermost = frames[0]
        inlined = f"{innermost.function} ({Path(innermost.path).name}:{innermost.line})" if innermost != own else ""
        return replace(place, origin=origin_of(own.path, own.line, self._root), inlined=inlined)


def short_name(name: str) -> str:
    """``Map::get`` of ``Map<int, Box>::get(int) const``: what overloads and instances have in common."""
    plain = _PARAMETERS.sub("", _without_crates(name))
    before = None
    while plain != before:
        before, plain = plain, _ARGUMENTS.sub("", plain)
    plain = plain.removesuffix("::")
    return plain.rpartition(" ")[2] if " " in plain and "(" not in plain and "operator" not in plain else plain


def _without_crates(name: str) -> str:
    """``boxes::Map::get`` of Rust's ``<boxes[1f2e3d4c]::Map as core[5a6b7c8d]::Get>::get``."""
    plain = _CRATE.sub("", name)
    if not plain.startswith("<"):
        return plain
    depth = 0
    for place, sign in enumerate(plain):
        depth += (sign == "<") - (sign == ">" and plain[place - 1] != "-")
        if depth == 0:
            return plain[1:place].partition(" as ")[0] + plain[place + 1 :]
    return plain
