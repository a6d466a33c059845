"""The machine code of loaded extensions: where it lies in this process, and what an address in it is called."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LoadedText", "Ranges", "Spot", "loaded_text"]

type Ranges = list[tuple[int, int]]
"""Addresses from the first up to, and without, the second."""


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
    """The code of this process as it was when this was made, and which of it is the tested extension's."""

    def __init__(self, mappings: Iterable[_Mapping], files: Iterable[str]) -> None:
        """Keep these mappings; the tested extension is in these files."""
        self._mappings = sorted(mappings)
        self._own = {str(Path(file).resolve()) for file in files}

    @property
    def home(self) -> Ranges:
        """The addresses of the tested extension."""
        return [(one.begin, one.end) for one in self._mappings if one.path in self._own]

    @property
    def beyond(self) -> Ranges:
        """Those of every other shared object: libraries that extensions call, and not the interpreter or the hammer."""
        left_out = self._own | _files_to_leave_out()
        return [(one.begin, one.end) for one in self._mappings if one.path not in left_out and _is_library(one.path)]

    def is_home(self, address: int) -> bool:
        """Whether it is in the tested extension."""
        return self.spot(address).path in self._own

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


def loaded_text(files: Iterable[str]) -> LoadedText:
    """Read what is loaded now: the tested extension is in ``files``. Nothing where the system has no ``/proc``."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if maps.exists() else []
    return LoadedText((mapping for line in lines if (mapping := _mapping(line))), files)


def _mapping(line: str) -> _Mapping | None:
    """``7f00-7fff r-xp 00001000 fe:00 123   /path``, if it is code from a file."""
    fields = line.split(maxsplit=5)
    if len(fields) < 6 or "x" not in fields[1] or not fields[5].startswith("/"):  # noqa: PLR2004 - the path is optional
        return None
    begin, _, end = fields[0].partition("-")
    return _Mapping(int(begin, 16), int(end, 16), int(fields[2], 16), fields[5].removesuffix(" (deleted)"))


def _files_to_leave_out() -> set[str]:
    from ungil import _hammer  # noqa: PLC0415 - imported where it is used: it is absent from no build, but slow to load

    return {str(Path(_hammer.__file__).resolve()), str(Path(sys.executable).resolve())}


def _is_library(path: str) -> bool:
    """Whether it is a shared object other than the interpreter's library and the dynamic loader."""
    name = Path(path).name
    return ".so" in name and not name.startswith(("ld-", "libpython", "libpthread"))
