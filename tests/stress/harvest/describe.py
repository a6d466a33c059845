"""Models in a form that a test can compare, made in a process of their own: they import the extension."""

from pathlib import Path
from typing import Any

from ungil.stress.harvest.models import gather


def of_harvest(folder: str) -> dict[str, Any]:
    """The models of a harvest, each operation done once to a fresh subject, and what was dropped."""
    found = gather(Path(folder))
    models = []
    for model in found.models:
        calls = {}
        for operation in model.operations:
            function, args, kwargs = operation.bind(model.make())
            try:
                calls[f"{operation}"] = repr(function(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - some do raise
                calls[f"{operation}"] = type(error).__name__
        sources = sorted({operation.source for operation in model.operations})
        models.append({"name": model.name, "subject": repr(model.make()), "calls": calls, "sources": sources})
    return {"models": models, "dropped": sorted({f"{drop.name}: {drop.why}" for drop in found.dropped})}
