"""``[tool.ungil]`` in a project's pyproject.toml: ``model`` says what can be set, ``read`` reads it."""

from ungil.config.model import Settings
from ungil.config.read import read

__all__ = ["Settings", "read"]
