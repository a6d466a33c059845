"""What a project depends on, wherever that is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ungil.errors import SourceError

__all__ = ["Constraint", "Dependency", "Selection", "Tree", "a_name", "a_version"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which versions of a package somebody can use, and who: another package, or the file itself."""

    versions: SpecifierSet
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A package of a resolved tree.

    Attributes:
        name: in its normal form.
        version: None where only a build would tell, as for a folder.
        path, line: the file that names it, and where, counted from 1; of an installed package, its environment.
        source: where it comes from, when that is no index: a folder, a repository, a URL.
        index: the index that the file takes it from, if it says so; no user and password.
        listed: names of the release's files that the file lists.
        needed_by: the packages that depend on it, where that is known.
        constraints: which versions others can use, where that is known.
    """

    name: NormalizedName
    version: Version | None
    path: str
    line: int = 1
    source: str | None = None
    index: str | None = None
    listed: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A resolved tree of packages.

    Attributes:
        name: what the user named.
        kind: what that is: ``uv.lock``, ``an environment``.
        dependencies: by name; a name stands there twice only if two versions would be installed beside each other.
        resolved_by: the tool that chose the versions, if that happened now.
        left_out: what else is written there, and was not asked for: extras, groups.
        elsewhere: how many packages are for other platforms and versions of Python alone.
        remarks: what the reader of the report should know about how the tree was read.
        folders: where the packages of an environment are installed.
    """

    name: str
    kind: str
    dependencies: tuple[Dependency, ...]
    resolved_by: str | None = None
    left_out: tuple[str, ...] = ()
    elsewhere: int = 0
    remarks: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a project's optional dependencies count, beside those that always do.

    Attributes:
        extras, groups: by their normal names.
        everything: all extras and groups.
    """

    extras: frozenset[NormalizedName] = field(default_factory=frozenset)
    groups: frozenset[NormalizedName] = field(default_factory=frozenset)
    everything: bool = False

    def chosen(self, extras: Collection[str], groups: Collection[str], path: str) -> tuple[frozenset[str], ...]:
        """The extras and groups that count, of those that ``path`` has.

        Raises:
            SourceError: it lacks one that was asked for.
        """
        if self.everything:
            return frozenset(extras), frozenset(groups)
        for kind, wanted, present in (("extra", self.extras, extras), ("group", self.groups, groups)):
            missing = sorted(wanted - set(present))
            if missing:
                known = ", ".join(sorted(present)) or "none"
                raise SourceError(f"'{path}' has no {kind} '{missing[0]}'.", f"The {kind}s that it has: {known}.")
        return self.extras, self.groups

    def left_out(self, extras: Collection[str], groups: Collection[str]) -> tuple[str, ...]:
        """What does not count, in words."""
        if self.everything:
            return ()
        kinds = (("extra", sorted(set(extras) - self.extras)), ("group", sorted(set(groups) - self.groups)))
        return tuple(f"{kind} {name}" for kind, names in kinds for name in names)


def a_name(text: str) -> NormalizedName:
    """A package's name in its normal form, which is also safe in a URL and in a path.

    Raises:
        ValueError: no package can have this name.
    """
    try:
        return canonicalize_name(text, validate=True)
    except InvalidName as error:
        raise ValueError(f"'{text}' is not the name of a package") from error


def a_version(text: str) -> Version:
    """A version.

    Raises:
        ValueError: it is none.
    """
    try:
        return Version(text)
    except InvalidVersion as error:
        raise ValueError(f"'{text}' is not a version") from error
