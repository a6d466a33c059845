"""Where models come from."""

from __future__ import annotations

from pathlib import Path

from ungil.errors import SourceError
from ungil.stress.hammer.job import Target
from ungil.stress.hammer.model import Model
from ungil.stress.hammer.model_file import read_models
from ungil.stress.trial_child import function_of

__all__ = ["models_for"]


def models_for(target: Target) -> list[Model]:
    """The models of a target, whose module is imported: of its makers, or of its model file if it has none.

    Raises:
        SourceError: there are none.
        BaseException: what making them raises.
    """
    found = [model for function, arguments in target.makers for model in function_of(function)(*arguments)]
    if target.model is not None and not target.makers:
        found = read_models(Path(target.model))
    if not found:
        raise SourceError(
            f"There is nothing in '{target.module}' of which it is known how to hammer it.",
            "Write a model file, and name it (--model FILE), or name tests that use it (--harvest TESTS).",
        )
    return found
