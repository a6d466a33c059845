"""Which wheels of a release are checked unless the user says which."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.tags import platform_tags

from ungil.errors import WheelError
from ungil.wheel.names import is_free_threaded, parsed

__all__ = ["chosen"]


def chosen(filenames: Iterable[str]) -> list[str]:
    """The free-threaded wheels for this machine's platform."""
    here = set(platform_tags())
    return [one for one in filenames if _is_for(one, here)]


def _is_for(filename: str, platforms: set[str]) -> bool:
    try:
        _, _, tags = parsed(filename)
    except WheelError:  # an index may have files of any name
        return False
    return any(is_free_threaded(tag) and tag.platform in platforms for tag in tags)
