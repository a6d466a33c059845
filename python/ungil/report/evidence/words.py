"""What every report of the evidence says in the same words."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from ungil.finding import Severity
from ungil.port.evidence import Driven, Evidence, ModuleEvidence, Reached, Shown, Stage, Step
from ungil.report.counting import count
from ungil.report.evidence.chart import ratio

__all__ = [
    "LIMITS",
    "STANDS",
    "alike",
    "brief",
    "by_rule",
    "duration",
    "figures",
    "headline",
    "patched",
    "place",
    "remarks",
    "share",
    "source",
    "stands",
    "when",
]

STANDS = {
    "against": "findings stand against it",
    "open": "too little was tried to say",
    "for": "tried, and nothing found",
}
"""What the evidence of a module comes to, most pressing first."""

LIMITS = (
    "This is evidence, not proof: it says what was tried and what was seen. What was not tried may fail, and so may "
    "what was tried under another schedule, on another machine or with other values."
)

_MINUTE = 60
_DASH = "\N{EN DASH}"


def stands(module: ModuleEvidence) -> str:
    """Its key in ``STANDS``; what is not known there is open."""
    return module.stands if module.stands in STANDS else "open"


def headline(evidence: Evidence) -> str:
    """What it comes to for all modules, in one sentence."""
    tally = Counter(map(stands, evidence.modules))
    if not evidence.modules:
        return "No extension module is known here, so nothing can be said of one."
    if len(evidence.modules) == 1:
        return f"Of the one extension module: {STANDS[stands(evidence.modules[0])]}."
    parts = {
        "against": f"findings stand against {tally['against']}",
        "open": f"too little was tried to say of {tally['open']}",
        "for": f"of {tally['for']} much was tried and nothing found",
    }
    said = "; ".join(text for key, text in parts.items() if tally[key])
    return f"Of {len(evidence.modules)} extension modules: {said}."


def patched(evidence: Evidence) -> str:
    """What a reader has to know first, if what was built is not the project as it stands; else empty."""
    if evidence.repaired is None or not evidence.repaired.applied:
        return ""
    repairs = count(len(evidence.repaired.repairs), "repair")
    return f"All from the build on is about the code with the patch ({repairs}), not as it stands."


def remarks(evidence: Evidence) -> list[str]:
    """What stages have to say of their numbers, each once."""
    parts = [one.notes for one in (evidence.stressed, evidence.hammered, evidence.scaled) if one]
    return list(dict.fromkeys(note for notes in (*parts, evidence.notes) for note in notes))


def figures(evidence: Evidence) -> list[tuple[str, str, str]]:
    """The numbers to see first: what, how much, and of what; a dash for what was not reached."""
    severities = Counter(shown.finding.severity for shown in evidence.findings)
    levels = ", ".join(count(severities[one], one) for one in Severity if severities[one])
    rows = [("Findings", f"{len(evidence.findings):,}", levels or "by the stages that ran")]
    tests, hammer, scaled = evidence.stressed, evidence.hammered, evidence.scaled
    rows.append(
        ("Tests in threads", f"{tests.passed_in_threads:,} of {tests.in_threads:,}", "passed every time")
        if tests
        else ("Tests in threads", _DASH, _why(evidence, Stage.STRESS))
    )
    rows += (
        [
            ("Concurrent runs", f"{hammer.executions:,}", "of the hammer"),
            ("API driven", f"{hammer.driven:,} of {hammer.members:,}", "members"),
        ]
        if hammer
        else [("Concurrent runs", _DASH, _why(evidence, Stage.HAMMER))]
    )
    if scaled and len(scaled.free_threaded) > 1 and scaled.free_threaded[0].median > 0:
        last = scaled.free_threaded[-1]
        rows.append(("Throughput", ratio(scaled.free_threaded, last), f"on {last.threads} threads, as against one"))
    return rows


def _why(evidence: Evidence, stage: Stage) -> str:
    reached = next((step.reached for step in evidence.steps if step.stage is stage), Reached.SKIPPED)
    return f"{stage}: {reached}"


def by_rule(findings: Iterable[Shown]) -> list[tuple[Shown, int]]:
    """The first finding of each rule and level, and how many there are of it, in the order of the findings."""
    first: dict[tuple[str, str, str], Shown] = {}
    tally: Counter[tuple[str, str, str]] = Counter()
    for shown in findings:
        key = (shown.finding.severity, shown.finding.code, shown.finding.slug)
        first.setdefault(key, shown)
        tally[key] += 1
    return [(shown, tally[key]) for key, shown in first.items()]


def alike(steps: Iterable[Step]) -> list[list[Step]]:
    """Stages one after the other that were skipped for one reason are said once."""

    def what(step: Step) -> tuple[object, ...]:
        return (step.reached, step.why, step.advice) if step.reached is Reached.SKIPPED else (step.stage,)

    return [list(group) for _, group in itertools.groupby(steps, what)]


def brief(text: str, most: int = 160) -> str:
    """A text that a program made, of which the beginning and the end say enough; and how much lies between."""
    if len(text) <= most + 40:
        return text
    end = most // 4
    return f"{text[: most - end]} [... {len(text) - most:,} characters ...] {text[-end:]}"


def place(shown: Shown) -> str:
    """``src/shelf.c:41``; of a finding without a path, that it is of the whole project."""
    where = shown.finding.location
    return f"{where.path}:{where.line}" if where.path else "the whole project"


def share(part: int, whole: int) -> str:
    """``31 of 40`` and the share: rounded down, so that 100 % is all; of none, ``none known``."""
    return f"{part:,} of {whole:,} ({100 * part // whole}\N{NO-BREAK SPACE}%)" if whole > 0 else "none known"


def source(driven: Driven) -> str:
    """From where the calls to a model's objects are known."""
    known = {"model": "from a model file", "harvest": "as the tests make them", "introspection": "as signatures allow"}
    return known.get(driven.source, f"from {driven.source}")


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min``, ``3 min 20 s``."""
    if seconds < 10:  # noqa: PLR2004 - tenths matter below
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    return f"{whole // _MINUTE:,} min" + (f" {whole % _MINUTE} s" if whole % _MINUTE else "")


def when(made: str) -> str:
    """A date to read, ``4 May 2026, 14:03 (UTC+02:00)``; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(made)
    except ValueError:
        return made
    zone = f" ({moment.tzname()})" if moment.tzname() else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"
