"""A hunt as Markdown: a page for an issue or a pull request, each finding with its script."""

from __future__ import annotations

from collections.abc import Iterator

from ungil.finding import Finding
from ungil.report.counting import count, levels, not_reported
from ungil.report.hammer.driven import Drive, by_reason, drives, gaps, how, limits
from ungil.report.markdown import code, fenced, plain
from ungil.stress.hammer.findings.conclusion import Conclusion
from ungil.stress.hammer.findings.sighting import Sighting

__all__ = ["render"]

ROOM = 45_000
"""Characters of scripts, all together: a comment on GitHub holds 65,536."""

FINDINGS = 30
PAIRS = 40
NAMES = 20


def render(conclusion: Conclusion) -> str:
    """A heading with the verdict, the findings, what was driven, what never was, how, and what that does not show."""
    parts = [f"## ungil hammer {code(conclusion.result.target.module)}: {_verdict(conclusion)}"]
    room = ROOM
    for one, finding in conclusion.reported[:FINDINGS]:
        shown = "\n\n".join(_finding(one, finding, room))
        room -= len(shown)
        parts.append(shown)
    if len(conclusion.reported) > FINDINGS:
        parts.append(f"And {count(len(conclusion.reported) - FINDINGS, 'more finding')}.")
    parts += [_notice(finding) for finding in conclusion.notices]
    if reasons := not_reported(conclusion.audit):
        parts.append(f"Not reported: {plain(', '.join(reasons))}.")
    parts += ["### What was driven", *map(_driven, drives(conclusion))]
    parts += _list("### What never was", _gaps(conclusion))
    parts += _list("### How", map(plain, how(conclusion)))
    parts += _list("", map(plain, conclusion.result.notes))
    return "\n\n".join([*parts, plain(limits(conclusion))]) + "\n"


def _verdict(conclusion: Conclusion) -> str:
    found = [*(finding for _, finding in conclusion.reported), *conclusion.notices]
    return levels(found) or f"no findings in {count(conclusion.result.executions, 'concurrent run')}"


def _finding(sighting: Sighting, finding: Finding, room: int) -> Iterator[str]:
    where = finding.location
    yield f"### {finding.slug} ({finding.code}), {finding.severity}: {code(f'{where.path}:{where.line}')}"
    yield f"{plain(finding.message)}."
    yield fenced("\n".join(finding.evidence), "text")
    yield f"Fix: {plain(finding.fix)}."
    script = sighting.confirmation.text if sighting.confirmation else ""
    if script and len(script) < room:
        yield _details("A script in plain Python threads", fenced(script, "python"))


def _notice(finding: Finding) -> str:
    place = code(f"{finding.location.path}:{finding.location.line}")
    return f"{place}: {finding.slug} ({finding.code}): {plain(finding.message)}. Fix: {plain(finding.fix)}."


def _driven(drive: Drive) -> str:
    operations = plain(", ".join(drive.operations))
    head = f"{plain(drive.name)}, from {plain(drive.source)}: {count(drive.executions, 'run')} of {operations}."
    rows = [
        f"| {code(pair.first)} | {code(pair.second)} | {pair.stops:,} | {pair.runs:,} |"
        for pair in sorted(drive.pairs, key=lambda pair: pair.stops)[:PAIRS]
    ]
    if not rows:
        return head
    left_out = f" The other {len(drive.pairs) - PAIRS:,} had more stops." if len(drive.pairs) > PAIRS else ""
    table = "\n".join(["| stopped | beside it | stops | runs |", "|---|---|---:|---:|", *rows])
    return f"{head}{left_out}\n\n{_details('Pairs, those with the fewest stops first', table)}"


def _gaps(conclusion: Conclusion) -> Iterator[str]:
    for why, names in by_reason(gaps(conclusion)):
        more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
        yield f"{plain(', '.join(names[:NAMES]))}{more}: {plain(why)}"


def _list(heading: str, rows: Iterator[str]) -> list[str]:
    items = "\n".join(f"- {row}" for row in rows)
    return [part for part in (heading, items) if part] if items else []


def _details(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{inside}\n\n</details>"
