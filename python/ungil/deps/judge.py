"""What there is of each package for a target, from what its project has released."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeGuard

from packaging.version import Version

from ungil.deps.model import Constraint, Dependency
from ungil.deps.package import Package, Since, Status, Upgrade
from ungil.deps.target import Target
from ungil.errors import NotKeptError, PackageIndexError
from ungil.index.page import IndexFile
from ungil.index.questions import Outcome
from ungil.index.releases import Release, Releases, distil

__all__ = ["judged"]

_COMPILED_OR_SOURCE = (Status.GIL_ONLY, Status.ELSEWHERE, Status.SOURCE_ONLY)
_SHOWN = 5  # versions in an error


def judged(dependency: Dependency, outcome: Outcome | None, target: Target) -> Package:
    """What is known of one package.

    Args:
        dependency: the package.
        outcome: what its project has released, or why that cannot be told; None if no index was to be asked.
        target: the build and the platform.
    """
    listed = _listed(dependency)
    if dependency.source is not None:
        return _of_source(dependency, listed, target)
    if isinstance(outcome, Releases) and dependency.version is not None:
        release = outcome.find(dependency.version)
        if release is not None:
            return _package(dependency, release, outcome, target, "index")
    if listed is not None:
        releases = outcome if isinstance(outcome, Releases) else Releases()
        package = _package(dependency, listed, releases, target, "file")
        return replace(package, failure=outcome) if _went_wrong(outcome) else package
    failure = outcome if isinstance(outcome, PackageIndexError) else _missing(dependency, outcome or Releases())
    return Package(
        dependency=dependency,
        target=target,
        release=None,
        status=Status.UNKNOWN,
        why=failure.happened.removesuffix("."),
        failure=failure,
    )


def _went_wrong(outcome: Outcome | None) -> TypeGuard[PackageIndexError]:
    """Whether an index was asked and did not answer; where nobody was to be asked, that is as it should be."""
    return isinstance(outcome, PackageIndexError) and not isinstance(outcome, NotKeptError)


def _listed(dependency: Dependency) -> Release | None:
    """The release as the file that names it lists it."""
    if dependency.version is None:
        return None
    files = [IndexFile(name, "", None) for name in dependency.listed]
    return distil(dependency.name, files).find(dependency.version)


def _of_source(dependency: Dependency, listed: Release | None, target: Target) -> Package:
    """A package that comes from no index: a wheel tells by its name, anything else only once it is built."""
    if listed is not None and listed.wheels:
        return _package(dependency, listed, Releases(), target, "file")
    why = f"it comes from no index ({dependency.source})"
    return Package(dependency=dependency, target=target, release=None, status=Status.UNKNOWN, why=why)


def _missing(dependency: Dependency, releases: Releases) -> PackageIndexError:
    if not releases:
        advice = "Check the name, and pip's index-url and extra-index-url"
        from_there = f"; it was taken from {dependency.index}" if dependency.index else ""
        return PackageIndexError(f"No index that was asked knows '{dependency.name}'.", f"{advice}{from_there}.")
    newest = ", ".join(release.version for release in list(releases)[-_SHOWN:])
    return PackageIndexError(
        f"No index that was asked has {dependency.name} {dependency.version}.", f"The newest that there are: {newest}."
    )


def _package(dependency: Dependency, release: Release, releases: Releases, target: Target, judged_by: str) -> Package:
    status = _status(release, target)
    compiled = list(releases.free_threaded())
    wants_another = status in _COMPILED_OR_SOURCE or not target.suits(release.requires_python)
    return Package(
        dependency=dependency,
        target=target,
        release=release,
        status=status,
        falls_back=status is Status.ANY_BUILD and any(_is_compiled_for_twin(tags, target) for tags in release.wheels),
        since=_since(one for one in compiled if _status(one, target) is Status.FREE_THREADED),
        since_any=_since(one for one in compiled if any(_is_free_threaded(tags) for tags in one.wheels)),
        upgrade=_upgrade(dependency, releases, target) if wants_another else None,
        platforms=_platforms(release) if status in _COMPILED_OR_SOURCE else (),
        judged_by=judged_by,
    )


def _status(release: Release, target: Target) -> Status:
    """The best that there is: pip prefers what is compiled for the build to what is for any."""
    taken = [tags for tags in release.wheels if target.takes(tags)]
    if any(_is_free_threaded(tags) for tags in taken):
        return Status.FREE_THREADED
    if taken:
        return Status.ANY_BUILD
    if any(target.twin_takes(tags) for tags in release.wheels):
        return Status.GIL_ONLY
    return Status.ELSEWHERE if release.wheels else Status.SOURCE_ONLY


def _abis(tags: str) -> list[str]:
    return tags.split("-")[1].split(".")


def _is_free_threaded(tags: str) -> bool:
    """Whether a wheel is compiled for free-threaded builds: ``cp314t``, ``abi3t``."""
    return any(abi == "abi3t" or (abi.startswith("cp3") and abi.endswith("t")) for abi in _abis(tags))


def _is_compiled_for_twin(tags: str, target: Target) -> bool:
    return "none" not in _abis(tags) and target.twin_takes(tags)


def _platforms(release: Release) -> tuple[str, ...]:
    """What its free-threaded wheels are for: the build and the platform, the newest of each compressed set."""
    found = (tags.split("-") for tags in release.wheels if _is_free_threaded(tags))
    return tuple(sorted({f"{abi} on {platform.partition('.')[0]}" for _, abi, platform in found}))


def _since(releases: Iterable[Release]) -> Since | None:
    for release in releases:
        if release.yanked is None and not Version(release.version).is_prerelease:
            return Since(release.version, release.uploaded)
    return None


def _upgrade(dependency: Dependency, releases: Releases, target: Target) -> Upgrade | None:
    """The newer releases that would do, as far as constraints are known."""
    suitable = list(_newer(dependency.version, releases, target))
    allowed = [version for version in suitable if _ruled_out(version, dependency) is None]
    if allowed:
        return Upgrade(allowed[0], allowed[-1])
    if suitable:
        return Upgrade(None, None, suitable[0], _ruled_out(suitable[0], dependency))
    return None


def _newer(current: Version | None, releases: Releases, target: Target) -> Iterator[Version]:
    if current is None:
        return
    for release in releases:
        version = Version(release.version)
        is_wanted = version > current and release.yanked is None and target.suits(release.requires_python)
        if is_wanted and (current.is_prerelease or not version.is_prerelease):
            status = _status(release, target)
            if status is Status.FREE_THREADED or status is Status.ANY_BUILD:
                yield version


def _ruled_out(version: Version, dependency: Dependency) -> Constraint | None:
    """The constraint that a version breaks, if one is known."""
    for constraint in dependency.constraints:
        if not constraint.versions.contains(version, prereleases=True):
            return constraint
    return None
