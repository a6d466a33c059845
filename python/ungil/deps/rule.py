"""The vocabulary of the rules about dependencies: one file each under ``ungil.deps.rules``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ungil.deps.package import Package
from ungil.description import Bad, Description, Example, Good
from ungil.finding import Confidence, Finding, Location, Severity

__all__ = ["Bad", "Confidence", "DependencyRule", "Example", "Finding", "Good", "Severity", "way_out"]

_NAMED = 4  # packages that need one


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyRule(Description):
    """One thing that can be wrong with a package of a tree.

    Its examples are requirements, with comments that say what the index has of them: file names, for 3.14t on
    manylinux_2_28_x86_64. A marked line is a finding about the package that stands there.

    Attributes:
        check: yields the findings about a package.
    """

    check: Callable[[Package], Iterator[Finding]]

    def finding(
        self,
        package: Package,
        message: str,
        *,
        fix: str,
        severity: Severity | None = None,
        evidence: tuple[str, ...] = (),
    ) -> Finding:
        """A finding about a package, on the line that names it."""
        line = package.dependency.line
        return Finding(
            code=self.code,
            slug=self.slug,
            message=message,
            location=Location(package.dependency.path, line, 1, line, 1),
            severity=severity or self.severity,
            confidence=Confidence.HIGH,
            evidence=(*evidence, *_needed_by(package)),
            fix=fix,
        )

    def without_a_wheel(self, package: Package, message: str) -> Finding:
        """A finding about a release that the target would have to build, or cannot have at all, which is worse."""
        rest = ": an installer would build its source" if package.has_source else ", and there is no source to build"
        platforms = ", ".join(package.platforms)
        return self.finding(
            package,
            f"{message}{rest}",
            fix=way_out(package, "no newer release has one: ask the project, or build and test it yourself"),
            severity=Severity.WARNING if package.has_source else Severity.ERROR,
            evidence=(f"it has free-threaded wheels for {platforms}",) if platforms else (),
        )


def _needed_by(package: Package) -> tuple[str, ...]:
    by = _several(package.dependency.needed_by)
    return (f"needed by {by}",) if by else ()


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def way_out(package: Package, otherwise: str) -> str:
    """What to do about a release that the target does not take: upgrade, if there is something to upgrade to."""
    upgrade = package.upgrade
    if upgrade is None:
        return otherwise
    if upgrade.first is None:
        held = upgrade.blocked_by
        asks = f"'{held.by}' asks for {held.versions}" if held is not None else "constraints rule it out"
        return f"{upgrade.blocked} is the first newer release with a wheel for it, but {asks}: upgrade both"
    newest = f" (the newest is {upgrade.newest})" if upgrade.newest != upgrade.first else ""
    told = {constraint.by for constraint in package.dependency.constraints}
    untold = _several([by for by in package.dependency.needed_by if by not in told])
    provided = f", if {untold} can use it" if untold else ""
    return f"upgrade to {upgrade.first}, the first newer release with a wheel for it{newest}{provided}"
