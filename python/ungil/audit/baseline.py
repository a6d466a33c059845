"""Findings that were there when a project began to use the audit: a file that says which, so that only new ones count.

The file is JSON, sorted and one finding a line, so that a repaired finding is one line less in a diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ungil.audit.fingerprint import fingerprints
from ungil.errors import BaselineError
from ungil.files import write_whole
from ungil.finding import Finding
from ungil.lines import Lines

__all__ = ["Baseline", "Entry", "read", "write"]

VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding that is known: the file, the rule's code, and what stays the same of it."""

    path: str
    code: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that are known, by fingerprint."""

    entries: tuple[Entry, ...]

    def split(self, findings: Iterable[Finding], lines: Lines) -> tuple[list[Finding], set[str]]:
        """The findings that are new, and the fingerprints of those that are known."""
        known = {entry.fingerprint for entry in self.entries}
        every = list(findings)
        pairs = list(zip(every, fingerprints(every, lines), strict=True))
        return [finding for finding, one in pairs if one not in known], {one for _, one in pairs} & known


def read(path: Path) -> Baseline:
    """Reads a baseline.

    Raises:
        BaselineError: there is none, or the file is not one.
    """
    advice = f"Write it anew: ungil audit PATH --write-baseline {path}"
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BaselineError(f"There is no baseline '{path}'.", advice) from error
    except OSError as error:
        raise BaselineError(f"The baseline '{path}' cannot be read: {error.strerror}.", advice) from error
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"'{path}' is not a baseline: it is not JSON.", advice) from error
    version = plain.get("version") if isinstance(plain, dict) else None
    if version != VERSION:
        said = f"version {version}" if isinstance(version, int) else "without a version"
        raise BaselineError(f"'{path}' is not a baseline that this ungil reads: it is {said}, not {VERSION}.", advice)
    try:
        return Baseline(tuple(_entry(one) for one in plain["findings"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BaselineError(
            f"'{path}' is not a baseline: an entry is not a path, a code, a fingerprint.", advice
        ) from error


def _entry(plain: dict[str, Any]) -> Entry:
    entry = Entry(plain["path"], plain["code"], plain["fingerprint"])
    if not all(isinstance(text, str) for text in (entry.path, entry.code, entry.fingerprint)):
        raise TypeError(entry)
    return entry


def write(path: Path, findings: Iterable[Finding], lines: Lines) -> int:
    """Writes the baseline in which all of these findings are known, and says how many they are.

    Raises:
        OutputError: it cannot be written.
    """
    every = list(findings)
    prints = fingerprints(every, lines)
    entries = sorted(Entry(f.location.path, f.code, one) for f, one in zip(every, prints, strict=True))
    rows = [
        json.dumps({"path": e.path, "code": e.code, "fingerprint": e.fingerprint}, ensure_ascii=False) for e in entries
    ]
    body = ",\n".join(f"    {row}" for row in rows)
    inner = f"\n{body}\n  " if rows else ""
    write_whole(path, f'{{\n  "version": {VERSION},\n  "findings": [{inner}]\n}}\n'.encode())
    return len(entries)
