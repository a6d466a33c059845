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
from ungil.finding import Severity
from ungil.fixer import Edit, Repair, Tree, Version
from ungil.hazards import hazards
from ungil.lines import Lines
from ungil.rule import Rule
from ungil.source import Project, Source

__all__ = ["Auditor", "Edits", "State"]

type Edits = Mapping[str, Sequence[Edit]]  # by path


@dataclass(frozen=True, slots=True)
class State:
    """One round's project.

    Attributes:
        project: its text as it is now.
        tree: what fixers get to see, what the front-ends know among it.
        audit: what is found in it, notes included.
        names: a fingerprint for each finding, in their order.
    """

    project: Project
    tree: Tree
    audit: Audit
    names: tuple[str, ...]

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many findings of each rule each file has."""
        return Counter((finding.location.path, finding.code) for finding in self.audit.findings)

    def edits(self, repairs: Iterable[Repair]) -> Edits:
        """What repairs change of which no two touch, and what older versions of Python lack of what they use.

        Raises:
            Undecided: what a repair needs has no place in its file.
        """
        edits: dict[str, list[Edit]] = {}
        needs: dict[str, frozenset[str]] = {}
        for repair in repairs:
            for edit in repair.edits:
                edits.setdefault(edit.path, []).append(edit)
                needs[edit.path] = needs.get(edit.path, frozenset()) | repair.needs
        return {path: [*some, *self._additions(path, needs[path])] for path, some in edits.items()}

    def _additions(self, path: str, needs: frozenset[str]) -> list[Edit]:
        def work_out() -> list[Edit]:
            files = self.tree.facts.files
            file = next((file for file in files if file.path == path), None)
            return additions(file, files, needs, self.tree.min_python, self.project) if file is not None else []

        return self.tree.once(("additions", path, needs), work_out)

    def changed(self, edits: Edits) -> Project:
        """The project after edits."""

        def after(source: Source) -> Source:
            some = edits.get(source.path)
            return replace(source, data=apply(source.data, some)) if some else source

        return replace(
            self.project,
            sources=tuple(map(after, self.project.sources)),
            build_files=tuple(map(after, self.project.build_files)),
        )


class Auditor:
    """Audits a project again and again, as it changes. Not for several threads at once."""

    def __init__(
        self,
        rules: Sequence[Rule],
        policy: Policy,
        min_python: Version,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._rules = rules
        self._policy = replace(policy, level=Severity.NOTE)
        self._min_python = min_python
        self._report = report
        self._reader = Reader()

    def look(self, project: Project) -> State:
        """Down to notes: a repair that makes a note of a warning has not made it go away."""
        facts = self._reader.read(project)
        analysis = apply_rules(project, facts, self._rules, self._report)
        audit = judge(project, analysis, self._policy, elsewhere=hazards())
        tree = Tree(project.by_path, facts, self._min_python)
        return State(project, tree, audit, tuple(fingerprints(audit.findings, Lines(project))))
