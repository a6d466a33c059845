"""Small libraries for Windows and macOS, laid out by hand: there is no compiler for them here.

Each has code that hands a PyModuleDef to an imported function, as `PyInit_spam` does after a compiler was done with it.
"""

import random
import struct

# Where things lie, relative to the start of the image in memory.
CODE, DATA, IMPORTS, EXPORTS, RELOCATIONS = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
BASE = 0x1_8000_0000
PE_POINTER = IMPORTS + 0x100  # the cell that the loader fills with the imported function
DEFINITION, SLOTS, NAME = 0x100, 0x200, 0x300  # within the data


def module_data(base: int, slots: list[tuple[int, int]], name: bytes = b"spam", head: int = 32) -> bytes:
    """A PyModuleDef with its slots and its name; pointers are addresses from `base` on.

    A PySlot whose flags are zero looks like a PyModuleDef_Slot.
    """
    data = bytearray(0x400)
    members = DEFINITION + head + 24
    struct.pack_into("<Q", data, members, base + NAME)
    struct.pack_into("<Q", data, members + 32, base + SLOTS)
    for number, (slot, value) in enumerate([*slots, (0, 0)]):
        struct.pack_into("<QQ", data, SLOTS + 16 * number, slot, value)
    data[NAME : NAME + len(name) + 1] = name + b"\0"
    return bytes(data)


def pointers(head: int = 32) -> list[int]:
    """The offsets in the data of what the loader has to move."""
    return [DEFINITION + head + 24, DEFINITION + head + 56]


def x86_code(at: int, definition: int, pointer: int, *, windows: bool) -> bytes:
    """Instructions: lea rcx or rdi, [definition]; jmp [pointer]."""
    lea = b"\x48\x8d\x0d" if windows else b"\x48\x8d\x3d"
    return lea + struct.pack("<i", definition - at - 7) + b"\xff\x25" + struct.pack("<i", pointer - at - 13)


def x86_hook(at: int, slots: int) -> bytes:
    """Instructions: lea rax, [slots]; ret."""
    return b"\x48\x8d\x05" + struct.pack("<i", slots - at - 7) + b"\xc3"


def dll(
    slots: list[tuple[int, int]],
    *,
    python: str = "python314t.dll",
    function: str = "PyModuleDef_Init",
    head: int = 32,
    hook: bool = False,
) -> bytes:
    """A DLL for x86-64 whose one export is an init function, or an export hook."""
    code = x86_hook(CODE, DATA + SLOTS) if hook else x86_code(CODE, DATA + DEFINITION, PE_POINTER, windows=True)
    data = module_data(BASE + DATA, slots, head=head)
    sections = {
        (b".text", CODE, 0x60000020): code,
        (b".data", DATA, 0xC0000040): data,
        (b".idata", IMPORTS, 0xC0000040): _imports(python.encode(), function.encode()),
        (b".edata", EXPORTS, 0x40000040): _exports(b"PyModExport_spam" if hook else b"PyInit_spam"),
        (b".reloc", RELOCATIONS, 0x42000040): _relocations(pointers(head)),
    }
    header = bytearray(0x400)
    header[:2] = b"MZ"
    struct.pack_into("<I", header, 0x3C, 0x80)
    struct.pack_into("<4sHHIIIHH", header, 0x80, b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 240, 0x2022)
    optional = struct.pack("<HBBIIIIIQII", 0x20B, 14, 0, 0x200, 0, 0, 0, CODE, BASE, 0x1000, 0x200)
    optional += struct.pack("<HHHHHHIIIIHH", *(6, 0) * 3, 0, 0x6000, 0x400, 0, 2, 0x160)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    directories = [(EXPORTS, 0x100), (IMPORTS, 0x28), *[(0, 0)] * 3, (RELOCATIONS, 0x10)]
    optional += b"".join(struct.pack("<II", *one) for one in [*directories, *[(0, 0)] * 10])
    header[0x98 : 0x98 + len(optional)] = optional
    body = b""
    for number, ((name, address, flags), content) in enumerate(sections.items()):
        padded = content.ljust(0x400, b"\0")
        entry = struct.pack("<8sIIIIIIHHI", name, 0x400, address, 0x400, 0x400 + len(body), 0, 0, 0, 0, flags)
        header[0x188 + 40 * number : 0x188 + 40 * (number + 1)] = entry
        body += padded
    return bytes(header) + body


def _imports(library: bytes, function: bytes) -> bytes:
    """One descriptor, its two tables, the function's name and the library's."""
    found = bytearray(0x400)
    names, table = IMPORTS + 0x200, IMPORTS + 0x80
    struct.pack_into("<IIIII", found, 0, table, 0, 0, names + 0x80, PE_POINTER)
    struct.pack_into("<Q", found, 0x80, names)
    struct.pack_into("<Q", found, PE_POINTER - IMPORTS, names)
    found[0x202 : 0x202 + len(function)] = function
    found[0x280 : 0x280 + len(library)] = library
    return bytes(found)


def _exports(name: bytes) -> bytes:
    found = bytearray(0x100)
    tables = EXPORTS + 0x40
    struct.pack_into("<IIHHIIIIIII", found, 0, 0, 0, 0, 0, EXPORTS + 0x80, 1, 1, 1, tables, tables + 8, tables + 16)
    struct.pack_into("<I", found, 0x40, CODE)
    struct.pack_into("<I", found, 0x48, EXPORTS + 0xA0)
    found[0x80:0x88] = b"spam.pyd"
    found[0xA0 : 0xA0 + len(name)] = name
    return bytes(found)


def _relocations(offsets: list[int]) -> bytes:
    entries = b"".join(struct.pack("<H", 0xA000 | offset) for offset in offsets)
    return struct.pack("<II", DATA, 8 + len(entries)) + entries


MACHO_TEXT, MACHO_DATA, MACHO_LINKEDIT = 0x0, 0x4000, 0x8000
MACHO_CODE = 0x1000
MACHO_POINTER = MACHO_DATA + 0x40
_CPU = {"x86_64": (0x01000007, 3), "arm64": (0x0100000C, 0)}


def arm_code(at: int, definition: int, pointer: int) -> bytes:
    """Instructions: adrp x0; add x0; adrp x16; ldr x16; br x16."""
    return struct.pack(
        "<IIIII",
        _adrp(0, at, definition),
        0x91000000 | (definition & 0xFFF) << 10,
        _adrp(16, at + 8, pointer),
        0xF9400000 | (pointer & 0xFFF) // 8 << 10 | 16 << 5 | 16,
        0xD61F0200,
    )


def arm_hook(at: int, slots: int) -> bytes:
    """Instructions: adrp x0; add x0; ret."""
    return struct.pack("<III", _adrp(0, at, slots), 0x91000000 | (slots & 0xFFF) << 10, 0xD65F03C0)


def _adrp(register: int, at: int, target: int) -> int:
    pages = ((target >> 12) - (at >> 12)) & 0x1FFFFF
    return 0x90000000 | (pages & 3) << 29 | pages >> 2 << 5 | register


def dylib(
    slots: list[tuple[int, int]],
    *,
    architecture: str = "arm64",
    function: str = "PyModuleDef_Init",
    head: int = 32,
    hook: bool = False,
) -> bytes:
    """A bundle for macOS whose one export is an init function, or an export hook."""
    code = _macho_code(architecture, hook=hook)
    export = b"_PyModExport_spam" if hook else b"_PyInit_spam"
    text = bytearray(0x4000)
    text[MACHO_CODE : MACHO_CODE + len(code)] = code
    data = module_data(MACHO_DATA, slots, head=head).ljust(0x4000, b"\0")
    bind = b"\x11\x40_" + function.encode() + b"\0\x51\x71" + _uleb(MACHO_POINTER - MACHO_DATA) + b"\x90\x00"
    rebase = b"\x11" + b"".join(b"\x21" + _uleb(offset) + b"\x51" for offset in pointers(head)) + b"\x00"
    name = export + b"\0"
    strings = b"\0" + name + b"_" + function.encode() + b"\0"
    symbols = struct.pack("<IBBHQIBBHQ", 1, 0x0F, 1, 0, MACHO_CODE, 1 + len(name), 0x01, 0, 0x100, 0)
    trie = b"\0\x01" + name + bytes([3 + len(name)]) + b"\x03\x00" + _uleb(MACHO_CODE) + b"\0"
    parts = (rebase, bind, symbols, trie, strings)
    linkedit = b"".join(part.ljust(0x40, b"\0") for part in parts)
    commands = [
        _segment(b"__TEXT", MACHO_TEXT, 0, len(text), 5, (b"__text", MACHO_CODE, len(code))),
        _segment(b"__DATA", MACHO_DATA, 0x4000, len(data), 3, (b"__data", MACHO_DATA, len(data))),
        _segment(b"__LINKEDIT", MACHO_LINKEDIT, 0x8000, len(linkedit), 1, None),
        struct.pack("<12I", 0x80000022, 48, 0x8000, 0x40, 0x8040, 0x40, 0, 0, 0, 0, 0x80C0, 0x40),
        struct.pack("<6I", 2, 24, 0x8080, 2, 0x8100, len(strings)),
        struct.pack("<20I", 0xB, 80, 0, 0, 0, 1, 1, 1, *[0] * 12),
        struct.pack("<6I", 0xC, 56, 24, 2, 0x10000, 0x10000) + b"/usr/lib/libSystem.B.dylib".ljust(32, b"\0"),
    ]
    kind, sub = _CPU[architecture]
    header = struct.pack("<8I", 0xFEEDFACF, kind, sub, 8, len(commands), sum(map(len, commands)), 0x85, 0)
    start = header + b"".join(commands)
    text[: len(start)] = start
    return bytes(text) + data + linkedit


def _macho_code(architecture: str, *, hook: bool) -> bytes:
    if hook:
        return (arm_hook if architecture == "arm64" else x86_hook)(MACHO_CODE, MACHO_DATA + SLOTS)
    definition = MACHO_DATA + DEFINITION
    if architecture == "arm64":
        return arm_code(MACHO_CODE, definition, MACHO_POINTER)
    return x86_code(MACHO_CODE, definition, MACHO_POINTER, windows=False)


def _segment(  # noqa: PLR0913, PLR0917 - as many as the command has
    name: bytes, address: int, offset: int, size: int, protection: int, section: tuple[bytes, int, int] | None
) -> bytes:
    sections = b""
    if section is not None:
        title, start, length = section
        sections = struct.pack("<16s16sQQ8I", title, name, start, length, start, 4, 0, 0, 0, 0, 0, 0)
    head = struct.pack("<II16sQQQQ", 0x19, 72 + len(sections), name, address, 0x4000, offset, size)
    return head + struct.pack("<4I", 7, protection, bool(sections), 0) + sections


def _uleb(value: int) -> bytes:
    found = b""
    while True:
        value, low = value >> 7, value & 0x7F
        found += bytes([low | (0x80 if value else 0)])
        if not value:
            return found


def universal(*slices: tuple[str, bytes]) -> bytes:
    """A file with a library for each of several processors."""
    head = struct.pack(">II", 0xCAFEBABE, len(slices))
    body = b""
    for architecture, data in slices:
        offset = 0x4000 + len(body)
        head += struct.pack(">IIIII", *_CPU[architecture], offset, len(data), 14)
        body += data.ljust((len(data) + 0x3FFF) // 0x4000 * 0x4000, b"\0")
    return head.ljust(0x4000, b"\0") + body


def mutants(data: bytes, number: int, seed: int) -> list[bytes]:
    """Copies with a few bytes changed, most of them where the structure is."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    found = []
    for _ in range(number):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(min(len(data), 2048)) if chance.random() < 0.7 else chance.randrange(len(data))
            changed[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        if chance.random() < 0.1:
            del changed[chance.randrange(len(changed)) :]
        found.append(bytes(changed))
    return found
