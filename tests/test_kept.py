"""What tests build once is built once."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.concurrency import run_threads
from tests.ext.kept import KEPT, kept


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    """What these tests keep is of no use to others."""
    yield
    for folder in KEPT.glob("test-*"):
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink()


def fill(folder: Path) -> None:
    """As a build does, with a file."""
    (folder / "built").write_text("built", encoding="utf-8")


def test_it_is_made_once_for_all_threads() -> None:
    """Threads that ask for the same get one folder, filled once; for other parts there is another one."""
    made: list[Path] = []
    unique = str(uuid.uuid4())

    def make(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    folders = run_threads(*[lambda _: kept("test", [unique, "a"], make)] * 4)
    assert len(made) == 1
    assert len(set(folders)) == 1
    assert (folders[0] / "built").read_text(encoding="utf-8") == "built"
    assert kept("test", [unique + "a"], make) != folders[0]


def test_a_failure_is_not_kept() -> None:
    """What could not be made is made by whoever asks next."""
    unique = str(uuid.uuid4())

    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("no compiler")

    with pytest.raises(RuntimeError, match="no compiler"):
        kept("test", [unique], fail)
    assert (kept("test", [unique], fill) / "built").exists()
