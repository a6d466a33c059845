"""What came of a project's tests, as Markdown: a page for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from ungil.finding import Finding
from ungil.report.counting import count, not_reported
from ungil.report.markdown import code, fenced, plain
from ungil.report.suite.telling import gaps, how, how_many, limits, verdict
from ungil.stress.suite.findings import Conclusion
from ungil.stress.suite.model import TestTold

__all__ = ["render"]

FINDINGS = 30
NAMES = 5


def render(conclusion: Conclusion) -> str:
    """A heading with the verdict, the findings, how many ran, how, and what that does not show."""
    stressed, found = conclusion.stressed, conclusion.findings
    tests = dict(conclusion.told)
    parts = [f"## ungil stress {code(stressed.project)}: {plain(verdict(conclusion))}"]
    parts += ["\n\n".join(_finding(finding, tests.get(finding))) for finding in found[:FINDINGS]]
    if len(found) > FINDINGS:
        parts.append(f"And {count(len(found) - FINDINGS, 'more finding')}.")
    if reasons := not_reported(conclusion.audit):
        parts.append(f"Not reported: {plain(', '.join(reasons))}.")
    parts.append(plain(" ".join(how_many(stressed))))
    parts += _list("### Not in threads", _gaps(conclusion))
    *rows, command = how(stressed)
    parts += _list("### How", map(plain, [*rows, *stressed.notes]))
    parts.append(fenced(command, "console"))
    return "\n\n".join([*parts, plain(limits(stressed))]) + "\n"


def _finding(finding: Finding, test: TestTold | None) -> Iterator[str]:
    where = finding.location
    yield f"### {finding.slug} ({finding.code}), {finding.severity}: {code(f'{where.path}:{where.line}')}"
    yield f"{plain(finding.message)}."
    yield fenced("\n".join(finding.evidence), "text")
    yield f"Fix: {plain(finding.fix)}."
    if test is not None and (more := "\n\n".join(filter(None, [test.said, test.stacks]))):
        yield f"<details><summary>What it said</summary>\n\n{fenced(more, 'text')}\n\n</details>"


def _gaps(conclusion: Conclusion) -> Iterator[str]:
    for why, names in gaps(conclusion.stressed):
        more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
        yield f"{plain(why)}: {', '.join(map(code, names[:NAMES]))}{more}"


def _list(heading: str, rows: Iterator[str]) -> list[str]:
    items = "\n".join(f"- {row}" for row in rows)
    return [heading, items] if items else []
