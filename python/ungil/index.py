"""The package index that pip is set up to use: the files of a release, and how to get one without running it.

pip knows which index that is (its files, its environment variables, its default), so pip is asked. pip itself is not
used to download a source distribution: to learn its metadata, pip would run the build backend that it names, and an
auditor runs nothing of what it reads.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
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

__all__ = ["IndexFile", "download", "index_urls", "source_distribution", "wheels"]

_SIMPLE = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"  # PEP 691, else PEP 503
_TIMEOUT = 60.0  # seconds for one answer
_LARGEST = 1 << 30  # bytes; no source distribution comes near it
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a release, as the index describes it."""

    filename: str
    url: str
    sha256: str | None


def index_urls() -> list[str]:
    """The simple indexes that pip would ask, the main one first.

    Raises:
        PackageIndexError: pip is set up to use no index, or cannot be asked.
    """
    configured = _pip_settings()
    if configured.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        raise PackageIndexError("pip is set up to use no index (no-index).", "Name a folder or a downloaded archive.")
    main = configured.get("index-url") or _effective_default()
    extra = configured.get("extra-index-url", "").split()
    web = [url for url in extra if not url.startswith("file:")]  # a folder beside the index, mostly of wheels
    return [url.rstrip("/") for url in (main, *web)]


def _pip(*arguments: str) -> str:
    environment = os.environ | {"COLUMNS": "1000", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=True, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        raise PackageIndexError(
            f"pip could not be asked which package index to use: {error}.",
            f"Install it with '{sys.executable} -m ensurepip', or name a downloaded archive.",
        ) from error
    return done.stdout


def _pip_settings() -> dict[str, str]:
    """Pip's own settings; its environment variables win over its files, and a command's section over the global one."""
    found: dict[str, str] = {}
    lines = _pip("config", "list").splitlines()
    for section in ("global", "download", ":env:"):
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                found[name.removeprefix(f"{section}.")] = value.strip("'\"").replace("\\n", " ")
    return found


def _effective_default() -> str:
    """Pip prints its default index in its help; nothing else of its public face does."""
    found = re.search(r"--index-url.*?\(default\s+(\S+?)\)", _pip("download", "--help"), re.DOTALL)
    if found is None:
        raise PackageIndexError("pip does not say which index it uses.", "Set PIP_INDEX_URL to the index to use.")
    return found[1]


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
        answer = _get(url, accept=_SIMPLE)
        return _from_json(url, answer.body) if answer.is_json else _from_html(url, answer.body)
    except HTTPError as error:
        if error.code == _NOT_FOUND:
            return []
        raise _unreachable(url, error) from error
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreachable(url, error) from error


def _from_json(url: str, body: bytes) -> list[IndexFile]:
    return [
        IndexFile(file["filename"], urllib.parse.urljoin(url, file["url"]), file.get("hashes", {}).get("sha256"))
        for file in json.loads(body)["files"]
    ]


def _from_html(url: str, body: bytes) -> list[IndexFile]:
    page = _Links()
    page.feed(body.decode(errors="replace"))
    if not page.is_index:
        raise ValueError("it answers with a page that is not a package index")
    files = []
    for link in page.links:
        target, _, fragment = urllib.parse.urljoin(url, link).partition("#")
        filename = urllib.parse.unquote(target.rpartition("/")[2])
        files.append(IndexFile(filename, target, fragment.removeprefix("sha256=") if "sha256=" in fragment else None))
    return files


class _Links(HTMLParser):
    """The links of a simple index page (PEP 503). A captive portal's page links to no archive."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    @property
    def is_index(self) -> bool:
        return any(re.search(r"\.(?:tar\.gz|zip|whl)(?:#|$)", link) for link in self.links)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]


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
    is_json: bool


def _get(url: str, accept: str) -> _Answer:
    bare, headers = _with_credentials(url)
    request = urllib.request.Request(bare, headers=headers | {"Accept": accept, "User-Agent": "ungil"})  # noqa: S310 - checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - http or https
        data: bytes = answer.read(_LARGEST + 1)
        is_json = "json" in answer.headers.get("Content-Type", "json")
    if len(data) > _LARGEST:
        raise PackageIndexError(f"{bare} is larger than {_LARGEST >> 20} MiB.", "Name a smaller source distribution.")
    return _Answer(data, is_json)


def _with_credentials(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its user and password, which urllib would take for a host, and the header that carries them."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http"}:
        raise PackageIndexError(
            f"ungil reads packages from http and https, not from '{parts.scheme}:'.",
            "Set PIP_INDEX_URL to an https index, or name a folder or a downloaded archive.",
        )
    userinfo, at, host = parts.netloc.rpartition("@")
    bare = urllib.parse.urlunsplit(parts._replace(netloc=host))
    if not at:
        return bare, {}
    token = base64.b64encode(urllib.parse.unquote(userinfo).encode()).decode()
    return bare, {"Authorization": f"Basic {token}"}


def _unreachable(url: str, error: Exception) -> PackageIndexError:
    host = urllib.parse.urlsplit(url).hostname
    return PackageIndexError(
        f"The package index at {host} could not be read: {error}.",
        "Check the network and pip's index-url, or name a folder or a downloaded archive.",
    )
