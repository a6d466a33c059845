"""What a project has released, for which builds of Python and which platforms: an index page, boiled down.

A page may list ten thousand files in ten megabytes, and most of it does not matter here. ``distil`` leaves a line of
JSON for each release, oldest first; ``Releases`` finds a line by its beginning and parses those alone that it is asked
for, so that reading a hundred kept pages takes no longer than reading a hundred files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from packaging.utils import InvalidSdistFilename, canonicalize_name, canonicalize_version, parse_sdist_filename
from packaging.version import InvalidVersion, Version

from ungil.index.page import IndexFile

__all__ = ["Release", "Releases", "distil", "merged", "named_files", "wheel_tags"]

_WHEEL_PARTS = (5, 6)  # name-version-(build-)python-abi-platform


class Release(NamedTuple):
    """One version of a project.

    Attributes:
        version: in its normal form.
        wheels: the compressed tag set of each wheel: ``cp314-cp314t-manylinux_2_28_x86_64``.
        has_source: whether there is a source distribution.
        requires_python: the versions of Python that it is for; None: not said.
        yanked: why it was yanked, possibly in no words; None when it was not.
        uploaded: the day of its first file, as ``YYYY-MM-DD``; None: not said.
    """

    version: str
    wheels: tuple[str, ...] = ()
    has_source: bool = False
    requires_python: str | None = None
    yanked: str | None = None
    uploaded: str | None = None


class Releases:
    """The releases of one project, oldest first.

    Args:
        lines: as ``distil`` makes them.
    """

    def __init__(self, lines: str = "") -> None:
        self.lines = lines

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.lines)

    def __iter__(self) -> Iterator[Release]:
        """All releases."""
        return map(_parsed, self.lines.splitlines())

    def find(self, version: Version) -> Release | None:
        """The release of a version; one with a local label (``1.0+cpu``) is the release of just that version."""
        beginning = f'["{canonicalize_version(version)}",'
        start = 0 if self.lines.startswith(beginning) else self.lines.find(f"\n{beginning}") + 1
        if start == 0 and not self.lines.startswith(beginning):
            return None
        end = self.lines.find("\n", start)
        return _parsed(self.lines[start : end if end >= 0 else None])

    def free_threaded(self) -> Iterator[Release]:
        """The releases with a wheel for a free-threaded build, whichever: ``cp314t`` and ``abi3t`` end in t."""
        return (_parsed(line) for line in self.lines.splitlines() if "t-" in line)


def _parsed(line: str) -> Release:
    _, version, wheels, has_source, requires_python, yanked, uploaded = json.loads(line)
    return Release(version, tuple(wheels), has_source, requires_python, yanked, uploaded)


def distil(project: str, files: Iterable[IndexFile]) -> Releases:
    """What the files of a page are worth; those of other projects, and of kinds that nobody installs, are left out."""
    by_version: dict[Version, list[tuple[IndexFile, str | None]]] = {}
    for file in files:
        named = named_files(file.filename)
        if named is not None and named[0] == project:
            by_version.setdefault(named[1], []).append((file, named[2]))
    return _lines(_release(version, by_version[version]) for version in sorted(by_version))


def _release(version: Version, files: list[tuple[IndexFile, str | None]]) -> Release:
    """One release of all its files, which agree on what Python they require and on being yanked, if anyone yanks."""
    first = files[0][0]
    yanked = all(file.yanked is not None for file, _ in files)
    return Release(
        str(version),
        tuple(sorted({tags for _, tags in files if tags is not None})),
        any(tags is None for _, tags in files),
        next((file.requires_python for file, _ in files if file.requires_python), None),
        first.yanked if yanked else None,
        min((file.uploaded for file, _ in files if file.uploaded), default=None),
    )


def _lines(releases: Iterable[Release]) -> Releases:
    """Each begins with the version in a form that is the same for 1.0 and 1.0.0, by which it is found."""
    lines = ([canonicalize_version(release.version), *release] for release in releases)
    return Releases("\n".join(json.dumps(line, separators=(",", ":")) for line in lines))


def named_files(filename: str) -> tuple[str, Version, str | None] | None:
    """The project, the version and the tags that a file name tells; a source distribution has no tags.

    ``packaging.utils.parse_wheel_filename`` would also expand each tag set, which takes longer than all of the rest.
    """
    if not filename.endswith(".whl"):
        try:
            project, version = parse_sdist_filename(filename)
        except InvalidSdistFilename:
            return None
        return project, version, None
    parts = filename.removesuffix(".whl").split("-")
    released = _version(parts[1]) if len(parts) in _WHEEL_PARTS else None
    return (_canonical(parts[0]), released, "-".join(parts[-3:])) if released is not None else None


def wheel_tags(filename: str) -> str | None:
    """The compressed tag set of a wheel's name; None for anything else."""
    named = named_files(filename)
    return named[2] if named is not None else None


@lru_cache(maxsize=4096)
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


_canonical = lru_cache(maxsize=4096)(canonicalize_name)


def merged(several: Iterable[Releases]) -> Releases:
    """The releases that several indexes and folders have of one project, as pip would see them together."""
    present = [one.lines.splitlines() for one in several if one]
    by_version: dict[str, list[str]] = {}
    for lines in present:
        for line in lines:
            by_version.setdefault(line[2 : line.index('"', 2)], []).append(line)
    is_ordered = not present or len(by_version) == len(present[0])  # those of the first are, and there are no others
    ordered = by_version if is_ordered else sorted(by_version, key=Version)
    return Releases("\n".join(_joined(by_version[version]) for version in ordered))


def _joined(lines: list[str]) -> str:
    """The line of one release; several are united, and only they are parsed."""
    return lines[0] if len(lines) == 1 else _lines([_united([*map(_parsed, lines)])]).lines


def _united(same: list[Release]) -> Release:
    return Release(
        same[0].version,
        tuple(sorted({tags for one in same for tags in one.wheels})),
        any(one.has_source for one in same),
        next((one.requires_python for one in same if one.requires_python), None),
        same[0].yanked if all(one.yanked is not None for one in same) else None,
        min((one.uploaded for one in same if one.uploaded), default=None),
    )
