"""Following code: what a function calls with which constants, on x86-64 and arm64."""

import struct

import pytest
from tests.wheel.libraries import arm_code, x86_code

from ungil.wheel.binary.image import Image, Segment
from ungil.wheel.binary.trace import Trace, follow

CODE, CELLS = 0x1000, 0x3000
SET_GIL, CREATE = CELLS, CELLS + 8  # the cells of two imported functions


def image(code: bytes, architecture: str = "x86_64", container: str = "ELF") -> Image:
    """A library with this code, which may call two imported functions through the cells."""
    return Image(
        container=container,
        architecture=architecture,
        segments=(
            Segment(CODE, 0x1000, code.ljust(0x800, b"\0"), executable=True),
            Segment(CELLS, 0x100, bytes(0x100)),
        ),
        cells={SET_GIL: "SetGIL", CREATE: "Create"},
    )


def traced(code: bytes, architecture: str = "x86_64", container: str = "ELF") -> Trace:
    """What is seen from the code's start on."""
    found = follow(image(code, architecture, container), CODE)
    assert found is not None
    return found


def arguments(trace: Trace, name: str = "SetGIL") -> list[object]:
    """The second argument of each call of a function."""
    return [call.arguments[1] for call in trace.of(name)]


def call(at: int, cell: int, *, jump: bool = False) -> bytes:
    """Instruction: call or jmp [rip + cell]."""
    return (b"\xff\x25" if jump else b"\xff\x15") + struct.pack("<i", cell - (CODE + at) - 6)


def x86(*parts: bytes | int) -> bytes:
    """Code in which a number stands for a call through the cell at that address."""
    code = b""
    for part in parts:
        code += part if isinstance(part, bytes) else call(len(code), part)
    return code


RET, ESI_0, ESI_1, XOR_ESI = b"\xc3", b"\xbe\0\0\0\0", b"\xbe\1\0\0\0", b"\x31\xf6"
EAX_1, ESI_FROM_EAX = b"\xb8\1\0\0\0", b"\x89\xc6"
EBX_1, ESI_FROM_EBX = b"\xbb\1\0\0\0", b"\x89\xde"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(x86(ESI_1, SET_GIL, RET), [1], id="a constant"),
        pytest.param(x86(XOR_ESI, SET_GIL, RET), [0], id="zero, as compilers write it"),
        pytest.param(x86(EAX_1, ESI_FROM_EAX, SET_GIL, RET), [1], id="by way of another register"),
        pytest.param(x86(EBX_1, CREATE, ESI_FROM_EBX, SET_GIL, RET), [1], id="kept over a call"),
        pytest.param(x86(ESI_1, CREATE, SET_GIL, RET), [None], id="not kept over a call"),
        pytest.param(x86(SET_GIL, RET), [None], id="from the caller"),
        pytest.param(x86(ESI_1, b"\x48\xff\xc6", SET_GIL, RET), [None], id="changed in between"),
        pytest.param(x86(ESI_1, b"\x84\xc0", b"\x74\x06", SET_GIL, RET), [1], id="under a condition"),
        pytest.param(x86(ESI_1, b"\x84\xc0", b"\x74\x05", ESI_0, SET_GIL, RET), [None], id="one of two constants"),
        pytest.param(x86(ESI_1, b"\xeb\x05", ESI_0, SET_GIL, RET), [1], id="jumped over"),
        pytest.param(x86(ESI_1, b"\xe8\x01\0\0\0", RET, SET_GIL, RET), [1], id="in a function that is called"),
        pytest.param(x86(b"\xeb\xfe"), [], id="endless"),
        pytest.param(x86(RET), [], id="nothing"),
        pytest.param(b"\x06", [], id="no instruction"),
    ],
)
def test_constants_are_followed_on_x86(code: bytes, expected: list[object]) -> None:
    """What holds on every way to a call is known there, and nothing else."""
    assert arguments(traced(code)) == expected


def words(*instructions: int) -> bytes:
    """Instructions of arm64."""
    return struct.pack(f"<{len(instructions)}I", *instructions)


ARM_CALL = (0x90000010 | 2 << 29 & 0x60000000, 0xF9400210, 0xD63F0200)  # adrp x16, CELLS; ldr x16, [x16]; blr x16
W1_1, W1_0, ARM_RET = 0x52800021, 0x2A1F03E1, 0xD65F03C0


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(words(W1_1, *ARM_CALL, ARM_RET), [1], id="a constant"),
        pytest.param(words(W1_0, *ARM_CALL, ARM_RET), [0], id="zero, from the zero register"),
        pytest.param(words(0x52800033, *ARM_CALL, 0x2A1303E1, *ARM_CALL, ARM_RET), [None, 1], id="kept over a call"),
        pytest.param(words(W1_1, 0x34000040, W1_0, *ARM_CALL, ARM_RET), [None], id="one of two constants"),
        pytest.param(words(W1_1, 0x94000002, ARM_RET, *ARM_CALL, ARM_RET), [1], id="in a function that is called"),
        pytest.param(words(W1_1, 0x14000002, W1_0, *ARM_CALL, ARM_RET), [1], id="jumped over"),
        pytest.param(words(0x14000000), [], id="endless"),
        pytest.param(words(0x00000000), [], id="no instruction"),
    ],
)
def test_constants_are_followed_on_arm(code: bytes, expected: list[object]) -> None:
    """Likewise; addresses are put together from a page and an offset."""
    assert arguments(traced(code, "arm64")) == expected


@pytest.mark.parametrize(
    ("code", "architecture", "container"),
    [
        (x86_code(CODE, 0x2100, SET_GIL, windows=False), "x86_64", "ELF"),
        (x86_code(CODE, 0x2100, SET_GIL, windows=True), "x86_64", "PE"),
        (arm_code(CODE, 0x2100, SET_GIL), "arm64", "Mach-O"),
    ],
)
def test_the_last_call_of_a_function_may_be_a_jump(code: bytes, architecture: str, container: str) -> None:
    """Its first argument is where the calling convention of the system puts it."""
    (found,) = traced(code, architecture, container).of("SetGIL")
    assert found.arguments[0] == 0x2100


def test_what_a_function_returns_is_known() -> None:
    """The address of a table, as an export hook returns it."""
    code = b"\x48\x8d\x05" + struct.pack("<i", 0x2000 - CODE - 7) + RET
    assert set(traced(code).returns.values()) == {0x2000}


def test_a_call_through_a_thunk_is_a_call_of_what_is_imported() -> None:
    """endbr64 and a jump through the cell, as linkers make them."""
    thunk = b"\xf3\x0f\x1e\xfa" + call(0x20 + 4, SET_GIL, jump=True)
    code = x86(ESI_1, b"\xe8" + struct.pack("<i", 0x20 - 10), RET).ljust(0x20, b"\xcc") + thunk
    assert arguments(traced(code)) == [1]


def test_a_function_that_changes_an_argument_is_no_thunk() -> None:
    """It moves its argument on before it jumps: the constant that arrives is the moved one."""
    helper = b"\x48\x83\xc6\x10" + call(0x20 + 4, SET_GIL, jump=True)
    code = x86(ESI_1, b"\xe8" + struct.pack("<i", 0x20 - 10), RET).ljust(0x20, b"\xcc") + helper
    assert arguments(traced(code)) == [0x11]


def test_what_cannot_be_followed_ends_a_way() -> None:
    """A call of an unknown address is passed over; a jump out of the code leads nowhere."""
    assert arguments(traced(x86(b"\xff\xd0", ESI_1, SET_GIL, RET))) == [1]
    assert traced(b"\xe9\x00\x00\x10\x00").calls == {}


def test_it_ends_where_enough_is_known() -> None:
    """Functions are no longer followed once one that is looked for is called with a known first argument."""
    first = b"\xbf\x01\0\0\0" + call(5, CREATE) + b"\xe8" + struct.pack("<i", 0x20 - 16) + RET
    code = first.ljust(0x20, b"\xcc") + call(0x20, SET_GIL) + RET
    for until, seen in (((), {"Create", "SetGIL"}), (("Create",), {"Create"})):
        found = follow(image(code), CODE, until)
        assert found is not None
        assert {one.name for one in found.calls.values()} == seen


def test_recursion_and_long_code_end() -> None:
    """A function that calls itself with ever more constants, and more code than is followed."""
    assert not traced(b"\xff\xc7" + b"\xe8" + struct.pack("<i", -7) + RET).calls
    assert not traced(b"\x90" * 0x7FF).calls


@pytest.mark.parametrize("architecture", ["x86", "ppc64", "riscv64", "s390x", "arm"])
def test_other_processors_are_not_followed(architecture: str) -> None:
    """None, so that nobody takes it for code without calls."""
    assert follow(image(RET, architecture), CODE) is None
