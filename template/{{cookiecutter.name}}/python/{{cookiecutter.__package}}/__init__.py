"""{{ cookiecutter.summary }}."""

from {{ cookiecutter.__package }}._core import EmptyError, Samples, recorded

__all__ = ["EmptyError", "Samples", "recorded"]
