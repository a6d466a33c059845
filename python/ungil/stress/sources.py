"""Everything that is to be hammered: from a model file, a harvest, and, for what these leave, introspection.

What comes of it is names and numbers that JSON can hold: ``models`` makes the same models of it in whichever process
runs them. The process that gathers never runs code of the extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.stress.coverage import Coverage, Driven, driven_by
from ungil.stress.hammer.models.file import read_models
from ungil.stress.hammer.models.model import Model
from ungil.stress.harvest.models import gather as gather_harvest
from ungil.stress.introspect.introspect import Introspected, introspect
from ungil.stress.trial import Maker, ask, make

__all__ = ["Gathered", "Sources", "gather", "models"]

_HERE: Final = "ungil.stress.sources"


@dataclass(frozen=True, slots=True)
class Sources:
    """What to gather from.

    Attributes:
        target: the module or package, as it is imported.
        model: a model file.
        harvest: the folder of a harvest.
        seed: of the values that introspection tries.
        allowed: names of functions and methods that introspection would leave out as dangerous.
    """

    target: str
    model: Path | None = None
    harvest: Path | None = None
    seed: int = 0
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found.

    Attributes:
        makers: of the models of each source: those of a model file first, then of the harvest, then introspected ones.
        found: what introspection found.
        dropped: class or module, and operation, to why the harvest cannot do it again.
        notes: about the harvest, for whoever reads the report.
    """

    makers: tuple[Maker, ...]
    found: Introspected
    dropped: Mapping[tuple[str, str], str]
    notes: Sequence[str] = ()

    def coverage(self, driven: Iterable[Driven], left_out: Mapping[tuple[str, str], str]) -> Coverage:
        """Hold what there is against what was driven.

        Args:
            driven: every operation that was run beside others.
            left_out: operations that were not, as (class or module, operation), and why.
        """
        return Coverage.of(self.found, driven, {**self.dropped, **left_out})


def gather(sources: Sources) -> Gathered:
    """Make the models of all sources in processes of their own, and introspect what they leave.

    Raises:
        TrialError: the module cannot be imported, the model file or the folder means nothing, or making models ends the
            process.
    """
    makers = []
    if sources.model is not None:
        makers.append(Maker(f"{_HERE}:of_model_file", (str(sources.model.absolute()),)))
    dropped: dict[tuple[str, str], str] = {}
    if sources.harvest is not None:
        folder = str(sources.harvest.absolute())
        makers.append(Maker(f"{_HERE}:of_harvest", (folder,)))
        dropped = {(owner, name): why for owner, name, why in ask(Maker(f"{_HERE}:dropped", (folder,)))}
    known = [
        driven for maker in makers for driven in ask(Maker(f"{_HERE}:operations", (maker.function, maker.arguments)))
    ]
    covered = {(owner, name) for owner, name, _ in known}
    found = introspect(sources.target, seed=sources.seed, allowed=sources.allowed, covered=covered)
    return Gathered((*makers, found.maker), found, dropped)


# ---- Where models are made


def models(makers: Iterable[Maker]) -> list[Model]:
    """The models; to be called in the process that runs them.

    Raises:
        Exception: whatever making them raises.
    """
    return [model for maker in makers for model in make(maker)]


def of_model_file(path: str) -> list[Model]:
    """The models of a model file."""
    return read_models(Path(path))


def of_harvest(folder: str) -> list[Model]:
    """The models of a harvest."""
    return gather_harvest(Path(folder)).models


def dropped(folder: str) -> list[tuple[str, str, str]]:
    """What a harvest cannot do again: class or module, operation, and why."""
    return [(drop.owner, drop.name, drop.why) for drop in gather_harvest(Path(folder)).dropped]


def operations(function: str, arguments: Sequence[object]) -> list[Driven]:
    """The operations of the models that a maker makes."""
    return list(driven_by(make(Maker(function, tuple(arguments)))))
