"""Where results are kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from tests.port.roads import CLEAN, seen

from ungil.errors import OutputError, ToolError, UsageError
from ungil.port.evidence import Stage
from ungil.port.folder import MOST_KEPT, Folder, alone, key_of, opened
from ungil.port.fragment import Fragment


def test_a_folder_is_ignored_by_git(tmp_path: Path) -> None:
    """All of it can be made again."""
    folder, note = opened(tmp_path / "port", "spam")
    assert (folder.path / ".gitignore").read_text().endswith("\n*\n")
    assert note == ""


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """It says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--folder"):
        opened(tmp_path / "file" / "port", "spam")


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    """Git would ignore that, and what is old would be taken away; one that was made before is taken again."""
    (tmp_path / "theirs" / "wheels").mkdir(parents=True, exist_ok=True)
    with pytest.raises(UsageError, match="holds something else"):
        opened(tmp_path / "theirs", "spam")
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["wheels"]
    folder, _ = opened(tmp_path / "ours", "spam")
    folder.keep("key", CLEAN[Stage.AUDIT])
    assert opened(tmp_path / "ours", "spam")[0].path == folder.path


def test_one_road_at_a_time_is_gone_in_a_folder(tmp_path: Path) -> None:
    """The second is told so at once, with the option of this command; when the first has ended, it may."""
    folder = Folder(Path(tempfile.mkdtemp(dir=tmp_path)))
    half = folder.place("sources", ".1f2e3d4c", "copy")
    with alone(folder), pytest.raises(ToolError, match=r"Another ungil works in .*\n.*--folder FOLDER"), alone(folder):
        pass
    with alone(folder):
        assert not half.exists()  # one that was killed has left it


def test_a_folder_in_the_project_is_refused(tmp_path: Path) -> None:
    """The project would be copied into itself; below .ungil, which is never copied, it may be."""
    project = tmp_path / "spam"
    project.mkdir(exist_ok=True)
    for named in (project, project / "out"):
        with pytest.raises(UsageError, match="lies in the project"):
            opened(named, "spam", project)
    assert list(project.glob("out")) == []
    opened(project / ".ungil" / "out", "spam", project)


@pytest.mark.parametrize("stage", list(Stage))
def test_what_is_kept_comes_back_as_it_was(tmp_path: Path, stage: Stage) -> None:
    """Each part, findings with any text in them."""
    folder, _ = opened(tmp_path / "port", "spam")
    fragment = CLEAN[stage]
    odd = seen(stage, path="\udcff\u2028.c")
    kept = Fragment(step=fragment.step, findings=(odd,), hammered=fragment.hammered, tools={"Python": "3.14"})
    folder.keep("key", kept)
    assert folder.load(stage, "key") == kept
    assert folder.load(stage, "other") is None


def test_what_cannot_be_left_is_an_error(tmp_path: Path) -> None:
    """The disk may be full: what it says to do is of the folder, and not of a file that nobody has named."""
    with pytest.raises(OutputError, match="--folder"):
        Folder(tmp_path / "gone").leave("report.md", "")


def test_old_results_go(tmp_path: Path) -> None:
    """The folder does not grow with each change of the sources."""
    folder = Folder(tmp_path)
    for number in range(MOST_KEPT + 3):
        folder.keep(f"{number}", CLEAN[Stage.AUDIT])
    assert len(list((tmp_path / "stages").iterdir())) == MOST_KEPT


def test_old_sources_go_too(tmp_path: Path) -> None:
    """But for what was used last, and for what another run is making."""
    folder = Folder(tmp_path)
    for number in range(MOST_KEPT + 2):
        place = folder.place("sources", f"spam-{number}")
        os.utime(place, (number, number))
    folder.place("sources", ".making")
    folder.tidy()
    left = {path.name for path in (tmp_path / "sources").iterdir()}
    assert left == {".making", *(f"spam-{number}" for number in range(2, MOST_KEPT + 2))}


def test_a_key_is_of_all_its_parts() -> None:
    """Two that differ in one are two, wherever the parts begin and end."""
    keys = {key_of("a", "b"), key_of("ab"), key_of("a", "b", ""), key_of("a", 1), key_of("a", None)}
    assert len(keys) == 5
    assert key_of("a", "b") == key_of("a", "b")
