"""Checks a tree of packages: what there is of each, and what the rules say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ungil.deps.judge import judged
from ungil.deps.model import Tree
from ungil.deps.package import Package, Status
from ungil.deps.rule import DependencyRule
from ungil.deps.target import Target
from ungil.errors import UngilError
from ungil.finding import Finding, Severity
from ungil.index.asking import ask
from ungil.index.configuration import Configuration
from ungil.index.questions import Manners, Report

__all__ = ["Checked", "check", "looked_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A tree, and what is said of it.

    Attributes:
        packages: those of the tree, by name.
        rules: what was looked for.
        findings: what is reported, most serious first.
        level: the least serious level that is reported.
        hidden: how many findings are less serious than that.
        accepted: how many findings are about packages that the user accepts as they are.
    """

    tree: Tree
    target: Target
    packages: tuple[Package, ...]
    rules: tuple[DependencyRule, ...]
    findings: tuple[Finding, ...]
    level: Severity
    hidden: int
    accepted: int

    @property
    def statuses(self) -> Counter[Status]:
        """How many packages there are of each status."""
        return Counter(package.status for package in self.packages)

    @property
    def failures(self) -> dict[str, tuple[UngilError, list[str]]]:
        """What went wrong, once each, by what happened, with the packages that nothing is known about because of it."""
        found: dict[str, tuple[UngilError, list[str]]] = {}
        for package in self.packages:
            if package.failure is not None:
                found.setdefault(package.failure.happened, (package.failure, []))[1].append(package.named)
        return found

    def fails_on(self, level: Severity) -> bool:
        """Whether a finding is as serious as that."""
        order = list(Severity)
        return any(order.index(one.severity) <= order.index(level) for one in self.findings)


def looked_up(
    tree: Tree, target: Target, configuration: Configuration, manners: Manners, report: Report
) -> tuple[Package, ...]:
    """What there is of each package of a tree, by name.

    Raises:
        PackageIndexError: a folder that is to be searched cannot be read, or nothing can be asked.
        MissingExtraError: httpx is not installed, and an index has to be asked.
    """
    names = [one.name for one in tree.dependencies if one.source is None]
    outcomes = ask(names, configuration, manners, report)
    report(f"judging {len(tree.dependencies)} packages")
    return tuple(judged(one, outcomes.get(one.name), target) for one in tree.dependencies)


def check(  # noqa: PLR0913 - what is said depends on that much, and all but two are named
    tree: Tree,
    packages: Iterable[Package],
    *,
    target: Target,
    rules: Iterable[DependencyRule],
    level: Severity,
    accepted: Collection[str] = (),
) -> Checked:
    """Says what these rules have to say of a tree's packages, from this level on."""
    every, chosen = tuple(packages), tuple(rules)
    order = list(Severity)
    found = [(package, finding) for package in every for rule in chosen for finding in rule.check(package)]
    told = [finding for package, finding in found if package.dependency.name not in accepted]
    serious = [one for one in told if order.index(one.severity) <= order.index(level)]
    return Checked(
        tree=tree,
        target=target,
        packages=every,
        rules=chosen,
        findings=tuple(sorted(serious, key=lambda one: (order.index(one.severity), one.code, one.message))),
        level=level,
        hidden=len(told) - len(serious),
        accepted=len(found) - len(told),
    )
