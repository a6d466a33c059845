"""The models of a target by number, in the process that has them and in the one that was told of them.

Whoever starts the tested process must not import what is tested. It knows models by what they are called and how their
operations read; a scenario crosses from one process to the other, and into a file, as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ungil.errors import UngilError
from ungil.stress.hammer.models.model import Contract, Model, Operation, Scenario, Written
from ungil.stress.hammer.models.written import from_json, to_json, with_source
from ungil.stress.hammer.processes.journal import Calls

__all__ = ["Catalogue", "ChangedModelError", "described", "description", "text_of", "without_source"]

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]{4,}")


class ChangedModelError(UngilError):
    """A scenario is of a model, or an operation, that is not there as it was."""

    def __init__(self, happened: str) -> None:
        super().__init__(happened, "Hammer again without --replay: what was saved is of another model.")


class Catalogue:
    """The models of a target. Their names are made different; a model with fewer operations is found by its name."""

    def __init__(self, models: Sequence[Model]) -> None:
        """Number these."""
        seen: dict[str, int] = {}
        named = []
        for model in models:
            seen[model.name] = seen.get(model.name, 0) + 1
            count = seen[model.name]
            named.append(model if count == 1 else replace(model, name=f"{model.name} ({count})"))
        self.models: tuple[Model, ...] = tuple(named)
        self._numbers = {model.name: number for number, model in enumerate(named)}

    def number(self, model: Model) -> int:
        """The number of this model."""
        return self._numbers[model.name]

    def operations(self, number: int) -> dict[int, int]:
        """The number of each operation of a model, by its ``id()``."""
        return {id(one): index for index, one in enumerate(self.models[number].operations)}

    def calls(self, scenario: Scenario) -> Calls:
        """The scenario's operations by number."""
        numbers = self.operations(self.number(scenario.model))
        return tuple(tuple(numbers[id(call)] for call in thread) for thread in scenario.threads)

    def scenario(self, number: int, calls: Calls) -> Scenario:
        """The scenario of these operations."""
        model = self.models[number]
        return Scenario(model, tuple(tuple(model.operations[index] for index in thread) for thread in calls))

    def find(self, name: str, threads: Sequence[Sequence[Mapping[str, Any]]]) -> Scenario:
        """The scenario that was written down as the model's name and each operation's ``index`` and ``text``.

        Raises:
            ChangedModelError: there is none any more.
            KeyError, TypeError: it is not written so.
        """
        if name not in self._numbers:
            raise ChangedModelError(f"There is no model '{name}' any more.")
        model = self.models[self._numbers[name]]
        return Scenario(model, tuple(tuple(_operation(model, call) for call in thread) for thread in threads))


def _operation(model: Model, written: Mapping[str, Any]) -> Operation:
    index, text = written["index"], written["text"]
    if not 0 <= index < len(model.operations):
        raise ChangedModelError(f"'{model.name}' has no operation {index + 1} any more, which was {text}.")
    found: Operation = model.operations[index]
    if text_of(found) != text:
        raise ChangedModelError(f"Operation {index + 1} of '{model.name}' is {text_of(found)} now, and was {text}.")
    return found


def text_of(operation: Operation) -> str:
    """The operation as a call, the same in every process: without addresses."""
    return _ADDRESS.sub("", str(operation))


@dataclass(frozen=True, slots=True)
class _Told:
    """Arguments of which only the text is known."""

    text: str

    def __repr__(self) -> str:
        return self.text


def description(model: Model) -> dict[str, Any]:
    """The model as JSON: what can be said of it to another process, and how it is written as Python source."""
    model = with_source(model)
    return {
        "name": model.name,
        "source": model.source,
        "contract": str(model.contract),
        "relaxed": dict(model.relaxed),
        "owners": list(model.owners),
        "operations": [_description(one) for one in model.operations],
        "written": to_json(model.written or Written()),
        "written_state": to_json(model.written_state) if model.written_state else None,
    }


def _description(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "text": text_of(operation),
        "alone": operation.alone,
        "source": operation.source,
        "written": to_json(operation.written or Written()),
    }


def without_source(plain: Mapping[str, Any]) -> dict[str, Any]:
    """What two processes agree on: how a value is written may differ, since a pickle of a set does."""
    kept = {key: value for key, value in plain.items() if not key.startswith("written")}
    return kept | {"operations": [{**one, "written": None} for one in plain["operations"]]}


def described(plain: Mapping[str, Any]) -> Model:
    """The model as whoever was told of it knows it: it reads the same, and cannot be run."""
    return Model(
        name=plain["name"],
        make=_elsewhere(plain["name"]),
        operations=tuple(map(_described, plain["operations"])),
        relaxed=plain["relaxed"],
        contract=Contract(plain["contract"]),
        source=plain["source"],
        owners=tuple(plain["owners"]),
        written=from_json(plain["written"]),
        written_state=from_json(plain["written_state"]) if plain["written_state"] else None,
    )


def _described(plain: Mapping[str, Any]) -> Operation:
    name, text = plain["name"], plain["text"]
    inside = text.removeprefix(f"{name}(").removesuffix(")")
    return Operation(
        name,
        name,
        (_Told(inside),) if inside else (),
        alone=plain["alone"],
        source=plain["source"],
        written=from_json(plain["written"]),
    )


def _elsewhere(name: str) -> Callable[[], object]:
    def make() -> object:
        raise RuntimeError(f"{name} can be made in the tested process only")

    return make
