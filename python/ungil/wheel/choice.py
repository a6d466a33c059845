"""Which wheels of a release are checked unless the user says which."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.tags import Tag, platform_tags

from ungil.errors import WheelError
from ungil.wheel.names import is_free_threaded, parsed

__all__ = ["chosen", "suggested"]

_FEW = 8


def chosen(filenames: Iterable[str]) -> list[str]:
    """The free-threaded wheels for this machine's platform."""
    here = set(platform_tags())
    return [one for one in filenames if _is_for(one, here)]


def suggested(filenames: Iterable[str]) -> str:
    """A few of the wheels that there are, free-threaded ones first."""
    names = sorted(filenames, key=lambda one: (not any(map(is_free_threaded, _tags(one))), one))
    return ", ".join(names[:_FEW]) + (", ..." if len(names) > _FEW else "")


def _is_for(filename: str, platforms: set[str]) -> bool:
    return any(is_free_threaded(tag) and tag.platform in platforms for tag in _tags(filename))


def _tags(filename: str) -> frozenset[Tag]:
    """Those of a wheel; an index may have files of any name."""
    try:
        return parsed(filename)[2]
    except WheelError:
        return frozenset()
