"""What can be repaired without a decision: a patch, and what somebody has to decide about the rest."""

from __future__ import annotations

from collections.abc import Iterator

from ungil import source
from ungil.codemod import Fixed, Order, Outcome, oldest_python, repair
from ungil.codemod.patch import diff
from ungil.codemod.state import State
from ungil.finding import Finding, Severity
from ungil.port.evidence import Reached, Repaired, Stage, Step
from ungil.port.fragment import Fragment
from ungil.port.order import Work
from ungil.port.subject import patched
from ungil.port.words import count
from ungil.rules import catalogue

__all__ = ["run"]

TOGETHER = "what was repaired beside it"
"""Stands for the fixer of a finding that went with the repair of another."""


def run(work: Work) -> Fragment:
    """Repair the snapshot in memory, those repairs included that need a look, which the report names.

    Raises:
        SourceError: there is no source of an extension in it.
        OutputError: the repaired copy cannot be written.
    """
    project = source.read(str(work.subject.folder), work.order.wanted)
    policy = work.order.policy
    rules = policy.selected(catalogue())
    order = Order(
        codes=frozenset(rule.code for rule in rules),
        level=policy.level,
        policy=policy,
        unsafe=True,
        min_python=oldest_python(project),
    )
    outcome = repair(project, catalogue(), order, work.report)
    patch = "".join(diff(outcome.changed))
    applied = work.order.apply_fixes and bool(outcome.changed)
    return Fragment(
        step=Step(
            stage=Stage.FIX,
            reached=Reached.DONE,
            why=_words(outcome),
            command=f"ungil fix --diff --unsafe-fixes {work.order.target}",
        ),
        decisions=tuple(_decisions(outcome)),
        repaired=Repaired(
            repairs=tuple(_repairs(outcome)),
            before=_serious(outcome.before),
            after=_serious(outcome.after),
            patch=patch.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
            applied=applied,
        ),
        source=patched(work.subject, outcome.changed, work.folder).name if applied else "",
    )


def _words(outcome: Outcome) -> str:
    before, after = _serious(outcome.before), _serious(outcome.after)
    if not outcome.fixed:
        return "nothing that can be repaired without a decision" if before else "nothing to repair"
    repairs = f"{count(len(outcome.fixed), 'repair')} in {count(len(outcome.changed), 'file')}"
    return f"{repairs}; of {count(before, 'finding')}, {after or 'none'} would be left"


def _serious(state: State) -> int:
    return sum(finding.severity is not Severity.NOTE for finding in state.audit.findings)


def _repairs(outcome: Outcome) -> Iterator[tuple[str, str, str, str]]:
    """Each where its finding is in the project as it stands: earlier repairs have moved the lines since."""
    before = list(outcome.before.audit.findings)
    for fixed in outcome.fixed:
        there = [one for one in before if _says(one) == _says(fixed.finding)]
        found = fixed.finding if fixed.finding in there or not there else there[0]
        if found in before:
            before.remove(found)
        where = found.location
        yield fixed.finding.code, fixed.fixer.slug, f"{where.path}:{where.line}", fixed.check


def _says(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.location.path, finding.message


def _decisions(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Of each finding that there was: by whom it was repaired, or what has to be decided."""
    left = dict(zip(outcome.after.audit.findings, outcome.after.names, strict=True))
    still = set(outcome.after.names)
    waiting = list(outcome.fixed)
    for finding, name in zip(outcome.before.audit.findings, outcome.before.names, strict=True):
        if name not in still:
            by = _taken(waiting, finding.code, finding.location.path, finding.message)
            yield name, by.fixer.slug if by else TOGETHER, ""
    for one in outcome.left:
        if one.finding in left:
            yield left[one.finding], "", one.decision


def _taken(waiting: list[Fixed], code: str, path: str, message: str) -> Fixed | None:
    """The repair of a finding, which has moved since: the one that says the same, else the first of its kind there."""
    alike = [one for one in waiting if (one.finding.code, one.finding.location.path) == (code, path)]
    found = next((one for one in alike if one.finding.message == message), alike[0] if alike else None)
    if found:
        waiting.remove(found)
    return found
