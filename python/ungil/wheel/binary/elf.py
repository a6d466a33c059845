"""ELF, as lief reads it."""

from __future__ import annotations

import lief

from ungil.wheel.binary.image import Image, Segment, UnreadableError, plain

__all__ = ["read"]

_ARCHITECTURES = {
    "X86_64": "x86_64",
    "AARCH64": "arm64",
    "I386": "x86",
    "ARM": "arm",
    "PPC64": "ppc64",
    "S390": "s390x",
    "RISCV": "riscv64",
    "LOONGARCH": "loongarch64",
}
_SYMBOLIC = ("GLOB_DAT", "JUMP_SLOT", "JMP_SLOT", "JUMP_SLO", "_64", "_32", "ABS64", "ABS32", "ADDR64", "ADDR32")
_UNDEFINED = 0  # SHN_UNDEF


def read(data: bytes, *, code: bool) -> list[Image]:
    """The library, as a list of one.

    Args:
        data: the file.
        code: also what it takes to follow its code: symbols, relocations, memory.
    """
    config = lief.ELF.ParserConfig()
    config.parse_symtab_symbols = config.parse_notes = config.parse_overlay = config.parse_symbol_versions = False
    config.parse_relocations = config.parse_dyn_symbols = code
    binary = lief.ELF.parse(data, config)
    if binary is None:
        raise UnreadableError("it is no ELF file that can be read")
    if binary.header.file_type != lief.ELF.Header.FILE_TYPE.DYN:
        raise UnreadableError(f"it is an ELF file, but no shared library ({binary.header.file_type.name})")
    header = binary.header
    machine = header.machine_type.name
    loaded = [segment for segment in binary.segments if segment.type == lief.ELF.Segment.TYPE.LOAD]
    image = Image(
        container="ELF",
        architecture=_ARCHITECTURES.get(machine, machine.lower()),
        pointer=8 if header.identity_class == lief.ELF.Header.CLASS.ELF64 else 4,
        big_endian=header.identity_data == lief.ELF.Header.ELF_DATA.MSB,
        segments=tuple(sorted((_segment(one, data) for one in loaded), key=lambda one: one.address)) if code else (),
        libraries=tuple(map(plain, binary.libraries)),
        debug=sum(one.size for one in binary.sections if plain(one.name).startswith((".debug_", ".zdebug_"))),
    )
    if code:
        _symbols(binary, image)
        _relocations(binary, image)
    return [image]


def _segment(segment: lief.ELF.Segment, data: bytes) -> Segment:
    start, stored = segment.file_offset, min(segment.physical_size, segment.virtual_size)
    executable = lief.ELF.Segment.FLAGS.X in segment
    return Segment(segment.virtual_address, segment.virtual_size, data[start : start + stored], executable)


def _symbols(binary: lief.ELF.Binary, image: Image) -> None:
    for symbol in binary.dynamic_symbols:
        if _is_defined(symbol):
            if symbol.binding != lief.ELF.Symbol.BINDING.LOCAL:
                image.exports[plain(symbol.name)] = symbol.value
        elif symbol.name:
            image.imports.add(plain(symbol.name))


def _is_defined(symbol: lief.ELF.Symbol) -> bool:
    return bool(symbol.shndx != _UNDEFINED)


def _relocations(binary: lief.ELF.Binary, image: Image) -> None:
    for relocation in binary.relocations:
        kind = relocation.type.name
        address = relocation.address
        addend = relocation.addend if relocation.is_rela else image.integer(address, image.pointer) or 0
        if kind.endswith("_RELATIVE"):
            image.targets[address] = addend
        elif kind.endswith(_SYMBOLIC) and (symbol := relocation.symbol) is not None:
            if not _is_defined(symbol):
                image.cells[address] = plain(symbol.name)
            else:
                image.targets[address] = symbol.value + (0 if "JUMP_SL" in kind or "JMP_SL" in kind else addend)
