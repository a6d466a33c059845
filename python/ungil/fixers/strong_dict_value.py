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
    return take_strong_references(site, "dict", "value")


fixer = Fixer(
    slug="strong-dict-value",
    codes=frozenset({"UG102"}),
    repair=repair,
    doc=__doc__,
    examples=(),
)
