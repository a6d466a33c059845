"""Source archives, read in memory: a member cannot write outside, a link is not followed, and a bomb meets a limit."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ungil.errors import SourceError

__all__ = ["members"]

_LARGEST = 2 << 30  # bytes, unpacked
_MOST_MEMBERS = 200_000
_CORRUPT = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)

type _Member = tuple[str, int, Callable[[], bytes]]  # its path, its size, and how to read it


def members(name: str, data: bytes, is_wanted: Callable[[str, int], bool]) -> Iterator[tuple[str, int, bytes | None]]:
    """The path and size of each file in a tar or zip archive, and the content of those that are wanted.

    Args:
        name: of the archive, for errors.
        data: the archive.
        is_wanted: says of a path and a size whether the file is to be read.

    Raises:
        SourceError: it is no such archive, is damaged, or unpacks to more than an extension's source ever does.
    """
    try:
        for path, size, content in _within_limits(_zip(data) if zipfile.is_zipfile(io.BytesIO(data)) else _tar(data)):
            yield path, size, content() if is_wanted(path, size) else None
    except _CORRUPT as error:
        raise SourceError(
            f"'{name}' is not a source archive that can be read: {error}.",
            "Download it again, or name an unpacked folder.",
        ) from error


def _tar(data: bytes) -> Iterator[_Member]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:

        def content(member: tarfile.TarInfo) -> bytes:
            stream = archive.extractfile(member)
            return b"" if stream is None else stream.read()

        yield from ((member.name, member.size, partial(content, member)) for member in archive if member.isfile())


def _zip(data: bytes) -> Iterator[_Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = (member for member in archive.infolist() if not member.is_dir())
        yield from ((member.filename, member.file_size, partial(archive.read, member)) for member in files)


def _within_limits(found: Iterable[_Member]) -> Iterator[_Member]:
    unpacked = 0
    for count, (path, size, content) in enumerate(found, 1):
        unpacked += size
        if count > _MOST_MEMBERS or unpacked > _LARGEST:
            raise ValueError("it unpacks to more than an extension's source ever does")
        yield path, size, content
