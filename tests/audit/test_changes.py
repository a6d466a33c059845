"""Which lines changed since a revision."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ungil.audit import changes
from ungil.audit.changes import Changes
from ungil.errors import RevisionError
from ungil.finding import Location

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
TEN = "".join(f"line {number}\n" for number in range(1, 11))


def git(folder: Path, *arguments: str) -> None:
    """Runs git as somebody, with nobody's settings."""
    environ = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "a@b.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, timeout=60, env=environ)


def commit(folder: Path, **files: str) -> None:
    """Writes files, whose names have ``__`` for a slash and ``_`` for a dot, and commits everything."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def a_tree(folder: Path) -> Path:
    """Makes a folder a work tree with one commit of two files, on the branch main."""
    git(folder, "init", "-q", "-b", "main")
    commit(folder, a_c=TEN, src__b_c=TEN)
    return folder


def touched(found: Changes, path: str) -> list[int]:
    """The lines, of the first twelve, that changed."""
    return [line for line in range(1, 13) if found.touch(Location(path, line, 1, line, 2))]


def test_changed_and_added_lines_are_touched_and_no_other(tmp_path: Path) -> None:
    """What is committed since, staged, or only written all counts."""
    tree = a_tree(tmp_path)
    commit(tree, a_c=TEN.replace("line 3\n", "LINE 3\n"))
    (tree / "a.c").write_text((tree / "a.c").read_text().replace("line 7\n", "line 7\nnew\nnewer\n"))
    assert touched(changes.since("HEAD~1", tree), "a.c") == [3, 8, 9]
    assert touched(changes.since("HEAD", tree), "a.c") == [8, 9]
    assert touched(changes.since("HEAD", tree), "src/b.c") == []


def test_where_lines_went_away_their_neighbours_are_touched(tmp_path: Path) -> None:
    """A lock that was taken away changes what stands beside it."""
    tree = a_tree(tmp_path)
    (tree / "a.c").write_text(TEN.replace("line 5\n", ""))
    assert touched(changes.since("HEAD", tree), "a.c") == [4, 5]


def test_a_new_file_is_touched_everywhere(tmp_path: Path) -> None:
    """Tracked or not, unless git ignores it."""
    tree = a_tree(tmp_path)
    (tree / "new.c").write_text(TEN)
    (tree / "ignored.c").write_text(TEN)
    (tree / ".gitignore").write_text("ignored.c\n")
    found = changes.since("HEAD", tree)
    assert len(touched(found, "new.c")) == 12
    assert touched(found, "ignored.c") == []


def test_paths_are_relative_to_the_audited_folder(tmp_path: Path) -> None:
    """Of a folder within the tree, only what is below it is told, as the audit names it."""
    tree = a_tree(tmp_path)
    (tree / "src" / "b.c").write_text(TEN.replace("line 2", "LINE 2"))
    (tree / "a.c").write_text("")
    found = changes.since("HEAD", tree / "src")
    assert dict(found.lines).keys() == {"b.c"}
    assert touched(found, "b.c") == [2]


@pytest.mark.parametrize("name", ["with space.c", 'quo"te.c', "sn\u00e4ke.c", "tab\t.c", "b/c.c"])
def test_any_name_is_understood(tmp_path: Path, name: str) -> None:
    """Names that git quotes are told as they are."""
    tree = a_tree(tmp_path)
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text(TEN)
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "x")
    (tree / name).write_text(TEN.replace("line 2", "LINE 2"))
    assert touched(changes.since("HEAD", tree), name) == [2]


def test_a_line_that_looks_like_a_heading_is_a_line(tmp_path: Path) -> None:
    """What a changed line says does not matter."""
    tree = a_tree(tmp_path)
    (tree / "a.c").write_text(TEN.replace("line 4", "++ b/src/b.c").replace("line 6", "@@ -1 +1 @@"))
    found = changes.since("HEAD", tree)
    assert touched(found, "a.c") == [4, 6]
    assert touched(found, "src/b.c") == []


def test_the_settings_of_the_tree_do_not_matter(tmp_path: Path) -> None:
    """Other prefixes, colours and external programs in the configuration change nothing, and none is run."""
    tree = a_tree(tmp_path)
    for setting in ("diff.noprefix=true", "diff.external=false", "color.ui=always", "diff.mnemonicPrefix=true"):
        git(tree, "config", *setting.split("="))
    (tree / "a.c").write_text(TEN.replace("line 2", "LINE 2"))
    assert touched(changes.since("HEAD", tree), "a.c") == [2]


def test_what_the_other_branch_did_meanwhile_is_no_change_here(tmp_path: Path) -> None:
    """Lines are counted from where the branches parted."""
    tree = a_tree(tmp_path)
    git(tree, "checkout", "-q", "-b", "topic")
    commit(tree, a_c=TEN.replace("line 2", "LINE 2"))
    git(tree, "checkout", "-q", "main")
    commit(tree, a_c=TEN.replace("line 8", "LINE 8"))
    git(tree, "checkout", "-q", "topic")
    assert touched(changes.since("main", tree), "a.c") == [2]


@pytest.mark.parametrize("revision", ["nonsense", "--output=x", "", "HEAD:a.c"])
def test_an_unknown_revision_is_an_error(tmp_path: Path, revision: str) -> None:
    """What is no commit is named; nothing is taken for an option of git."""
    tree = a_tree(tmp_path)
    with pytest.raises(RevisionError, match="does not know the revision"):
        changes.since(revision, tree)
    assert not (tree / "x").exists()


def test_outside_a_git_tree_is_an_error(tmp_path: Path) -> None:
    """A folder without git is named."""
    with pytest.raises(RevisionError, match="not in a git work tree"):
        changes.since("HEAD", tmp_path)
