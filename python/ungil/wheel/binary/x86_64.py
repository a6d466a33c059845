"""Instructions of x86-64."""

from __future__ import annotations

from typing import Any

import capstone  # type: ignore[import-untyped]
from capstone import x86_const as x86

from ungil.wheel.binary.image import Image
from ungil.wheel.binary.step import Flow, State, Step, Value

__all__ = ["X86"]

_LONGEST = 15  # bytes of one instruction
_MASK = (1 << 64) - 1
_KEPT = ("rbx", "rbp", "r12", "r13", "r14", "r15")


def _whole_registers() -> dict[str, str]:
    """Each name of a part of a register, and the name of the whole."""
    whole = {name: f"r{i}" for i in range(8, 16) for name in (f"r{i}", f"r{i}d", f"r{i}w", f"r{i}b")}
    for letter in "abcd":
        whole |= dict.fromkeys((f"r{letter}x", f"e{letter}x", f"{letter}x", f"{letter}l", f"{letter}h"), f"r{letter}x")
    for name in ("si", "di", "bp", "sp"):
        whole |= dict.fromkeys((f"r{name}", f"e{name}", name, f"{name}l"), f"r{name}")
    return whole


_WHOLE = _whole_registers()


class X86:
    """The processor, with the calling convention of Windows or of everything else."""

    result = "rax"

    def __init__(self, *, windows: bool) -> None:
        self.arguments = ("rcx", "rdx", "r8", "r9") if windows else ("rdi", "rsi", "rdx", "rcx")
        self.kept = frozenset((*_KEPT, "rsi", "rdi") if windows else _KEPT)
        self._decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        self._decoder.detail = True

    def step(self, image: Image, address: int, state: State) -> Step | None:
        """The instruction at an address."""
        segment = image.segment(address)
        if segment is None or not segment.executable:
            return None
        start = address - segment.address
        code = segment.data[start : start + _LONGEST]
        instruction = next(self._decoder.disasm(code, address, 1), None)
        return None if instruction is None else _understood(instruction, image, state)


def _understood(instruction: Any, image: Image, state: State) -> Step:  # noqa: ANN401 - capstone has no types
    kind, size = instruction.id, instruction.size
    if kind == x86.X86_INS_CALL:
        return Step(size, Flow.CALL, _value(instruction, instruction.operands[0], image, state))
    if kind == x86.X86_INS_JMP:
        return Step(size, Flow.JUMP, _value(instruction, instruction.operands[0], image, state))
    if instruction.group(capstone.CS_GRP_RET):
        return Step(size, Flow.RETURN)
    if kind in {x86.X86_INS_UD2, x86.X86_INS_HLT, x86.X86_INS_INT3}:
        return Step(size, Flow.STOP)
    if instruction.group(capstone.CS_GRP_JUMP):
        return Step(size, Flow.BRANCH, _value(instruction, instruction.operands[0], image, state))
    return Step(size, writes=_writes(instruction, image, state))


def _writes(instruction: Any, image: Image, state: State) -> dict[str, Value | None]:  # noqa: ANN401
    _, written = instruction.regs_access()
    changed: dict[str, Value | None] = {}
    for number in written:
        name = _WHOLE.get(instruction.reg_name(number))
        if name is not None:
            changed[name] = None
    operands = instruction.operands
    if len(operands) == 2 and operands[0].type == x86.X86_OP_REG and operands[0].size >= 4:  # noqa: PLR2004 - of two parts
        name = _WHOLE.get(instruction.reg_name(operands[0].reg))
        if name is not None:
            changed[name] = _moved(instruction, image, state)
    return changed


def _moved(instruction: Any, image: Image, state: State) -> Value | None:  # noqa: ANN401
    """What the first operand becomes, for the instructions that compilers set up arguments with."""
    first, second = instruction.operands
    if instruction.id == x86.X86_INS_LEA:
        return _address(instruction, second, state)
    if instruction.id in {x86.X86_INS_MOV, x86.X86_INS_MOVABS}:
        value = _value(instruction, second, image, state)
        return value & ((1 << 8 * first.size) - 1) if isinstance(value, int) else value
    if instruction.id == x86.X86_INS_XOR and second.type == x86.X86_OP_REG and first.reg == second.reg:
        return 0
    if instruction.id in {x86.X86_INS_ADD, x86.X86_INS_SUB} and second.type == x86.X86_OP_IMM:
        before = state.get(_WHOLE.get(instruction.reg_name(first.reg), ""))
        added = int(second.imm) if instruction.id == x86.X86_INS_ADD else -int(second.imm)
        return (before + added) & ((1 << 8 * first.size) - 1) if isinstance(before, int) else None
    return None


def _value(instruction: Any, operand: Any, image: Image, state: State) -> Value | None:  # noqa: ANN401
    if operand.type == x86.X86_OP_IMM:
        return int(operand.imm) & _MASK
    if operand.type == x86.X86_OP_REG:
        return state.get(_WHOLE.get(instruction.reg_name(operand.reg), ""))
    address = _address(instruction, operand, state)
    if address is None:
        return None
    return image.cells.get(address) or image.target(address)


def _address(instruction: Any, operand: Any, state: State) -> int | None:  # noqa: ANN401
    memory = operand.mem
    if memory.index != 0 or memory.segment != 0:
        return None
    if memory.base == x86.X86_REG_RIP:
        return int(instruction.address + instruction.size + memory.disp) & _MASK
    base = state.get(_WHOLE.get(instruction.reg_name(memory.base) or "", ""))
    return (base + int(memory.disp)) & _MASK if isinstance(base, int) else None
