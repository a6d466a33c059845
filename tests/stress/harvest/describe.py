"""Models in a form that a test can compare, made in a process of their own: they import the extension."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ungil.stress.hammer.models.model import Model, Written
from ungil.stress.hammer.models.written import with_source
from ungil.stress.harvest.models import gather
from ungil.stress.introspect.introspect import models


def of_harvest(folder: str) -> dict[str, Any]:
    """The models of a harvest, and what was dropped."""
    found = gather(Path(folder))
    return {
        "models": described(found.models),
        "dropped": sorted({f"{drop.name}: {drop.why}" for drop in found.dropped}),
    }


def of_introspection(*arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - those of models
    """The models that introspection found."""
    return described(models(*arguments))


def described(found: Iterable[Model]) -> list[dict[str, Any]]:
    """Each operation is done once to a fresh subject, and once as its source says to one that source makes."""
    return [
        {
            "name": model.name,
            "owners": model.owners,
            "subject": repr(model.make()),
            "sources": sorted({operation.source for operation in model.operations}),
            "calls": by_binding(model),
            "source": model.written and model.written.text,
            "from_source": by_source(model),
        }
        for model in map(with_source, found)
    ]


def by_binding(model: Model) -> dict[str, str]:
    """What each operation gives."""
    calls = {}
    for operation in model.operations:
        function, args, kwargs = operation.bind(model.make())
        try:
            calls[str(operation)] = shown(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - some do raise
            calls[str(operation)] = type(error).__name__
    return calls


def by_source(model: Model) -> dict[str, str]:
    """The same by what is written."""
    calls = {}
    make = run(model.written)["make"]
    for operation in model.operations:
        names = run(operation.written, only_names=True) | {"subject": make()}
        text = operation.written.text if operation.written else ""
        try:
            calls[str(operation)] = shown(eval(text, names))  # noqa: S307 - what ungil wrote
        except Exception as error:  # noqa: BLE001 - some do raise
            calls[str(operation)] = type(error).__name__
    return calls


def run(written: Written | None, *, only_names: bool = False) -> dict[str, Any]:
    """The names that the source needs, and those that it defines."""
    assert written is not None
    assert not written.why_not, written.why_not
    for name in written.imports:
        importlib.import_module(name)
    top = {name.partition(".")[0] for name in written.imports}
    names: dict[str, Any] = {name: importlib.import_module(name) for name in top}
    if not only_names:
        exec(written.text, names)  # noqa: S102 - what ungil wrote
    return names


def shown(result: object) -> str:
    """Without an address."""
    return repr(result).partition(" at 0x")[0]
