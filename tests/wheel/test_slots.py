"""Module definitions and slot arrays in a library's data, for every size of pointer and order of bytes."""

import itertools
from collections.abc import Sequence

import pytest

from ungil.wheel.binary.declaration import said_by
from ungil.wheel.binary.image import Image, Segment
from ungil.wheel.binary.slots import Gil, Slots, definitions, module_def, plain_slots, wide_slots
from ungil.wheel.model import Verdict

BASE = 0x2000
DEFINITION, SLOTS, NAME, MORE, ABI = 0x100, 0x200, 0x300, 0x400, 0x500
HEADS = {(8, True): 32, (8, False): 16, (4, True): 20, (4, False): 8}
LAYOUTS = [
    pytest.param(*one, id="-".join(map(str, one))) for one in itertools.product((8, 4), (True, False), (True, False))
]
NOT_USED, USED = Slots(Gil.NOT_USED), Slots(Gil.USED)


class Data:
    """A segment that is filled piece by piece, and the pointers in it."""

    def __init__(self, pointer: int = 8, *, big: bool = False, stored: int = 0x600) -> None:
        self.pointer, self.big, self.stored = pointer, big, stored
        self.bytes = bytearray(0x600)
        self.targets: dict[int, int] = {}

    def number(self, at: int, value: int, size: int) -> None:
        """An unsigned number at an offset."""
        self.bytes[at : at + size] = value.to_bytes(size, "big" if self.big else "little")

    def points(self, at: int, to: int) -> None:
        """A pointer at an offset to an offset."""
        self.targets[BASE + at] = BASE + to

    def text(self, at: int, text: bytes) -> None:
        """A C string."""
        self.bytes[at : at + len(text) + 1] = text + b"\0"

    def definition(self, *, free_threaded: bool) -> None:
        """A PyModuleDef as its initialiser leaves it."""
        head = HEADS[self.pointer, free_threaded]
        if free_threaded:
            self.number(DEFINITION + self.pointer, 4, 2)
            self.number(DEFINITION + self.pointer + 4, 0xFFFFFFFF, 4)
        else:
            self.number(DEFINITION, 1, self.pointer)
        members = DEFINITION + head + 3 * self.pointer
        self.points(members, NAME)
        self.points(members + 4 * self.pointer, SLOTS)

    def slots(self, at: int, slots: Sequence[tuple[int, int]], *, wide: bool = False) -> None:
        """An array of slots, and its end."""
        for slot, value in slots:
            self.number(at, slot, 2 if wide else 4)
            self.number(at + (8 if wide else self.pointer), value, 8 if wide else self.pointer)
            at += 16 if wide else 2 * self.pointer

    def image(self) -> Image:
        """The library."""
        segment = Segment(BASE, 0x600, bytes(self.bytes[: self.stored]))
        return Image(
            container="ELF",
            architecture="riscv64",
            pointer=self.pointer,
            big_endian=self.big,
            segments=(segment,),
            targets=self.targets,
            exports={"PyInit_core": BASE},
            imports={"PyModuleDef_Init"},
        )


@pytest.mark.parametrize(("pointer", "free_threaded", "big"), LAYOUTS)
def test_a_definition_is_found_by_its_name_and_says_its_build(pointer: int, *, free_threaded: bool, big: bool) -> None:
    """One, and of one build, though the head of one build begins within that of the other."""
    data = Data(pointer, big=big)
    data.definition(free_threaded=free_threaded)
    data.text(NAME, b"spam.core")
    data.slots(SLOTS, [(2, 5), (4, 1)])
    (found,) = definitions(data.image(), "core")
    assert (found.address, found.name, found.free_threaded) == (BASE + DEFINITION, "spam.core", free_threaded)
    assert found.slots is not None
    assert plain_slots(data.image(), found.slots) == NOT_USED
    assert module_def(data.image(), BASE + DEFINITION) == found
    said = said_by(data.image(), "core", "C")
    assert (said.verdict, said.free_threaded) == (Verdict.DECLARED, free_threaded)


@pytest.mark.parametrize("name", [b"core", b"spam.core", b"no name, but in a longer text: spam.core"])
def test_a_name_may_be_the_end_of_another_text(name: bytes) -> None:
    """Linkers lay one text over the end of another."""
    data = Data()
    data.definition(free_threaded=True)
    data.text(NAME, name)
    start = name.rfind(b" ") + 1
    data.points(DEFINITION + HEADS[8, True] + 24, NAME + start)
    assert [one.name for one in definitions(data.image(), "core")] == [name[start:].decode()]


@pytest.mark.parametrize("name", [b"spam", b"core.spam", b"score", b""])
def test_a_definition_of_another_module_is_not_taken(name: bytes) -> None:
    """The last part of its name has to be the module's."""
    data = Data()
    data.definition(free_threaded=True)
    data.text(NAME, name)
    assert list(definitions(data.image(), "core")) == []


def test_of_two_definitions_of_one_name_none_is_taken() -> None:
    """Which of them is meant, the data does not say."""
    data = Data()
    data.definition(free_threaded=True)
    data.text(NAME, b"core")
    data.slots(SLOTS, [(4, 1)])
    copy = data.bytes[DEFINITION : DEFINITION + 0x80]
    data.bytes[MORE : MORE + 0x80] = copy
    for at, to in list(data.targets.items()):
        data.targets[at - DEFINITION + MORE] = to
    assert said_by(data.image(), "core", "C").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ([(4, 1)], NOT_USED),
        ([(4, 0)], USED),
        ([(85, 3), (87, 1)], NOT_USED),
        ([(2, 7), (3, 2)], Slots(Gil.UNSAID)),
        ([(4, 1), (4, 1)], NOT_USED),
        ([(4, 1), (4, 0)], Slots(None)),
        ([(4, 9)], Slots(None)),
        ([], None),
        ([(4, 1), (300, 0)], None),
        ([(2, 0)] * 64, None),
    ],
)
def test_an_array_is_read_to_its_end(slots: list[tuple[int, int]], expected: Slots | None) -> None:
    """One that is empty, has no end or has numbers that no slot has, is none."""
    data = Data()
    data.slots(0, slots)
    assert plain_slots(data.image(), BASE) == expected
    data = Data()
    data.slots(0, slots, wide=True)
    assert wide_slots(data.image(), BASE) == expected


def test_an_array_that_is_filled_when_the_program_runs_is_none() -> None:
    """Memory behind what the file stores is zero at first: it says nothing yet."""
    data = Data(stored=SLOTS)
    assert plain_slots(data.image(), BASE + SLOTS) is None


def test_a_value_that_the_loader_fills_is_no_number() -> None:
    """A pointer in the place of 0 or 1."""
    data = Data()
    data.slots(SLOTS, [(4, 0)])
    data.points(SLOTS + 8, NAME)
    assert plain_slots(data.image(), BASE + SLOTS) == Slots(None)


@pytest.mark.parametrize(("number", "wide"), [(94, False), (92, True)])
def test_slots_within_slots_count(number: int, *, wide: bool) -> None:
    """Py_mod_slots and Py_slot_subslots hold arrays of their own; one that holds itself is none."""
    data = Data()
    data.slots(SLOTS, [(number, 0)], wide=True)
    data.points(SLOTS + 8, MORE)
    data.slots(MORE, [(87 if wide else 4, 1)], wide=wide)
    assert wide_slots(data.image(), BASE + SLOTS) == NOT_USED
    data.points(SLOTS + 8, SLOTS)
    assert wide_slots(data.image(), BASE + SLOTS) is None


@pytest.mark.parametrize(("flags", "free_threaded"), [(2, False), (4, True), (6, None), (0, None), (5, True)])
def test_the_build_is_that_of_its_abi_slot(flags: int, *, free_threaded: bool | None) -> None:
    """PyABIInfo says GIL-enabled, free-threaded, or both."""
    data = Data()
    data.slots(SLOTS, [(109, 0), (87, 1)], wide=True)
    data.points(SLOTS + 8, ABI)
    data.number(ABI + 2, flags, 2)
    assert wide_slots(data.image(), BASE + SLOTS) == Slots(Gil.NOT_USED, free_threaded)


def test_a_single_phase_shows_in_what_is_imported() -> None:
    """Where code is not read, a library that can neither say it in slots nor by the call says nothing."""
    data = Data()
    image = data.image()
    image.imports.clear()
    image.imports.add("PyModule_Create2")
    assert said_by(image, "core", "C").verdict is Verdict.NOT_DECLARED
    image.imports.add("PyUnstable_Module_SetGIL")
    assert said_by(image, "core", "C").verdict is Verdict.UNKNOWN
