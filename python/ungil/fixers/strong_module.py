"""x

What it does
    x

What it leaves
    x
"""

from __future__ import annotations

from ungil.fixer import Fixer, Repair, Site
from ungil.rewrite.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """x"""
    return take_strong_references(site, "module", "module")


fixer = Fixer(
    slug="strong-module",
    codes=frozenset({"UG104"}),
    repair=repair,
    doc=__doc__,
    examples=(),
)
