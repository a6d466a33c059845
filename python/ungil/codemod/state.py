"""A project between two rounds: its text, what the audit says of it, and what was said of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ungil.audit import Audit, Policy
from ungil.audit.fingerprint import fingerprints
from ungil.audit.judge import judge
from ungil.audit.run import Reader
from ungil.audit.run import apply as apply_rules
from ungil.codemod.compat import additions
from ungil.codemod.edits import apply
from ungil.facts.model import Facts
from ungil.finding import Severity
from ungil.fixer import Edit, Repair, Tree, Version
from ungil.hazards import hazards
from ungil.lines import Lines
from ungil.rule import Rule
from ungil.source import Project, Source

__all__ = ["Auditor", "State"]


@dataclass(frozen=True, slots=True)
class State:
    """One round's project.

    Attributes:
        project: its text as it is now.
        facts: what the front-ends know of it.
        audit: what is found in it, notes included.
        names: a fingerprint for each finding, in their order.
    """

    project: Project
    facts: Facts
    audit: Audit
    names: tuple[str, ...]

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many findings of each rule each file has."""
        return Counter((finding.location.path, finding.code) for finding in self.audit.findings)

    def tree(self, min_python: Version) -> Tree:
        """What fixers get to see."""
        return Tree(self.project.by_path, self.facts, min_python)

    def changed(self, repairs: Iterable[Repair], min_python: Version) -> Project:
        """The project after repairs of which no two touch.

        Raises:
            Undecided: what a repair needs has no place in its file.
        """
        edits: dict[str, list[Edit]] = {}
        needs: dict[str, set[str]] = {}
        for repair in repairs:
            for edit in repair.edits:
                edits.setdefault(edit.path, []).append(edit)
                needs.setdefault(edit.path, set()).update(repair.needs)
        new = {path: self._edited(path, some, needs[path], min_python) for path, some in edits.items()}
        return _with(self.project, new)

    def _edited(self, path: str, edits: Sequence[Edit], needs: set[str], min_python: Version) -> bytes:
        source = self.project.by_path[path]
        file = next((file for file in self.facts.files if file.path == path), None)
        more = additions(file, self.facts.files, needs, min_python, self.project) if file is not None else []
        return apply(source.data, [*edits, *more])


def _with(project: Project, new: Mapping[str, bytes]) -> Project:
    def changed(source: Source) -> Source:
        return replace(source, data=new[source.path]) if source.path in new else source

    return replace(
        project,
        sources=tuple(changed(source) for source in project.sources),
        build_files=tuple(changed(source) for source in project.build_files),
    )


class Auditor:
    """Audits a project again and again, as it changes. Not for several threads at once."""

    def __init__(self, rules: Sequence[Rule], policy: Policy, report: Callable[[str], None] = lambda _: None) -> None:
        self._rules = rules
        self._policy = replace(policy, level=Severity.NOTE)
        self._report = report
        self._reader = Reader()

    def look(self, project: Project) -> State:
        """Down to notes: a repair that makes a note of a warning has not made it go away."""
        facts = self._reader.read(project)
        analysis = apply_rules(project, facts, self._rules, self._report)
        audit = judge(project, analysis, self._policy, elsewhere=hazards())
        return State(project, facts, audit, tuple(fingerprints(audit.findings, Lines(project))))
