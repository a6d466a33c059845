"""Repaired text on its way to files: written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ungil.codemod.write import uncommitted, write
from ungil.errors import OutputError


def git(folder: Path, *arguments: str) -> None:
    """Runs git in a folder as nobody in particular."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def test_every_file_is_written(tmp_path: Path) -> None:
    """Files in folders too."""
    (tmp_path / "src").mkdir()
    for path in ("x.c", "src/y.c"):
        (tmp_path / path).write_bytes(b"old")
    write(tmp_path, {"x.c": (b"old", b"new"), "src/y.c": (b"old", b"newer")})
    assert ((tmp_path / "x.c").read_bytes(), (tmp_path / "src/y.c").read_bytes()) == (b"new", b"newer")


@pytest.mark.parametrize("what", ["changed", "gone"])
def test_nothing_is_written_over_what_somebody_else_wrote(tmp_path: Path, what: str) -> None:
    """A file that is not what was read is an error, and the others stay as they are."""
    (tmp_path / "x.c").write_bytes(b"old")
    if what == "changed":
        (tmp_path / "y.c").write_bytes(b"other")
    with pytest.raises(OutputError, match="changed while it was being repaired"):
        write(tmp_path, {"x.c": (b"old", b"new"), "y.c": (b"old", b"new")})
    assert (tmp_path / "x.c").read_bytes() == b"old"


# A file system that is full, as far as a process can tell: no file may become longer than a few bytes.
FULL = """
import resource, signal, sys
from pathlib import Path
from ungil.codemod.write import write
from ungil.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    write(Path(sys.argv[1]), {"x.c": (b"old", b"new"), "y.c": (b"old", b"longer than ten bytes")})
except OutputError as error:
    print(error.happened)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits to set")
def test_all_files_are_as_they_were_when_one_cannot_be_written(tmp_path: Path) -> None:
    """What was written before the one that failed is put back, and nothing else is left behind."""
    for path in ("x.c", "y.c"):
        (tmp_path / path).write_bytes(b"old")
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "y.c' cannot be written" in done.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x.c": b"old", "y.c": b"old"}


def test_what_is_not_committed_is_named(tmp_path: Path) -> None:
    """Changed and staged files are; new files that git does not track are not, nor is anything outside the folder."""
    git(tmp_path, "init", "-q")
    (tmp_path / "sub").mkdir()
    for path in ("x.c", "sub/y.c"):
        (tmp_path / path).write_text("old")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    (tmp_path / "new.c").write_text("new")
    assert uncommitted(tmp_path) == []
    (tmp_path / "x.c").write_text("other")
    assert uncommitted(tmp_path) == ["x.c"]
    assert uncommitted(tmp_path / "sub") == []
    git(tmp_path, "add", "x.c")
    assert uncommitted(tmp_path) == ["x.c"]


def test_a_folder_without_git_has_nothing_to_commit(tmp_path: Path) -> None:
    """It is repaired without being asked about."""
    assert uncommitted(tmp_path) == []
