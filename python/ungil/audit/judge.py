"""What is reported of an analysis, and what is not, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ungil.audit.analysis import Analysis
from ungil.audit.baseline import Baseline, Entry
from ungil.audit.cache import Cache
from ungil.audit.changes import Changes
from ungil.audit.notices import NOTICES
from ungil.audit.selection import resolve
from ungil.audit.suppression import Suppressed, Suppressions
from ungil.description import Description
from ungil.errors import UsageError
from ungil.finding import Finding, Location, Severity
from ungil.hazards import hazards
from ungil.lines import Lines
from ungil.patterns import matcher
from ungil.source import Project

if TYPE_CHECKING:  # a rule sees facts, and those load the native front-end
    from ungil.rule import Rule

__all__ = ["Audit", "Policy", "audit", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is to be reported.

    Attributes:
        select, ignore: the rules that are looked for, by code, beginning of a code, or name; no select means all.
        per_file_ignores: pattern of paths, and the rules that are not looked for there.
        level: the least serious level that is reported.
        baseline: what is known already.
        changes: only what lies on these lines.
        origins: where select and ignore come from, for errors.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    level: Severity = Severity.NOTE
    baseline: Baseline | None = None
    changes: Changes | None = None
    origins: tuple[str, str] = ("select", "ignore")

    def selected(self, rules: Sequence[Description], elsewhere: Sequence[Description] = ()) -> tuple[Description, ...]:
        """Those of the rules that are looked for; what is looked for ``elsewhere`` may be named as well.

        Raises:
            UsageError: a name means no rule, or none of those that are selected is looked for here.
        """
        every = (*rules, *elsewhere)
        chosen = resolve(self.select, every, self.origins[0]) if self.select else {rule.code for rule in rules}
        found = tuple(rule for rule in rules if rule.code in chosen - resolve(self.ignore, every, self.origins[1]))
        if self.select and not any(rule.code in chosen for rule in rules):
            raise UsageError(
                f"{self.origins[0]}: nothing of {', '.join(self.select)} is looked for here.",
                "'ungil audit' looks for what the source shows, 'ungil hammer' for UG9.",
            )
        return found


EVERYTHING = Policy()

type Remarked = Callable[[Finding], Sequence[Location]]


def _where_it_lies(finding: Finding) -> Sequence[Location]:
    return (finding.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit read and what it found.

    Attributes:
        project: what was read.
        rules: what was looked for.
        findings: what is reported, by place.
        suppressed: what would be reported, had a comment not allowed it.
        level: the least serious level that is reported.
        hidden: how many findings are less serious than that.
        known: how many findings are in the baseline.
        gone: the entries of the baseline that were looked for and did not occur.
        unchanged: how many findings lie on lines that did not change.
        since: the revision that changes were counted from.
        modules: how many extension modules were found and followed to the place that makes them.
        functions: how many function bodies were understood.
        lines: how many lines were read.
        understood: the share of the tokens that were, among those that a free-threaded build may compile.
        unread: per file, why part of it was not understood.
    """

    project: Project
    rules: tuple[Description, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    level: Severity
    hidden: int
    known: int
    gone: tuple[Entry, ...]
    unchanged: int
    since: str | None
    modules: int
    functions: int
    lines: int
    understood: float
    unread: tuple[tuple[str, str], ...]


def audit(
    project: Project,
    rules: Sequence[Rule] | None = None,
    *,
    policy: Policy = EVERYTHING,
    cache: Cache | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Audit:
    """Audits a project. May be called from several threads at once.

    Args:
        project: what to read.
        rules: what to look for; every rule unless given.
        policy: what to report.
        cache: where an analysis of the same sources by every rule may be, and is kept.
        report: is told what is being done.

    Raises:
        UsageError: the policy names a rule that does not exist.
    """
    # An audit whose analysis was kept needs neither the rules nor the native front-end, which take time to load.
    kept = cache.load(project) if cache is not None and rules is None else None
    if kept is not None:
        return judge(project, kept, policy, elsewhere=hazards())
    from ungil.audit.run import analyse  # noqa: PLC0415
    from ungil.rules import catalogue  # noqa: PLC0415

    chosen = catalogue() if rules is None else rules
    policy.selected((*chosen, *NOTICES), hazards())  # a misspelt rule is said before the work, not after
    analysis = analyse(project, chosen, report)
    if cache is not None and rules is None:
        cache.store(project, analysis)
    return judge(project, analysis, policy, elsewhere=hazards())


@dataclass(slots=True)
class _Sieve:
    """What is left of the findings, and what was taken out."""

    findings: list[Finding]
    suppressed: list[Suppressed] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    unchanged: int = 0
    hidden: int = 0


def judge(  # noqa: PLR0913 - all but three have their names
    project: Project,
    analysis: Analysis,
    policy: Policy = EVERYTHING,
    *,
    notices: Sequence[Description] = NOTICES,
    elsewhere: Sequence[Description] = (),
    remarked: Remarked = _where_it_lies,
) -> Audit:
    """Says what of an analysis is reported.

    Args:
        project: what was read.
        analysis: what was found in it.
        policy: what is to be reported.
        notices: what of suppressions themselves is reported.
        elsewhere: rules that others look for: settings and comments may name them.
        remarked: of a finding, the places where comments speak of it.

    Raises:
        UsageError: the policy names a rule that does not exist.
    """
    rules = policy.selected((*analysis.rules, *notices), elsewhere)
    every = (*analysis.rules, *notices, *elsewhere)
    lines = Lines(project)
    suppressions = Suppressions(analysis.remarks, every, lines)
    sieve = _suppress(analysis.findings, suppressions, _looked_for(rules, every, policy), remarked)
    if policy.baseline is not None:
        sieve.findings, sieve.known = policy.baseline.split(sieve.findings, lines)
    _narrow(sieve, policy)
    return Audit(
        project=project,
        rules=rules,
        findings=tuple(sieve.findings),
        suppressed=tuple(sieve.suppressed),
        level=policy.level,
        hidden=sieve.hidden,
        known=len(sieve.known),
        gone=_gone(policy.baseline, sieve.known, {rule.code for rule in rules}),
        unchanged=sieve.unchanged,
        since=policy.changes.revision if policy.changes is not None else None,
        modules=analysis.modules,
        functions=analysis.functions,
        lines=analysis.lines,
        understood=analysis.understood,
        unread=analysis.unread,
    )


type _LookedFor = Callable[[str, str], bool]  # of a rule's code and a path


def _looked_for(rules: Sequence[Description], every: Sequence[Description], policy: Policy) -> _LookedFor:
    codes = {rule.code for rule in rules}
    ignored = [
        (matcher([pattern]), resolve(selectors, every, f"per-file-ignores of '{pattern}'"))
        for pattern, selectors in policy.per_file_ignores
    ]
    return lambda code, path: code in codes and not any(code in some and means(path) for means, some in ignored)


def _suppress(
    findings: Iterable[Finding], suppressions: Suppressions, looked_for: _LookedFor, remarked: Remarked
) -> _Sieve:
    sieve = _Sieve([])
    for finding in findings:
        if looked_for(finding.code, finding.location.path):
            allowed = suppressions.allows(finding, remarked(finding))
            if allowed is None:
                sieve.findings.append(finding)
            else:
                sieve.suppressed.append(allowed)
    problems = [one for one in suppressions.problems(looked_for) if looked_for(one.code, one.location.path)]
    if problems:
        sieve.findings = sorted([*sieve.findings, *problems], key=lambda f: (f.location, f.code, f.message))
    return sieve


def _narrow(sieve: _Sieve, policy: Policy) -> None:
    """Leaves what lies on changed lines and is serious enough."""
    if policy.changes is not None:
        touched = [finding for finding in sieve.findings if policy.changes.touch(finding.location)]
        sieve.unchanged = len(sieve.findings) - len(touched)
        sieve.findings = touched
        sieve.suppressed = [one for one in sieve.suppressed if policy.changes.touch(one.finding.location)]
    levels = list(Severity)
    serious = set(levels[: levels.index(policy.level) + 1])
    sieve.hidden = sum(finding.severity not in serious for finding in sieve.findings)
    sieve.findings = [finding for finding in sieve.findings if finding.severity in serious]
    sieve.suppressed = [one for one in sieve.suppressed if one.finding.severity in serious]


def _gone(baseline: Baseline | None, known: set[str], codes: set[str]) -> tuple[Entry, ...]:
    entries = baseline.entries if baseline is not None else ()
    return tuple(entry for entry in entries if entry.fingerprint not in known and entry.code in codes)
