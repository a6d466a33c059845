"""Where models come from."""

from __future__ import annotations

import runpy
from pathlib import Path

from ungil.errors import SourceError
from ungil.stress.hammer.job import Target
from ungil.stress.hammer.model import Model
from ungil.stress.hammer.written import of_file

__all__ = ["models_for"]


def models_for(target: Target) -> list[Model]:
    """The models of a target, whose module is imported: each ``Model`` that its model file leaves behind.

    Raises:
        SourceError: there are none.
        BaseException: what the model file raises.
    """
    if target.model is None:
        raise SourceError("There is no model of what to hammer.", "Write a model file, and name it: --model FILE")
    left = runpy.run_path(target.model)
    models = [
        of_file(value, str(Path(target.model).resolve()), f"FILE[{name!r}]")
        for name, value in left.items()
        if isinstance(value, Model)
    ]
    if not models:
        raise SourceError(f"'{target.model}' has no model.", "Give it one: NAME = Model(...)")
    return models
