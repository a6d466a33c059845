"""One file of a release: found on the index and downloaded without running it.

pip itself is not used to download: to learn a source distribution's metadata, pip would run the build backend that it
names, and an auditor runs nothing of what it reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from ungil.errors import PackageIndexError
from ungil.index.address import authorization, bare, shown
from ungil.index.configuration import index_urls
from ungil.index.page import ACCEPT, IndexFile, files_on

__all__ = ["download", "source_distribution", "wheels"]

_TIMEOUT = 60.0  # seconds for one answer
_LARGEST = 1 << 30  # bytes; no source distribution comes near it
_NOT_FOUND = 404


def source_distribution(name: str, version: str) -> IndexFile:
    """The source distribution of one release.

    Raises:
        PackageIndexError: no index answers, none knows the project, or the release has no source distribution.
    """
    wanted = _version(version)
    found = {release: file for url in index_urls() for release, file in _source_distributions(url, name)}
    if wanted in found:
        return found[wanted]
    if not found:
        raise PackageIndexError(
            f"The index has no source distribution of '{name}'.",
            "Check the name, or download the source by hand and name the folder or archive.",
        )
    newest = ", ".join(map(str, sorted(found)[-5:]))
    raise PackageIndexError(
        f"The index has no source distribution of {name} {version}.", f"The newest that it has: {newest}."
    )


def _source_distributions(index: str, name: str) -> list[tuple[Version, IndexFile]]:
    found = []
    for file in _project_files(index, name):
        try:
            project, version = parse_sdist_filename(file.filename)
        except InvalidSdistFilename:
            continue  # a wheel, or an archive of a kind that is long gone
        if project == canonicalize_name(name):
            found.append((version, file))
    return found


def wheels(name: str, version: str) -> list[IndexFile]:
    """The wheels of one release, by name.

    Raises:
        PackageIndexError: no index answers, none knows the project, or the release has no wheel.
    """
    wanted = _version(version)
    found: dict[Version, dict[str, IndexFile]] = {}
    for file in (file for url in index_urls() for file in _project_files(url, name)):
        with contextlib.suppress(InvalidWheelFilename):  # a source distribution
            _, release, _, _ = parse_wheel_filename(file.filename)
            found.setdefault(release, {}).setdefault(file.filename, file)
    if wanted in found:
        return [found[wanted][filename] for filename in sorted(found[wanted])]
    if not found:
        raise PackageIndexError(f"The index has no wheel of '{name}'.", "Check the name, or name a file.")
    newest = ", ".join(map(str, sorted(found)[-5:]))
    raise PackageIndexError(f"The index has no wheel of {name} {version}.", f"The newest that it has: {newest}.")


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise PackageIndexError(f"'{text}' is not a version.", "Name a release as NAME==VERSION.") from error


def _project_files(index: str, name: str) -> list[IndexFile]:
    url = f"{index}/{canonicalize_name(name)}/"
    try:
        answer = _get(url, accept=ACCEPT)
        return files_on(url, answer.body, answer.content_type)
    except HTTPError as error:
        if error.code == _NOT_FOUND:
            return []
        raise _unreachable(url, error) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _unreachable(url, error) from error


def download(file: IndexFile) -> bytes:
    """The bytes of one file, checked against the hash that the index gave.

    Raises:
        PackageIndexError: the download fails, is too large, or is not the file that the index promised.
    """
    try:
        data = _get(file.url, accept="*/*").body
    except (OSError, HTTPException) as error:
        raise _unreachable(file.url, error) from error
    if file.sha256 is not None and hashlib.sha256(data).hexdigest() != file.sha256:
        raise PackageIndexError(
            f"{file.filename} is not what the index promised: its SHA-256 differs.",
            "Try again; if it stays so, do not trust this index.",
        )
    return data


class _Answer(NamedTuple):
    body: bytes
    content_type: str


def _get(url: str, accept: str) -> _Answer:
    address, secret = _checked(url), authorization(url)
    request = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "ungil"})  # noqa: S310 - checked
    if secret is not None:
        request.add_unredirected_header("Authorization", secret)  # the host that files are stored on is another
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - http or https
        data: bytes = answer.read(_LARGEST + 1)
        content_type = answer.headers.get("Content-Type", "json")
    if len(data) > _LARGEST:
        raise PackageIndexError(
            f"{address} is larger than {_LARGEST >> 20} MiB.", "Name a smaller source distribution."
        )
    return _Answer(data, content_type)


def _checked(url: str) -> str:
    """The URL without its user and password, which urllib would take for a host."""
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in {"https", "http"}:
        raise PackageIndexError(
            f"ungil reads packages from http and https, not from '{scheme}:'.",
            "Set PIP_INDEX_URL to an https index, or name a folder or a downloaded archive.",
        )
    return bare(url)


def _unreachable(url: str, error: Exception) -> PackageIndexError:
    return PackageIndexError(
        f"The package index at {shown(url)} could not be read: {error}.",
        "Check the network and pip's index-url, or name a folder or a downloaded archive.",
    )
