"""Instructions of arm64."""

from __future__ import annotations

from typing import Any

import capstone  # type: ignore[import-untyped]
from capstone import arm64_const as arm

from ungil.wheel.binary.image import Image
from ungil.wheel.binary.step import Flow, State, Step, Value

__all__ = ["Arm64"]

_SIZE = 4  # bytes of each instruction
_MASK = (1 << 64) - 1
_JUMPS = {arm.ARM64_INS_B, arm.ARM64_INS_BR, arm.ARM64_INS_BRAA, arm.ARM64_INS_BRAAZ}
_CALLS = {arm.ARM64_INS_BL, arm.ARM64_INS_BLR, arm.ARM64_INS_BLRAA, arm.ARM64_INS_BLRAAZ}
_RETURNS = {arm.ARM64_INS_RET, arm.ARM64_INS_RETAA, arm.ARM64_INS_RETAB}
_STOPS = {arm.ARM64_INS_BRK, arm.ARM64_INS_UDF, arm.ARM64_INS_HLT}


def _whole(name: str | None) -> str:
    """``w3`` is the lower half of ``x3``."""
    return f"x{name[1:]}" if name and name[0] == "w" and name[1:].isdigit() else name or ""


class Arm64:
    """The processor; its calling convention is everywhere the same as far as it matters here."""

    result = "x0"
    arguments = ("x0", "x1", "x2", "x3")
    kept = frozenset(f"x{number}" for number in range(19, 30))

    def __init__(self) -> None:
        self._decoder = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)
        self._decoder.detail = True

    def step(self, image: Image, address: int, state: State) -> Step | None:
        """The instruction at an address."""
        segment = image.segment(address)
        if segment is None or not segment.executable:
            return None
        start = address - segment.address
        instruction = next(self._decoder.disasm(segment.data[start : start + _SIZE], address, 1), None)
        return None if instruction is None else _understood(instruction, image, state)


def _understood(instruction: Any, image: Image, state: State) -> Step:  # noqa: ANN401 - capstone has no types
    kind, operands = instruction.id, instruction.operands
    if kind in _RETURNS:
        return Step(_SIZE, Flow.RETURN)
    if kind in _STOPS:
        return Step(_SIZE, Flow.STOP)
    target = _value(instruction, operands[-1], state) if operands else None
    if kind in _CALLS:
        return Step(_SIZE, Flow.CALL, _value(instruction, operands[0], state))
    if kind in _JUMPS and instruction.cc in {arm.ARM64_CC_INVALID, arm.ARM64_CC_AL}:
        return Step(_SIZE, Flow.JUMP, _value(instruction, operands[0], state))
    if instruction.group(capstone.CS_GRP_JUMP) or kind == arm.ARM64_INS_B:
        return Step(_SIZE, Flow.BRANCH, target)
    return Step(_SIZE, writes=_writes(instruction, image, state))


def _writes(instruction: Any, image: Image, state: State) -> dict[str, Value | None]:  # noqa: ANN401
    _, written = instruction.regs_access()
    changed: dict[str, Value | None] = {_whole(instruction.reg_name(number)): None for number in written}
    operands = instruction.operands
    if operands and operands[0].type == arm.ARM64_OP_REG:
        name = _whole(instruction.reg_name(operands[0].reg))
        if name in changed:
            changed[name] = _result(instruction, image, state)
    return changed


def _result(instruction: Any, image: Image, state: State) -> Value | None:  # noqa: ANN401
    """What the first operand becomes, for the instructions that compilers set up arguments with."""
    kind, operands = instruction.id, instruction.operands
    if kind in {arm.ARM64_INS_ADRP, arm.ARM64_INS_ADR, arm.ARM64_INS_MOV, arm.ARM64_INS_MOVZ}:
        return _shifted(operands[1], _value(instruction, operands[1], state))
    if kind == arm.ARM64_INS_ADD and len(operands) == 3:  # noqa: PLR2004 - a target and two summands
        one, other = (_value(instruction, operand, state) for operand in operands[1:])
        other = _shifted(operands[2], other)
        return (one + other) & _MASK if isinstance(one, int) and isinstance(other, int) else None
    if kind == arm.ARM64_INS_LDR and operands[1].type == arm.ARM64_OP_MEM and not instruction.writeback:
        memory = operands[1].mem
        base = state.get(_whole(instruction.reg_name(memory.base)))
        if isinstance(base, int) and memory.index == 0:
            address = (base + memory.disp) & _MASK
            return image.cells.get(address) or image.target(address)
    return None


def _shifted(operand: Any, value: Value | None) -> Value | None:  # noqa: ANN401
    if operand.shift.type == arm.ARM64_SFT_INVALID:
        return value
    shifts = operand.shift.type == arm.ARM64_SFT_LSL and isinstance(value, int)
    return (value << operand.shift.value) & _MASK if shifts and isinstance(value, int) else None


def _value(instruction: Any, operand: Any, state: State) -> Value | None:  # noqa: ANN401
    if operand.type == arm.ARM64_OP_IMM:
        return int(operand.imm) & _MASK
    if operand.type == arm.ARM64_OP_REG:
        name = instruction.reg_name(operand.reg)
        return 0 if name in {"wzr", "xzr"} else state.get(_whole(name))
    return None
