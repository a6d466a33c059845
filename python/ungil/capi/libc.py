"""What the C library and the thread libraries promise: which calls wait, and which share their result among threads.

The facts are in ``libc.toml``, one table per function; this loads them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = ["LibcFunction", "changing", "functions", "sharing", "waiting_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibcFunction:
    """One function. The keys of ``libc.toml`` are documented at its head."""

    name: str
    blocks: bool = False
    waits: Literal["thread", "world"] | None = None
    arguments: int | None = None
    types: frozenset[str] = frozenset()
    shares: str | None = None
    changes: str | None = None
    instead: str = ""
    thread_local_on: frozenset[str] = frozenset()


@cache
def functions() -> dict[str, LibcFunction]:
    """Every function that ``libc.toml`` knows, by name. Callers do not change it."""
    tables = tomllib.loads(Path(__file__).with_name("libc.toml").read_text(encoding="utf-8"))
    return {name: _function(name, table) for name, table in tables.items()}


def waiting_for(what: Literal["thread", "world"]) -> frozenset[str]:
    """The functions that block until a thread, or the world, does something."""
    return frozenset(name for name, function in functions().items() if function.waits == what)


def sharing() -> frozenset[str]:
    """The functions whose result or state all threads share."""
    return frozenset(name for name, function in functions().items() if function.shares is not None)


def changing() -> frozenset[str]:
    """The functions that change the state of the whole process."""
    return frozenset(name for name, function in functions().items() if function.changes is not None)


def _function(name: str, table: dict[str, Any]) -> LibcFunction:
    types, systems = frozenset(table.pop("types", ())), frozenset(table.pop("thread_local_on", ()))
    return LibcFunction(name=name, types=types, thread_local_on=systems, **table)
