"""What an ELF file says of its code: which function an address lies in, and whether it knows source lines.

Little-endian 64-bit files only, which is what the hammer runs on. A file may be anything: what is not as it should be
is left out.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Function", "ObjectFile", "read"]

_MAGIC: Final = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT: Final = struct.Struct("<IIQQQQQQ")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")

_LOADED: Final = 1  # PT_LOAD
_SYMBOL_TABLES: Final = (2, 11)  # SHT_SYMTAB, SHT_DYNSYM
_IS_FUNCTION: Final = (2, 10)  # STT_FUNC, STT_GNU_IFUNC
_KNOW_LINES: Final = {".debug_line", ".zdebug_line", ".gnu_debuglink", ".gnu_debugaltlink"}


@dataclass(frozen=True, slots=True, order=True)
class Function:
    """The addresses of a function, from its first to that behind its last."""

    begin: int
    end: int
    name: str


class _Section(NamedTuple):
    name: str
    kind: int
    begin: int
    size: int
    link: int


class ObjectFile:
    """What was read of a file. Nothing in it changes."""

    def __init__(self, data: bytes) -> None:
        """Read these bytes.

        Raises:
            ValueError: they are no ELF file of a kind that is read.
        """
        if not data.startswith(_MAGIC):
            raise ValueError("not a little-endian 64-bit ELF file")
        self._data = data
        try:
            header = _HEADER.unpack_from(data)
            sections = list(self._sections(header))
            self._segments = list(self._loaded(header))
            self._functions = self._symbols(sections)
        except (struct.error, IndexError, OverflowError) as error:
            raise ValueError("an ELF file whose tables lie outside it") from error
        self.knows_lines = any(section.name in _KNOW_LINES for section in sections)

    def address(self, offset: int) -> int | None:
        """The address, before the file is moved in memory, of what lies at that offset of the file."""
        for begin, size, address in self._segments:
            if begin <= offset < begin + size:
                return offset - begin + address
        return None

    def function(self, address: int) -> Function | None:
        """The function whose instructions include that address."""
        index = bisect_right(self._functions, address, key=lambda one: one.begin) - 1
        return self._functions[index] if index >= 0 and address < self._functions[index].end else None

    def _sections(self, header: tuple[int, ...]) -> Iterator[_Section]:
        begin, size, count, names = header[6], *header[11:14]
        rows = [_SECTION.unpack_from(self._data, begin + size * number) for number in range(count if begin else 0)]
        for row in rows:
            yield _Section(self._text(rows[names][4] + row[0]), row[1], row[4], row[5], row[6])

    def _loaded(self, header: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
        begin, size, count = header[5], *header[9:11]
        for number in range(count):
            kind, _, offset, address, _, stored, *_ = _SEGMENT.unpack_from(self._data, begin + size * number)
            if kind == _LOADED:
                yield offset, stored, address

    def _symbols(self, sections: list[_Section]) -> list[Function]:
        """All functions, in order; one for each address, of several names the first in the alphabet."""
        every = sorted(self._named(sections), key=lambda one: (one.begin, one.end, one.name))
        return list({one.begin: one for one in reversed(every)}.values())[::-1]

    def _named(self, sections: list[_Section]) -> Iterator[Function]:
        for section in sections:
            if section.kind not in _SYMBOL_TABLES:
                continue
            names = sections[section.link].begin
            for begin in range(section.begin, section.begin + section.size - _SYMBOL.size + 1, _SYMBOL.size):
                name, info, _, defined, address, size = _SYMBOL.unpack_from(self._data, begin)
                if defined and size and info & 15 in _IS_FUNCTION:
                    yield Function(address, address + size, self._text(names + name))

    def _text(self, begin: int) -> str:
        return self._data[begin : self._data.find(b"\0", begin)].decode(errors="replace")


def read(path: str) -> ObjectFile | None:
    """What a file says; None of one that is not there, or is no ELF file of a kind that is read."""
    try:
        return ObjectFile(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
