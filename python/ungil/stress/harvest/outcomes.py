"""How the tests of a session ended, read from what ``outcome_plugin`` has written in the process that ran them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Outcomes", "read_outcomes"]


@dataclass(slots=True)
class Outcomes:
    """How the tests of a session ended.

    Attributes:
        ended: of each test that came to an end: ``passed``, ``failed``, ``skipped`` or ``xfailed``.
        in_test: the test that had begun and not ended, when the session did.
    """

    ended: dict[str, str] = field(default_factory=dict)
    in_test: str = ""

    def __str__(self) -> str:
        """``448 passed, 1 failed``."""
        counted = Counter(self.ended.values())
        return ", ".join(f"{count} {outcome}" for outcome, count in counted.most_common()) or "no test ended"


def read_outcomes(path: Path) -> Outcomes:
    """What the plugin wrote, as far as it came; nothing if it wrote nothing."""
    found = Outcomes()
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            test, outcome = json.loads(line)
        except ValueError:
            break  # where the writer was ended
        if outcome == "begun":
            found.in_test = test
        elif outcome == "over":
            found.in_test = ""
        elif found.ended.get(test) != "failed":
            found.ended[test] = outcome
    return found
