"""Whether repairs have made a project worse, and to which of them that is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ungil.codemod.edits import was_at
from ungil.codemod.state import Edits, State
from ungil.facts.model import Function
from ungil.finding import Finding
from ungil.fixer import Fixer, Repair, Undecided

__all__ = ["Blamed", "Proposal", "gone", "worse"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a fixer would do about a finding, and the finding's fingerprint."""

    finding: Finding
    name: str
    fixer: Fixer
    repair: Repair


def gone(old: State, new: State, proposals: Sequence[Proposal]) -> Iterator[Finding]:
    """The findings that went with those that were repaired, nothing being worse: a lock is one repair for many."""
    number = old.counts - new.counts
    number.subtract((one.finding.location.path, one.finding.code) for one in proposals)
    stay = {*new.names, *(one.name for one in proposals)}
    for finding, name in zip(old.audit.findings, old.names, strict=True):
        key = finding.location.path, finding.code
        if name not in stay and number[key] > 0:  # one whose line was changed has another name, and is still there
            number[key] -= 1
            yield finding


@dataclass(frozen=True, slots=True)
class Blamed:
    """A repair after which something is worse: in words, and whether it is the very finding that it was to repair."""

    proposal: Proposal
    why: str
    in_vain: bool


def worse(old: State, new: State, proposals: Sequence[Proposal], edits: Edits) -> list[Blamed]:
    """Those of the repairs to which it is due that something is worse than before them; empty if nothing is.

    A file has become worse if it has more findings of a rule than it had, less those that were to be repaired.
    """
    most = old.counts
    most.subtract(Counter((one.finding.location.path, one.finding.code) for one in proposals))
    bad = {key for key, number in new.counts.items() if number > most[key]}
    known = {*old.names} - {one.name for one in proposals}
    named = zip(new.audit.findings, new.names, strict=True)
    found = [(finding, name) for finding, name in named if (finding.location.path, finding.code) in bad]
    fresh = [(finding, name) for finding, name in found if name not in known] or found
    if not fresh:
        return []
    blame, due = _Blame(old, proposals, edits), dict[int, list[Finding]]()
    for finding, name in fresh:
        for number in blame.of(finding, name):
            due.setdefault(number, []).append(finding)
    names = {name for _, name in fresh}
    return [
        Blamed(one, _why(one, due[number]), one.name in names) for number, one in enumerate(proposals) if number in due
    ]


def _why(proposal: Proposal, due: Sequence[Finding]) -> str:
    other = next((finding for finding in due if finding.code != proposal.finding.code), None)
    if other is None:
        return "the repair that ungil knows does not reach all of it: see the finding's own advice"
    return f"the repair that ungil knows would leave {other.slug} ({other.code}): {other.message}"


class _Blame:
    """Which repairs, by number, have most to do with a finding."""

    def __init__(self, old: State, proposals: Sequence[Proposal], edits: Edits) -> None:
        self._old = old
        self._edits = edits
        self._by_name = {one.name: number for number, one in enumerate(proposals)}
        self._by_path: dict[str, set[int]] = {}
        self._by_function: dict[tuple[int, int], set[int]] = {}
        for number, one in enumerate(proposals):
            for edit in one.repair.edits:
                self._by_path.setdefault(edit.path, set()).add(number)
                function = self._function(edit.path, edit.start)
                if function is not None:
                    self._by_function.setdefault(function.key, set()).add(number)

    def of(self, finding: Finding, name: str) -> set[int]:
        """The one that was to repair it; those of its function; of the nearest that lead to it; of its file; all."""
        if name in self._by_name:
            return {self._by_name[name]}
        path, line = finding.location.path, finding.location.line
        place = was_at(line, self._old.project.by_path[path].data, self._edits.get(path, ()))
        function = self._function(path, place)
        level = {function.key: function} if function is not None else {}
        seen = set[tuple[int, int]]()
        while level:
            near = set[int]().union(*(self._by_function.get(key, ()) for key in level))
            if near:
                return near
            seen |= level.keys()
            callers = [call.function for one in level.values() for call in one.callers]
            level = {one.key: one for one in callers if one.key not in seen}
        return self._by_path.get(path) or {*self._by_name.values()}

    def _function(self, path: str, place: int) -> Function | None:
        try:
            found = self._old.tree.unit(path).function_at(place)
        except Undecided:
            return None  # no C or C++
        return found.facts if found is not None else None
