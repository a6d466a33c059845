"""Comments that allow what a rule would report.

    item = PyList_GetItem(list, 0);  // ungil: allow(borrowed-list-item) the list is still private to this thread

    /* ungil: allow(UG101, UG202) the importer holds its lock */
    static PyObject *
    first(PyObject *self, PyObject *list)

    // ungil: allow-file(lazily-filled-static) only ever loaded by the main thread, see PORTING.md

Beside code, a comment speaks for the lines that it stands on; alone, for the statement or the head of the definition
below it; ``allow-file`` speaks for the whole file, wherever it stands. The reason is required: it is what a reviewer
reads, and without one nothing is suppressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ungil.audit import notices
from ungil.audit.analysis import Remark
from ungil.audit.selection import named
from ungil.description import Description
from ungil.errors import nearest
from ungil.finding import Confidence, Finding, Location
from ungil.lines import Lines

__all__ = ["Suppressed", "Suppressions"]

_ALLOW = re.compile(
    r"\bungil:\s*allow(?P<file>-file)?\s*\((?P<names>[^()]*)\)(?P<reason>.*)", re.DOTALL | re.IGNORECASE
)
_ADDRESSED = re.compile(r"\s*ungil:\s*(?P<said>\S*)", re.IGNORECASE)
_DECORATION = re.compile(r"^\s*(?://+[!<]*|/\*+[!<]*|#+|\*(?!/))|\*+/\s*$|\\\s*$", re.MULTILINE)
_LONGEST_HEAD = 20  # lines of a statement or of a definition's head that a comment above it speaks for
_LINE_BY_LINE = re.compile(r"\.(?:ya?ml|toml|ini|cfg|supp|txt)$")  # no statements
_PASSED_OVER = re.compile(rb"\s*(?://|/\*.*\*/\s*$|#\s|$)")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that somebody allowed, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class _Suppression:
    location: Location
    codes: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    lines: range | None  # None: the whole file

    def covers(self, where: Location) -> bool:
        """The place lies on one of the lines."""
        return self.lines is None or (where.line < self.lines.stop and where.end_line >= self.lines.start)


class Suppressions:
    """The suppressions in a project's comments, and what is wrong with them."""

    def __init__(self, remarks: Iterable[Remark], rules: Sequence[Description], lines: Lines) -> None:
        self._rules = rules
        self._by_place: dict[tuple[str, str], list[_Suppression]] = {}
        self._used: set[tuple[Location, str]] = set()
        self._all: list[_Suppression] = []
        self._problems: list[Finding] = []
        for remark in remarks:
            self._read(remark, lines)

    def _read(self, remark: Remark, lines: Lines) -> None:
        body = _DECORATION.sub("", remark.text).strip()
        allow = _ALLOW.search(body)
        if allow is None:
            said = _ADDRESSED.match(body)
            if said is not None:
                self._problems.append(_unclear(remark.location, said["said"]))
            return
        names = [name.strip() for name in allow["names"].split(",") if name.strip()]
        meant = [named(name, self._rules) for name in names]
        one = _Suppression(
            remark.location,
            tuple(rule.code for rule in meant if rule is not None),
            tuple(name for name, rule in zip(names, meant, strict=True) if rule is None),
            " ".join(allow["reason"].split()).lstrip(":,;.-\u2013\u2014 "),
            None if allow["file"] else _spoken_for(remark.location, lines.of(remark.location.path)),
        )
        self._problems += [_unknown(one.location, name, self._rules) for name in one.unknown]
        if not names:
            self._problems.append(_unclear(remark.location, "allow()"))
        elif not re.search(r"\w", one.reason):
            self._problems.append(_reasonless(one.location, names))
        else:
            self._all.append(one)
            for code in one.codes:
                self._by_place.setdefault((one.location.path, code), []).append(one)

    def allows(self, finding: Finding, places: Iterable[Location]) -> Suppressed | None:
        """The finding with the reason why it is allowed at one of these places, or None when it is not."""
        allowed = None
        for place in places:
            for one in self._by_place.get((place.path, finding.code), ()):
                if one.covers(place):
                    self._used.add((one.location, finding.code))
                    allowed = allowed or Suppressed(finding, one.reason)
        return allowed

    def problems(self, looked_for: Callable[[str, str], bool]) -> list[Finding]:
        """What is wrong with the suppressions, once every finding has been put to ``allows``.

        Args:
            looked_for: says of a rule's code and a path whether the rule was looked for there: only then is it known
                that there is nothing to find.
        """
        unused = [
            _unused(one.location, code, self._rules)
            for one in self._all
            for code in dict.fromkeys(one.codes)
            if looked_for(code, one.location.path) and (one.location, code) not in self._used
        ]
        return self._problems + unused


def _spoken_for(comment: Location, lines: Sequence[bytes]) -> range:
    """The lines that a comment which is not for the whole file speaks for."""
    before = lines[comment.line - 1][: comment.column - 1].strip()
    after = lines[comment.end_line - 1][comment.end_column - 1 :].strip() if comment.end_line <= len(lines) else b""
    if before or after:
        return range(comment.line, comment.end_line + 1)
    first = comment.end_line + 1
    while first <= len(lines) and _PASSED_OVER.match(lines[first - 1]):
        first += 1
    last = first
    if _LINE_BY_LINE.search(comment.path):
        return range(first, last + 1)
    if comment.path.endswith(".py"):  # a statement begins on its first line, a definition behind its decorators
        while last < len(lines) and lines[last - 1].lstrip().startswith(b"@"):
            last += 1
        return range(first, last + 1)
    while last < min(len(lines), first + _LONGEST_HEAD) and not re.search(rb"[;{}]", lines[last - 1]):
        last += 1
    return range(first, last + 1)


def _problem(notice: Description, location: Location, message: str, fix: str) -> Finding:
    return Finding(
        code=notice.code,
        slug=notice.slug,
        message=message,
        location=location,
        severity=notice.severity,
        confidence=Confidence.HIGH,
        fix=fix,
    )


def _reasonless(location: Location, names: Iterable[str]) -> Finding:
    said = f"the suppression of {', '.join(names)} gives no reason, and does not count"
    return _problem(notices.WITHOUT_REASON, location, said, "write behind the bracket why the code is right as it is")


def _unknown(location: Location, name: str, rules: Sequence[Description]) -> Finding:
    near = nearest(name, [key for rule in rules for key in (rule.code, rule.slug)])
    fix = near.removesuffix("?").replace("Did you mean", "write") or "'ungil rules' lists the names"
    return _problem(notices.UNKNOWN_RULE, location, f"there is no rule '{name}' to be allowed", fix)


def _unused(location: Location, code: str, rules: Sequence[Description]) -> Finding:
    slug = next(rule.slug for rule in rules if rule.code == code)
    return _problem(
        notices.UNUSED, location, f"there is nothing here that {slug} ({code}) would report", "remove the suppression"
    )


def _unclear(location: Location, said: str) -> Finding:
    message = f"a comment that speaks to ungil says '{said}', which means nothing to it"
    return _problem(
        notices.UNCLEAR, location, message, "write 'ungil: allow(RULE) REASON', or 'allow-file' for the file"
    )
