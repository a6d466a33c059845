"""Requirements that keep a build to versions of its tools from before free threading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

__all__ = ["FIRST", "Outdated", "cargo", "outdated", "pinned"]

_FREE_THREADED = {"python_version": "3.14", "python_full_version": "3.14.0", "implementation_name": "cpython"}
_FREE_THREADED |= {"platform_python_implementation": "CPython"}

FIRST = {
    "cffi": ("2.0", "what it writes does not compile, or turns the GIL on, in a free-threaded build"),
    "nanobind": ("2.2", "its modules cannot declare that they run without the GIL"),
    "numpy": ("2.1", "what is compiled against it is not made for a free-threaded build"),
    "pybind11": ("2.13", "its modules cannot declare that they run without the GIL"),
    "scikit-build-core": ("0.9.5", "it does not find the free-threaded library on Windows"),
    "setuptools": (
        "75.7",
        "it does not define Py_GIL_DISABLED on Windows: modules link to the wrong library and crash",
    ),
    "swig": ("4.4", "its modules cannot declare that they run without the GIL"),
}
"""The first version of each that knows free threading, and what those before it lack."""
PYO3 = ("0.23", "it knows no free-threaded build")

type Outdated = tuple[str, str, str]  # the name, the first version that knows, what the others lack


def outdated(text: str) -> Outdated | None:
    """What a requirement keeps to an old version; None where it allows a newer one, or speaks of something else."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    name = re.sub(r"[-_.]+", "-", requirement.name.lower())
    if name not in FIRST or not _counts(requirement.marker):
        return None
    first, lacks = FIRST[name]
    return None if _allows(requirement.specifier, Version(first)) else (name, first, lacks)


def _counts(marker: Marker | None) -> bool:
    """A free-threaded build meets the marker; one that no environment can answer counts for nothing."""
    try:
        return marker is None or marker.evaluate(_FREE_THREADED)
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def pinned(name: str, version: str) -> Outdated | None:
    """The same of one version, which CMake fetches."""
    first, lacks = FIRST[name]
    return (name, first, lacks) if Version(version) < Version(first) else None


def _allows(wanted: SpecifierSet, first: Version) -> bool:
    """The specifier accepts the first version or one after it: of those that it names, their successors, or any."""
    named = [version for one in wanted if (version := _version(one.version.removesuffix(".*"))) is not None]
    tried = [first, Version("999"), *named]
    for one in (first, *named):
        base = one.base_version
        tried += [Version(f"{base}.0.1"), Version(f"{base}.1"), Version(f"{one.major}.{one.minor + 1}")]
        tried.append(Version(f"{one.major + 1}"))
    return any(one >= first and wanted.contains(one, prereleases=True) for one in tried)


def _version(text: str) -> Version | None:
    """A version; None for what ``===`` may stand before."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def cargo(version: str) -> tuple[str, str] | None:
    """What Cargo's requirement keeps PyO3 from: ``0.22`` is all of 0.22, ``>=0.20`` everything after it too."""
    first = tuple(map(int, PYO3[0].split(".")))
    highest = list(_highest(version))
    if not highest or any(one is None or one > first for one in highest):
        return None
    return PYO3


def _highest(version: str) -> Iterator[tuple[int, int] | None]:
    """For each part of a requirement, the version below which it stays; None where it does not stay below one."""
    parts = [part.strip() for part in version.split(",") if part.strip()]
    bounded = False
    for part in parts:
        found = re.match(r"(<=|<|>=|>|=|\^|~)?\s*(\d+)(?:\.(\d+))?", part)
        if found is None:
            yield None
            return
        sign, major, minor = found[1] or "^", int(found[2]), int(found[3] or 0)
        if sign in {">=", ">"}:
            continue
        bounded = True
        is_next = sign in {"^", "~", "=", "<="}
        if sign == "^" and (major > 0 or found[3] is None):
            yield major + 1, 0
        else:
            yield major, minor + (1 if is_next else 0)
    if not bounded:
        yield None
