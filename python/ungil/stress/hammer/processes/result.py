"""What a hunt came to: what was found, what was tried, what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.runs.attempt import Observation
from ungil.stress.hammer.runs.trials import Effort

__all__ = ["LeftOut", "Result"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not driven, and why.

    Attributes:
        model: its name.
        what: the operation, or the scenario; empty for the whole model.
        reason: why.
    """

    model: str
    what: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Result:
    """The result of a hunt; of one that was interrupted, as far as it went.

    Attributes:
        target: what was hammered.
        models: as they were told of: they read as they are, and cannot be run here.
        files: of the extension.
        observations: what was found.
        left_out: what was not driven.
        effort: what was tried, of each model.
        first_uses: runs in processes that had not used the extension before; they are not in the effort.
        notes: what else whoever reads the numbers has to know.
        seconds: how long it took.
        seed: which repeats its choices.
        threads: of the crew.
        stepping: how threads were stopped: ``hardware breakpoints``, ``single steps``; empty if they were not.
        gil_off: whether the GIL was kept off against the module's word.
        gil: when the GIL came on, if it did: nothing was hammered from then on.
        interrupted: whether somebody had had enough.
    """

    target: Target
    seed: int
    threads: int = 2
    stepping: str = ""
    models: Sequence[Model] = ()
    files: Sequence[str] = ()
    observations: list[Observation] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    effort: dict[str, Effort] = field(default_factory=dict)
    first_uses: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    gil_off: bool = False
    gil: str = ""
    interrupted: bool = False

    @property
    def executions(self) -> int:
        """How many concurrent runs there were."""
        return sum(effort.executions for effort in self.effort.values())
