"""What stays the same of a finding while the lines around it come and go.

SARIF's consumers and the baseline recognise a finding by it: the rule, the file, and the text of the line without its
white space; in a file without lines, a compiled one, the message. Findings of one rule on equal lines of a file are
told apart by their order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from ungil.finding import Finding
from ungil.lines import Lines

__all__ = ["fingerprints"]


def fingerprints(findings: Iterable[Finding], lines: Lines) -> list[str]:
    """One fingerprint for each finding, no two the same; ``findings`` are in the order of their places."""
    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        line = b" ".join(lines.line(finding.location.path, finding.location.line).split()).decode(errors="replace")
        text = line or ("" if lines.of(finding.location.path) != [b""] else finding.message)
        digest = hashlib.sha256(f"{finding.code}\0{finding.location.path}\0{text}".encode()).hexdigest()
        seen[digest] += 1
        result.append(f"{digest}:{seen[digest]}")
    return result
