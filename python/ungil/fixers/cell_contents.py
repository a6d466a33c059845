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
    return take_strong_references(site, "cell", "contents")


fixer = Fixer(
    slug="cell-contents",
    codes=frozenset({"UG106"}),
    repair=repair,
    doc=__doc__,
    examples=(),
)
