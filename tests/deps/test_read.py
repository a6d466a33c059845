"""What a user may name, and what not."""

from pathlib import Path

import pytest
from tests.deps.reading import pinned, tree
from tests.deps.test_poetry_lock import NEW
from tests.deps.test_pylock import LOCK as PYLOCK
from tests.deps.test_uv_lock import LOCK

from ungil.deps.toml import package_lines
from ungil.errors import SourceError, UsageError


@pytest.mark.parametrize(("text", "kind"), [(LOCK, "uv.lock"), (PYLOCK, "pylock.toml"), (NEW, "poetry.lock")])
def test_a_lock_file_is_known_by_its_content(tmp_path: Path, text: str, kind: str) -> None:
    """Under a name that says nothing, what is in it tells the reader."""
    assert tree(tmp_path / "anything.lock", text).kind == kind


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    """An editor on Windows may have saved the file."""
    path = tmp_path / "uv.lock"
    path.write_bytes(b"\xef\xbb\xbf" + LOCK.replace("\n", "\r\n").encode())
    assert len(pinned(tree(path))) == 5


def test_a_package_stands_where_its_table_begins() -> None:
    """Lines count from 1, and a text that looks like a table in a string of a package does not occur."""
    assert package_lines("version = 1\n\n[[package]]\nname = 'a'\n[[package]]\n") == [3, 5]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Pipfile.lock", b'{"_meta": {}}', "is not TOML"),
        ("pdm.toml", b"[metadata]\nx = 1\n", "is of no kind that ungil reads"),
        ("uv.lock", b"\xff\xfe\x00", "is not text in UTF-8"),
        ("uv.lock", b"", "its format is version None"),
        ("poetry.lock", b"metadata = 3\n", "metadata is not a table"),
        ("requirements.txt", b"\xff\xfe\x00", "is not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_lock_file_is_an_error(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Each says what the file is not."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        tree(path)


def test_what_is_not_there_or_empty_is_an_error_that_says_what_to_name(tmp_path: Path) -> None:
    """A missing file, an empty folder, and a folder where a file should be."""
    with pytest.raises(SourceError, match=r"There is no '.*none'"):
        tree(tmp_path / "none")
    with pytest.raises(SourceError, match="is no environment, and has none of uv"):
        tree(tmp_path)
    (tmp_path / "pyvenv.cfg").touch()
    with pytest.raises(SourceError, match="is an environment without a site-packages folder"):
        tree(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A file of a gigabyte is no lock file; this one takes no room on the disk."""
    with (tmp_path / "uv.lock").open("wb") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(SourceError, match="is larger than 256 MiB"):
        tree(tmp_path / "uv.lock")


def test_requirements_have_no_extras_to_choose(tmp_path: Path) -> None:
    """Asking for one is a slip, not silence."""
    with pytest.raises(UsageError, match="A requirements file has no extras and groups"):
        tree(tmp_path / "requirements.txt", "spam==1.0 --hash=sha256:0\n", extras="docs")
