"""What lies on this machine: folders of archives (find-links), and indexes that are folders (``file:`` URLs)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ungil.errors import PackageIndexError
from ungil.index.address import folder_of
from ungil.index.page import IndexFile, files_on_html
from ungil.index.releases import named_files

__all__ = ["by_project", "in_folder_index", "linked"]


def linked(place: str) -> list[IndexFile]:
    """The archives in a folder, or those that a page on this machine links to.

    Raises:
        PackageIndexError: it is not there, or cannot be read.
    """
    path = folder_of(place)
    try:
        return _archives(path) if path.is_dir() else files_on_html(path.absolute().as_uri(), path.read_bytes())
    except (OSError, ValueError) as error:
        raise PackageIndexError(
            f"find-links names '{path}', which cannot be read: {_reason(error)}.",
            "Correct --find-links, or pip's find-links ('pip config list' shows it).",
        ) from error


def in_folder_index(index: str, project: str) -> list[IndexFile]:
    """The files of a project in an index that is a folder with a folder for each project.

    Raises:
        PackageIndexError: the index is not there, or the project's page cannot be read.
    """
    root = folder_of(index)
    folder = root / project
    page = folder / "index.html"
    try:
        if page.is_file():
            return files_on_html(page.absolute().as_uri(), page.read_bytes())
        if not root.is_dir():
            raise PackageIndexError(f"The index '{root}' is not a folder.", "Correct the index's URL.")
        return _archives(folder) if folder.is_dir() else []
    except (OSError, ValueError) as error:
        raise PackageIndexError(
            f"'{page}' cannot be read as a page of an index: {_reason(error)}.", "Repair the page, or leave it away."
        ) from error


def _archives(folder: Path) -> list[IndexFile]:
    return [IndexFile(path.name, path.absolute().as_uri(), None) for path in folder.iterdir() if path.is_file()]


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def by_project(files: Iterable[IndexFile]) -> dict[str, list[IndexFile]]:
    """Archives of many projects, by project."""
    found: dict[str, list[IndexFile]] = {}
    for file in files:
        named = named_files(file.filename)
        if named is not None:
            found.setdefault(named[0], []).append(file)
    return found
