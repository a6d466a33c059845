"""Repaired text back to the files that it was read from: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ungil.errors import OutputError, RevisionError
from ungil.files import write_whole

__all__ = ["uncommitted", "write"]

_TIMEOUT = 120.0  # seconds for one question to git


def uncommitted(root: Path) -> list[str]:
    """The files below a folder that git has not committed as they are; none where there is no git or no work tree."""
    import subprocess  # noqa: PLC0415 - takes time to import

    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C", str(root), "status"]
    command += ["--porcelain", "--untracked-files=no", "-z", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)
    except FileNotFoundError:
        return []
    except subprocess.TimeoutExpired as error:
        raise RevisionError(f"git took longer than {_TIMEOUT:.0f} s in '{root}'.", "Try 'git status' there.") from error
    entries = done.stdout.decode("utf-8", "surrogateescape").split("\0") if done.returncode == 0 else []
    return [entry[3:] for entry in entries if len(entry) > 3 and entry[2] == " "]  # noqa: PLR2004 - two letters, a blank


def write(root: Path, changed: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Writes every file, each whole.

    Raises:
        OutputError: a file is no longer what was read, or cannot be written; then all are as they were.
    """
    for path, (old, _) in changed.items():
        if _content(root / path) != old:
            raise OutputError(f"'{root / path}' was changed while it was being repaired.", "Run the command again.")
    written: list[str] = []
    try:
        for path, (_, new) in changed.items():
            write_whole(root / path, new)
            written.append(path)
    except BaseException:
        for path in written:
            write_whole(root / path, changed[path][0])
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
