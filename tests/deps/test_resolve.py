"""Versions that nobody has written down: what pip chooses, and for whom it cannot."""

import platform
import sys
from pathlib import Path

import pytest
from tests.deps.environments import wheel
from tests.deps.reading import named, pinned

from ungil.deps.read import Wish, read
from ungil.deps.resolve import Resolver
from ungil.deps.target import target
from ungil.errors import UsageError

ELSEWHERE = "win_amd64" if sys.platform == "darwin" else "macosx_14_0_arm64"
OTHER_VERSION = "3.14t" if sys.version_info[:2] == (3, 15) else "3.15t"


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_pip_is_not_asked_for_another_system(tmp_path: Path, name: str) -> None:
    """It would take the markers of this machine: the error says who can."""
    text = "spam\n" if name.endswith(".txt") else '[project]\nname = "app"\ndependencies = ["spam"]\n'
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"and '{ELSEWHERE}' is another\.\n  Install uv and say --resolver uv"):
        read(str(tmp_path / name), Wish(target=target("3.14t", ELSEWHERE), resolver=Resolver.PIP))


@pytest.mark.thread_unsafe(reason="starts pip, which takes its time")
def test_for_another_version_it_is_said_that_markers_are_those_of_this_one(tmp_path: Path) -> None:
    """The tree is told, with a remark; what the file asks for on other systems binds nobody."""
    wheel(tmp_path, "spam-1.0-py3-none-any.whl")
    lines = ["--no-index", f"--find-links {tmp_path.as_posix()}", "spam<3", "spam<2 ; sys_platform == 'amiga'"]
    path = tmp_path / "requirements.txt"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    found, _ = read(str(path), Wish(target=target(OTHER_VERSION), resolver=Resolver.PIP))
    assert pinned(found) == ["spam==1.0"]
    assert [str(one.versions) for one in named(found, "spam").constraints] == ["<3"]
    assert named(found, "spam").line == 3
    here = ".".join(platform.python_version_tuple()[:2])
    assert found.remarks == (
        f"pip evaluated markers for Python {here}: for {OTHER_VERSION.removesuffix('t')} other packages may count.",
    )
