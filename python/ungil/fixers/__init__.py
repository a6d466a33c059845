"""The repairs: one file per fixer, and nothing else. A new fixer is a new file; nothing has to be told about it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ungil.fixer import Fixer

__all__ = ["fixers", "fixers_of"]


@cache
def fixers() -> tuple[Fixer, ...]:
    """Every fixer, by name."""
    found = [import_module(f"{__name__}.{module.name}").fixer for module in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda fixer: fixer.slug))


@cache
def fixers_of(code: str) -> tuple[Fixer, ...]:
    """Those that may repair the findings of a rule, in the order in which they are asked."""
    return tuple(fixer for fixer in fixers() if code in fixer.codes)
