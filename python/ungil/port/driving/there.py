"""What runs in the project's own environment, and what it says: one object of JSON in its last line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

from ungil.errors import ToolError
from ungil.port.driving import probe
from ungil.workshop import Workshop

__all__ = ["environment_of", "last_json", "needs_of", "probed"]

_DEADLINE: Final = 60.0


def probed(shop: Workshop, modules: Sequence[str]) -> dict[str, Any]:
    """What of these can be imported in the environment, and whether that turns the GIL on: see ``probe``.

    Raises:
        ToolError: the process that tries says nothing.
    """
    done = shop.run("-P", Path(probe.__file__), *modules, deadline=_DEADLINE)
    found = last_json(done.output)
    if not isinstance(found, dict):
        raise ToolError(
            f"Importing {', '.join(modules)} ends the process: {done.ended}.", done.tail() or "It says nothing."
        )
    return found


def environment_of(shop: Workshop, *, gil_on: bool) -> dict[str, str]:
    """Variables for what runs ungil there: the sources do not stand in for what is installed, and the GIL stays off.

    Raises:
        ToolError: ungil runs on another interpreter here.
    """
    return shop.lend_ungil() | {"PYTHONSAFEPATH": "1"} | ({"PYTHON_GIL": "0"} if gil_on else {})


def needs_of(extra: str) -> list[str]:
    """What ungil itself needs there: its dependencies, and those of an extra."""
    try:
        every = [Requirement(one) for one in requires("ungil") or ()]
    except PackageNotFoundError:
        every = []
    chosen = [one for one in every if one.marker is None or one.marker.evaluate({"extra": extra})]
    return [f"{one.name}{one.specifier}" for one in chosen]


def last_json(output: str) -> Any:  # noqa: ANN401 - whatever was printed
    """What stands in the last line; None if that is no JSON."""
    try:
        return json.loads(output.rstrip().rpartition("\n")[2])
    except ValueError:
        return None
