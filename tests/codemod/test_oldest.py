"""The oldest Python that a project supports."""

from __future__ import annotations

import pytest

from ungil.codemod import oldest_python
from ungil.source import Language, Project, Source


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("pyproject.toml", 'requires-python = ">=3.11"', (3, 11)),
        ("pyproject.toml", 'requires-python = "~=3.12, >=3.12"', (3, 12)),
        ("pyproject.toml", 'requires-python = "<4, >= 3.10"', (3, 10)),
        ("setup.py", '    python_requires=">=3.12",', (3, 12)),
        ("setup.cfg", "python_requires = >=3.10", (3, 10)),
        ("pyproject.toml", 'requires-python = ">=3.6"', (3, 9)),
        ("pyproject.toml", 'name = "x"', (3, 9)),
        ("pyproject.toml", '# requires-python = ">=3.13"', (3, 9)),
    ],
)
def test_it_is_read_where_the_project_says_it(path: str, text: str, version: tuple[int, int]) -> None:
    """It is what requires-python asks for at least, and 3.9 where nothing is said or something older."""
    file = Source(path, f"{text}\n".encode(), Language.BUILD)
    assert oldest_python(Project("x", None, (), (), (file,))) == version
