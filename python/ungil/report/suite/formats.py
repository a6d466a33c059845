"""What came of a project's tests in each of the formats that an audit has."""

from __future__ import annotations

from ungil.report import github, sarif
from ungil.report.suite import json, markdown, text
from ungil.report.suite.telling import gaps, how_many
from ungil.report.terminal import Style
from ungil.stress.suite.findings import Conclusion

__all__ = ["render"]


def render(conclusion: Conclusion, name: str, style: Style) -> str:
    """The report: ``text`` in this style, ``json``, ``sarif``, ``github`` or ``markdown``."""
    match name:
        case "json":
            return json.render(conclusion)
        case "sarif":
            missing = [f"{why}: {', '.join(names)}" for why, names in gaps(conclusion.stressed)]
            return sarif.with_gaps(conclusion.audit, [*missing, *conclusion.stressed.notes])
        case "github":
            return github.commands(conclusion.audit, " ".join(how_many(conclusion.stressed)))
        case "markdown":
            return markdown.render(conclusion)
        case _:
            return text.render(conclusion, style)
