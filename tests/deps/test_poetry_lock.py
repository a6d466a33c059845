"""poetry.lock, in the formats of Poetry 1 and 2: what would be installed of it."""

from pathlib import Path

import pytest
from tests.deps.reading import named, pinned, tree

from ungil.deps.target import target
from ungil.errors import SourceError

NEW = """\
[[package]]
name = "colorama"
version = "1.0"
optional = false
python-versions = ">=3.8"
groups = ["main", "dev"]
markers = {main = "platform_system == \\"Windows\\"", dev = "sys_platform == \\"win32\\""}
files = []

[[package]]
name = "pytest"
version = "9.0"
optional = false
python-versions = "*"
groups = ["dev"]
files = []

[package.dependencies]
colorama = {version = ">=0.4", markers = "sys_platform == \\"win32\\""}

[[package]]
name = "spam"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main"]
files = [
    {file = "spam-1.0-cp314-cp314t-win_amd64.whl", hash = "sha256:0"},
    {file = "spam-1.0.tar.gz", hash = "sha256:0"},
]

[package.dependencies]
sphinx = {version = ">=8", optional = true, markers = "extra == \\"docs\\""}
turbo = [
    {version = ">=1,<2", markers = "python_version < \\"3.13\\""},
    {version = ">=2", markers = "python_version >= \\"3.13\\""},
]

[package.source]
type = "legacy"
url = "https://user:secret@private.example/simple"
reference = "private"

[[package]]
name = "sphinx"
version = "8.0"
optional = true
python-versions = "*"
groups = ["main"]
markers = "extra == \\"docs\\""
files = []

[package.source]
type = "git"
url = "https://git.example/sphinx"
reference = "main"

[[package]]
name = "turbo"
version = "2.0"
optional = false
python-versions = "*"
groups = ["main"]
markers = "python_version >= \\"3.13\\""
files = []

[extras]
docs = ["sphinx (>=8)"]

[metadata]
lock-version = "2.1"
python-versions = ">=3.12"
content-hash = "0"
"""

OLD = """\
[[package]]
name = "Spam_Eggs"
version = "1.0"
category = "main"
optional = false
python-versions = "*"

[package.dependencies]
ham = "*"

[[package]]
name = "ham"
version = "1.0"
category = "main"
optional = false
python-versions = "*"

[[package]]
name = "pytest"
version = "7.0"
category = "dev"
optional = false
python-versions = "*"

[[package]]
name = "sphinx"
version = "4.0"
category = "main"
optional = true
python-versions = "*"

[package.dependencies]
jinja = ">=3"

[[package]]
name = "jinja"
version = "3.0"
category = "main"
optional = true
python-versions = "*"

[extras]
docs = ["sphinx"]

[metadata]
lock-version = "1.1"
python-versions = "^3.8"
content-hash = "0"

[metadata.files]
Spam_Eggs = [{file = "spam_eggs-1.0-py3-none-any.whl", hash = "sha256:0"}]
ham = []
"""


def test_groups_extras_and_markers_decide(tmp_path: Path) -> None:
    """The main group counts, others and extras when they are asked for, each under its own markers."""
    lock = tmp_path / "poetry.lock"
    found = tree(lock, NEW)
    assert pinned(found) == ["spam==1.0", "turbo==2.0"]
    assert (found.left_out, found.elsewhere) == (("extra docs", "group dev"), 1)
    assert pinned(tree(lock, groups="dev")) == ["pytest==9.0", "spam==1.0", "turbo==2.0"]
    assert pinned(tree(lock, extras="docs")) == ["spam==1.0", "sphinx==8.0", "turbo==2.0"]
    windows = tree(lock, everything=True, aim=target("3.14t", "win_amd64"))
    assert pinned(windows) == ["colorama==1.0", "pytest==9.0", "spam==1.0", "sphinx==8.0", "turbo==2.0"]
    assert named(windows, "colorama").needed_by == ("pytest",)


def test_what_is_known_of_a_package_is_told(tmp_path: Path) -> None:
    """Files, index and source, and who can use which versions where the markers hold; no password."""
    found = tree(tmp_path / "poetry.lock", NEW, everything=True)
    spam, turbo = named(found, "spam"), named(found, "turbo")
    assert spam.index == "https://***@private.example/simple"
    assert spam.listed == ("spam-1.0-cp314-cp314t-win_amd64.whl", "spam-1.0.tar.gz")
    assert named(found, "sphinx").source == "git: https://git.example/sphinx"
    assert named(found, "sphinx").needed_by == ()  # spam needs it for an extra of its own
    assert [(str(one.versions), one.by) for one in turbo.constraints] == [(">=2", "spam")]


def test_the_format_of_poetry_1_is_read(tmp_path: Path) -> None:
    """Categories are groups, files stand apart, and an extra's packages are found by following them."""
    lock = tmp_path / "poetry.lock"
    found = tree(lock, OLD)
    assert pinned(found) == ["ham==1.0", "spam-eggs==1.0"]
    assert named(found, "spam-eggs").listed == ("spam_eggs-1.0-py3-none-any.whl",)
    assert named(found, "ham").needed_by == ("spam-eggs",)
    assert pinned(tree(lock, groups="dev", extras="docs")) == [
        "ham==1.0", "jinja==3.0", "pytest==7.0", "spam-eggs==1.0", "sphinx==4.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NEW.replace('"2.1"', '"3.0"'), "its format is version 3.0, and ungil reads versions 1 and 2"),
        (NEW.replace('name = "spam"\nversion = "1.0"', 'name = "spam"'), "package 3 has no 'version'"),
        (NEW.replace('groups = ["dev"]', "groups = 3"), "package 2: groups is not a list of texts"),
        (NEW.replace('docs = ["sphinx (>=8)"]', "docs = 3"), "extras: docs is not a list of texts"),
        (NEW.replace('\\"docs\\""\n', "docs\n"), "is not TOML"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_where(tmp_path: Path, text: str, said: str) -> None:
    """Another format version, and what is missing or of another kind."""
    with pytest.raises(SourceError) as raised:
        tree(tmp_path / "poetry.lock", text)
    assert said in str(raised.value)
