"""Which lines changed since a revision, as git tells.

The revision is compared through its common ancestor with what is checked out, so that what others did on that branch in
the meantime is not taken for a change here. What is not committed, and files that git does not track yet, count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ungil.errors import RevisionError
from ungil.finding import Location

__all__ = ["Changes", "since"]

_TIMEOUT = 120.0  # seconds for one question to git
_TARGET = re.compile(r'\+\+\+ (?P<quoted>"?)b/(?P<path>[^\t\n]*?)"?\t?$')
_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")
_ESCAPE = re.compile(rb"\\(?:([0-7]{3})|(.))", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class Changes:
    """The lines that changed, by path relative to the audited folder; None stands for a whole file."""

    revision: str
    lines: Mapping[str, tuple[range, ...] | None]

    def touch(self, where: Location) -> bool:
        """Something within the place changed."""
        if where.path not in self.lines:
            return False
        ranges = self.lines[where.path]
        return ranges is None or any(one.start <= where.end_line and where.line < one.stop for one in ranges)


def since(revision: str, root: Path) -> Changes:
    """Asks git what changed below a folder.

    Raises:
        RevisionError: there is no git, no git tree, or no such revision.
    """
    if _git(root, "rev-parse", "--is-inside-work-tree") is None:
        raise RevisionError(
            f"'{root}' is not in a git work tree.", "Audit a folder of a clone, or leave --changed-since away."
        )
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise RevisionError(
            f"git does not know the revision '{revision}'.", "In a shallow clone, fetch it first: git fetch --unshallow"
        )
    base = _git(root, "merge-base", commit.strip(), "HEAD")
    diff = _git(
        root, "diff", "--unified=0", "--relative", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--src-prefix=a/", "--dst-prefix=b/", (base or commit).strip(), "--", ".",
    )  # fmt: skip
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    if diff is None or new is None:
        raise RevisionError(f"git cannot tell what changed since '{revision}'.", "Run 'git diff' there to see why.")
    lines: dict[str, tuple[range, ...] | None] = {**_changed(diff), **dict.fromkeys(filter(None, new.split("\0")))}
    return Changes(revision, lines)


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints, or None when it fails."""
    import subprocess  # noqa: PLC0415 - few audits ask git, and it takes time to import

    # A work tree may name programs that git is to run; none of them is needed here.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)
    except FileNotFoundError as error:
        raise RevisionError("There is no git on PATH.", "Install git, or leave --changed-since away.") from error
    except subprocess.TimeoutExpired as error:
        raise RevisionError(f"git took longer than {_TIMEOUT:.0f} s in '{root}'.", "Try 'git diff' there.") from error
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


def _changed(diff: str) -> dict[str, tuple[range, ...]]:
    lines: dict[str, list[range]] = {}
    current: list[range] = []
    left = 0  # rows of the hunk that are still to come: one of them may look like a heading
    for row in diff.split("\n"):
        if left and row[:1] in {"+", "-"}:
            left -= 1
            continue
        hunk = _HUNK.match(row)
        target = _TARGET.match(row)
        if target is not None:
            current = lines.setdefault(_unquoted(target["path"]) if target["quoted"] else target["path"], [])
        elif hunk is not None:
            left = _rows(row)
            start, count = int(hunk["start"]), int(hunk["count"] or 1)
            # Where lines only went away, their neighbours changed: a lock may have gone.
            current.append(range(start, start + (count or 2)))
    return {path: tuple(ranges) for path, ranges in lines.items()}


def _rows(heading: str) -> int:
    """How many rows, old and new, a hunk has."""
    counts = re.findall(r"[-+]\d+(?:,(\d+))?", heading.split("@@")[1])
    return sum(int(count or 1) for count in counts)


def _unquoted(path: str) -> str:
    def character(match: re.Match[bytes]) -> bytes:
        return bytes([int(match[1], 8)]) if match[1] else _CONTROLS.get(match[2], match[2])

    return _ESCAPE.sub(character, path.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
