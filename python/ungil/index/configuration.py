"""What pip is set up to use: indexes, folders of archives, certificates, a proxy, how long to wait.

pip knows it (its files, its environment variables, its default), so pip is asked. That takes it a second, so its answer
is kept, and used again while nothing is different that it could depend on: pip itself, its variables, each of the files
in which it looks for settings. An answer that holds a password is not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from ungil.errors import OutputError, PackageIndexError
from ungil.files import cache_folder, write_whole
from ungil.index.address import has_credentials, without_secrets

__all__ = ["Configuration", "configuration", "index_urls"]

VERSION = 1
_PATIENCE = 60.0  # seconds for an answer from pip
_UNLESS_SAID = 15.0  # seconds, and pip's own default
_LONGEST = 60.0  # seconds: pip's timeout is often set for downloads, and a page is none
_RETRIES = 2
_YES = {"1", "true", "yes", "on", "y", "t"}
# Where pip looks for its files depends on these, and on what begins with PIP_.
_PLACES = ("APPDATA", "HOME", "PROGRAMDATA", "USERPROFILE", "VIRTUAL_ENV", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is asked for packages, and how. URLs may hold a user and a password.

    Attributes:
        indexes: roots of simple indexes, the main one first, without a final slash; ``file:`` URLs among them.
        find_links: folders of archives, or pages that link to some: paths or URLs.
        certificates: a file of the authorities to trust; None: those that the machine trusts.
        client_certificate: a file with a certificate and its key to show, or None.
        proxy: a URL; None: the one in the environment, if any.
        trusted_hosts: hosts whose certificates are not checked.
        timeout: seconds without a byte after which an index counts as silent.
        retries: how often a failed question is asked again.
    """

    indexes: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    certificates: str | None = None
    client_certificate: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    timeout: float = _UNLESS_SAID
    retries: int = _RETRIES

    def with_places(
        self, index_url: str | None, extra_index_urls: Iterable[str], find_links: Iterable[str], *, no_index: bool
    ) -> Configuration:
        """The same, with other places: a main index replaces it, everything else comes on top, as with pip."""
        main = [index_url] if index_url else list(self.indexes[:1])
        urls = [] if no_index else [*main, *self.indexes[1:], *extra_index_urls]
        return replace(
            self,
            indexes=tuple(dict.fromkeys(url.rstrip("/") for url in urls)),
            find_links=(*self.find_links, *find_links),
        )


def configuration(command: str = "install") -> Configuration:
    """What pip would use in ``pip install``, or in another command.

    Raises:
        PackageIndexError: pip cannot be asked.
    """
    settings = _settings(command)
    main = settings.get("index-url") or settings.get("default", "")
    urls = [] if settings.get("no-index", "").lower() in _YES else [main, *settings.get("extra-index-url", "").split()]
    return Configuration(
        tuple(dict.fromkeys(url.rstrip("/") for url in urls if url)),
        tuple(settings.get("find-links", "").split()),
        settings.get("cert"),
        settings.get("client-cert"),
        settings.get("proxy"),
        tuple(settings.get("trusted-host", "").split()),
        min(_LONGEST, float(settings.get("timeout") or settings.get("default-timeout") or _UNLESS_SAID)),
        int(settings.get("retries") or _RETRIES),
    )


def index_urls() -> list[str]:
    """The simple indexes on the web that pip would ask, the main one first.

    Raises:
        PackageIndexError: pip is set up to use no index, or cannot be asked.
    """
    indexes = configuration("download").indexes
    if not indexes:
        raise PackageIndexError("pip is set up to use no index (no-index).", "Name a folder or a downloaded archive.")
    main, *extra = indexes
    return [main, *(url for url in extra if not url.startswith("file:"))]  # a folder beside it, mostly of wheels


def _settings(command: str) -> dict[str, str]:
    """Pip's settings, by their long options' names; ``default`` is the index that it uses when none is set."""
    kept = _Kept(command)
    settings = kept.load()
    if settings is None:
        questions = (("config", "list"), ("download", "--help"), ("config", "debug"))
        with ThreadPoolExecutor(len(questions)) as pool:
            listed, described, places = pool.map(lambda question: _pip(*question), questions)
        settings = _listed(listed, command)
        if "index-url" not in settings:
            settings["default"] = _default(described)
        kept.store(settings, places)
    return settings


def _pip(*arguments: str) -> str:
    environment = os.environ | {"COLUMNS": "1000", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True, env=environment, errors="replace"
        )
    except subprocess.CalledProcessError as error:
        raise PackageIndexError(
            f"pip could not be asked which package index to use: {_last_line(error.stderr)}",
            f"See whether '{sys.executable} -m pip config list' works.",
        ) from error
    except (OSError, subprocess.SubprocessError) as error:
        raise PackageIndexError(
            f"pip could not be asked which package index to use: {error}.", "Try again, or name a downloaded archive."
        ) from error
    return done.stdout


def _last_line(text: str) -> str:
    return without_secrets((text.strip() or "it failed without a word.").splitlines()[-1])


def _listed(listed: str, command: str) -> dict[str, str]:
    """Pip's environment variables win over its files, and a command's section over the global one."""
    found: dict[str, str] = {}
    lines = listed.splitlines()
    for section in ("global", command, ":env:"):
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                found[name.removeprefix(f"{section}.")] = _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    """Pip prints a value as Python writes a string."""
    try:
        text = literal_eval(value)
    except (ValueError, SyntaxError):
        return value.strip("'\"")
    return text if isinstance(text, str) else value


def _default(described: str) -> str:
    """Pip prints its default index in its help; nothing else of its public face does."""
    found = re.search(r"--index-url.*?\(default\s+(\S+?)\)", described, re.DOTALL)
    if found is None:
        raise PackageIndexError("pip does not say which index it uses.", "Set PIP_INDEX_URL to the index to use.")
    return found[1]


class _Kept:
    """Pip's last answer, in the user's cache folder, and what it depended on."""

    def __init__(self, command: str) -> None:
        relevant = {name: os.environ[name] for name in os.environ if name in _PLACES or name.startswith("PIP_")}
        pip = find_spec("pip")
        origin = Path(pip.origin) if pip is not None and pip.origin is not None else None
        parts = [VERSION, command, sys.executable, sys.prefix, str(origin), _state(origin), sorted(relevant.items())]
        folder = cache_folder("pip")
        name = hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._path = folder / f"{name}.json" if folder is not None and origin is not None else None

    def load(self) -> dict[str, str] | None:
        """The answer, if pip would still give it."""
        if self._path is None:
            return None
        try:
            answer = json.loads(self._path.read_bytes())
            same = all(_state(Path(path)) == state for path, state in answer["files"].items())
            settings = {str(name): str(value) for name, value in answer["settings"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return settings if same else None

    def store(self, settings: dict[str, str], places: str) -> None:
        """Keeps an answer, unless it holds a password; ``places`` is what pip says of where it looks."""
        if self._path is None or has_credentials(json.dumps(settings)):
            return
        files = re.findall(r"^\s+(\S.*), exists: (?:True|False)$", places, re.MULTILINE)
        if not files:
            return  # this pip does not say where it looks
        answer = {"files": {path: _state(Path(path)) for path in files}, "settings": settings}
        with suppress(OSError, OutputError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(answer).encode())


def _state(path: Path | None) -> list[int] | None:
    """What changes when a file does; None for one that is not there."""
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns] if status is not None else None
