"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from benchmarks.fix.followed import LEFT
from benchmarks.fix.judged import RIGHT, cases
from benchmarks.fix.results import BUILDS, Results, held, same
from benchmarks.target import Target

__all__ = ["TARGETS"]


def _times(found: Results) -> float:
    audits, fixes = (sum(one[key] for one in found["packages"]) for key in ("audit_seconds", "fix_seconds"))
    return fixes / audits


def _largest(found: Results) -> float:
    return max(one["fix_seconds"] / one["audit_seconds"] for one in found["packages"])


def _broken(found: Results) -> int:
    return sum(not same(one["tried"][build]) for one in found["packages"] for build in BUILDS)


def _doubtful(found: Results) -> int | None:
    if not found["cases"]:
        return None
    repaired = [case for case in cases() if found["cases"].get(case.name, LEFT) != LEFT]
    return sum(case.verdict not in RIGHT for case in repaired)


TARGETS: tuple[Target[Results], ...] = (
    Target(
        "releases that build on 3.14t and 3.14 when they are fixed, with the same tests passing, no finding that is "
        "new, and nothing left for a second run",
        12,
        at_least=True,
        value=lambda found: sum(map(held, found["packages"])),
    ),
    Target("builds that were well before and are not afterwards", 0, at_least=False, value=_broken),
    Target(
        "findings that were not there before, notes included",
        0,
        at_least=False,
        value=lambda found: sum(len(one["appeared"]) for one in found["packages"]),
    ),
    Target(
        "warnings of the compiler that were not there before",
        0,
        at_least=False,
        value=lambda found: sum(len(one["tried"][build]["warnings"]) for one in found["packages"] for build in BUILDS),
    ),
    Target(
        "repairs that are wrong or not enough, of those that maintainers have made as well, and those nobody judged",
        0,
        at_least=False,
        value=_doubtful,
    ),
    Target("time of all fixes, in times of all audits", 2.0, at_least=False, value=_times),
    Target("time of a fix at most, in times of its audit", 2.0, at_least=False, value=_largest),
)
