"""The evidence as Markdown, for a pull request: what it comes to at once, the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from ungil.finding import Finding, Severity
from ungil.port.evidence import Evidence, Scaled, Scenario, Step
from ungil.report.counting import count
from ungil.report.evidence import words
from ungil.report.evidence.chart import ratio
from ungil.report.evidence.matrix import matrix, short
from ungil.report.evidence.shown import shown
from ungil.report.evidence.timeline import sentences
from ungil.report.markdown import code, fenced, plain

__all__ = ["ROOM", "render"]

ROOM = 60_000
"""Characters of all: a comment on GitHub holds 65,536."""

NAMED = 20
LONGEST = 300
VERDICT = 1_000
"""Characters of a verdict, which says itself what it stands on."""

_CUT = "What follows did not fit in a comment; the HTML and JSON reports have it all."


def render(evidence: Evidence) -> str:
    """A heading, the modules, the road; folded, the findings, scenarios, tests, pairs, and what stays open."""
    parts: list[str] = []
    room = ROOM
    for part in _parts(evidence):
        room -= len(part.encode("utf-16-le")) // 2 + 2
        if room < 0:
            parts.append(_CUT)
            break
        parts.append(part)
    return "\n\n".join(parts) + "\n"


def _parts(evidence: Evidence) -> Iterator[str]:
    yield f"## ungil port {_short(f'{evidence.project} {evidence.version}'.strip())}"
    yield " ".join(filter(None, (words.headline(evidence), words.patched(evidence), words.LIMITS)))
    yield " · ".join(f"{name}: **{value}** {of}" for name, value, of in words.figures(evidence))
    if evidence.modules:
        yield _modules(evidence)
    yield _table(("stage", "", "what it came to"), map(_step, evidence.steps))
    serious = [one for one in evidence.findings if one.finding.severity is not Severity.NOTE]
    notes = len(evidence.findings) - len(serious)
    if serious:
        left = [f"{len(serious) - NAMED:,} more"] if len(serious) > NAMED else []
        left += [count(notes, "note")] if notes else []
        rows = (_finding(one.finding, words.place(one)) for one in serious[:NAMED])
        yield _table(("level", "rule", "place", "what happens, and the fix"), rows)
        if left:
            yield f"And {' and '.join(left)}."
    for one in [one for one in serious if one.scenarios][:NAMED]:
        yield _details(f"How {one.finding.slug} at {words.place(one)} was seen", _scenario(one.scenarios[0]))
    yield from _folded(evidence)


def _folded(evidence: Evidence) -> Iterator[str]:
    if evidence.stressed and evidence.stressed.tests:
        rows = (
            (code(_cut(test.name)), plain(test.verdict), _often(test.serially), _often(test.threaded))
            for test in evidence.stressed.tests[:NAMED]
        )
        table = _table(("test", "verdict", "failed alone", "in threads"), rows)
        yield _details(f"Tests of which there is something to say: {len(evidence.stressed.tests):,}", table)
    if evidence.hammered and evidence.hammered.models:
        yield _details("Pairs driven", _list(_pairs(evidence)))
    if evidence.scaled:
        yield _details("Scaling", _scaled(evidence.scaled))
    if evidence.repaired and evidence.repaired.repairs:
        repairs = (
            f"{plain(slug)} at {code(where)}{_colon(look)}" for _, slug, where, look in evidence.repaired.repairs
        )
        yield _details(
            f"What ungil fix would change: {count(len(evidence.repaired.repairs), 'repair')}", _list(repairs)
        )
    if evidence.suppressions:
        kept = (f"{_at(one.finding)}: {_short(one.reason)}" for one in evidence.suppressions)
        yield _details(f"Suppressions: {len(evidence.suppressions):,}", _list(kept))
    if evidence.open:
        gaps = (f"{_short(gap.what)}: {_short(gap.why)}" for gap in evidence.open)
        yield _details(f"What stays open: {len(evidence.open):,}", _list(gaps))
    if remarks := words.remarks(evidence):
        yield _details("Also to know", _list(map(_short, remarks)))
    yield _details("Provenance", _list(_provenance(evidence)))


def _modules(evidence: Evidence) -> str:
    rows = (
        (
            code(_cut(one.name)),
            f"**{words.STANDS[words.stands(one)]}**. {_short(one.verdict, VERDICT)}",
            _short(one.declared),
            "; ".join(_short(row.removesuffix(".")) for row in one.tried) or "nothing",
            words.share(one.driven, one.members),
            f"{len(one.found):,}",
        )
        for one in evidence.modules
    )
    return _table(("module", "evidence", "declares", "tried", "API driven", "findings"), rows)


def _step(step: Step) -> tuple[str, str, str]:
    how = f"{step.reached}, kept" if step.kept else str(step.reached)
    return str(step.stage), how, "<br>Next: ".join(filter(None, (_short(step.why), _short(step.advice))))


def _finding(finding: Finding, place: str) -> tuple[str, str, str, str]:
    rule = f"{plain(finding.slug)} ({plain(finding.code)})"
    return finding.severity, rule, code(_cut(place)), f"{_short(finding.message)}.{_fix(finding)}"


def _fix(finding: Finding) -> str:
    return f"<br>Fix: {_short(finding.fix)}." if finding.fix else ""


def _scenario(scenario: Scenario) -> str:
    rows = [scenario.title, *sentences(scenario), f"came out: {scenario.got}"]
    rows += [f"in the order {order}: {outcome}" for order, outcome in scenario.allowed[:NAMED]]
    rows += [f"again in {scenario.again} of {count(scenario.tries, 'more try')}"] if scenario.tries else []
    rows += [f"in plain threads: {scenario.confirmed or 'not tried'}"]
    return fenced("\n".join(_cut(" ".join(shown(row).split())) for row in rows), "text")


def _pairs(evidence: Evidence) -> Iterator[str]:
    for driven in evidence.hammered.models if evidence.hammered else ():
        drawn = matrix(driven)
        found = ", ".join(f"{code(_cut(a.first))} beside {code(_cut(a.second))}" for a in drawn.found[:NAMED])
        ran = f"{drawn.total - len(drawn.never):,} of {count(drawn.total, 'pair')} ran beside each other"
        runs = count(driven.executions, "run")
        yield f"{code(_cut(driven.model))}: {runs}; {ran}{f'; with a finding: {found}' if found else ''}"


def _scaled(scaled: Scaled) -> str:
    builds = (("free-threaded", scaled.free_threaded), ("GIL-enabled", scaled.gil_enabled))
    rows = [
        (name, str(one.threads), short(one.median, 3), f"{short(one.least, 3)} to {short(one.most, 3)}", ratio(of, one))
        for name, of in builds
        for one in of
    ]
    return (
        f"{_short(scaled.what)}\n\n{_table(('build', 'threads', 'calls each second', 'least to most', 'of one'), rows)}"
    )


def _provenance(evidence: Evidence) -> Iterator[str]:
    yield f"command: {code(_cut(evidence.command))}"
    yield f"made: {plain(words.when(evidence.made))}, in {words.duration(evidence.seconds)}"
    yield f"machine: {_short(evidence.machine)}"
    yield f"tools: {_short(', '.join(f'{name} {version}' for name, version in evidence.tools.items()))}"
    yield f"seed: {evidence.seed}"


def _at(finding: Finding) -> str:
    return f"{plain(finding.slug)} at {code(_cut(f'{finding.location.path}:{finding.location.line}'))}"


def _often(runs: tuple[int, int]) -> str:
    return f"{runs[0]} of {runs[1]}" if runs[1] else "not run"


def _colon(text: str) -> str:
    return f": {_short(text)}" if text else ""


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def _short(text: str, most: int = LONGEST) -> str:
    return plain(_cut(" ".join(shown(text).split()), most))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(rows: Iterable[str]) -> str:
    items = list(rows)
    more = [f"and {len(items) - 2 * NAMED:,} more"] if len(items) > 2 * NAMED else []
    return "\n".join(f"- {row}" for row in (*items[: 2 * NAMED], *more))


def _details(summary: str, inside: str) -> str:
    """Markdown is not read inside the line of the summary, which is HTML."""
    said = escape(_cut(" ".join(shown(summary).split()))).replace("@", "@\u200b")
    return f"<details><summary>{said}</summary>\n\n{inside}\n\n</details>"
