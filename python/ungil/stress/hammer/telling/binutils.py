"""What the binary utilities know of machine code: lines of source, names of C++, calls. Each of them may be absent."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["NO_CALLS", "Calls", "Frame", "calls_around", "demangled", "lines_of"]

DEADLINE: Final = 60.0
"""Seconds: gigabytes of debug information take that long."""

_PAIR: Final = 2  # rows of addr2line for each frame
_INSTRUCTION: Final = re.compile(
    r"^\s*([0-9a-f]+):\s+(?:(?:bnd|notrack|rep|repz|lock)\s+)*(\S+)\s*(.*?)\s*$", re.MULTILINE
)
_NAMED: Final = re.compile(r"<(.+)>$")
_VERSION: Final = re.compile(r"@.*$")
_TARGET: Final = re.compile(r"^([0-9a-f]+)\b")


class Frame(NamedTuple):
    """A function, and the line of it where an instruction comes from; line 0 if it is not known."""

    function: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Calls:
    """The functions of which a call has just returned, and is made next; empty where that is not certain."""

    after: str = ""
    before: str = ""

    @property
    def told(self) -> str:
        """``after the call of PyList_New and before that of PyDict_SetItem``; nothing if none is known."""
        before = f"before {'that' if self.after else 'the call'} of {self.before}" if self.before else ""
        return " and ".join(filter(None, [f"after the call of {self.after}" if self.after else "", before]))


NO_CALLS: Final = Calls()


def lines_of(path: str, addresses: Sequence[int]) -> dict[int, list[Frame]]:
    """Where each of these addresses of a file comes from: the innermost of inlined functions first."""
    answer = _run("addr2line", ["-a", "-f", "-C", "-i", "-e", path], "".join(f"{one:#x}\n" for one in addresses))
    found: dict[int, list[Frame]] = {}
    rows = answer.splitlines()
    while rows:
        frames = found.setdefault(int(rows.pop(0), 16), [])
        while len(rows) >= _PAIR and not rows[0].startswith("0x"):
            frames.append(_frame(rows.pop(0), rows.pop(0)))
    return {address: known for address, frames in found.items() if (known := [one for one in frames if one.line])}


def _frame(function: str, place: str) -> Frame:
    """``foo``, ``/src/foo.c:12 (discriminator 3)``."""
    path, _, line = place.partition(" (")[0].rpartition(":")
    return Frame(function, path, int(line) if line.isdecimal() else 0)


def demangled(names: Iterable[str]) -> dict[str, str]:
    """What the names of C++ and Rust mean; those of C, and all where nothing can tell, are what they are."""
    every = list(names)
    mangled = [name for name in every if name.startswith(("_Z", "_R"))]
    answer = _run("c++filt", [], "".join(f"{name}\n" for name in mangled)).splitlines() if mangled else []
    plain = {name: name for name in every}
    return plain | dict(zip(mangled, answer, strict=True)) if len(answer) == len(mangled) else plain


def calls_around(path: str, begin: int, end: int, addresses: Iterable[int]) -> dict[int, Calls]:
    """The calls around each of these addresses of the function that lies from ``begin`` up to ``end``."""
    bounds = [f"--start-address={begin:#x}", f"--stop-address={end:#x}"]
    listing = _run("objdump", ["-d", "-C", "--no-show-raw-insn", *bounds, path], "")
    code = [_Instruction(int(found[1], 16), found[2], found[3]) for found in _INSTRUCTION.finditer(listing)]
    reached = {target for one in code if (target := one.jumps_to) is not None}
    return {address: Calls(_after(code, address, reached), _before(code, address)) for address in addresses}


class _Instruction(NamedTuple):
    address: int
    name: str
    operands: str

    @property
    def jumps(self) -> bool:
        return self.name.startswith("j")

    @property
    def calls(self) -> bool:
        return self.name.startswith("call")

    @property
    def jumps_to(self) -> int | None:
        target = _TARGET.match(self.operands) if self.jumps else None
        return int(target[1], 16) if target else None

    @property
    def function(self) -> str:
        """The name of what is called, without version; empty in the middle of another function."""
        named = _NAMED.search(self.operands)
        name = _VERSION.sub("", named[1]) if named else ""
        return "" if re.search(r"\+0x[0-9a-f]+$", name) else name


def _after(code: list[_Instruction], address: int, reached: set[int]) -> str:
    """The last call before an address, if nothing gets to the address but from there."""
    if address in reached:
        return ""
    for one in reversed([one for one in code if one.address < address]):
        if one.calls:
            return one.function
        if one.address in reached or one.name.startswith(("jmp", "ret", "ud2", "hlt")):
            return ""
    return ""


def _before(code: list[_Instruction], address: int) -> str:
    """The next call from an address on, if nothing but that can be next; the last one of a function may be a jump."""
    for one in code:
        if one.address >= address:
            if one.calls or one.name.startswith("jmp"):
                return one.function
            if one.jumps or one.name.startswith("ret"):
                return ""
    return ""


def _run(tool: str, arguments: list[str], given: str) -> str:
    """What a tool prints; nothing if it is not there, fails, or takes too long."""
    program = shutil.which(tool)
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *arguments],
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=DEADLINE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
