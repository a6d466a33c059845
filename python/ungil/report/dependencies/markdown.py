"""Dependencies as Markdown: the findings, then every package that is compiled or needs something."""

from __future__ import annotations

from ungil.deps.check import Checked
from ungil.deps.package import Package, Status
from ungil.report.counting import count
from ungil.report.dependencies import words
from ungil.report.markdown import code, plain, table

__all__ = ["render"]

_ROWS = 300  # packages: a comment on GitHub holds 65,536 characters


def render(checked: Checked) -> str:
    """A heading with the numbers, the findings, a table of packages."""
    summary = words.summary(checked)
    parts = [f"## ungil deps: {summary[0].lower()}{summary[1:]}", f"{plain(words.subject(checked))}."]
    parts += table(checked.findings, lambda one: f"{one.location.path}:{one.location.line}")
    rows = [_row(one) for one in words.ranked(checked.packages) if one.status is not Status.ANY_BUILD or one.falls_back]
    if rows:
        head = [f"| package | version | for {checked.target.python} | since | upgrade to |", "|---|---|---|---|---|"]
        parts.append("\n".join([*head, *rows[:_ROWS]]))
    if len(rows) > _ROWS:
        parts.append(f"And {count(len(rows) - _ROWS, 'package')} more.")
    told = [f"{words.tally(checked)}.", *words.aside(checked)]
    if hidden := words.not_reported(checked):
        told.append(f"Not reported: {hidden}.")
    for error, names in checked.failures.values():
        told.append(f"Not known: {', '.join(names)}. {error.happened} {error.advice}")
    return "\n\n".join([*parts, *(plain(row) for row in told)]) + "\n"


def _row(package: Package) -> str:
    dependency = package.dependency
    cells = [
        code(dependency.name),
        plain(str(dependency.version or "")),
        plain(words.status(package)),
        plain(words.since(package.since, dated=True)),
        plain(words.upgrade(package, newest=True)),
    ]
    return f"| {' | '.join(cells)} |"
