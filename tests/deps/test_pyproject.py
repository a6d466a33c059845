"""pyproject.toml: what a project asks for, and its lock file beside it."""

from pathlib import Path

import pytest
from tests.deps.reading import pinned, tree
from tests.deps.test_uv_lock import WORKSPACE

from ungil.deps import pyproject
from ungil.deps.model import Selection, a_name
from ungil.deps.pyproject import Wanted
from ungil.deps.toml import read_table
from ungil.errors import ResolutionError, SourceError

PROJECT = """\
[project]
name = "My.App"
dependencies = ["spam>=1", "eggs; python_version > '3'"]

[project.optional-dependencies]
docs = ["sphinx"]
all = ["my-app[docs]", "turbo"]

[dependency-groups]
Test = ["pytest", {include-group = "lint"}]
lint = ["ruff==1.0"]
"""


def wanted(text: str, extras: str = "", groups: str = "", *, everything: bool = False) -> Wanted:
    """What a project asks for."""
    selection = Selection(frozenset(map(a_name, extras.split())), frozenset(map(a_name, groups.split())), everything)
    found = pyproject.read(read_table(text, Path("pyproject.toml")), "pyproject.toml", selection)
    assert found is not None
    return found


def test_dependencies_extras_and_groups_are_told() -> None:
    """An extra of the project itself is followed, a group includes another, names are compared in their normal form."""
    plain = wanted(PROJECT)
    assert [one.name for one in plain.requirements] == ["spam", "eggs"]
    assert plain.left_out == ("extra all", "extra docs", "group lint", "group test")
    chosen = wanted(PROJECT, "All", "test")
    assert [one.name for one in chosen.requirements] == ["spam", "eggs", "turbo", "pytest", "ruff", "sphinx"]
    assert (chosen.extras, chosen.groups) == (["all"], ["Test"])
    assert len(wanted(PROJECT, everything=True).requirements) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "its dependencies are left to its build backend"),
        ('[project]\nname = "x"\ndependencies = ["a b"]\n', "'a b' is not a requirement"),
        ('[project]\nname = "x"\ndependencies = "a"\n', "project: dependencies is not a list of texts"),
        ('[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n', "group 'a'"),
        ('[dependency-groups]\na = [{include-group = "none"}]\n', "group 'a'"),
        ("[tool.poetry]\n", "it has no [project] table, and there is no lock file beside it"),
    ],
)
def test_what_cannot_be_understood_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    """The file is named, and what is wrong with it."""
    with pytest.raises(SourceError) as raised:
        tree(tmp_path / "pyproject.toml", text, everything=True)
    assert said in str(raised.value)
    assert "pyproject.toml" in str(raised.value)


def test_a_lock_file_beside_it_tells_the_versions(tmp_path: Path) -> None:
    """The project is as it is locked, which is said; the folder means the same."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "first"\n', encoding="utf-8")
    (tmp_path / "uv.lock").write_text(WORKSPACE, encoding="utf-8")
    found = tree(tmp_path / "pyproject.toml")
    assert (pinned(found), found.name) == (["spam==1.0"], str(tmp_path / "pyproject.toml"))
    assert found.remarks == (f"Versions are those of '{tmp_path / 'uv.lock'}'.",)
    assert pinned(tree(tmp_path)) == ["spam==1.0"]


def test_without_one_somebody_has_to_choose(tmp_path: Path) -> None:
    """A project that is not locked is resolved, or it is an error."""
    with pytest.raises(ResolutionError, match="does not name every version"):
        tree(tmp_path / "pyproject.toml", PROJECT)
