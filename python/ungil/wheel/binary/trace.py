"""Follows the code from a function on, and notes what it calls with which constants.

This is no emulation: memory is not followed, and where two ways meet, only what holds on both is kept. What is noted of
a call is thus true on every way to it that was followed; whether the call is reached at all depends on conditions that
are not looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ungil.wheel.binary.arm64 import Arm64
from ungil.wheel.binary.image import Image
from ungil.wheel.binary.step import Flow, Processor, State, Step, Value
from ungil.wheel.binary.x86_64 import X86

__all__ = ["Call", "Trace", "follow"]

_MOST_STEPS = 12_000  # instructions; a module with single-phase initialisation does all its work in the function
_DEEPEST = 4  # functions below the first
_MOST_VARIANTS = 3  # of a function, by the constants that it is called with
_THUNK = 4  # instructions at most between a call and the pointer that the loader fills


@dataclass(frozen=True, slots=True)
class Call:
    """A call of something imported, and what is known of its arguments."""

    name: str
    arguments: tuple[Value | None, ...]


@dataclass(slots=True)
class Trace:
    """What was seen.

    Attributes:
        calls: of imported functions, by the place of the call and the depth.
        returns: what the first function returns, by the place.
    """

    calls: dict[tuple[int, int], Call] = field(default_factory=dict)
    returns: dict[int, Value | None] = field(default_factory=dict)

    def of(self, name: str) -> list[Call]:
        """The calls of one function."""
        return [call for call in self.calls.values() if call.name == name]


def processor(image: Image) -> Processor | None:
    """What decodes an image's instructions, if there is one."""
    if image.architecture == "x86_64":
        return X86(windows=image.container == "PE")
    return Arm64() if image.architecture == "arm64" else None


def follow(image: Image, entry: int, until: Collection[str] = ()) -> Trace | None:
    """Follows the code from an address; None on an architecture whose code cannot be read.

    Args:
        image: the library.
        entry: the address of a function.
        until: once one of these is called with a known first argument, no further function is looked at.
    """
    decoder = processor(image)
    return None if decoder is None else _Follower(image, decoder).run(entry, until)


@dataclass(frozen=True, slots=True)
class _Function:
    entry: int
    state: tuple[tuple[str, Value], ...]
    depth: int


class _Follower:
    def __init__(self, image: Image, decoder: Processor) -> None:
        self._image = image
        self._cpu = decoder
        self._left = _MOST_STEPS
        self._trace = Trace()
        self._waiting: deque[_Function] = deque()
        self._variants: dict[int, set[_Function]] = {}

    def run(self, entry: int, until: Collection[str]) -> Trace:
        """Function by function, those nearer to the first one first."""
        self._enter(entry, {}, 0)
        while self._waiting and not self._has(until):
            self._function(self._waiting.popleft())
        return self._trace

    def _has(self, names: Collection[str]) -> bool:
        return any(call.name in names and call.arguments[0] is not None for call in self._trace.calls.values())

    def _enter(self, entry: int, state: State, depth: int) -> None:
        known = tuple((name, state[name]) for name in self._cpu.arguments if name in state)
        function = _Function(entry, known, depth)
        variants = self._variants.setdefault(entry, set())
        is_known = any((one.entry, one.state) == (entry, known) for one in variants)
        if not is_known and depth <= _DEEPEST and len(variants) < _MOST_VARIANTS:
            variants.add(function)
            self._waiting.append(function)

    def _function(self, function: _Function) -> None:
        """Every block until nothing new is learnt: a block's state shrinks each time that it is met anew."""
        states: dict[int, State] = {function.entry: dict(function.state)}
        blocks = deque([function.entry])
        while blocks and self._left > 0:
            for address, state in self._block(blocks.popleft(), states, function):
                before = states.get(address)
                merged = state if before is None else {k: v for k, v in before.items() if state.get(k) == v}
                if merged != before:
                    states[address] = dict(merged)
                    blocks.append(address)

    def _block(self, address: int, states: dict[int, State], function: _Function) -> Iterable[tuple[int, State]]:
        state = dict(states[address])
        while self._left > 0:
            self._left -= 1
            step = self._cpu.step(self._image, address, state)
            if step is None:
                return []
            behind = address + step.size
            match step.flow:
                case Flow.ON:
                    _apply(step, state)
                case Flow.CALL:
                    self._call(address, step.target, state, function)
                    state = {name: value for name, value in state.items() if name in self._cpu.kept}
                case Flow.JUMP:
                    return self._jump(address, step.target, state, function)
                case Flow.BRANCH:
                    there = [(step.target, state)] if isinstance(step.target, int) else []
                    return [(behind, state), *there]
                case _:
                    if step.flow is Flow.RETURN and function.depth == 0:
                        self._trace.returns[address] = state.get(self._cpu.result)
                    return []
            address = behind
            if address in states:
                return [(address, state)]
        return []

    def _jump(
        self, address: int, target: Value | None, state: State, function: _Function
    ) -> Iterable[tuple[int, State]]:
        """Within the function, or the last call of it: then what is called returns in its place."""
        if isinstance(target, int) and self._imported(target) is None:
            return [(target, state)]
        self._call(address, target, state, function)
        if function.depth == 0:
            self._trace.returns[address] = None
        return []

    def _call(self, address: int, target: Value | None, state: State, function: _Function) -> None:
        name = target if isinstance(target, str) else self._imported(target)
        if name is not None:
            given = tuple(state.get(register) for register in self._cpu.arguments)
            self._trace.calls[address, function.depth] = Call(name, given)
        elif isinstance(target, int):
            self._enter(target, state, function.depth + 1)

    def _imported(self, address: int | None) -> str | None:
        """What is imported, if an address is the few instructions that lead there."""
        state: State = {}
        for _ in range(_THUNK if address is not None else 0):
            step = self._cpu.step(self._image, address or 0, state)
            if step is None or step.flow not in {Flow.ON, Flow.JUMP} or step.writes.keys() & {*self._cpu.arguments}:
                return None  # what changes the arguments is a function of its own
            if step.flow is Flow.JUMP:
                return step.target if isinstance(step.target, str) else None
            _apply(step, state)
            address = (address or 0) + step.size
        return None


def _apply(step: Step, state: State) -> None:
    for name, value in step.writes.items():
        if value is None:
            state.pop(name, None)
        else:
            state[name] = value
