"""The catalogue: one file per rule, and nothing else. A new rule is a new file; nothing has to be told about it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ungil.rule import Rule

__all__ = ["catalogue"]


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by code."""
    rules = [import_module(f"{__name__}.{module.name}").rule for module in iter_modules(__path__)]
    return tuple(sorted(rules, key=lambda rule: rule.code))
