"""What others wrote, as it may be shown: no character that is none, that hides, or that turns others round."""

from __future__ import annotations

import re

from ungil.report.terminal import printable

__all__ = ["shown"]

_COLOURS = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


def shown(text: str) -> str:
    """``text`` with its lines and tabs, without colours; what is not a character to show is U+FFFD."""
    lines = _COLOURS.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line if line.isprintable() else _line(line) for line in lines)


def _line(line: str) -> str:
    return "\t".join(map(printable, line.split("\t")))
