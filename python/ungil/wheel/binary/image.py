"""A shared library as the loader would lay it out in memory, the same for ELF, PE and Mach-O."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

__all__ = ["Image", "Segment", "UnreadableError", "plain"]


class UnreadableError(Exception):
    """The file is no library that can be read: its message says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of memory. What lies behind its data, up to its size, is zero when the program starts."""

    address: int
    size: int
    data: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One library for one architecture.

    Attributes:
        container: ``ELF``, ``PE`` or ``Mach-O``.
        architecture: as platform tags spell it: ``x86_64``, ``aarch64``, ``i686``, ...
        pointer: the size of one, in bytes.
        segments: by address.
        exports: the address of each name that other libraries may use, without Mach-O's leading underscore.
        imports: the names that it uses of others.
        cells: the address of each pointer that the loader fills with something imported, and the name of it.
        targets: the address of each pointer that the loader fills with an address of this library, and that address.
        libraries: what it needs, as it names it.
        debug: bytes of debug information.
    """

    container: str
    architecture: str
    pointer: int = 8
    big_endian: bool = False
    segments: tuple[Segment, ...] = ()
    exports: dict[str, int] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    cells: dict[int, str] = field(default_factory=dict)
    targets: dict[int, int] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    debug: int = 0

    def segment(self, address: int) -> Segment | None:
        """The one that an address lies in."""
        found = bisect.bisect_right(self.segments, address, key=lambda one: one.address) - 1
        if found < 0:
            return None
        segment = self.segments[found]
        return segment if address < segment.address + segment.size else None

    def read(self, address: int, size: int) -> bytes | None:
        """The bytes at an address, as they are in the file: nothing where they are not all in one segment.

        What the loader fills is in ``cells`` and ``targets``. Memory that is zero at the start reads as zero.
        """
        segment = self.segment(address)
        if segment is None or address + size > segment.address + segment.size:
            return None
        start = address - segment.address
        return segment.data[start : start + size].ljust(size, b"\0")

    def is_stored(self, address: int) -> bool:
        """Whether the file has something there: memory that is merely zero at the start is there to be filled."""
        segment = self.segment(address)
        return segment is not None and address - segment.address < len(segment.data)

    def integer(self, address: int, size: int) -> int | None:
        """An unsigned number."""
        data = self.read(address, size)
        return None if data is None else int.from_bytes(data, "big" if self.big_endian else "little")

    def target(self, address: int) -> int | None:
        """What the pointer at an address points to, within this library: None for null and for what is imported."""
        return self.targets.get(address)

    def text(self, address: int, longest: int = 512) -> str | None:
        """The C string at an address, if it ends in time."""
        segment = self.segment(address)
        if segment is None:
            return None
        start = address - segment.address
        end = segment.data.find(b"\0", start, start + longest)
        return None if end < 0 else segment.data[start:end].decode("utf-8", "replace")


def plain(name: str | bytes) -> str:
    """A name as text: lief gives bytes where one is no UTF-8."""
    return name if isinstance(name, str) else name.decode(errors="replace")
