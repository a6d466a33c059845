"""What every report of dependencies that people read says in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ungil.deps.check import Checked
from ungil.deps.package import Package, Since, Status
from ungil.report.counting import count, levels
from ungil.wheel.model import Verdict

__all__ = [
    "aside",
    "modules",
    "needs_something",
    "not_reported",
    "ranked",
    "since",
    "status",
    "subject",
    "summary",
    "tally",
    "upgrade",
]

_FINE = (Status.FREE_THREADED, Status.ANY_BUILD)


def status(package: Package) -> str:
    """What there is of a package, and what else matters about it."""
    words = [*_alarms(package), str(package.status)]
    if package.status not in {*_FINE, Status.UNKNOWN, Status.SOURCE_ONLY} and not package.has_source:
        words.append("no source")
    if package.falls_back:
        words.append("compiled with the GIL")
    return ", ".join(words)


def _alarms(package: Package) -> list[str]:
    """What matters more than which wheels there are; first in a column, so that no narrow terminal cuts it off."""
    turns_on = any(module.verdict.turns_gil_on for module in package.modules or ())
    yanked = package.release is not None and package.release.yanked is not None
    told = {
        "turns the GIL on": turns_on,
        f"not for {package.target.version}": package.refused,
        "yanked": yanked,
    }
    return [words for words, holds in told.items() if holds]


def needs_something(package: Package) -> bool:
    """Whether it is to be listed before those that are as they should be."""
    return package.status not in _FINE or bool(_alarms(package))


def since(found: Since | None, *, dated: bool) -> str:
    """The version since which there are wheels, with its month; nothing where there are none."""
    if found is None:
        return ""
    return f"{found.version} ({found.uploaded[:7]})" if dated and found.uploaded else found.version


def modules(package: Package) -> str:
    """What its extension modules declare: ``3 declared, 1 unknown``; nothing where none was looked at."""
    verdicts = Counter(module.verdict for module in package.modules or ())
    return ", ".join(f"{verdicts[verdict]:,} {verdict}" for verdict in Verdict if verdicts[verdict])


def upgrade(package: Package, *, newest: bool) -> str:
    """The versions to upgrade to, or why not; nothing where there is nothing to upgrade to."""
    found = package.upgrade
    if found is None:
        return ""
    if found.first is None:
        return f"{found.blocked}, but for {found.blocked_by.by}" if found.blocked_by is not None else ""
    return str(found.first) if found.first == found.newest or not newest else f"{found.first} .. {found.newest}"


def ranked(packages: Iterable[Package]) -> list[Package]:
    """Those that need something first, those that need nothing last."""
    order = {one: number for number, one in enumerate(_ORDER)}
    return sorted(packages, key=lambda one: (not needs_something(one), order[one.status], one.dependency.name))


_ORDER = (
    Status.UNKNOWN,
    Status.ELSEWHERE,
    Status.GIL_ONLY,
    Status.SOURCE_ONLY,
    Status.FREE_THREADED,
    Status.ANY_BUILD,
)


def subject(checked: Checked) -> str:
    """What was looked at, for what: ``uv.lock: 118 packages for CPython 3.14t on manylinux_2_36_x86_64``."""
    target = checked.target
    packages = count(len(checked.packages), "package")
    return f"{checked.tree.name}: {packages} for CPython {target.python} on {target.platform}"


def tally(checked: Checked) -> str:
    """``24 free-threaded wheel, 86 wheel for any build``: how many packages there are of each status."""
    statuses = checked.statuses
    return ", ".join(f"{statuses[one]:,} {one}" for one in Status if statuses[one]) or "no packages"


def summary(checked: Checked) -> str:
    """How many findings there are, and of which levels."""
    found = checked.findings
    return f"{count(len(found), 'finding')} ({levels(found)})" if found else "No findings"


def not_reported(checked: Checked) -> str:
    """What was found and is not reported; nothing if all is."""
    reasons = []
    if checked.hidden:
        reasons.append(f"{checked.hidden:,} below level {checked.level} (--level note shows them)")
    if checked.accepted:
        reasons.append(f"{checked.accepted:,} about packages that are allowed")
    return ", ".join(reasons)


def aside(checked: Checked) -> list[str]:
    """What the reader should know about how this came about, a sentence each."""
    tree = checked.tree
    told = []
    if tree.resolved_by:
        told.append(f"The versions are those that {tree.resolved_by} chose now; nothing was locked.")
    if tree.left_out:
        told.append(f"Left out: {', '.join(tree.left_out)} (--extra, --group or --everything count them).")
    if tree.elsewhere:
        are = "package is" if tree.elsewhere == 1 else "packages are"
        told.append(f"{tree.elsewhere:,} more {are} for other platforms or versions alone.")
    told += tree.remarks
    by_file = [one.dependency.name for one in checked.packages if one.judged_by == "file"]
    if by_file:
        told.append(f"Judged by the files that {checked.tree.kind} lists, not by an index: {', '.join(by_file)}.")
    if any(package.modules for package in checked.packages):
        told.append(
            "A declaration that a module needs no GIL is a claim about its code; no wheel shows whether it is true."
        )
    elif checked.statuses[Status.FREE_THREADED]:
        told.append("A wheel's tag is what its project says: --binaries reads its modules, --import imports them.")
    return told
