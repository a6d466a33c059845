"""Windows' PE, as lief reads it."""

from __future__ import annotations

import lief

from ungil.wheel.binary.image import Image, Segment, UnreadableError, plain

__all__ = ["read"]

_ARCHITECTURES = {"AMD64": "x86_64", "ARM64": "arm64", "I386": "x86"}
_EXECUTABLE = lief.PE.Section.CHARACTERISTICS.MEM_EXECUTE
_POINTERS = {lief.PE.RelocationEntry.BASE_TYPES.DIR64, lief.PE.RelocationEntry.BASE_TYPES.HIGHLOW}


def read(data: bytes, *, code: bool) -> list[Image]:
    """The library, as a list of one; ``code`` asks for all that it takes to follow its code."""
    config = lief.PE.ParserConfig()
    config.parse_signature = config.parse_rsrc = config.parse_exceptions = False
    config.parse_reloc = config.parse_exports = code
    binary = lief.PE.parse(data, config)
    if binary is None:
        raise UnreadableError("it is no PE file that can be read")
    if not binary.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.DLL):
        raise UnreadableError("it is a PE file, but no library")
    machine = binary.header.machine.name
    base = binary.optional_header.imagebase
    image = Image(
        container="PE",
        architecture=_ARCHITECTURES.get(machine, machine.lower()),
        pointer=8 if binary.optional_header.magic == lief.PE.PE_TYPE.PE32_PLUS else 4,
        segments=tuple(sorted((_segment(one, base, data) for one in binary.sections), key=lambda one: one.address)),
        libraries=tuple(plain(one.name) for one in (*binary.imports, *binary.delay_imports)),
        debug=sum(one.sizeof_raw_data for one in binary.sections if plain(one.name).startswith(".debug_")),
    )
    if code:
        _names(binary, base, image)
        _relocations(binary, base, image)
    return [image]


def _segment(section: lief.PE.Section, base: int, data: bytes) -> Segment:
    start = section.pointerto_raw_data
    size = section.virtual_size or section.sizeof_raw_data
    stored = data[start : start + min(section.sizeof_raw_data, size)]
    return Segment(base + section.virtual_address, size, stored, section.has_characteristic(_EXECUTABLE))


def _names(binary: lief.PE.Binary, base: int, image: Image) -> None:
    exported = binary.get_export()
    for entry in exported.entries if exported is not None else ():
        if entry.name:
            image.exports[plain(entry.name)] = base + entry.address
    for library in binary.imports:
        for used in library.entries:
            if not used.is_ordinal:
                image.imports.add(plain(used.name))
                image.cells[base + used.iat_address] = plain(used.name)


def _relocations(binary: lief.PE.Binary, base: int, image: Image) -> None:
    for page in binary.relocations:
        for entry in page.entries:
            if entry.type in _POINTERS:
                address = base + page.virtual_address + entry.position
                pointed = image.integer(address, image.pointer)
                if pointed is not None:
                    image.targets[address] = pointed
