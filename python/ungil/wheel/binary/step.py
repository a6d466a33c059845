"""What one machine instruction does, as far as following constants needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from ungil.wheel.binary.image import Image

__all__ = ["Flow", "Processor", "State", "Step", "Value"]

type Value = int | str
"""A number or an address; or the name of something imported, whose address only the loader knows."""

type State = dict[str, Value]
"""What is known of the registers; of one that is missing, nothing is."""


class Flow(Enum):
    """Where the program goes on."""

    ON = auto()  # behind the instruction
    CALL = auto()  # at the target, and then behind it
    JUMP = auto()  # at the target
    BRANCH = auto()  # at the target, or behind it
    RETURN = auto()
    STOP = auto()  # nowhere


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction.

    Attributes:
        size: in bytes.
        flow: where the program goes on.
        target: where a call or jump leads, if that is known.
        writes: the registers that it changes; a value where the new one is known.
    """

    size: int
    flow: Flow = Flow.ON
    target: Value | None = None
    writes: Mapping[str, Value | None] = field(default_factory=dict)


class Processor(Protocol):
    """One architecture's instructions and its way to call functions."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The registers that a function finds its first arguments in."""

    @property
    def kept(self) -> frozenset[str]:
        """Those that it gives back as it found them."""

    @property
    def result(self) -> str:
        """The one that it returns its result in."""

    def step(self, image: Image, address: int, state: State) -> Step | None:
        """The instruction at an address; None if there is none that can be decoded."""
