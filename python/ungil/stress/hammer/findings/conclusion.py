"""What is said of a hunt: its findings, judged as those of an audit are, and what was tried and never was.

A finding lies at a line of source where debug information leads there, else in the extension's file. Comments allow it
at that line, or in the model file beside an operation that takes part in it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from ungil.audit.analysis import Analysis
from ungil.audit.judge import EVERYTHING, Audit, Policy, judge
from ungil.audit.notices import NOTICES, UNUSED
from ungil.audit.run import remarks
from ungil.description import Description
from ungil.errors import OutputError
from ungil.finding import Finding, Location
from ungil.hazards import hazards
from ungil.source import Language, Project, Source, language_of
from ungil.stress.coverage import Coverage
from ungil.stress.hammer.findings.proof import prove
from ungil.stress.hammer.findings.sighting import Sighting, sightings
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.telling.places import Places

__all__ = ["Conclusion", "Proof", "conclude"]

LONGEST_NAME: Final = 60
"""Characters of a function's name in that of a file; the last ones, which tell most."""

_INSTALLED: Final = re.compile(r"^.*/(?:site|dist)-packages/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How findings are tried in plain threads.

    Attributes:
        seconds: for each finding; with 0, none is tried, and its script is only left.
        folder: where scripts are left.
    """

    seconds: float = 10.0
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """Everything that a report of a hunt says.

    Attributes:
        result: of the hunt.
        audit: its findings, judged.
        reported: what is reported, the most serious first, with the finding that stands for it.
        notices: what is wrong with comments that allow something.
        places: of the instructions in all this.
        coverage: what there is in the extension, if anybody has looked.
    """

    result: Result
    audit: Audit
    reported: tuple[tuple[Sighting, Finding], ...]
    notices: tuple[Finding, ...] = ()
    places: Places
    coverage: Coverage | None = None


def conclude(  # noqa: PLR0913 - all but one have their names
    result: Result,
    *,
    root: Path,
    policy: Policy = EVERYTHING,
    proof: Proof | None = None,
    coverage: Coverage | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Conclusion:
    """Make findings of what was observed, try them in plain threads, and judge them.

    Ctrl-C ends the trying, and the result says so, as it does if a script cannot be left.

    Args:
        result: of the hunt.
        root: the project's folder: paths are relative to it.
        policy: what is to be reported.
        proof: how findings are tried; with nothing, they are not, and there are no scripts.
        coverage: what there is in the extension.
        report: is told what is being done.

    Raises:
        UsageError: the policy names a rule that does not exist.
    """
    places = Places(root, result.files)
    report("finding out where threads stopped")
    seen = sightings(result.observations, places)
    if proof:
        seen = list(_proved(seen, places, proof, result, report))
    files = _Files(root, result)
    found = [(one, files.spanned(one.finding(places, files.module))) for one in seen]
    audit = _judged(found, files, policy)
    reported = tuple((one, finding) for one, finding in found if finding in audit.findings)
    known = {finding for _, finding in found}
    notices = tuple(finding for finding in audit.findings if finding not in known)
    return Conclusion(result=result, audit=audit, reported=reported, notices=notices, places=places, coverage=coverage)


def _proved(
    seen: Sequence[Sighting], places: Places, proof: Proof, result: Result, report: Callable[[str], None]
) -> Iterator[Sighting]:
    """The sightings, each tried in plain threads; after Ctrl-C, the others only have their scripts."""
    left = _Left(places, proof.folder, result)
    names: Counter[str] = Counter()
    for number, one in enumerate(seen, 1):
        name = _script_name(one, names)
        seconds = 0.0 if result.interrupted else proof.seconds
        doing = "trying it in plain Python threads" if seconds else "writing a script"
        report(f"finding {number} of {len(seen)}, {one.hazard.slug}: {doing}")
        try:
            yield left.proved(one, name, seconds)
        except KeyboardInterrupt:
            result.interrupted = True
            yield left.proved(one, name, 0)


class _Left:
    """Where scripts are left, as long as they can be: a finding without one is better than none."""

    def __init__(self, places: Places, folder: Path | None, result: Result) -> None:
        standard = (sys.prefix, sys.base_prefix)
        path = result.target.path or sys.path
        self._own = [one for one in path if one and not one.startswith(standard)]
        self._places = places
        self._folder = folder
        self._result = result

    def proved(self, sighting: Sighting, name: str, seconds: float) -> Sighting:
        """The sighting with its script, tried for so long."""
        gil_off = self._result.gil_off
        way = partial(prove, sighting, self._places, name=name, seconds=seconds, path=self._own, gil_off=gil_off)
        try:
            return way(folder=self._folder)
        except OutputError as error:
            self._folder = None
            self._result.notes.append(f"Scripts could not be left. {error.happened}")
            return way()


def _script_name(sighting: Sighting, names: Counter[str]) -> str:
    """A name for a file that no other sighting has."""
    plain = re.sub(r"[^0-9A-Za-z_]+", "-", sighting.subject).strip("-")
    name = f"{sighting.hazard.code}-{plain[-LONGEST_NAME:]}"
    names[name] += 1
    return f"{name}.py" if names[name] == 1 else f"{name}-{names[name]}.py"


def _judged(found: Sequence[tuple[Sighting, Finding]], files: _Files, policy: Policy) -> Audit:
    """As an audit is judged that has found this and nothing else; that a comment is unused is nothing to report."""
    findings = sorted((finding for _, finding in found), key=lambda f: (f.location, f.code, f.message))
    sources = tuple(files.sources(findings))
    comments = remarks(sources)
    analysis = Analysis(
        rules=hazards(),
        findings=tuple(findings),
        remarks=comments,
        modules=1,
        functions=0,
        lines=0,
        understood=1.0,
        unread=(),
    )
    places = {finding: tuple(files.remarked(one, finding)) for one, finding in found}
    return judge(
        Project(files.name, files.root, sources),
        analysis,
        policy,
        notices=[notice for notice in NOTICES if notice is not UNUSED],
        elsewhere=_rules_of_the_audit() if comments or policy != EVERYTHING else (),
        remarked=places.__getitem__,
    )


def _rules_of_the_audit() -> Sequence[Description]:
    from ungil.rules import catalogue  # noqa: PLC0415 - they take time to load, and are rarely named here

    return catalogue()


class _Files:
    """The files in which findings can lie, and comments."""

    def __init__(self, root: Path, result: Result) -> None:
        self.root = root
        self.name = result.target.module
        self.module = _shown(Path(result.files[0]), root) if result.files else result.target.module
        self._model = Path(result.target.model) if result.target.model else None

    def sources(self, findings: Iterable[Finding]) -> Iterator[Source]:
        """Of the findings' places, and the model file. What is not there, or is compiled, has no lines."""
        for path in sorted({finding.location.path for finding in findings}):
            data = self._of(path)
            yield Source(path, data, language_of(path, data))
        if self._model and self._model.is_file():
            yield Source(_shown(self._model, self.root), self._read(self._model), Language.BUILD)

    def spanned(self, finding: Finding) -> Finding:
        """The finding with the columns of what stands on its line."""
        where = finding.location
        line = Source(where.path, self._of(where.path), Language.BUILD).line(where.line)
        begin, end = len(line) - len(line.lstrip()) + 1, len(line.rstrip()) + 1
        return replace(finding, location=replace(where, column=begin, end_column=end)) if line.strip() else finding

    def remarked(self, sighting: Sighting, finding: Finding) -> Iterator[Location]:
        """Where comments may allow it: at its place, and at the lines of the model file that name what was called."""
        yield finding.location
        if not self._model or not self._model.is_file():
            return
        path, lines = _shown(self._model, self.root), self._read(self._model).split(b"\n")
        yield Location(path, len(lines) + 1, 1, len(lines) + 1, 1)  # for the file as a whole, and for no line of it
        for call in {call.name for calls in sighting.simplest.attempt.scenario.threads for call in calls}:
            name = re.compile(rf"\b{re.escape(call)}\b".encode())
            yield from (Location(path, n, 1, n, 1) for n, line in enumerate(lines, 1) if name.search(line))

    def _of(self, path: str) -> bytes:
        return b"" if path == self.module else self._read(self.root / path)

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError:
            return b""


def _shown(path: Path, root: Path) -> str:
    """Relative to the project's folder, or to where packages are installed."""
    resolved, folder = path.resolve(), root.resolve()
    if resolved.is_relative_to(folder):
        return resolved.relative_to(folder).as_posix()
    return _INSTALLED.sub("", resolved.as_posix())
