"""The oldest Python that a project supports, as it says itself."""

from __future__ import annotations

import re

from ungil.fixer import Version
from ungil.source import Project

__all__ = ["DEFAULT", "oldest_python"]

DEFAULT: Version = (3, 9)

_REQUIRES = re.compile(
    rb"""^[ \t]*(?:requires-python|python_requires)["']?\s*[=:]\s*["'(]*[^"'\n#]*?>=?\s*(\d+)\.(\d+)""", re.MULTILINE
)


def oldest_python(project: Project) -> Version:
    """From ``requires-python`` or ``python_requires``, wherever the least one stands; 3.9 where none does."""
    said = [
        (int(match[1]), int(match[2])) for source in project.build_files for match in _REQUIRES.finditer(source.data)
    ]
    return max(min(said, default=DEFAULT), DEFAULT)
