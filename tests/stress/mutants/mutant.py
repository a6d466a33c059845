"""A mutant: a racy extension type with a correct twin, how both are driven, and what shows the race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import methodcaller
from types import ModuleType
from typing import Any

from tests.ext.extension import Extension

from ungil.stress.hammer.models.model import Model, Operation, operation


class Kind(StrEnum):
    """What it takes to show a race."""

    INSTRUCTION = "inside one instruction"  # threads on two processors
    ONE_STOP = "one stop"  # A stops, B runs to its end, A goes on
    TWO_STOPS = "two stops"  # A stops, B stops, A runs to its end, B does
    THREE_THREADS = "three threads"
    CALLEE = "inside a callee"  # one stop, but in another library's code


class Harm(StrEnum):
    """What becomes of it."""

    RESULT = "a wrong result or state"
    MEMORY = "freed memory is used"  # a debugging allocator makes that a crash, or a wrong result
    HANG = "threads wait for each other"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One race.

    Attributes:
        name: for reports.
        extension: which holds it.
        kind: what it takes to show it.
        describe: its model, given the module of the mutant or of the twin.
        calls: for each thread of a scenario that shows it, the operations of the model, by index.
        turns: in which order these threads run: ``A1 B A`` lets A run to window 1, then B to its end, then A. B makes
            the subject. Empty where there is no window to stop at, and repetition has to show it.
        harm: what becomes of it.
    """

    name: str
    extension: Extension
    kind: Kind = Kind.ONE_STOP
    describe: Callable[[ModuleType], Model]
    calls: tuple[tuple[int, ...], ...]
    turns: str = ""
    harm: Harm = Harm.RESULT

    def load(self, *, twin: bool, paused: bool = False) -> ModuleType:
        """The module, compiled if it has to be."""
        return self.extension.load(twin=twin, paused=paused)

    def model(self, *, twin: bool, paused: bool = False) -> Model:
        """What the module offers, to be driven."""
        return self.describe(self.load(twin=twin, paused=paused))

    def threads(self, model: Model) -> tuple[tuple[Operation, ...], ...]:
        """The scenario that shows it."""
        return tuple(tuple(model.operations[index] for index in indices) for indices in self.calls)

    def __str__(self) -> str:
        """Its name, which is also that of its tests."""
        return self.name


def methods(
    name: str, type_name: str, *written: str | Callable[..., object] | Sequence[Any], state: str | Callable[..., object]
) -> Callable[[ModuleType], Model]:
    """Describes a type that is made without arguments.

    Args:
        name: of the model.
        type_name: in the module.
        written: its operations, as a model file writes them.
        state: the method that tells its state, or a function of the subject.
    """
    observe = methodcaller(state) if isinstance(state, str) else state
    return lambda module: Model(
        name=name, make=getattr(module, type_name), operations=tuple(map(operation, written)), state=observe
    )
