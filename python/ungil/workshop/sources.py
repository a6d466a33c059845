"""A project as a folder: one that is there, a source archive, or a release on the index; and copies of it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ungil import archive
from ungil.errors import OutputError, SourceError
from ungil.source import RELEASE

__all__ = ["copied", "digest", "refuse_nothing", "unpacked"]

_ARCHIVES: Final = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
_PASSED_OVER: Final = frozenset(
    {"__pycache__", ".ungil", ".tox", ".nox", ".venv", "venv", "node_modules", ".hypothesis", ".eggs"}
    | {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hg", ".svn"}
)
_AT_TOP: Final = frozenset({"build", "dist"})
"""What a build leaves behind at the top: read by a build, it could stand for what the sources now say."""

_BUILT: Final = re.compile(r".*(\.(cpython|pypy|cp)-?\d\w*(-[\w-]+)?|\.abi3t?)\.(so|pyd)|.*\.(pyc|pyo|pyd)")
"""Names of files that some interpreter's build has left in the tree."""


def refuse_nothing(target: str) -> None:
    """Looks at what was named: before any work, since that takes long.

    Raises:
        SourceError: it is neither a folder nor a source archive nor ``name==version``.
    """
    path = Path(target)
    if not (
        (target and path.is_dir())
        or (path.is_file() and _is_archive(path))
        or (RELEASE.fullmatch(target) and not path.exists())
    ):
        raise SourceError(
            f"'{target}' is no folder, no source archive and no release.",
            "Name the folder of the project, its sdist, or a release: name==version.",
        )


def unpacked(target: str, folder: Path) -> Path:
    """The folder of a project: itself if it is one, else unpacked into ``folder``.

    Args:
        target: a folder, a source archive, or ``name==version``.
        folder: where to unpack; what is there is replaced.

    Raises:
        SourceError: there is no such thing, or it is damaged.
        PackageIndexError: the index does not have the release or cannot be reached.
        OutputError: it cannot be unpacked there.
    """
    refuse_nothing(target)
    path = Path(target)
    if path.is_dir():
        return path.resolve()
    if path.is_file():
        return _unpacked(path.name, path.read_bytes(), folder)
    from ungil import index  # noqa: PLC0415 - only a release needs the network, which takes time to import

    name, _, version = target.partition("==")
    file = index.source_distribution(name, version)
    return _unpacked(file.filename, index.download(file), folder)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(_ARCHIVES)


def _unpacked(name: str, data: bytes, folder: Path) -> Path:
    for _ in archive.members(name, data, lambda *_: False):
        pass  # that it is one, and no bomb
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        if zipfile.is_zipfile(io.BytesIO(data)):
            zipfile.ZipFile(io.BytesIO(data)).extractall(folder)  # noqa: S202 - zipfile keeps members inside
        else:
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                tar.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise SourceError(f"'{name}' is damaged, or no source archive: {error}.", "Download it again.") from error
    except OSError as error:
        raise OutputError(
            f"'{name}' cannot be unpacked to '{folder}': {error.strerror}.",
            "Name another folder: --work, of ungil port --folder.",
        ) from error
    inside = [one for one in folder.iterdir() if one.is_dir()]
    return inside[0] if len(inside) == 1 and len(list(folder.iterdir())) == 1 else folder


def copied(source: Path, target: Path, *, history: bool = True) -> None:
    """Copy what a build may read of a project: neither environments nor what earlier builds have left.

    The history of a git repository, if it is wanted, is lent to the copy, not copied: versions are read from it.

    Raises:
        OutputError: it cannot be written, or not all of it can be read.
    """
    try:
        shutil.copytree(source, target, symlinks=True, ignore=_ignored(source))
        if history:
            _lend_history(source / ".git", target / ".git")
    except (OSError, shutil.Error) as error:
        problem = error.args[0][0] if isinstance(error, shutil.Error) else error
        raise OutputError(f"'{source}' cannot be copied to '{target}': {problem}.", "Is there room?") from error


def _ignored(top: Path) -> Callable[[str, list[str]], set[str]]:
    def ignore(folder: str, names: list[str]) -> set[str]:
        at_top = Path(folder) == top
        return {name for name in names if _is_left(Path(folder, name), at_top=at_top)}

    return ignore


def _is_left(path: Path, *, at_top: bool) -> bool:
    name = path.name
    if name in _PASSED_OVER or (at_top and (name in _AT_TOP or name == ".git")) or _BUILT.fullmatch(name):
        return True
    if path.is_symlink():
        return False
    mode = path.lstat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) or (stat.S_ISDIR(mode) and (path / "pyvenv.cfg").exists())


def _lend_history(source: Path, target: Path) -> None:
    if source.is_file():  # of a submodule, or of another work tree
        shutil.copy(source, target)
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=lambda folder, _: _big(Path(folder) == source))
        (target / "objects" / "info").mkdir(parents=True)
        (target / "objects" / "info" / "alternates").write_text(f"{source.resolve() / 'objects'}\n", encoding="utf-8")


def _big(at_top: bool) -> set[str]:  # noqa: FBT001 - private, and read where it is called
    return {"objects", "lfs", "modules", "worktrees"} if at_top else set()


def digest(source: Path) -> str:
    """Of the paths and bytes that ``copied`` would copy.

    Raises:
        SourceError: not all of it can be read.
    """
    try:
        return _digest(source)
    except OSError as error:
        raise SourceError(
            f"'{error.filename or source}' cannot be read: {error.strerror}.", "A build would need it: may you read it?"
        ) from error


def _digest(source: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(_files(source)):
        found.update(f"{path.relative_to(source).as_posix()}\0".encode(errors="surrogateescape"))
        if path.is_symlink():
            found.update(os.fsencode(path.readlink()))
        else:
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _files(top: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(top):
        at_top = Path(folder) == top
        folders[:] = [name for name in folders if not _is_left(Path(folder, name), at_top=at_top)]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in [*files, *links] if not _is_left(Path(folder, name), at_top=at_top))
