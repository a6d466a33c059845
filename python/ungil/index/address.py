"""URLs that may hold a user and a password: who is asked, and what may be shown."""

from __future__ import annotations

import base64
import netrc
import os
import re
import urllib.parse
import urllib.request
from pathlib import Path

__all__ = [
    "authorization",
    "bare",
    "file_name",
    "folder_of",
    "has_credentials",
    "is_local",
    "shown",
    "user_of",
    "without_secrets",
]

_USERINFO = re.compile(r"(?<=://)[^/\s@'\"]+@")


def bare(url: str) -> str:
    """The URL without user and password."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def file_name(place: str) -> str:
    """The name of the file at the end of a URL or a path."""
    path = urllib.parse.urlsplit(place).path if "://" in place else place
    return urllib.parse.unquote(path.replace("\\", "/").rpartition("/")[2])


def user_of(url: str) -> str:
    """The user that a URL names, or nothing."""
    return urllib.parse.urlsplit(url).username or ""


def has_credentials(text: str) -> bool:
    """Whether a text holds a URL with a user or a password."""
    return _USERINFO.search(text) is not None


def without_secrets(text: str) -> str:
    """What another program said, with whatever stands before an @ in its URLs left out."""
    return _USERINFO.sub("***@", text)


def shown(url: str) -> str:
    """The host that a URL names, for messages; of a ``file:`` URL, the folder."""
    parts = urllib.parse.urlsplit(url)
    return parts.hostname or parts.path or url


def authorization(url: str) -> str | None:
    """The value of the Authorization header: what the URL holds, else what the user's netrc has for its host."""
    parts = urllib.parse.urlsplit(url)
    userinfo, at, _ = parts.netloc.rpartition("@")
    if at:
        return _basic(urllib.parse.unquote(userinfo))
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(parts.hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return _basic(f"{found[0]}:{found[2]}") if found is not None else None


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def is_local(url: str) -> bool:
    """Whether this names a file or a folder of this machine."""
    return "://" not in url or url.startswith("file:")


def folder_of(url: str) -> Path:
    """The path that a ``file:`` URL, or a path, names."""
    if not url.startswith("file:"):
        return Path(url).expanduser()
    return Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path))
