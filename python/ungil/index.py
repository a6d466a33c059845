"""The package index that pip is set up to use: the files of a release, and how to get one without running it.

pip knows which index that is (its files, its environment variables, its default), so pip is asked. pip itself is not
used to download a source distribution: to learn its metadata, pip would run the build backend that it names, and an
auditor runs nothing of what it reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from ungil.errors import PackageIndexError

__all__ = ["IndexFile", "download", "index_urls", "source_distribution"]

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"  # PEP 691
_TIMEOUT = 60.0  # seconds for one answer
_LARGEST = 1 << 30  # bytes; no source distribution comes near it
_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")


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
    return [url.rstrip("/") for url in (main, *configured.get("extra-index-url", "").split())]


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
    versions: set[str] = set()
    for url in index_urls():
        files = _project_files(url, name)
        for file in files:
            found = _sdist_version(file.filename, name)
            if found is not None and _same_version(found, version):
                return file
            if found is not None:
                versions.add(found)
    if not versions:
        raise PackageIndexError(
            f"The index has no source distribution of '{name}'.",
            "Check the name, or download the source by hand and name the folder or archive.",
        )
    newest = ", ".join(sorted(versions, key=_version_key)[-5:])
    raise PackageIndexError(
        f"The index has no source distribution of {name} {version}.", f"The newest that it has: {newest}."
    )


def _project_files(index: str, name: str) -> list[IndexFile]:
    url = f"{index}/{_normalized(name)}/"
    if urllib.parse.urlsplit(url).scheme == "file":
        return []  # a folder of wheels, of the kind that extra-index-url may name
    try:
        answer = json.loads(_get(url, accept=_SIMPLE_JSON))
    except urllib.error.HTTPError as error:
        if error.code == 404:  # noqa: PLR2004 - "not found" has no better name
            return []
        raise _unreachable(url, error) from error
    except (OSError, ValueError) as error:
        raise _unreachable(url, error) from error
    return [
        IndexFile(file["filename"], urllib.parse.urljoin(url, file["url"]), file.get("hashes", {}).get("sha256"))
        for file in answer.get("files", [])
    ]


def download(file: IndexFile) -> bytes:
    """The bytes of one file, checked against the hash that the index gave.

    Raises:
        PackageIndexError: the download fails, is too large, or is not the file that the index promised.
    """
    try:
        data = _get(file.url, accept="*/*")
    except OSError as error:
        raise _unreachable(file.url, error) from error
    if file.sha256 is not None and hashlib.sha256(data).hexdigest() != file.sha256:
        raise PackageIndexError(
            f"{file.filename} is not what the index promised: its SHA-256 differs.",
            "Try again; if it stays so, do not trust this index.",
        )
    return data


def _get(url: str, accept: str) -> bytes:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http"}:
        raise PackageIndexError(
            f"'{parts.scheme}' is not a way to reach an index.", "Set PIP_INDEX_URL to an https URL."
        )
    headers = {"Accept": accept, "User-Agent": "ungil"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was checked above
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
        data: bytes = answer.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise PackageIndexError(f"{url} is larger than {_LARGEST >> 20} MiB.", "Name a smaller source distribution.")
    return data


def _unreachable(url: str, error: Exception) -> PackageIndexError:
    host = urllib.parse.urlsplit(url).hostname
    return PackageIndexError(
        f"The package index at {host} could not be read: {error}.",
        "Check the network and pip's index-url, or name a folder or a downloaded archive.",
    )


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sdist_version(filename: str, name: str) -> str | None:
    for suffix in _SUFFIXES:
        stem = filename.removesuffix(suffix)
        if stem == filename:
            continue
        # Old names are not normalized: "zope.interface-5.0" and "zope_interface-7.2" are both the project.
        for dash in (i for i, c in enumerate(stem) if c == "-"):
            if _normalized(stem[:dash]) == _normalized(name) and stem[dash + 1 : dash + 2].isdigit():
                return stem[dash + 1 :]
    return None


def _same_version(a: str, b: str) -> bool:
    return _version_key(a) == _version_key(b)


def _version_key(version: str) -> list[tuple[int, int, str]]:
    """Orders versions well enough to compare two spellings of one, and to show the newest last."""
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()  # 1.0 is 1.0.0
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts]
