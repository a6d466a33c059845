"""pylock.toml (PEP 751): what would be installed of it."""

from pathlib import Path

import pytest
from tests.deps.reading import named, pinned, tree

from ungil.deps.target import target
from ungil.errors import SourceError

LOCK = """\
lock-version = "1.0"
created-by = "a test"
extras = ["docs"]
dependency-groups = ["dev"]
default-groups = ["always"]

[[packages]]
name = "spam"
version = "1.0"
index = "https://user:secret@private.example/simple"
dependencies = [{ name = "eggs" }]
wheels = [{ url = "https://files.example/spam-1.0-cp314-cp314t-win_amd64.whl", hashes = { sha256 = "0" } }]

[[packages]]
name = "eggs"
version = "2.0"
marker = "sys_platform == 'win32'"
sdist = { name = "eggs-2.0.tar.gz", url = "https://files.example/x", hashes = { sha256 = "0" } }

[[packages]]
name = "sphinx"
marker = "'docs' in extras"
vcs = { type = "git", url = "https://user:secret@git.example/sphinx", commit-id = "0" }

[[packages]]
name = "pytest"
version = "9.0"
marker = "'dev' in dependency_groups"
archive = { url = "https://files.example/pytest-9.0-py3-none-any.whl", hashes = { sha256 = "0" } }

[[packages]]
name = "always"
version = "1.0"
marker = "'always' in dependency_groups"
directory = { path = "../always" }
"""


def test_the_packages_whose_markers_hold_count(tmp_path: Path) -> None:
    """Platforms, extras, groups and the default groups decide."""
    lock = tmp_path / "pylock.toml"
    found = tree(lock, LOCK)
    assert pinned(found) == ["always==1.0", "spam==1.0"]
    assert (found.left_out, found.elsewhere) == (("extra docs", "group dev"), 3)
    assert pinned(tree(lock, everything=True)) == ["always==1.0", "pytest==9.0", "spam==1.0", "sphinx==None"]
    assert pinned(tree(lock, aim=target("3.14t", "win_amd64"))) == ["always==1.0", "eggs==2.0", "spam==1.0"]
    assert "pytest==9.0" in pinned(tree(tmp_path / "pylock.dev.toml", LOCK, groups="dev"))


def test_what_is_known_of_a_package_is_told(tmp_path: Path) -> None:
    """Index, files, who needs it, and where it comes from; no password."""
    lock = tmp_path / "pylock.toml"
    spam = named(tree(lock, LOCK), "spam")
    assert (spam.index, spam.line) == ("https://***@private.example/simple", 7)
    assert spam.listed == ("spam-1.0-cp314-cp314t-win_amd64.whl",)
    eggs = named(tree(lock, aim=target("3.14t", "win_amd64")), "eggs")
    assert (eggs.needed_by, eggs.listed) == (("spam",), ("eggs-2.0.tar.gz",))
    everything = tree(lock, everything=True)
    assert named(everything, "sphinx").source == "git: https://***@git.example/sphinx"
    assert named(everything, "always").source == "directory: ../always"
    assert named(everything, "pytest").listed == ("pytest-9.0-py3-none-any.whl",)


def test_a_newer_minor_version_of_the_format_is_read_with_a_remark(tmp_path: Path) -> None:
    """What may be new in it is not understood, which is said."""
    found = tree(tmp_path / "pylock.toml", LOCK.replace('"1.0"', '"1.9"', 1))
    assert pinned(found) == ["always==1.0", "spam==1.0"]
    assert "1.9" in found.remarks[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOCK.replace('"1.0"', '"2.0"', 1), "its format is version 2.0"),
        (LOCK.replace('lock-version = "1.0"\n', ""), "lock-version"),
        (LOCK.replace('name = "eggs"\nversion', 'nome = "eggs"\nversion'), "packages[1]"),
        (LOCK.replace("'win32'", "win32"), "packages[1]"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path: Path, text: str, said: str) -> None:
    """Another format version, a missing key, a marker that is none."""
    with pytest.raises(SourceError) as raised:
        tree(tmp_path / "pylock.toml", text)
    assert said in str(raised.value)
