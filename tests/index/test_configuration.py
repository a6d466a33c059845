"""What pip is set up to use, asked once and kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ungil.index.configuration import Configuration

pytestmark = pytest.mark.thread_unsafe(reason="starts pip again and again")

SHOW = "from ungil.index.configuration import configuration as c; print(c())"


def shown(folder: Path, **pip: str) -> str:
    """The configuration that a process sees, whose home and caches are in a folder, with these variables of pip."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("PIP_") and not n.lower().endswith("_proxy")}
    places = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "XDG_CONFIG_HOME": str(folder / "config")}
    variables = {"PIP_CONFIG_FILE": str(folder / "pip.conf")} | {f"PIP_{n.upper()}": v for n, v in pip.items()}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, timeout=60, check=False,
        env=kept | places | variables,
    )  # fmt: skip
    return done.stdout + done.stderr


def answers(folder: Path) -> list[Path]:
    """What was kept of pip's answers."""
    return list((folder / "cache" / "ungil" / "pip").glob("*"))


def test_everything_that_matters_is_taken_over(tmp_path: Path) -> None:
    """Indexes, folders, certificates, proxy, trusted hosts, timeout and retries are those of pip's file."""
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://a.example/simple/\nextra-index-url =\n    https://b.example/x\n    file:///c\n"
        "find-links = /wheels\ncert = /ca.pem\nproxy = http://p.example:1\ntrusted-host = a.example\n"
        "[install]\ntimeout = 7\nretries = 4\n"
    )
    expected = Configuration(
        ("https://a.example/simple", "https://b.example/x", "file:///c"),
        ("/wheels",),
        certificates="/ca.pem",
        proxy="http://p.example:1",
        trusted_hosts=("a.example",),
        timeout=7.0,
        retries=4,
    )
    assert repr(expected) in shown(tmp_path)


def test_an_answer_is_kept_until_something_changes(tmp_path: Path) -> None:
    """A changed file, or a changed variable, is seen at once; nothing changed is not asked again."""
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://a.example/simple\n")
    assert "https://a.example/simple" in shown(tmp_path)
    (kept,) = answers(tmp_path)
    kept.write_text(kept.read_text().replace("a.example", "kept.example"))
    assert "https://kept.example/simple" in shown(tmp_path)
    assert "https://env.example" in shown(tmp_path, index_url="https://env.example")
    file.write_text("[global]\nindex-url = https://other.example/simple\n")
    assert "https://other.example/simple" in shown(tmp_path)


def test_a_password_is_not_kept(tmp_path: Path) -> None:
    """An answer with a password is asked for each time."""
    assert "user:secret@a.example" in shown(tmp_path, index_url="https://user:secret@a.example/simple")
    assert answers(tmp_path) == []


@pytest.mark.parametrize(
    ("pip", "said"),
    [
        ({"no_index": "1"}, "indexes=()"),
        ({"timeout": "soon"}, "invalid floating-point value: 'soon'"),
    ],
)
def test_no_index_and_nonsense(tmp_path: Path, pip: dict[str, str], said: str) -> None:
    """No index is no index; what pip itself refuses is told in pip's words."""
    assert said in shown(tmp_path, **pip)


def test_the_command_line_adds_to_it() -> None:
    """A main index replaces the main one, others come on top; no index leaves the folders."""
    pip = Configuration(("https://a/", "https://b"), ("/x",))
    changed = pip.with_places("https://c/", ["https://d"], ["/y"], no_index=False)
    assert (changed.indexes, changed.find_links) == (("https://c", "https://b", "https://d"), ("/x", "/y"))
    assert pip.with_places(None, [], ["/y"], no_index=True).indexes == ()
