"""Repairs a project in memory, round by round, until nothing more can be repaired.

Each round asks the fixers what they would do about each finding, drops what would touch another repair, applies the
rest and audits the result. A round after which a file has a finding that it did not have, or still has one that was
repaired, is taken back and tried without the repairs to which that is due. One that is alone with it, or that has not
done away with its own finding, is given up, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ungil.audit import Policy
from ungil.codemod.edits import Ground
from ungil.codemod.state import Auditor, State
from ungil.codemod.verdict import Blamed, Proposal, gone, worse
from ungil.finding import Finding, Severity
from ungil.fixer import Decision, Fixer, Repair, Site, Tree, Undecided, Version
from ungil.fixers import fixers_of
from ungil.rule import Rule
from ungil.source import Project

__all__ = ["Fixed", "Left", "Order", "Outcome", "repair"]

MOST_ROUNDS = 60

_NAME = re.compile(r"(?<![\w.>])[a-z_]\w*\b(?!\s*\()")  # neither a field nor a function
_KEYWORDS = {"if", "else", "goto", "return", "break", "continue", "int", "long", "char", "void", "static", "const"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be repaired.

    Attributes:
        codes: by which rules.
        level: the least serious findings that are.
        policy: what counts as a finding, of any rule; what it does not report is not repaired either.
        unsafe: also by repairs that need a look.
        min_python: the oldest version that the result has to compile on.
    """

    codes: frozenset[str]
    level: Severity
    policy: Policy
    unsafe: bool
    min_python: Version


@dataclass(frozen=True, slots=True)
class Fixed:
    """A finding that was repaired: where it was when it was, by whom, and what to look at."""

    finding: Finding
    fixer: Fixer
    check: str


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that stays: what somebody has to decide, or that a fixer would do it if allowed to be unsafe."""

    finding: Finding
    decision: str
    unsafe: Fixer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a project.

    Attributes:
        before, after: the project and its findings, notes included, first and last.
        fixed: the repairs, in the order in which they were made.
        gone: what was found no more after them, each where it was then.
        left: what is still found at the level of the policy.
        rounds: how many times it was audited.
    """

    before: State
    after: State
    fixed: tuple[Fixed, ...]
    gone: tuple[Finding, ...]
    left: tuple[Left, ...]
    rounds: int

    @property
    def changed(self) -> dict[str, tuple[bytes, bytes]]:
        """The files that are not what they were: old and new content, by path."""
        old = self.before.project.by_path
        new = self.after.project.by_path
        return {path: (old[path].data, new[path].data) for path in sorted(old) if old[path].data != new[path].data}


@dataclass(slots=True)
class _Work:
    """One run: what is known so far."""

    order: Order
    auditor: Auditor
    fixed: list[Fixed] = field(default_factory=list)
    gone: list[Finding] = field(default_factory=list)
    given_up: dict[tuple[str, str], str] = field(default_factory=dict)  # fingerprint and fixer: why
    answers: dict[tuple[str, str], Repair | Decision | None] = field(default_factory=dict)  # of the last round
    rounds: int = 0

    def look(self, project: Project) -> State:
        self.rounds += 1
        return self.auditor.look(project)

    def give_up(self, blamed: Blamed) -> None:
        """A repair, whatever finding it was proposed for."""
        for asked, answer in self.answers.items():
            if isinstance(answer, Repair) and answer.edits == blamed.proposal.repair.edits:
                self.given_up[asked] = blamed.why


def repair(
    project: Project, rules: Sequence[Rule], order: Order, report: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Repairs a project in memory. May be called from several threads at once.

    Args:
        project: what to repair; it is not changed.
        rules: what to look for.
        order: what is to be repaired, and how.
        report: is told what is being done.
    """
    report(f"reading {len(project.sources):,} files")
    work = _Work(order, Auditor(rules, order.policy, order.min_python, report))
    before = state = work.look(project)
    while work.rounds < MOST_ROUNDS:
        report(f"round {work.rounds}: {len(work.fixed):,} repaired")
        proposals = _apart(_proposals(state, work), state.tree)
        if not proposals:
            break
        state = _settled(state, proposals, work)
    left = tuple(_left(state, work))
    return Outcome(
        before=before, after=state, fixed=tuple(work.fixed), gone=tuple(work.gone), left=left, rounds=work.rounds
    )


def _wanted(state: State, order: Order) -> list[tuple[Finding, str]]:
    """The findings that are to be repaired, each with its fingerprint."""
    levels = list(Severity)
    serious = set(levels[: levels.index(order.level) + 1])
    named = zip(state.audit.findings, state.names, strict=True)
    return [one for one in named if one[0].code in order.codes and one[0].severity in serious]


def _rest(state: State, order: Order) -> int:
    """How many findings are to be repaired that are no missing claims about the others."""
    return sum(not any(fixer.claims for fixer in fixers_of(finding.code)) for finding, _ in _wanted(state, order))


def _proposals(state: State, work: _Work) -> list[Proposal]:
    found, rest = [], _rest(state, work.order)
    work.answers.clear()
    for finding, name in _wanted(state, work.order):
        for fixer in fixers_of(finding.code):
            if (name, fixer.slug) not in work.given_up and not (fixer.claims and rest):
                proposed = work.answers[name, fixer.slug] = _ask(fixer, finding, state)
                if isinstance(proposed, Repair) and (work.order.unsafe or not (fixer.check or proposed.check)):
                    found.append(Proposal(finding, name, fixer, proposed))
                    break
    return found


def _ask(fixer: Fixer, finding: Finding, state: State) -> Repair | Decision | None:
    try:
        proposed = fixer.repair(Site(finding, state.tree))
        if isinstance(proposed, Repair):
            state.edits([proposed])  # what it needs has to have a place
    except Undecided as undecided:
        return Decision(undecided.what)
    except RecursionError:
        return Decision("its function is nested too deeply to be read: change it by hand")
    return proposed


def _apart(proposals: Sequence[Proposal], tree: Tree) -> list[Proposal]:
    """Those that do not meet an earlier one, nor name something new as that does: the others wait a round."""
    ground, named = Ground(tree.ends), set[tuple[str, int, str]]()
    chosen = []
    for proposal in proposals:
        if ground.is_free(proposal.repair.edits) and (new := _new_names(proposal.repair, tree)).isdisjoint(named):
            ground.take(proposal.repair.edits)
            named |= new
            chosen.append(proposal)
    return chosen


def _new_names(repair: Repair, tree: Tree) -> set[tuple[str, int, str]]:
    """The variables and labels that a repair brings into functions: file, function, name."""
    found = set[tuple[str, int, str]]()
    for edit in repair.edits:
        try:
            function = tree.unit(edit.path).function_at(edit.start)
        except Undecided:
            continue  # no C or C++
        if function is not None:
            new = {*_NAME.findall(edit.text)} - function.names - _KEYWORDS
            found |= {(edit.path, function.head.first, name) for name in new}
    return found


def _settled(state: State, proposals: list[Proposal], work: _Work) -> State:
    """The project after as many of the proposals as leave nothing worse; the next round proposes the others anew."""
    blamed = list[Blamed]()
    while proposals and work.rounds < MOST_ROUNDS:
        edits = state.edits(proposal.repair for proposal in proposals)
        new = work.look(state.changed(edits))
        before, blamed = blamed, worse(state, new, proposals, edits)
        if not blamed:
            if len(before) == 1:  # it alone is missing: on top of the others it would give what was worse
                work.give_up(before[0])
            work.fixed += [Fixed(one.finding, one.fixer, one.repair.check or one.fixer.check) for one in proposals]
            work.gone += gone(state, new, proposals)
            return new
        failed = [one for one in blamed if one.in_vain or len(proposals) == 1]
        for one in failed:
            work.give_up(one)
        suspects = [one.proposal for one in blamed]
        others = [one for one in proposals if one not in suspects]
        rest = others or [one.proposal for one in blamed if one not in failed]
        proposals = rest if len(rest) < len(proposals) else rest[: len(rest) // 2]
    return state


def _left(state: State, work: _Work) -> list[Left]:
    rest = _rest(state, work.order)
    return [_why_left(finding, name, state, work, rest) for finding, name in _wanted(state, work.order)]


def _why_left(finding: Finding, name: str, state: State, work: _Work, rest: int) -> Left:
    decision = ""
    for fixer in fixers_of(finding.code):
        if fixer.claims and rest:
            others = "the other finding" if rest == 1 else f"the {rest:,} other findings"
            decision = f"first {others}, of which this would say that there are none; or --select {finding.code}"
            continue
        if (name, fixer.slug) in work.given_up:
            decision = decision or work.given_up[name, fixer.slug]
            continue
        known = (name, fixer.slug) in work.answers
        proposed = work.answers[name, fixer.slug] if known else _ask(fixer, finding, state)
        if isinstance(proposed, Repair):
            return Left(finding, "", fixer)
        if isinstance(proposed, Decision):
            decision = decision or proposed.what
    return Left(finding, decision or finding.fix)
