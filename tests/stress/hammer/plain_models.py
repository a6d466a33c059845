"""Models that a file holds, taken as they are: what is wrong with them is for the hunt to find."""

from __future__ import annotations

import runpy

from ungil.stress.hammer.models.model import Model


def in_file(path: str) -> list[Model]:
    """Each that it leaves behind."""
    return [value for value in runpy.run_path(path).values() if isinstance(value, Model)]
