"""What {{ cookiecutter.name }} is for its users: the extension module's names."""

from {{ cookiecutter.__package }}._core import EmptyError, Samples, recorded

__all__ = ["EmptyError", "Samples", "recorded"]
