"""Files that are there whole or not at all, and where those lie that can be lost without harm."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ungil.errors import OutputError

__all__ = ["cache_folder", "write_whole"]


def cache_folder(subject: str) -> Path | None:
    """The folder of the user's caches for what ungil keeps of one subject, or None where there is none."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():  # the XDG specification: a relative path is to be ignored
        return named / "ungil" / subject
    local = os.environ.get("LOCALAPPDATA")
    if sys.platform == "win32" and local:
        return Path(local) / "ungil" / subject
    try:
        return Path.home() / ".cache" / "ungil" / subject
    except RuntimeError:
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file by way of another beside it, so that whoever reads sees the old content or the new.

    A device or a pipe, which cannot be replaced, is written directly; of a symbolic link, what it leads to is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                stream.write(data)
            return
        _replace(target, data)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"'{path}' cannot be written: {reason}.", "Name a file in a folder that exists.") from error


def _replace(target: Path, data: bytes) -> None:
    import tempfile  # noqa: PLC0415 - takes time to import, and most runs write no file

    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """What the process withholds from new files. Linux tells; elsewhere only setting it does, for an instant."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:"))
    except (OSError, StopIteration, ValueError):
        mask = os.umask(0o022)
        os.umask(mask)
        return mask
