"""A wheel's archive, which may be hostile: nothing is written outside the folder that is given, nor without a limit.

What a wheel never holds is refused before anything is unpacked: a name that leads elsewhere, a link, a second member of
the same name, an encrypted one, more than there can be.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ungil.errors import WheelError

__all__ = ["Archive", "Member", "opened"]

_MOST_MEMBERS = 100_000
_LARGEST = 4 << 30  # bytes, unpacked: CUDA libraries come near it
_LARGEST_TEXT = 16 << 20  # bytes of a file that is read whole
_SUSPECT = 64 << 20  # bytes above which a wheel that is packed too well is no wheel
_RATIO = 100  # code and data are packed to a tenth at best
_LONGEST_NAME = 1024
_CHUNK = 1 << 20
_LOCAL_HEADER = 30  # bytes before the name
_ENCRYPTED = 0x41  # of the flag bits: encrypted, and strongly so
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, as it was read.

    Attributes:
        path, size: in the archive, and unpacked.
        digest: its hash, by the algorithm that was asked for.
    """

    path: str
    size: int
    digest: bytes


class Archive:
    """The files of a wheel that is not refused. For one thread at a time."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(stream)
            members = self._zip.infolist()
        except _DAMAGED as error:
            raise damaged(name, error) from error
        _check(name, members)
        self._members = {member.filename: member for member in members if not member.is_dir()}
        self.paths = tuple(self._members)

    def text(self, path: str) -> str | None:
        """A text in the archive; None if it is not there.

        Raises:
            WheelError: it is damaged, or no text.
        """
        member = self._members.get(path)
        if member is None:
            return None
        if member.file_size > _LARGEST_TEXT:
            raise refused(self._name, f"its {path} is larger than {_LARGEST_TEXT >> 20} MiB")
        try:
            return self._zip.read(member).decode()
        except _DAMAGED as error:  # a UnicodeDecodeError is a ValueError
            raise damaged(self._name, error) from error

    def unpack(
        self, folder: Path, place: Callable[[str], str | None], algorithm: Callable[[str], str] = lambda _: "sha256"
    ) -> Iterator[Member]:
        """Reads every file once, and writes those that have a place.

        Args:
            folder: an empty one.
            place: where in the folder a file belongs; None if nowhere.
            algorithm: what a file is to be hashed by, as hashlib calls it.

        Raises:
            WheelError: the archive is damaged.
        """
        for path, member in self._members.items():
            where = place(path)
            target = folder / where if where is not None else None
            try:
                yield self._read(member, target, algorithm(path))
            except _DAMAGED as error:
                raise damaged(self._name, error) from error
            except FileExistsError as error:
                raise refused(self._name, f"'{path}' and another file have the same place") from error
            except OSError as error:
                raise refused(self._name, f"'{path}' cannot be unpacked: {error.strerror}") from error

    def _read(self, member: zipfile.ZipInfo, target: Path | None, algorithm: str) -> Member:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.new(algorithm)
        size = 0
        with self._zip.open(member) as stream:
            for chunk in iter(lambda: stream.read(_CHUNK), b""):
                digest.update(chunk)
                size += len(chunk)
                if target is not None:
                    with target.open("ab" if size > len(chunk) else "xb") as file:
                        file.write(chunk)
        if target is not None and not size:
            target.touch(exist_ok=False)
        return Member(member.filename, size, digest.digest())


def opened(path: Path, stream: IO[bytes]) -> Archive:
    """The archive in a file that was opened for reading.

    Raises:
        WheelError: it is no archive, is damaged, or is refused.
    """
    return Archive(path.name, stream)


def damaged(name: str, error: Exception) -> WheelError:
    """What is no archive, or not a whole one."""
    return WheelError(f"'{name}' is no wheel that can be read: {error}.", "Build or download it again.")


def refused(name: str, why: str) -> WheelError:
    """What no tool that builds wheels makes."""
    return WheelError(f"'{name}' is refused: {why}.", "No tool that builds wheels does that: do not install it.")


def _check(name: str, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > _MOST_MEMBERS:
        raise refused(name, f"it has {len(members):,} members, more than {_MOST_MEMBERS:,}")
    seen: set[str] = set()
    for member in members:
        wrong = _wrong_name(member.orig_filename) or _wrong_kind(member)
        if wrong is None and member.filename in seen:
            wrong = "is there twice"
        if wrong is not None:
            raise refused(name, f"its member {member.orig_filename[:200]!a} {wrong}")
        seen.add(member.filename)
    _check_size(name, members)
    _check_overlap(name, members)
    _check_folders(name, members, seen)


def _wrong_name(path: str) -> str | None:
    if not path or len(path) > _LONGEST_NAME:
        return "has no name that a file can have"
    if _ODD.search(path):
        return "has a name that means another place, or nothing, on some system"
    parts = path.removesuffix("/").split("/")
    if path.startswith("/") or "" in parts or "." in parts or ".." in parts:
        return "has a name that leads out of the archive"
    return None


def _wrong_kind(member: zipfile.ZipInfo) -> str | None:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a symbolic link"
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "is neither a file nor a folder"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if member.compress_type not in _METHODS:
        return "is packed in a way that installers need not know"
    return None


def _check_size(name: str, members: list[zipfile.ZipInfo]) -> None:
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > _LARGEST:
        raise refused(name, f"it unpacks to {size >> 20:,} MiB")
    if size > _SUSPECT and size > packed * _RATIO:
        raise refused(name, f"it unpacks to {size / max(packed, 1):,.0f} times its size")


def _check_overlap(name: str, members: list[zipfile.ZipInfo]) -> None:
    """No two members share packed bytes, as those of a bomb do that is small because it unpacks the same again."""
    reached = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < reached:
            raise refused(name, f"its member '{member.filename}' lies within another")
        reached = member.header_offset + _LOCAL_HEADER + len(member.orig_filename) + member.compress_size


def _check_folders(name: str, members: list[zipfile.ZipInfo], seen: set[str]) -> None:
    """No file has the name of a folder that another file is in."""
    for member in members:
        parts = member.filename.removesuffix("/").split("/")
        for end in range(1, len(parts)):
            if "/".join(parts[:end]) in seen:
                raise refused(name, f"'{'/'.join(parts[:end])}' is a file and a folder")
