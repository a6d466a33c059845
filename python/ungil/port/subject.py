"""The project that goes the road: a snapshot of its sources, and what it calls itself."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from ungil.errors import OutputError, SourceError
from ungil.port.folder import Folder
from ungil.source import RELEASE
from ungil.workshop.sources import copied, digest, unpacked

__all__ = ["Subject", "name_of", "taken"]

_ARCHIVE = re.compile(r"(?P<name>.+?)(?:-(?P<version>\d[^-]*))?\.(?:tar\.\w+|tgz|tar|zip)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """A project.

    Attributes:
        name: as it says itself, or as its folder is called.
        version: empty where it does not say it.
        folder: a copy of its sources, which nobody else changes.
        digest: of these.
    """

    name: str
    version: str
    folder: Path
    digest: str


def name_of(target: str) -> str:
    """What a folder for the project is called before anything has been read.

    Raises:
        SourceError: there is nothing at ``target`` that could be a project.
    """
    path = Path(target)
    if path.is_dir():
        return path.resolve().name
    release = RELEASE.fullmatch(target)
    if not path.exists() and release is None:
        raise SourceError(
            f"There is nothing at '{target}'.", "Name the project's folder, its sdist, or a release: name==version."
        )
    archive = _ARCHIVE.fullmatch(path.name)
    return target if release and not path.exists() else archive["name"] if archive else path.stem


def taken(target: str, folder: Folder, report: Callable[[str], None]) -> Subject:
    """Take a snapshot of a project, unless it has been taken.

    Args:
        target: a folder, an sdist, or ``name==version``; nothing is written there.
        folder: where the snapshot lies.
        report: is told what is being done.

    Raises:
        SourceError: there is no such project, or it is damaged.
        PackageIndexError: the index does not have the release or cannot be reached.
        OutputError: there is no room for it.
    """
    report(f"reading {target}")
    places = folder.place("sources")
    scratch = places / f".{secrets.token_hex(4)}"
    try:
        source = unpacked(target, scratch / "unpacked")
        found = digest(source)
        name, version = _called(source)
        release = RELEASE.fullmatch(target) if not Path(target).exists() else None
        name = name or (release["name"] if release else name_of(target))
        snapshot = places / _unmistakable(name, found)
        if not snapshot.is_dir():
            copied(source, scratch / "copy")
            _moved(scratch / "copy", snapshot)
        os.utime(snapshot)  # it is in use
    except OSError as error:
        raise SourceError(f"'{target}' cannot be read: {error.strerror}.", "Check its permissions.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Subject(name, version or (release["version"] if release else ""), snapshot, found)


def _unmistakable(name: str, found: str) -> str:
    """A name for a folder that stands nowhere in a project: it can be taken out of what programs print."""
    return f"{re.sub(r'[^\w.-]+', '-', name)[:60]}-{found[:12]}"


def _moved(made: Path, to: Path) -> None:
    """Give a folder that is whole its name, unless another run has been quicker."""
    try:
        made.rename(to)
    except OSError as error:
        if not to.is_dir():
            raise OutputError(
                f"'{to}' cannot be written: {error.strerror}.", "Name another: --folder FOLDER"
            ) from error


def _called(folder: Path) -> tuple[str, str]:
    """The name and version that a project gives itself, each empty if it does not."""
    project = _toml(folder / "pyproject.toml").get("project")
    name, version = "", ""
    if isinstance(project, dict):
        name, version = _text(project.get("name")), _text(project.get("version"))
    packed = folder / "PKG-INFO"
    if packed.is_file():
        said = HeaderParser().parsestr(packed.read_text(encoding="utf-8", errors="replace"))
        name, version = name or _text(said["Name"]), version or _text(said["Version"])
    return name, version


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def patched(subject: Subject, changed: dict[str, tuple[bytes, bytes]], folder: Folder) -> Path:
    """A copy of the snapshot in which files have new content.

    Raises:
        OutputError: there is no room for it.
    """
    places = folder.place("sources")
    scratch = places / f".{secrets.token_hex(4)}"
    try:
        copied(subject.folder, scratch)
        for path, (_, new) in changed.items():
            _overwritten(scratch / path, new)
        target = places / _unmistakable(f"{subject.name}-repaired", digest(scratch))
        if not target.is_dir():
            _moved(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _overwritten(path: Path, data: bytes) -> None:
    try:
        mode = path.stat().st_mode
        os.chmod(path, mode | 0o200)  # noqa: PTH101 - sdists have files that nobody may write to
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror}.", "Is there room?") from error
