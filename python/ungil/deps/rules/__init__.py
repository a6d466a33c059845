"""The catalogue of what can be wrong with a dependency: one file per rule. Nothing has to be told about a new one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ungil.deps.rule import DependencyRule

__all__ = ["dependency_rules"]


@cache
def dependency_rules() -> tuple[DependencyRule, ...]:
    """Every rule, by code."""
    rules = [import_module(f"{__name__}.{module.name}").rule for module in iter_modules(__path__)]
    return tuple(sorted(rules, key=lambda rule: rule.code))
