"""The machine code of loaded extensions: where it lies in this process, and what an address in it is called."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

__all__ = ["LoadedText", "Ranges", "Reach", "Spot", "loaded_text"]

type Ranges = list[tuple[int, int]]
"""Addresses from the first up to, and without, the second."""


class Reach(Enum):
    """How far from the extension threads are stopped."""

    EXTENSION = 0  # in its own code
    LIBRARIES = 1  # in shared objects that it calls as well
    INTERPRETER = 2  # and in the interpreter


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """An instruction, by a name that is the same in every process: the file, and the offset in it."""

    path: str
    offset: int

    def __str__(self) -> str:
        """``_multidict.so+0x4a10``."""
        return f"{Path(self.path).name}+{self.offset:#x}"


@dataclass(frozen=True, slots=True, order=True)
class _Mapping:
    begin: int
    end: int
    offset: int
    path: str


class LoadedText:
    """The code of a process, and which of it is the tested extension's. Not thread-safe."""

    def __init__(self, maps: Path, files: Iterable[str]) -> None:
        """Read what is loaded from the process's ``maps``; the tested extension is in these files."""
        self._maps = maps
        self._own = {str(Path(file).resolve()) for file in files}
        self._mappings: list[_Mapping] = []
        self.look_again()

    def look_again(self) -> None:
        """Read once more what is loaded: calls may have loaded libraries."""
        if self._maps.exists():
            lines = self._maps.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            self._mappings = sorted(mapping for line in lines if (mapping := _mapping(line)))

    @property
    def home(self) -> Ranges:
        """The addresses of the tested extension."""
        return [(one.begin, one.end) for one in self._mappings if one.path in self._own]

    def beyond(self, reach: Reach) -> Ranges:
        """The addresses of what the tested extension calls, so far: nothing, or what else is stepped through."""
        if reach is Reach.EXTENSION:
            return []
        left_out = self._own | {_own_file()}
        others = [one for one in self._mappings if one.path not in left_out and not _is_loader(one.path)]
        return [(one.begin, one.end) for one in others if reach is Reach.INTERPRETER or not _is_interpreter(one.path)]

    def reach(self, address: int) -> Reach:
        """How far from the extension this code is."""
        path = self.spot(address).path
        if path in self._own:
            return Reach.EXTENSION
        return Reach.INTERPRETER if _is_interpreter(path) else Reach.LIBRARIES

    def spot(self, address: int) -> Spot:
        """The place of an address; its path is empty where no file is mapped."""
        index = bisect_right(self._mappings, address, key=lambda one: one.begin) - 1
        if index < 0 or address >= self._mappings[index].end:
            return Spot("", address)
        found = self._mappings[index]
        return Spot(found.path, address - found.begin + found.offset)

    def address(self, spot: Spot) -> int | None:
        """Where that place is here; None if its file is not loaded."""
        for one in self._mappings:
            if one.path == spot.path and one.offset <= spot.offset < one.offset + one.end - one.begin:
                return spot.offset - one.offset + one.begin
        return None


def loaded_text(files: Iterable[str], maps: Path = Path("/proc/self/maps")) -> LoadedText:
    """What is loaded, now or when ``maps`` was copied: the tested extension is in ``files``.

    Nothing is, where the system has no ``/proc``.
    """
    return LoadedText(maps, files)


def _mapping(line: str) -> _Mapping | None:
    """``7f00-7fff r-xp 00001000 fe:00 123   /path``, if it is code from a file."""
    fields = line.split(maxsplit=5)
    if len(fields) < 6 or "x" not in fields[1] or not fields[5].startswith("/"):  # noqa: PLR2004 - the path is optional
        return None
    begin, _, end = fields[0].partition("-")
    return _Mapping(int(begin, 16), int(end, 16), int(fields[2], 16), fields[5].removesuffix(" (deleted)"))


def _own_file() -> str:
    from ungil import _hammer  # noqa: PLC0415 - reading what is loaded needs none of it

    return str(Path(_hammer.__file__).resolve())


def _is_interpreter(path: str) -> bool:
    return path == str(Path(sys.executable).resolve()) or Path(path).name.startswith("libpython")


def _is_loader(path: str) -> bool:
    """Of the dynamic loader, which signal handlers may need."""
    return Path(path).name.startswith(("ld-", "ld."))
