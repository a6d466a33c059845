"""uv.lock: what would be installed of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.deps.judging import TARGET
from tests.deps.reading import named, pinned, tree

from ungil.deps.model import Constraint
from ungil.deps.target import target
from ungil.errors import SourceError

LOCK = """\
version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "app"
version = "0.1"
source = { virtual = "." }
dependencies = [
    { name = "spam" },
    { name = "eggs", extra = ["fast"], marker = "sys_platform == 'linux'" },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "local" },
]

[package.optional-dependencies]
docs = [{ name = "sphinx" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[package.metadata]
requires-dist = [{ name = "spam", specifier = ">=1,<3" }, { name = "eggs", extras = ["fast"] }]

[[package]]
name = "colorama"
version = "1.0"
source = { registry = "https://pypi.example/simple" }

[[package]]
name = "eggs"
version = "2.0"
source = { registry = "https://user:secret@private.example/simple" }
dependencies = [{ name = "ham" }]
sdist = { url = "https://files.example/eggs-2.0.tar.gz", hash = "sha256:0" }
wheels = [
    { url = "https://files.example/a/eggs-2.0-py3-none-any.whl#x", hash = "sha256:0", size = 1 },
]

[package.optional-dependencies]
fast = [{ name = "turbo" }]

[[package]]
name = "ham"
version = "1.0"
source = { registry = "https://pypi.example/simple" }
dependencies = [{ name = "eggs" }]

[[package]]
name = "local"
source = { editable = "../local" }

[[package]]
name = "pytest"
version = "9.0"
source = { registry = "https://pypi.example/simple" }

[[package]]
name = "spam"
version = "1.0"
source = { registry = "https://pypi.example/simple" }

[[package]]
name = "sphinx"
version = "8.0"
source = { git = "https://user:secret@git.example/sphinx?rev=1#0" }

[[package]]
name = "turbo"
version = "3.0"
source = { registry = "https://pypi.example/simple" }
"""


def test_the_project_s_dependencies_are_followed(tmp_path: Path) -> None:
    """Directly and through others, extras of others included; extras, groups and other platforms are left out."""
    found = tree(tmp_path / "uv.lock", LOCK)
    assert pinned(found) == ["eggs==2.0", "ham==1.0", "local==None", "spam==1.0", "turbo==3.0"]
    assert found.left_out == ("extra docs", "group dev")
    assert found.elsewhere == 1


def test_what_is_known_of_a_package_is_told(tmp_path: Path) -> None:
    """Where it stands, who needs it, which files there are, what the project itself asks for; no password."""
    found = tree(tmp_path / "uv.lock", LOCK)
    eggs, spam = named(found, "eggs"), named(found, "spam")
    assert (eggs.path, eggs.line) == (str(tmp_path / "uv.lock"), LOCK[: LOCK.index('name = "eggs"\nv')].count("\n"))
    assert eggs.needed_by == ("app", "ham")
    assert eggs.listed == ("eggs-2.0-py3-none-any.whl", "eggs-2.0.tar.gz")
    assert eggs.index == "https://***@private.example/simple"
    assert spam.constraints == (Constraint(spam.constraints[0].versions, "app"),)
    assert "2.9" in spam.constraints[0].versions
    assert "3.0" not in spam.constraints[0].versions
    assert named(found, "local").source == "editable: ../local"


def test_what_the_project_asks_for_elsewhere_binds_nobody_here(tmp_path: Path) -> None:
    """A bound whose marker does not hold is none: another platform's, or that of an extra that does not count."""
    bounds = """requires-dist = [
        { name = "spam", specifier = "<3" },
        { name = "spam", specifier = "<2", marker = "sys_platform == 'win32'" },
        { name = "sphinx", specifier = "<9", marker = "extra == 'docs'" },
    ]
    #"""
    text = LOCK.replace("requires-dist =", bounds)
    found = tree(tmp_path / "uv.lock", text, extras="docs")
    assert [str(one.versions) for one in named(found, "spam").constraints] == ["<3"]
    assert [str(one.versions) for one in named(found, "sphinx").constraints] == ["<9"]
    found = tree(tmp_path / "uv.lock", aim=target("3.14t", "win_amd64"))
    assert [str(one.versions) for one in named(found, "spam").constraints] == ["<3", "<2"]


def test_extras_and_groups_count_when_they_are_asked_for(tmp_path: Path) -> None:
    """One by one or all together, under any spelling of their names."""
    lock = tmp_path / "uv.lock"
    assert "sphinx==8.0" in pinned(tree(lock, LOCK, extras="Docs"))
    assert "pytest==9.0" in pinned(tree(lock, groups="dev"))
    everything = tree(lock, everything=True)
    assert {"sphinx==8.0", "pytest==9.0"} <= set(pinned(everything))
    assert everything.left_out == ()
    assert named(everything, "sphinx").source == "git: https://***@git.example/sphinx?rev=1#0"


def test_markers_are_those_of_the_target(tmp_path: Path) -> None:
    """On Windows another package counts."""
    found = tree(tmp_path / "uv.lock", LOCK, aim=target("3.14t", "win_amd64"))
    assert pinned(found) == ["colorama==1.0", "local==None", "spam==1.0"]


FORKED = """\
version = 1
resolution-markers = ["python_full_version >= '3.15'", "python_full_version < '3.15'"]
conflicts = [[{ package = "app", extra = "cpu" }, { package = "app", extra = "gpu" }]]

[[package]]
name = "app"
version = "0.1"
source = { editable = "." }
dependencies = [
    { name = "spam", version = "1.0", source = { registry = "https://a.example" }, marker = "python_full_version < '3.15'" },
    { name = "spam", version = "2.0", source = { registry = "https://a.example" }, marker = "python_full_version >= '3.15'" },
    { name = "eggs", version = "1.0", source = { registry = "https://a.example" }, marker = "extra == 'extra-3-app-cpu'" },
    { name = "eggs", version = "1.0", source = { registry = "https://b.example" }, marker = "extra == 'extra-3-app-gpu' or extra != 'extra-3-app-cpu'" },
]

[package.optional-dependencies]
cpu = []
gpu = []

[[package]]
name = "spam"
version = "1.0"
source = { registry = "https://a.example" }

[[package]]
name = "spam"
version = "2.0"
source = { registry = "https://a.example" }

[[package]]
name = "eggs"
version = "1.0"
source = { registry = "https://a.example" }

[[package]]
name = "eggs"
version = "1.0"
source = { registry = "https://b.example" }
"""  # noqa: E501 - as uv writes it


def test_of_a_fork_the_branch_of_the_target_counts(tmp_path: Path) -> None:
    """One version for each Python, and one index for each of two extras that exclude each other."""
    lock = tmp_path / "uv.lock"
    assert pinned(tree(lock, FORKED)) == ["eggs==1.0", "spam==1.0"]
    assert pinned(tree(lock, aim=target("3.15t", "win_amd64"))) == ["eggs==1.0", "spam==2.0"]
    assert named(tree(lock), "eggs").index == "https://b.example"
    assert named(tree(lock, extras="cpu"), "eggs").index == "https://a.example"


WORKSPACE = """\
version = 1
[manifest]
members = ["first", "second"]
[[package]]
name = "first"
source = { editable = "packages/first" }
dependencies = [{ name = "second" }, { name = "spam" }]
[[package]]
name = "second"
source = { editable = "packages/second" }
[package.dev-dependencies]
dev = [{ name = "eggs" }]
[[package]]
name = "spam"
version = "1.0"
source = { registry = "https://a.example" }
[[package]]
name = "eggs"
version = "1.0"
source = { registry = "https://a.example" }
"""


def test_the_members_of_a_workspace_are_the_project(tmp_path: Path) -> None:
    """All of them are roots, none is a dependency, and the groups of each can be asked for."""
    assert pinned(tree(tmp_path / "uv.lock", WORKSPACE)) == ["spam==1.0"]
    assert pinned(tree(tmp_path / "uv.lock", groups="dev")) == ["eggs==1.0", "spam==1.0"]


def test_a_script_s_lock_file_is_read(tmp_path: Path) -> None:
    """The requirements of the script are where it begins."""
    text = WORKSPACE.replace('members = ["first", "second"]', 'requirements = [{ name = "spam", specifier = ">=1" }]')
    assert pinned(tree(tmp_path / "script.py.lock", text)) == ["spam==1.0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(LOCK.replace("version = 1", "version = 2", 1), "its format is version 2", id="another version"),
        pytest.param(LOCK.replace("version = 1\n", "", 1), "its format is version None", id="no version"),
        pytest.param(
            LOCK.replace("version = 1", 'version = "1"', 1), "version is not a number", id="version is a text"
        ),
        pytest.param(LOCK.replace('{ name = "spam" },', '{ name = "none" },'), "not in it", id="an edge to nowhere"),
        pytest.param(LOCK.replace('version = "2.0"', 'version = "two"', 1), "'two' is not a version", id="no version"),
        pytest.param(LOCK.replace('name = "eggs"\nv', 'name = "../eggs"\nv'), "not the name of a package", id="a path"),
        pytest.param(LOCK.replace('name = "ham"\nv', "name = 3\nv"), "package 4: name is not a text", id="no name"),
        pytest.param(LOCK.replace("'linux'", "linux"), "is not a marker", id="no marker"),
        pytest.param("version = 1\n", "does not say which of its packages is the project", id="no package"),
        pytest.param("version = 1\npackage = 3\n", "package is not a list of tables", id="packages are a number"),
        pytest.param("version = = 1\n", "is not TOML", id="no TOML"),
        pytest.param("a = " + "[" * 50_000, "is not TOML", id="nested without end"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path: Path, text: str, said: str) -> None:
    """The error names the file, what is wrong with it, and where in it that is."""
    with pytest.raises(SourceError) as raised:
        tree(tmp_path / "uv.lock", text)
    assert said in str(raised.value)
    assert "uv.lock" in str(raised.value)


def test_an_extra_that_is_not_there_is_an_error_that_lists_those_that_are(tmp_path: Path) -> None:
    """A slip is seen at once."""
    with pytest.raises(SourceError, match=r"has no extra 'doc'\.\n  The extras that it has: docs\."):
        tree(tmp_path / "uv.lock", LOCK, extras="doc")


def test_a_lock_for_older_pythons_says_so(tmp_path: Path) -> None:
    """What it was resolved for is told when the target is not of it."""
    found = tree(tmp_path / "uv.lock", LOCK.replace(">=3.12", ">=3.12,<3.14"), aim=replace(TARGET))
    assert found.remarks == ("It was resolved for Python >=3.12,<3.14: for 3.14 other versions may be chosen.",)
