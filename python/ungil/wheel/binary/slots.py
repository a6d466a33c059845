"""Module definitions and slot arrays as compilers leave them in a library's data.

    PyModuleDef       PyObject head, m_init, m_index, m_copy, then m_name, m_doc, m_size, m_methods, m_slots, ...
                      The head is 32 bytes on free-threaded builds and 16 on GIL-enabled ones, half of it in 32 bits
                      (20 and 8), so that a definition tells which of the two it was compiled for.
    PyModuleDef_Slot  int slot, void *value; until an entry with slot 0
    PySlot            (3.15) uint16_t id, uint16_t flags, uint32_t 0, and eight bytes; until an entry with id 0

Py_mod_gil is slot 4, and 87 when it was compiled for 3.15 (slots_generated.h).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from ungil.wheel.binary.image import Image

__all__ = ["Gil", "ModuleDef", "Slots", "definitions", "module_def", "plain_slots", "wide_slots"]

_GIL = (4, 87)  # Py_mod_gil
_SUBSLOTS, _MOD_SLOTS, _MOD_ABI = 92, 94, 109  # what holds more slots, and Py_mod_abi
_LAST = 255  # no version has as many
_MOST = 64  # slots of one module
_DEEPEST = 3  # slots within slots
_GIL_ENABLED, _FREE_THREADED = 2, 4  # PyABIInfo.flags
_IMMORTAL = 0xFFFF_FFFF  # ob_ref_local of a static object
_HEADS = {8: {True: 32, False: 16}, 4: {True: 20, False: 8}}  # of a PyObject, by pointer size and build
_NAME_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")


class Gil(Enum):
    """What a slot array says about the GIL."""

    NOT_USED = "Py_MOD_GIL_NOT_USED"
    USED = "Py_MOD_GIL_USED"
    UNSAID = "no Py_mod_gil slot"


@dataclass(frozen=True, slots=True)
class Slots:
    """A slot array that ends as it should.

    Attributes:
        gil: what it says about the GIL; None where it says two things, or something that is neither.
        free_threaded: for which build it was compiled, by its Py_mod_abi; None without one, and where it is for both.
    """

    gil: Gil | None
    free_threaded: bool | None = None


@dataclass(frozen=True, slots=True)
class ModuleDef:
    """A PyModuleDef.

    Attributes:
        free_threaded: which build it was compiled for.
        slots: the address of its slot array; None where there is none in the file.
    """

    address: int
    name: str
    free_threaded: bool
    slots: int | None


def module_def(image: Image, address: int) -> ModuleDef | None:
    """The definition at an address, if there is one whose name is in the file."""
    size = image.pointer
    for free_threaded, head in _HEADS[size].items():
        start = address + head + 3 * size
        pointed = image.target(start)
        name = image.text(pointed) if pointed is not None else None
        if name and set(name.encode()) <= _NAME_CHARACTERS and not _filled(image, address, start):
            return ModuleDef(address, name, free_threaded, image.target(start + 4 * size))
    return None


def _filled(image: Image, start: int, end: int) -> bool:
    """Whether the loader fills a pointer there: in a definition's head there is none."""
    size = image.pointer
    return any(at in image.targets or at in image.cells for at in range(start, end, size))


def definitions(image: Image, module: str) -> Iterator[ModuleDef]:
    """Every definition in the file that bears a module's name, with or without its package."""
    size = image.pointer
    names = _addresses_of(image, module.encode())
    for cell, pointed in image.targets.items():
        if pointed in names:
            for head in _HEADS[size].values():
                found = module_def(image, cell - head - 3 * size)
                if found is not None and found.name.rpartition(".")[2] == module and _looks_static(image, found):
                    yield found


def _looks_static(image: Image, found: ModuleDef) -> bool:
    """Whether the head is that of a PyModuleDef_HEAD_INIT: immortal for its build, without m_init, m_index and m_copy.

    Where that of one build begins in the middle of the other's, only one of the two has its reference count there.
    """
    head = _HEADS[image.pointer][found.free_threaded]
    rest = image.read(found.address + head, 3 * image.pointer)
    if found.free_threaded:
        # ob_tid, then 32 bits of flags, mutex and bits, then ob_ref_local.
        counted = image.integer(found.address + image.pointer + 4, 4) == _IMMORTAL
    else:
        counted = bool(image.integer(found.address, image.pointer))
    return counted and rest is not None and not any(rest)


def _addresses_of(image: Image, name: bytes) -> set[int]:
    """Where a pointer to a module's name may point: to its package's before it too, and into a longer text."""
    found = set()
    for segment in image.segments:
        end = segment.data.find(name + b"\0")
        while end >= 0:
            start = end
            found.add(segment.address + start)
            while start > 0 and end - start < 200 and segment.data[start - 1] in _NAME_CHARACTERS:  # noqa: PLR2004 - no name is longer
                start -= 1
                found.add(segment.address + start)
            end = segment.data.find(name + b"\0", end + 1)
    return found


def plain_slots(image: Image, address: int, depth: int = 0) -> Slots | None:
    """The PyModuleDef_Slot array at an address; None if there is none, or it is filled when the program runs."""
    entry = 2 * image.pointer
    return _read(image, address, entry, 4, image.pointer, depth)


def wide_slots(image: Image, address: int, depth: int = 0) -> Slots | None:
    """The PySlot array at an address, likewise."""
    return _read(image, address, 16, 2, 8, depth)


def _read(image: Image, address: int, entry: int, id_size: int, value: int, depth: int) -> Slots | None:  # noqa: PLR0913, PLR0917 - the shape of an entry
    found: set[Gil | None] = set()
    free_threaded: bool | None = None
    for at in range(address, address + _MOST * entry, entry):
        number = image.integer(at, id_size)
        if number is None or number > _LAST or not image.is_stored(at):
            return None
        held = at + value
        if number == 0:
            if at == address:
                return None  # an empty array says nothing: whoever made it fills it
            gil = (found or {Gil.UNSAID}).pop() if len(found) < 2 else None  # noqa: PLR2004 - it says one thing
            return Slots(gil, free_threaded)
        if number in _GIL:
            found.add(_gil(image, held))
        elif number == _MOD_ABI:
            free_threaded = _abi(image, held)
        elif number in {_SUBSLOTS, _MOD_SLOTS}:
            inner = _inner(image, held, number, depth)
            if inner is None:
                return None
            found |= {inner.gil} - {Gil.UNSAID}
    return None


def _inner(image: Image, held: int, number: int, depth: int) -> Slots | None:
    pointed = image.target(held)
    if pointed is None or depth == _DEEPEST:
        return None
    inner = (plain_slots if number == _MOD_SLOTS else wide_slots)(image, pointed, depth + 1)
    return None if inner is None else replace(inner, free_threaded=None)


def _gil(image: Image, held: int) -> Gil | None:
    if held in image.targets or held in image.cells:
        return None
    return {0: Gil.USED, 1: Gil.NOT_USED}.get(image.integer(held, image.pointer) or 0)


def _abi(image: Image, held: int) -> bool | None:
    """For which build a PyABIInfo says that it was compiled; its flags are its third and fourth byte."""
    pointed = image.target(held)
    flags = image.integer(pointed + 2, 2) if pointed is not None else None
    both = _GIL_ENABLED | _FREE_THREADED
    return None if flags is None or flags & both in {0, both} else bool(flags & _FREE_THREADED)
