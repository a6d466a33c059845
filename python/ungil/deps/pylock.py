"""``pylock.toml`` (PEP 751): the packages whose markers hold. The reading is packaging's."""

from __future__ import annotations

import logging
from collections.abc import Set

from packaging.pylock import Package, Pylock, PylockUnsupportedVersionError, PylockValidationError
from packaging.utils import canonicalize_name
from packaging.version import Version

from ungil.deps.model import Dependency, Selection, Tree
from ungil.deps.target import Target
from ungil.deps.toml import Table, package_lines
from ungil.index.address import file_name, without_secrets

__all__ = ["read"]

VERSION = Version("1.0")
logging.getLogger("packaging.pylock").addHandler(logging.NullHandler())  # what it would print, the report says


def read(table: Table, text: str, path: str, selection: Selection, target: Target) -> Tree:
    """The tree of a lock file.

    Raises:
        ValueError: the file is of another format version, or damaged.
        SourceError: it has no such extra or group.
    """
    lock, remarks = _lock(table)
    all_extras, all_groups = set(lock.extras or ()), {canonicalize_name(name) for name in lock.dependency_groups or ()}
    extras, groups = selection.chosen(all_extras, all_groups, path)
    defaults = frozenset(lock.default_groups or ())
    environment: dict[str, str | Set[str]] = {
        **target.environment,
        "extras": extras,
        "dependency_groups": groups | defaults,
    }
    packages = [
        (package, line)
        for package, line in zip(lock.packages, package_lines(text), strict=False)
        if package.marker is None or package.marker.evaluate(environment, context="lock_file")
    ]
    needed_by = _needed_by([package for package, _ in packages])
    found = [_dependency(package, (path, line), needed_by.get(package.name, set())) for package, line in packages]
    return Tree(
        path,
        "pylock.toml",
        tuple(sorted(found, key=lambda one: (one.name, str(one.version)))),
        left_out=selection.left_out(all_extras, all_groups),
        elsewhere=len(lock.packages) - len(packages),
        remarks=(*remarks, *target.remarks(str(lock.requires_python) if lock.requires_python else None)),
    )


def _lock(table: Table) -> tuple[Pylock, tuple[str, ...]]:
    """The file as packaging reads it, and what is to be said of its format."""
    try:
        lock = Pylock.from_dict(table.data)
    except PylockUnsupportedVersionError as error:
        raise ValueError(f"its format is version {table.data.get('lock-version')}: {error}") from error
    except PylockValidationError as error:
        raise ValueError(str(error)) from error
    if lock.lock_version <= VERSION:
        return lock, ()
    return lock, (f"Its format is version {lock.lock_version}: what is new since {VERSION} was not understood.",)


def _needed_by(packages: list[Package]) -> dict[str, set[str]]:
    """Who depends on whom, where the tool that wrote the file has written it down."""
    found: dict[str, set[str]] = {}
    for package in packages:
        for other in package.dependencies or ():
            name = other.get("name")
            if isinstance(name, str):
                found.setdefault(canonicalize_name(name), set()).add(package.name)
    return found


def _dependency(package: Package, place: tuple[str, int], needed_by: set[str]) -> Dependency:
    names = [wheel.filename for wheel in package.wheels or ()]
    if package.sdist is not None:
        names.append(package.sdist.filename)
    archive = package.archive.url or package.archive.path if package.archive is not None else None
    if archive:
        names.append(file_name(archive))
    return Dependency(
        name=package.name,
        version=package.version,
        path=place[0],
        line=place[1],
        source=_source(package),
        index=without_secrets(package.index) if package.index else None,
        listed=tuple(names),
        needed_by=tuple(sorted(needed_by)),
    )


def _source(package: Package) -> str | None:
    if package.vcs is not None:
        return without_secrets(f"{package.vcs.type}: {package.vcs.url or package.vcs.path}")
    if package.directory is not None:
        return f"directory: {package.directory.path}"
    if package.archive is not None:
        return without_secrets(f"archive: {package.archive.url or package.archive.path}")
    return None
