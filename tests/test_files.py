"""Files that are there whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest

from ungil.errors import OutputError
from ungil.files import write_whole


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    """The new content replaces the old, nothing else is left in the folder, and who may read it stays the same."""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o604)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.skipif(sys.platform == "win32", reason="there a mode says little")
def test_a_new_file_can_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    """A file that was not there gets the mode that any other program would give it."""
    (tmp_path / "plain").write_bytes(b"")
    write_whole(tmp_path / "x", b"")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(sys.platform == "win32", reason="there a link needs a privilege")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is replaced."""
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


@pytest.mark.skipif(not Path(os.devnull).is_char_device(), reason="needs a device")
def test_a_device_is_written_and_not_replaced() -> None:
    """/dev/null stays what it is."""
    write_whole(Path(os.devnull), b"x")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", ["no/such/folder/x", "folder"])
def test_what_cannot_be_written_is_an_error_that_leaves_nothing(tmp_path: Path, name: str) -> None:
    """A missing folder, or a folder in the place, is named."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=Path(name).name):
        write_whole(tmp_path / name, b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
