"""Everything that is to be hammered, from a model file, a harvest and introspection, each operation tried alone first.

What comes of it is names and numbers that JSON can hold: ``models`` makes the same models of it in whichever process
runs them. The process that gathers never runs code of the extension.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ungil.stress.coverage import Coverage, Driven, driven_by
from ungil.stress.hammer.model import Model
from ungil.stress.hammer.model_file import read_models
from ungil.stress.harvest.models import gather as gather_harvest
from ungil.stress.introspect.introspect import Introspected, introspect
from ungil.stress.trial import Maker, ask, make, try_models

__all__ = ["Gathered", "Screened", "Sources", "gather", "models", "screened"]

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
class Screened:
    """Models, and which of their operations can be run: for each model their numbers."""

    maker: Maker
    kept: tuple[tuple[int, ...], ...]

    def as_json(self) -> tuple[str, tuple[Any, ...], tuple[tuple[int, ...], ...]]:
        """What JSON can hold, to be the arguments of ``screened``."""
        return self.maker.function, self.maker.arguments, self.kept


@dataclass(slots=True)
class Gathered:
    """What was found.

    Attributes:
        screened: the models of each source: those of a model file first, then of the harvest, then introspected ones.
        found: what introspection found.
        left_out: operations that cannot be run, as ``(class or module, operation)``, and why.
    """

    screened: list[Screened]
    found: Introspected
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)

    def coverage(self, driven: list[Driven]) -> Coverage:
        """Hold what there is against what was driven beside others."""
        return Coverage.of(self.found, driven, self.left_out)


def gather(sources: Sources) -> Gathered:
    """Make the models of all sources, try their operations, and introspect what they leave.

    Raises:
        SourceError: there is no harvest in the folder.
        ModelError: the model file says something that means nothing.
        TrialError: the module cannot be imported, or a process that makes models ends.
    """
    found_models: list[Screened] = []
    left_out: dict[tuple[str, str], str] = {}
    known: list[Driven] = []
    for function, path in (("of_model_file", sources.model), ("of_harvest", sources.harvest)):
        if path is not None:
            maker = Maker(f"{_HERE}:{function}", (str(path.absolute()),))
            found_models.append(_screen(maker, left_out))
            known += ask(Maker(f"{_HERE}:driven", found_models[-1].as_json()))
    if sources.harvest is not None:
        for owner, name, why in ask(Maker(f"{_HERE}:dropped", (str(sources.harvest.absolute()),))):
            left_out.setdefault((owner, name), why)
    covered = {(owner, name) for owner, name, _ in known}
    found = introspect(sources.target, seed=sources.seed, allowed=sources.allowed, covered=covered)
    every = tuple(tuple(range(len(kept))) for kept in found.kept)
    found_models.append(Screened(found.maker, every))
    return Gathered(found_models, found, left_out)


def _screen(maker: Maker, left_out: dict[tuple[str, str], str]) -> Screened:
    kept = []
    for model in try_models(maker):
        places = [place for place, verdict in enumerate(model.verdicts) if verdict.how.runnable]
        kept.append(tuple(places))
        for owner, call, verdict in zip(model.owners, model.calls, model.verdicts, strict=True):
            if not verdict.how.runnable:
                left_out[owner, call] = str(verdict)
    return Screened(maker, tuple(kept))


# ---- Where models are made


def models(given: Screened) -> list[Model]:
    """The models with what can be run of them; to be called in the process that runs them."""
    return [
        replace(model, operations=tuple(model.operations[place] for place in places))
        for model, places in zip(make(given.maker), given.kept, strict=True)
        if places
    ]


def of_model_file(path: str) -> list[Model]:
    """The models of a model file."""
    return read_models(Path(path))


def of_harvest(folder: str) -> list[Model]:
    """The models of a harvest."""
    return gather_harvest(Path(folder)).models


def dropped(folder: str) -> list[tuple[str, str, str]]:
    """What a harvest cannot do again: class or module, operation, and why."""
    return [(drop.owner, drop.name, drop.why) for drop in gather_harvest(Path(folder)).dropped]


def screened(function: str, arguments: list[Any], kept: list[list[int]]) -> Screened:
    """What ``as_json`` made JSON of."""
    return Screened(Maker(function, tuple(arguments)), tuple(tuple(places) for places in kept))


def driven(function: str, arguments: list[Any], kept: list[list[int]]) -> list[Driven]:
    """The operations of screened models."""
    return list(driven_by(models(screened(function, arguments, kept))))
