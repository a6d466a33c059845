"""What the sources show, before anything is built or run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ungil import source
from ungil.audit import Audit
from ungil.audit.fingerprint import fingerprints
from ungil.audit.judge import judge
from ungil.audit.run import Reader, apply
from ungil.facts.model import Declaration, Facts
from ungil.finding import Severity
from ungil.hazards import hazards
from ungil.lines import Lines
from ungil.port.evidence import Audited, Kept, Open, Reached, Stage, Step
from ungil.port.fragment import Fragment, ModuleSeen
from ungil.port.order import Work
from ungil.port.showing import shown
from ungil.port.words import count
from ungil.rules import catalogue
from ungil.source import Project

__all__ = ["run"]

_DECLARED = {
    Declaration.NOT_USED: ("in its source, that it needs no GIL", True),
    Declaration.USED: ("in its source, that it uses the GIL", False),
    Declaration.MISSING: ("nothing", False),
}
_NAMED = 5


def run(work: Work) -> Fragment:
    """Audit the project's snapshot.

    Raises:
        SourceError: there is no source of an extension in it.
    """
    project = source.read(str(work.subject.folder), work.order.wanted)
    facts = Reader().read(project)
    audit = judge(project, apply(project, facts, catalogue(), work.report), work.order.policy, elsewhere=hazards())
    root = work.subject.folder
    pairs = zip(audit.findings, fingerprints(audit.findings, Lines(project)), strict=True)
    return Fragment(
        step=Step(
            stage=Stage.AUDIT, reached=Reached.DONE, why=_words(audit), command=f"ungil audit {work.order.target}"
        ),
        findings=tuple(shown(finding, Stage.AUDIT, root, fingerprint=one) for finding, one in pairs),
        suppressions=tuple(Kept(one.finding, one.reason, Stage.AUDIT) for one in audit.suppressed),
        open=tuple(_left_aside(project)),
        modules=tuple(_modules(facts)),
        audited=Audited(
            files=len(project.sources),
            lines=audit.lines,
            functions=audit.functions,
            understood=audit.understood,
            unread=audit.unread,
            hidden=audit.hidden,
        ),
    )


def _words(audit: Audit) -> str:
    counts = Counter(finding.severity for finding in audit.findings)
    told = ", ".join(count(counts[one], one) for one in Severity if counts[one])
    return f"{told or 'no findings'} in {count(len(audit.project.sources), 'file')}, {count(audit.lines, 'line')}"


def _modules(facts: Facts) -> Iterator[ModuleSeen]:
    for made in facts.modules:
        declared, needs_none = _DECLARED.get(made.declaration, ("", None))
        yield ModuleSeen(made.name, declared, (made.entry.file.path,), needs_none)
    for one in facts.cython.modules:
        if one.is_shipped:
            path = one.file.path
            yield ModuleSeen(path.removesuffix(".pyx").rpartition("/")[2], "", (path,))


def _left_aside(project: Project) -> Iterator[Open]:
    reasons: dict[str, list[str]] = {}
    for one in project.skipped:
        reasons.setdefault(one.reason, []).append(one.path)
    for reason, paths in reasons.items():
        more = f" and {len(paths) - _NAMED:,} more files" if len(paths) > _NAMED else ""
        yield Open(f"{', '.join(paths[:_NAMED])}{more}", f"not read by the audit: {reason}")
