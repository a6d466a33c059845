"""What whoever has read the source says of a finding: judged.toml, held against what a run has found."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.audit.measure import BenchmarkError
from benchmarks.released.results import Found

__all__ = ["Judgements"]

FILE = Path(__file__).parent / "judged.toml"
VERDICTS = ("true", "as documented", "false")


@dataclass(frozen=True)
class Judgement:
    """Of a finding.

    Attributes:
        verdict: one of VERDICTS.
        why: in a sentence or two.
    """

    verdict: str
    why: str


class Judgements:
    """All of them. A finding is known by its release, its code and the function that its message begins with."""

    def __init__(self) -> None:
        """Read the file.

        Raises:
            BenchmarkError: a verdict is none.
        """
        self._known: dict[tuple[str, str, str], Judgement] = {}
        for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["finding"]:
            if one["verdict"] not in VERDICTS:
                raise BenchmarkError(f"{FILE.name}: {one['verdict']!r} is none of {', '.join(VERDICTS)}")
            self._known[one["release"], one["code"], one["function"]] = Judgement(one["verdict"], one["why"].strip())

    def of(self, release: str, finding: Found) -> Judgement | None:
        """What is said of it; None if nobody has judged it."""
        return self._known.get((release, finding["code"], finding["message"].partition("(")[0]))
