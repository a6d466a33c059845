"""What is reported of a project's tests: findings, judged as those of an audit are.

A finding lies where its test is defined; one about the GIL, in what builds the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.audit.analysis import Analysis
from ungil.audit.judge import EVERYTHING, Audit, Policy, judge
from ungil.audit.notices import NOTICES, UNUSED
from ungil.audit.run import remarks
from ungil.description import Description
from ungil.finding import Confidence, Finding, Location, Severity
from ungil.hazards import (
    gil_under_tests,
    hazards,
    test_crashes,
    test_fails_alone,
    test_flaky,
    test_hangs,
    test_not_repeatable,
    test_races,
)
from ungil.source import Project, Source, language_of
from ungil.stress.suite.model import Stressed, TestTold, Verdict
from ungil.stress.suite.process_wide import process_wide

__all__ = ["SUITE_HAZARDS", "Conclusion", "conclude", "findings_of"]

SUITE_HAZARDS: Final[tuple[Description, ...]] = tuple(
    one.hazard
    for one in (
        test_crashes, test_hangs, test_races, gil_under_tests, test_fails_alone, test_flaky, test_not_repeatable
    )
)  # fmt: skip

_OF: Final = {
    Verdict.CRASHES: test_crashes.hazard,
    Verdict.HANGS: test_hangs.hazard,
    Verdict.RACY: test_races.hazard,
    Verdict.DIES_ALONE: test_fails_alone.hazard,
    Verdict.FAILS_ALONE: test_fails_alone.hazard,
    Verdict.FLAKY: test_flaky.hazard,
    Verdict.UNREPEATABLE: test_not_repeatable.hazard,
}
_COUNTED: Final = re.compile(r"in \d+ of \d+ runs: thread")  # of one round; what is said counts all
_RAISED: Final = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Warning|Exit|Interrupt|assert)\b")
_LINES: Final = 4
_THREADS: Final = 6
_BUILD_FILES: Final = ("pyproject.toml", "setup.py", "meson.build", "CMakeLists.txt", "setup.cfg")

_FIXES: Final = {
    Verdict.CRASHES: "look at what the innermost frame of the extension reads, and lock it wherever it is written; "
    "'ungil hammer' finds the two calls that must not meet",
    Verdict.HANGS: "take locks in one order, and call no Python code while holding one; a test that only is slow gets "
    "more time by --test-deadline",
    Verdict.RACY: "find what its threads share: if it is the extension's, lock it ('ungil hammer' shows which calls "
    "must not meet); if only the test shares it, mark it thread_unsafe(reason=...)",
    Verdict.DIES_ALONE: "run it alone in a debugger: threads have nothing to do with it",
    Verdict.FAILS_ALONE: "see what it says: --with REQUIREMENT installs what it lacks",
    Verdict.FLAKY: "have it depend on neither time nor chance; then it can tell about threads",
    Verdict.UNREPEATABLE: "have it make what it changes, or mark it thread_unsafe(reason=...)",
}


_WORDS: Final = {
    Verdict.CRASHES: "ends the process in {threads} threads: {said}; it passes in one",
    Verdict.HANGS: "does not come to its end in {threads} threads, and does in one",
    Verdict.RACY: "fails in {threads} threads, and passes in one however often",
    Verdict.DIES_ALONE: "ends the process or hangs in one thread already: {said}",
    Verdict.FAILS_ALONE: "fails in one thread already, and was not run in more",
    Verdict.FLAKY: "fails now and then in one thread already",
    Verdict.UNREPEATABLE: "passes once, and not again in the same process: in threads it tells nothing",
}

_UNCONFIRMED: Final = "fails in {threads} threads, and has passed in one once; there was no time to try that more often"

_ITS_OWN: Final = (
    "have each run make its own of what the test shares; if it cannot, mark it thread_unsafe(reason=...); "
    "if that is not what fails, look for what the extension shares"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """Everything that a report says.

    Attributes:
        stressed: what came of the tests.
        audit: the findings, judged.
        told: the test of each finding that is about one.
    """

    stressed: Stressed
    audit: Audit
    told: Sequence[tuple[Finding, TestTold]]

    @property
    def findings(self) -> list[Finding]:
        """What is reported, the most serious first, then as the tests are ordered."""
        levels = list(Severity)
        return sorted(self.audit.findings, key=lambda one: (levels.index(one.severity), one.code, one.location))


def conclude(stressed: Stressed, *, policy: Policy = EVERYTHING) -> Conclusion:
    """Make findings of what came of the tests, and judge them.

    Raises:
        UsageError: the policy names a rule that does not exist.
    """
    told = [(_finding(test, stressed), test) for test in stressed.every if test.verdict in _OF]
    found = [*(finding for finding, _ in told), *_of_gil(stressed)]
    sources = tuple(_sources(stressed.root, found))
    analysis = Analysis(
        rules=SUITE_HAZARDS,
        findings=tuple(sorted(found, key=lambda one: (one.location, one.code, one.message))),
        remarks=remarks(sources),
        modules=0,
        functions=0,
        lines=0,
        understood=1.0,
        unread=(),
    )
    audit = judge(
        Project(stressed.project, named if (named := Path(stressed.project)).is_dir() else None, sources),
        analysis,
        policy,
        notices=[notice for notice in NOTICES if notice is not UNUSED],
        elsewhere=_elsewhere(),
    )
    return Conclusion(stressed=stressed, audit=audit, told=told)


def findings_of(stressed: Stressed) -> tuple[Finding, ...]:
    """All findings, whatever is to be reported of them."""
    return tuple(conclude(stressed).findings)


def _elsewhere() -> Sequence[Description]:
    """Comments in tests and build files may allow what others look for."""
    from ungil.rules import catalogue  # noqa: PLC0415 - they take time to load

    own = {hazard.code for hazard in SUITE_HAZARDS}
    return (*catalogue(), *(hazard for hazard in hazards() if hazard.code not in own))


def _finding(test: TestTold, stressed: Stressed) -> Finding:
    hazard = _OF[test.verdict]
    shared = process_wide(stressed.root / test.path, test.line) if _is_of_threads(test) else ()
    return Finding(
        code=hazard.code,
        slug=hazard.slug,
        message=_message(test, stressed),
        location=_line(stressed.root, test.path, test.line),
        severity=_severity(test, hazard, shared),
        confidence=Confidence.HIGH if test.threaded[0] > 1 or not _is_of_threads(test) else Confidence.MEDIUM,
        evidence=(*_evidence(test, stressed), *_shared(test, shared)),
        fix=_ITS_OWN if shared or (test.shares and _is_of_threads(test)) else _FIXES[test.verdict],
    )


def _is_of_threads(test: TestTold) -> bool:
    return test.verdict in {Verdict.CRASHES, Verdict.HANGS, Verdict.RACY}


def _is_confirmed(test: TestTold) -> bool:
    """Did what fails in threads run in one more than once? There may not have been the time."""
    return test.verdict is not Verdict.RACY or test.serially[1] > 1


def _severity(test: TestTold, hazard: Description, shared: Sequence[str]) -> Severity:
    """What may be the test's own sharing is no certain fault of the extension."""
    its_own = test.verdict is Verdict.RACY and (shared or (test.shares and not test.raised))
    uncertain = its_own or not _is_confirmed(test)
    return Severity.WARNING if uncertain or test.verdict is Verdict.DIES_ALONE else hazard.severity


def _shared(test: TestTold, shared: Sequence[str]) -> Iterator[str]:
    """What the test itself shares among its runs."""
    if test.shares and test.verdict in {Verdict.RACY, Verdict.UNREPEATABLE}:
        yield f"its runs share the fixtures: {', '.join(test.shares)}"
    if shared:
        yield f"the test uses what the whole process has once: {', '.join(shared)}"


def _message(test: TestTold, stressed: Stressed) -> str:
    words = _WORDS[test.verdict] if _is_confirmed(test) else _UNCONFIRMED
    if test.name == test.path:
        words = "cannot be imported, and none of its tests were run"
    return f"{_short(test.name)} {words.format(said=test.said, threads=stressed.threads)}"


def _short(name: str) -> str:
    """Without the path, which the location says."""
    return name.partition("::")[2] or name


def _evidence(test: TestTold, stressed: Stressed) -> Iterator[str]:
    (alone, runs), (failed, calls) = test.serially, test.threaded
    if _is_of_threads(test):
        yield f"failed in {failed} of {calls} runs in {stressed.threads} threads, in {alone or 'none'} of {runs} in one"
    elif runs:
        yield f"failed in {alone} of {runs} runs in one thread"
    if test.again[1]:
        seen, tries = test.again
        how = "the same again" if seen else "it came to its end"
        yield f"by itself in a process of its own: {how}, {seen} of {tries}"
    yield from _said(test)
    yield from _stacks(test.stacks)
    if test.raised and test.verdict in {Verdict.RACY, Verdict.FLAKY, Verdict.UNREPEATABLE}:
        yield f"raised at {test.raised}"


def _said(test: TestTold) -> Iterator[str]:
    """What the failure says, as pytest marks it; else its last lines."""
    if test.stacks or not test.said:
        return
    lines = [line.strip() for line in test.said.splitlines() if line.strip() and not _COUNTED.search(line)]
    marked = [line.removeprefix("E ").strip(" |") for line in lines if line.startswith("E ")]
    raised = [line for line in marked if _RAISED.match(line)]  # of several that differ, each
    yield from dict.fromkeys((raised if len(raised) > 1 else marked or lines[-_LINES:])[:_LINES])


def _stacks(stacks: str) -> Iterator[str]:
    """One line for each thread."""
    threads: list[list[str]] = []
    for line in stacks.splitlines():
        if line.startswith("  ") and threads:
            threads[-1].append(line.strip())
        else:
            threads.append([line.rstrip(":")])
    crashed = sorted(threads, key=lambda lines: "crashed" not in lines[0])
    yield from (f"{lines[0]}: {' < '.join(lines[1:])}" for lines in crashed[:_THREADS] if len(lines) > 1)


def _of_gil(stressed: Stressed) -> Iterator[Finding]:
    proof = stressed.proof
    if not proof.turned_on_by:
        return
    hazard = gil_under_tests.hazard
    file = next((name for name in _BUILD_FILES if (stressed.root / name).exists()), _BUILD_FILES[0])
    yield Finding(
        code=hazard.code,
        slug=hazard.slug,
        message=f"The GIL comes on: {proof.turned_on_by} turns it on",
        location=_line(stressed.root, file, 1),
        severity=hazard.severity,
        confidence=Confidence.HIGH,
        evidence=(f"it was kept off by PYTHON_GIL=0 in what ran in {stressed.threads} threads",),
        fix="declare that the module needs no GIL, once what runs in threads finds nothing; of a module that is not "
        "the project's, use a release that does",
    )


def _line(root: Path, path: str, line: int) -> Location:
    """With the columns of what stands there."""
    text = _read(root / path).split(b"\n")
    row = text[line - 1].rstrip() if 0 < line <= len(text) else b""
    begin = len(row) - len(row.lstrip()) + 1
    return Location(path, line, begin, line, max(begin, len(row) + 1))


def _sources(root: Path, found: Sequence[Finding]) -> Iterator[Source]:
    for path in sorted({finding.location.path for finding in found}):
        data = _read(root / path)
        yield Source(path, data, language_of(path, data))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
