"""What is seen at run time: one file per hazard, and nothing else. They have no check: a run shows them.

Codes go from the most serious to the least.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ungil.description import Description

__all__ = ["hazards"]


@cache
def hazards() -> tuple[Description, ...]:
    """Every hazard, by code."""
    found = [import_module(f"{__name__}.{module.name}").hazard for module in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda hazard: hazard.code))
