"""Numbers in words, for what stages say of themselves."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, noun: str) -> str:
    """``1 file``, ``1,234 files``; ``no files``."""
    return f"{number:,} {noun}{'s' * (number != 1)}" if number else f"no {noun}s"
