"""What the C API promises: which calls borrow, make something new, or let others reach an argument.

The facts, and what to call instead, are in ``capi.toml``, one table per function; this loads them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

__all__ = ["ApiFunction", "borrowing_from", "functions", "lookup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFunction:
    """One function of the C API. The keys of ``capi.toml`` are documented at its head."""

    name: str
    container: int | None = None
    kind: Literal["list", "dict"] | None = None
    fresh: bool = False
    publishes: frozenset[int] = frozenset()
    replacement: str | None = None
    since: str | None = None
    compat: bool = False

    @property
    def advice(self) -> str:
        """The replacement with the version that brought it, ready for a sentence."""
        carried = "; pythoncapi-compat has it for older versions" if self.compat else ""
        return f"{self.replacement}() (Python {self.since}{carried})"


@cache
def functions() -> dict[str, ApiFunction]:
    """Every function that ``capi.toml`` knows, by name. Callers do not change it."""
    tables = tomllib.loads((files("ungil.capi") / "capi.toml").read_text(encoding="utf-8"))
    return {name: _function(name, table) for name, table in tables.items()}


def borrowing_from(kind: Literal["list", "dict"]) -> frozenset[str]:
    """The functions that return a reference borrowed from such a container."""
    return frozenset(name for name, function in functions().items() if function.kind == kind)


def lookup(name: str) -> ApiFunction:
    """What is known of ``name``; of an unknown function, nothing."""
    return functions().get(name) or ApiFunction(name=name)


def _function(name: str, table: dict[str, Any]) -> ApiFunction:
    publishes = frozenset(table.pop("publishes", ()))
    return ApiFunction(name=name, publishes=publishes, **table)
