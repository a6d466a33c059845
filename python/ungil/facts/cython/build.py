"""What the files of a build say to Cython: directives, and the version that is asked for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from ungil.facts.cython.model import CythonFile, CythonRequirement, Place, Stance
from ungil.source import Source

__all__ = ["cython_file", "requirements", "stance_of_value", "stances_by_folder"]

# As a key, a keyword argument, an index or an option: 'd': True, d=True, x['d'] = "True", -Xd=True
_DIRECTIVE = re.compile(rb"freethreading_compatible[\"']?\s*\]?\s*[:=,]\s*[\"']?(\w+)")
_COMMENT_LINE = re.compile(rb"(?m)^[ \t]*#.*$")
_COMPATIBLE = {"true", "1", "yes", "on"}
_INCOMPATIBLE = {"false", "0", "no", "off"}
# Files whose word is for what lies in or below their folder; any other is a helper that one of these calls.
_OF_ITS_FOLDER = {"setup.py", "pyproject.toml", "setup.cfg", "meson.build", "CMakeLists.txt"}
_OLD = ("0.29.37", "3.0.12")  # the last of two lines from before free threading
_FREE_THREADED = {"python_version": "3.14", "python_full_version": "3.14.0", "implementation_name": "cpython"}
_NEW = ("3.1.0", "3.1.8", "3.2.8", "3.3.1", "3.99", "4.99")


def cython_file(source: Source) -> CythonFile:
    """What is known of a file without reading it as Cython."""
    first = source.line(1)
    return CythonFile(source.path, source.data.count(b"\n"), Place(1, 1, 1, len(first) + 1))


def stance_of_value(value: str) -> Stance:
    """What a directive's value means, as it is written."""
    if value.lower() in _COMPATIBLE:
        return Stance.COMPATIBLE
    return Stance.INCOMPATIBLE if value.lower() in _INCOMPATIBLE else Stance.UNCLEAR


def stances_by_folder(build_files: Iterable[Source]) -> dict[PurePosixPath, Stance]:
    """For which folders, with all that lies below them, the build gives the directive, and what it says."""
    said: dict[PurePosixPath, Stance] = {}
    for file in build_files:
        found = _DIRECTIVE.search(_COMMENT_LINE.sub(b"", file.data))
        if found is not None:
            path = PurePosixPath(file.path)
            folder = path.parent if path.name in _OF_ITS_FOLDER else PurePosixPath()
            said[folder] = stance_of_value(found[1].decode(errors="replace"))
    return said


def requirements(build_files: Iterable[Source]) -> Iterator[CythonRequirement]:
    """What each ``[build-system]`` that asks for Cython accepts."""
    for file in build_files:
        if PurePosixPath(file.path).name == "pyproject.toml":
            for text in _required(file.data):
                wanted = _cython(text)
                if wanted is not None:
                    yield _requirement(file, text, wanted)


def _required(data: bytes) -> list[str]:
    """The strings of ``[build-system] requires``; none where the file is not what it should be."""
    try:
        table = tomllib.loads(data.decode()).get("build-system")
    except (ValueError, RecursionError):
        return []
    listed = table.get("requires") if isinstance(table, dict) else None
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _cython(text: str) -> SpecifierSet | None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    applies = requirement.marker is None or requirement.marker.evaluate(_FREE_THREADED)
    return requirement.specifier if requirement.name.lower() == "cython" and applies else None


def _requirement(file: Source, text: str, wanted: SpecifierSet) -> CythonRequirement:
    return CythonRequirement(
        cython_file(file),
        _place(file.data, text.encode()),
        text,
        allows_old=any(wanted.contains(version) for version in _OLD),
        allows_new=any(wanted.contains(version, prereleases=True) for version in _bounds(wanted)),
    )


def _bounds(wanted: SpecifierSet) -> list[str]:
    """Versions since 3.1 that tell what a specifier accepts: some of each line, and those that it names."""
    named = (one.version.removesuffix(".*") for one in wanted)
    return [*_NEW, *(v for v in named if tuple(int(n) for n in re.findall(r"\d+", v)[:2]) >= (3, 1))]


def _place(data: bytes, text: bytes) -> Place:
    """Where the text stands in the file; its first line if it is written with escapes."""
    start = max(data.find(text), 0)
    line = data.count(b"\n", 0, start) + 1
    column = start - (data.rfind(b"\n", 0, start) + 1) + 1
    return Place(line, column, line, column + len(text))
