"""Projects and their names."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from tests.port.roads import project

from ungil.errors import SourceError
from ungil.port.folder import opened
from ungil.port.subject import name_of, taken


def silent(_: str) -> None:
    """Tells nobody."""


def sdist(path: Path, name: str, files: dict[str, str]) -> Path:
    """A source archive."""
    path.mkdir(parents=True, exist_ok=True)
    archive = path / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return archive


def test_a_folder_is_copied_and_left_as_it_is(tmp_path: Path) -> None:
    """The snapshot has the sources, and nothing that a build or an earlier run has left."""
    source = project(tmp_path / "spam")
    (source / "build").mkdir(exist_ok=True)
    (source / "build" / "junk.c").write_text("int junk;")
    folder, _ = opened(tmp_path / "kept", "spam")
    subject = taken(str(source), folder, silent)
    assert (subject.name, subject.version) == ("spam", "1.2")
    assert sorted(path.name for path in subject.folder.iterdir()) == ["pyproject.toml", "spam.c"]
    assert taken(str(source), folder, silent) == subject
    assert [path.name for path in (folder.path / "sources").iterdir()] == [subject.folder.name]


def test_an_sdist_says_its_name_in_its_metadata(tmp_path: Path) -> None:
    """Where pyproject.toml says none."""
    archive = sdist(tmp_path / "dist", "eggs-2.0", {"PKG-INFO": "Name: Eggs\nVersion: 2.0\n", "eggs.c": "int i;"})
    folder, _ = opened(tmp_path / "kept", "eggs")
    subject = taken(str(archive), folder, silent)
    assert (subject.name, subject.version) == ("Eggs", "2.0")
    assert (subject.folder / "eggs.c").exists()


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("dist/eggs-2.0.tar.gz", "eggs"),
        ("dist/my-eggs-2.0.zip", "my-eggs"),
        ("eggs==2.0", "eggs==2.0"),
        ("spam", "spam"),
    ],
)
def test_a_project_has_a_name_before_it_is_read(tmp_path: Path, target: str, name: str) -> None:
    """For the folder in which its results are kept."""
    (tmp_path / "dist").mkdir(exist_ok=True)
    for file in ("eggs-2.0.tar.gz", "my-eggs-2.0.zip"):
        (tmp_path / "dist" / file).write_text("")
    project(tmp_path / "spam")
    path = tmp_path / target
    assert name_of(str(path) if path.exists() else target) == name


def test_where_nothing_is_there_is_no_project(tmp_path: Path) -> None:
    """Said before anything is made."""
    with pytest.raises(SourceError, match="There is nothing at"):
        name_of(str(tmp_path / "nowhere"))
