"""What is known of a package for a target: what a rule may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from packaging.version import Version

from ungil.deps.model import Constraint, Dependency
from ungil.deps.target import Target
from ungil.errors import UngilError
from ungil.index.releases import Release
from ungil.wheel.model import Module

__all__ = ["Package", "Since", "Status", "Upgrade"]


class Status(StrEnum):
    """What there is of a release for a free-threaded build."""

    FREE_THREADED = "free-threaded wheel"  # compiled for this very build
    ANY_BUILD = "wheel for any build"  # its tag says that it has no extension module
    GIL_ONLY = "GIL-enabled wheel only"  # for this platform and version, and the other build
    ELSEWHERE = "wheels for others only"  # for other platforms or versions
    SOURCE_ONLY = "source only"  # no wheel at all
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Since:
    """A version, and the day it was uploaded, as ``YYYY-MM-DD``, if the index says so."""

    version: str
    uploaded: str | None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Newer releases with a wheel that the target takes.

    Attributes:
        first, newest: of those that nobody's constraints rule out; None if all are.
        blocked: the first that constraints rule out, where they rule out all.
        blocked_by: what rules it out.
    """

    first: Version | None
    newest: Version | None
    blocked: Version | None = None
    blocked_by: Constraint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of a tree, and what its project has released.

    Attributes:
        release: the one that would be installed; None if it is not known.
        status: what there is of it.
        falls_back: the target takes a pure wheel where its GIL-enabled twin takes a compiled one.
        since: the first release with a wheel compiled for the target, if any.
        since_any: the first with one for any free-threaded build, on any platform.
        upgrade: newer releases that would do, where this one does not.
        platforms: what there are free-threaded wheels of this release for, if not for the target: tags.
        judged_by: what tells the release's files: ``index``, or ``file`` where no index knows it.
        why: why the status is not known.
        failure: what kept an index from being asked; None if nothing went wrong.
        modules: its extension modules, where they were looked at; None where they were not.
    """

    dependency: Dependency
    target: Target
    release: Release | None
    status: Status
    falls_back: bool = False
    since: Since | None = None
    since_any: Since | None = None
    upgrade: Upgrade | None = None
    platforms: tuple[str, ...] = ()
    judged_by: str = "index"
    why: str = ""
    failure: UngilError | None = None
    modules: tuple[Module, ...] | None = None

    @property
    def named(self) -> str:
        """Name and version, for messages."""
        version = self.dependency.version
        return f"{self.dependency.name} {version}" if version is not None else str(self.dependency.name)

    @property
    def has_source(self) -> bool:
        """Whether there is a source distribution to build."""
        return self.release is not None and self.release.has_source

    @property
    def refused(self) -> bool:
        """Whether the release says that it is not for this version of Python."""
        return self.release is not None and not self.target.suits(self.release.requires_python)
