"""The catalogue of what can be wrong with a wheel: one file per rule. Nothing has to be told about a new one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ungil.wheel.rule import WheelRule

__all__ = ["wheel_rules"]


@cache
def wheel_rules() -> tuple[WheelRule, ...]:
    """Every rule, by code."""
    rules = [import_module(f"{__name__}.{module.name}").rule for module in iter_modules(__path__)]
    return tuple(sorted(rules, key=lambda rule: rule.code))
