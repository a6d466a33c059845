"""What tests build once, and keep in build/tests for the next run."""

import contextlib
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

KEPT = Path(__file__).parents[2] / "build" / "tests" / "kept"


def kept(name: str, parts: Iterable[str | bytes], make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled, once for a name and all that it is made of.

    Threads and processes that ask for the same wait for whoever makes it. If `make` fails, nothing is kept.

    Args:
        name: begins the folder's name.
        parts: what the result depends on, contents and commands: another one is made for others.
        make: fills the folder that it is given, which is renamed afterwards.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d " % len(data) + data)
    folder = KEPT / f"{name}-{digest.hexdigest()[:16]}"
    if not folder.exists():
        with _alone(folder):
            if not folder.exists():
                _fill(folder, make)
    return folder


def _fill(folder: Path, make: Callable[[Path], None]) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        make(unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # of the file that was opened, so threads wait for each other too
        yield
