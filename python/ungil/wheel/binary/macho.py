"""macOS' Mach-O, as lief reads it: a universal file is several images."""

from __future__ import annotations

import lief

from ungil.wheel.binary.image import Image, Segment, UnreadableError, plain

__all__ = ["read"]

_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64", "X86": "x86"}
_MOST_SLICES = 8
_LIBRARIES = {lief.MachO.Header.FILE_TYPE.DYLIB, lief.MachO.Header.FILE_TYPE.BUNDLE}
_EXECUTE = 4  # VM_PROT_EXECUTE
_ADDRESS = 0xF_FFFF_FFFF  # of a chained pointer that was not resolved, the bits that are an address


def read(data: bytes, *, code: bool) -> list[Image]:
    """An image for each architecture; ``code`` asks for all that it takes to follow its code."""
    fat = lief.MachO.parse(data, lief.MachO.ParserConfig.deep if code else lief.MachO.ParserConfig.quick)
    slices = list(fat or ())
    if not slices or len(slices) > _MOST_SLICES:
        raise UnreadableError("it is no Mach-O file that can be read")
    for one in slices:
        if one.header.file_type not in _LIBRARIES:
            raise UnreadableError(f"it is a Mach-O file, but no library ({one.header.file_type.name})")
    return [_image(one, data, code=code) for one in slices]


def _image(binary: lief.MachO.Binary, data: bytes, *, code: bool) -> Image:
    machine = binary.header.cpu_type.name
    segments = (_segment(one, data, binary.fat_offset) for one in binary.segments)
    image = Image(
        container="Mach-O",
        architecture=_ARCHITECTURES.get(machine, machine.lower()),
        pointer=8 if machine.endswith("64") else 4,
        segments=tuple(sorted(segments, key=lambda one: one.address)),
        libraries=tuple(plain(one.name) for one in binary.libraries if not _is_itself(one)),
        debug=sum(one.file_size for one in binary.segments if one.name == "__DWARF"),
    )
    if code:
        _names(binary, image)
        _relocations(binary, image)
    return image


def _is_itself(library: lief.MachO.DylibCommand) -> bool:
    return bool(library.command == lief.MachO.LoadCommand.TYPE.ID_DYLIB)


def _segment(segment: lief.MachO.SegmentCommand, data: bytes, offset: int) -> Segment:
    start = offset + segment.file_offset
    stored = data[start : start + min(segment.file_size, segment.virtual_size)]
    executable = bool(int(segment.init_protection) & _EXECUTE)
    return Segment(segment.virtual_address, segment.virtual_size, stored, executable)


def _bare(name: str | bytes) -> str:
    """A name as C spells it."""
    return plain(name).removeprefix("_")


def _names(binary: lief.MachO.Binary, image: Image) -> None:
    for symbol in binary.exported_symbols:
        image.exports[_bare(symbol.name)] = symbol.value
    trie = binary.dyld_info or binary.dyld_exports_trie
    for export in trie.exports if trie is not None else ():
        if export.symbol is not None:
            image.exports.setdefault(_bare(export.symbol.name), binary.imagebase + export.address)
    for symbol in binary.imported_symbols:
        image.imports.add(_bare(symbol.name))
    for bound in binary.bindings:
        if bound.symbol is not None:
            image.cells[bound.address] = _bare(bound.symbol.name)


def _relocations(binary: lief.MachO.Binary, image: Image) -> None:
    for relocation in binary.relocations:
        address = relocation.address
        if isinstance(relocation, lief.MachO.RelocationFixup):
            image.targets[address] = binary.imagebase + relocation.target
        elif address not in image.cells:
            pointed = image.integer(address, image.pointer)
            if pointed is not None:
                image.targets[address] = pointed
