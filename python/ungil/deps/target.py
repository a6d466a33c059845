"""The build and the platform that packages are wanted for: which wheels it takes, what markers mean there."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from packaging import tags
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, default_environment
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from ungil.errors import UsageError

__all__ = ["Environment", "Target", "holds", "target"]

type Environment = Mapping[str, str | Set[str]]

_OLDEST = (3, 14)
_ABI3T_SINCE = (3, 15)  # PEP 803; packaging also counts it for older versions, where nothing loads such a module
_LINUX = re.compile(r"(?P<libc>manylinux|musllinux)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)")
_MACOS = re.compile(r"macosx_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)")
_WINDOWS = {"win_amd64": "AMD64", "win_arm64": "ARM64", "win32": "x86"}
_OLD_NAMES = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}


@dataclass(frozen=True, slots=True)
class Target:
    """A free-threaded build of CPython on a platform.

    Attributes:
        python: ``3.14t``.
        platform: the platform tag that it was named by, or the most specific one of this machine.
        tags: of the wheels that it takes.
        twin: of the wheels that the GIL-enabled build of the same version takes there.
        environment: what the variables of markers are there.
    """

    python: str
    platform: str
    tags: frozenset[Tag] = field(repr=False)
    twin: frozenset[Tag] = field(repr=False)
    environment: dict[str, str] = field(repr=False, hash=False, compare=False)

    @property
    def version(self) -> str:
        """The version without the build: ``3.14``."""
        return self.python.removesuffix("t")

    def takes(self, compressed: str) -> bool:
        """Whether it takes a wheel with this compressed tag set."""
        return not self.tags.isdisjoint(_expanded(compressed))

    def twin_takes(self, compressed: str) -> bool:
        """Whether its GIL-enabled twin does."""
        return not self.twin.isdisjoint(_expanded(compressed))

    def suits(self, requires_python: str | None) -> bool:
        """Whether a release that requires this of Python is meant for it; what cannot be read requires nothing."""
        if requires_python is None:
            return True
        try:
            return _specifiers(requires_python).contains(self.environment["python_full_version"], prereleases=True)
        except InvalidSpecifier:
            return True

    def remarks(self, requires_python: str | None) -> tuple[str, ...]:
        """What there is to say of a tree that was resolved for these versions of Python."""
        if self.suits(requires_python):
            return ()
        return (f"It was resolved for Python {requires_python}: for {self.version} other versions may be chosen.",)

    def prepared(self, extras: Collection[str] = ()) -> Environment:
        """The environment in which ``holds`` evaluates markers, with these extras chosen."""
        from packaging.markers import prepare_environment  # noqa: PLC0415 - new, and no rule needs it

        return prepare_environment({**self.environment, "extra": frozenset(extras)})


def holds(marker: str | None, environment: Environment) -> bool:
    """Whether a marker holds in a prepared environment.

    Raises:
        ValueError: it is not a marker.
    """
    if not marker:
        return True
    try:
        return _marker(marker).evaluate_prepared(environment)
    except (InvalidMarker, UndefinedComparison, KeyError) as error:
        raise ValueError(f"'{marker}' is not a marker that can be evaluated") from error


_marker = lru_cache(maxsize=4096)(Marker)
_specifiers = lru_cache(maxsize=4096)(SpecifierSet)


@lru_cache(maxsize=16384)
def _expanded(compressed: str) -> frozenset[Tag]:
    try:
        return tags.parse_tag(compressed)
    except ValueError:  # InvalidTag, TooManyTagsError
        return frozenset()


def target(python: str, platform: str | None = None) -> Target:
    """The target that a user names.

    Args:
        python: ``3.14t`` or newer.
        platform: a platform tag (``manylinux_2_28_x86_64``, ``musllinux_1_2_aarch64``, ``macosx_14_0_arm64``,
            ``win_amd64``); None: this machine.

    Raises:
        UsageError: there is no such build, or the platform is not understood.
    """
    named = re.fullmatch(r"(\d+)\.(\d+)t", python)
    version = (int(named[1]), int(named[2])) if named else (0, 0)
    if not _OLDEST <= version < (4, 0):
        raise UsageError(f"'{python}' is not a free-threaded build that ungil knows.", "Name one as in 3.14t or 3.15t.")
    platforms = list(tags.platform_tags()) if platform is None else _platforms(platform)
    digits = "".join(map(str, version))
    return Target(
        python,
        platform or next((one for one in platforms if not one.startswith("linux_")), platforms[0]),
        frozenset(_wheels(version, f"cp{digits}t", platforms)),
        frozenset(_wheels(version, f"cp{digits}", platforms)),
        _environment(version, platform),
    )


def _wheels(version: tuple[int, int], abi: str, platforms: list[str]) -> Iterable[Tag]:
    every = chain(
        tags.cpython_tags(version, [abi], platforms),
        tags.compatible_tags(version, f"cp{version[0]}{version[1]}", platforms),
    )
    return (tag for tag in every if tag.abi != "abi3t" or version >= _ABI3T_SINCE)


def _platforms(name: str) -> list[str]:
    linux, macos = _LINUX.fullmatch(name), _MACOS.fullmatch(name)
    if linux:
        return list(_linux(linux["libc"], int(linux["major"]), int(linux["minor"]), linux["machine"]))
    if macos:
        return list(tags.mac_platforms((int(macos["major"]), int(macos["minor"])), macos["machine"]))
    if name in _WINDOWS:
        return [name]
    raise UsageError(
        f"'{name}' is not a platform that ungil knows.",
        "Name one as in manylinux_2_28_x86_64, musllinux_1_2_aarch64, macosx_14_0_arm64 or win_amd64.",
    )


def _linux(libc: str, major: int, minor: int, machine: str) -> Iterable[str]:
    """The platform and the older ones, newest first: what runs with an old libc runs with a newer one."""
    for older in range(minor, -1, -1):
        yield f"{libc}_{major}_{older}_{machine}"
        if libc == "manylinux" and (major, older) in _OLD_NAMES:
            yield f"{_OLD_NAMES[major, older]}_{machine}"
    yield f"linux_{machine}"


def _environment(version: tuple[int, int], platform: str | None) -> dict[str, str]:
    here = default_environment()
    full = ".".join(map(str, version))
    same = sys.version_info[:2] == version
    micro = Version(here["python_full_version"]).release[2] if same else 0
    environment = {**here} | {
        "implementation_name": "cpython",
        "implementation_version": f"{full}.{micro}",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{full}.{micro}",
        "python_version": full,
    }
    return environment | (_elsewhere(platform) if platform is not None else {})  # type: ignore[return-value]


def _elsewhere(platform: str) -> dict[str, str]:
    """What differs on a platform that was named; what only the machine itself would tell is empty."""
    untold = {"platform_release": "", "platform_version": ""}
    if platform in _WINDOWS:
        machine, system, sys_platform, os_name = _WINDOWS[platform], "Windows", "win32", "nt"
    elif macos := _MACOS.fullmatch(platform):
        machine, system, sys_platform, os_name = macos["machine"], "Darwin", "darwin", "posix"
    else:
        linux = _LINUX.fullmatch(platform)
        machine = linux["machine"] if linux else ""
        system, sys_platform, os_name = "Linux", "linux", "posix"
    names = {"platform_machine": machine, "platform_system": system, "sys_platform": sys_platform, "os_name": os_name}
    return untold | names
