"""Findings that maintainers have dealt with, and what is said of the repair beside what they did: judged.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.audit.measure import BenchmarkError

__all__ = ["RIGHT", "VERDICTS", "Case", "cases"]

FILE = Path(__file__).with_name("judged.toml")
RIGHT = ("same", "different")
VERDICTS = (*RIGHT, "not enough", "wrong")


@dataclass(frozen=True)
class Case:
    """One of them, in the last release that had it.

    Attributes:
        release: as ``name==version``.
        path, line: where the finding lies there.
        code: of the rule that finds it.
        function: that it lies in.
        maintainers: what they did about it.
        verdict: one of VERDICTS, on the repair; empty if none is made.
        why: in a sentence or two; empty if none is made.
    """

    release: str
    path: str
    line: int
    code: str
    function: str
    maintainers: str
    verdict: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """Tells it from all others."""
        return f"{self.release} {self.path}:{self.line} {self.code}"


def cases() -> tuple[Case, ...]:
    """All of them.

    Raises:
        BenchmarkError: a verdict is none.
    """
    read = tuple(Case(**one) for one in tomllib.loads(FILE.read_text(encoding="utf-8")).get("case", ()))
    for one in read:
        if one.verdict not in ("", *VERDICTS):
            raise BenchmarkError(f"{FILE.name}: {one.verdict!r} is none of {', '.join(VERDICTS)}")
    return read
