"""A project's page on an index: JSON (PEP 691), else HTML (PEP 503)."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass
from html.parser import HTMLParser

from ungil.index.address import file_name

__all__ = ["ACCEPT", "IndexFile", "files_on", "files_on_html", "files_on_json"]

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
"""What an index is asked for."""

_ARCHIVE = re.compile(r"\.(?:tar\.gz|zip|whl)(?:#|$)")


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a release, as the index describes it.

    Attributes:
        requires_python: the versions of Python that it is for; None: not said.
        yanked: why it was yanked, possibly in no words; None when it was not.
        uploaded: the day, as ``YYYY-MM-DD``; None: not said.
    """

    filename: str
    url: str
    sha256: str | None
    requires_python: str | None = None
    yanked: str | None = None
    uploaded: str | None = None


def files_on(url: str, body: bytes, content_type: str) -> list[IndexFile]:
    """The files that a page lists.

    Raises:
        ValueError: it is not a page of an index.
    """
    return files_on_json(url, body) if "json" in content_type else files_on_html(url, body)


def files_on_json(url: str, body: bytes) -> list[IndexFile]:
    """The files on a page in JSON; ``url`` is the page's own.

    Raises:
        ValueError: it is not such a page.
    """
    try:
        files = json.loads(body)["files"]
        return [_from_json(url, file) for file in files]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"its JSON is not that of a package index ({type(error).__name__}: {error})") from error


def _from_json(url: str, file: dict[str, object]) -> IndexFile:
    hashes, yanked, uploaded = file.get("hashes"), file.get("yanked", False), file.get("upload-time")
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    requires = file.get("requires-python")
    target = _text(file["url"])
    return IndexFile(
        _text(file["filename"]),
        target if target.startswith("https://") else urllib.parse.urljoin(url, target),  # joining is slow
        digest if isinstance(digest, str) else None,
        requires if isinstance(requires, str) and requires else None,
        None if yanked is False or yanked is None else yanked if isinstance(yanked, str) else "",
        uploaded[:10] if isinstance(uploaded, str) else None,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def files_on_html(url: str, body: bytes) -> list[IndexFile]:
    """The files on a page in HTML.

    Raises:
        ValueError: it is not such a page: a captive portal's, perhaps.
    """
    page = _Links()
    page.feed(body.decode(errors="replace"))
    if not page.is_index:
        raise ValueError("it answers with a page that is not a package index")
    return [file for attributes in page.links if (file := _from_html(url, attributes)) is not None]


def _from_html(url: str, attributes: dict[str, str]) -> IndexFile | None:
    target, _, fragment = urllib.parse.urljoin(url, attributes["href"]).partition("#")
    filename = file_name(target)
    if not filename:
        return None  # a link to the index above
    return IndexFile(
        filename,
        target,
        fragment.removeprefix("sha256=") if "sha256=" in fragment else None,
        attributes.get("data-requires-python") or None,
        attributes.get("data-yanked"),
    )


class _Links(HTMLParser):
    """The links of a simple index page. A page that calls itself one may be empty; another must link to an archive."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []
        self._says_so = False

    @property
    def is_index(self) -> bool:
        return self._says_so or any(_ARCHIVE.search(link["href"]) for link in self.links)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes)
        if tag == "meta" and attributes.get("name") == "pypi:repository-version":
            self._says_so = True
