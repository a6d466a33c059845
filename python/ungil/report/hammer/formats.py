"""A hunt in each of the formats that an audit has."""

from __future__ import annotations

from ungil.report import github, sarif
from ungil.report.counting import count
from ungil.report.hammer import json, markdown, text
from ungil.report.hammer.driven import gaps
from ungil.report.terminal import Style
from ungil.stress.hammer.findings.conclusion import Conclusion

__all__ = ["render"]


def render(conclusion: Conclusion, name: str, style: Style) -> str:
    """The report: ``text`` in this style, ``json``, ``sarif``, ``github`` or ``markdown``."""
    match name:
        case "json":
            return json.render(conclusion)
        case "sarif":
            missing = (f"{gap.what}: {gap.why}" for gap in gaps(conclusion))
            return sarif.with_gaps(conclusion.audit, [*missing, *conclusion.result.notes])
        case "github":
            runs = count(conclusion.result.executions, "concurrent run")
            return github.commands(conclusion.audit, f"{runs} in {conclusion.result.seconds:.0f} s.")
        case "markdown":
            return markdown.render(conclusion)
        case _:
            return text.render(conclusion, style)
