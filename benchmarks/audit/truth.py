"""How true the front-end is: its function definitions beside Universal Ctags', its calls beside an independent count.

    python -m benchmarks.audit.truth [--show N] [--check] [RELEASE...]

Reads the releases of truth.txt unless some are named. Ctags is Debian's `universal-ctags`. A definition is a file, a
line and a name. Ctags is asked twice: about each file as it stands, of which it reads one branch of an #if where it
must choose, and about each file without the #if lines and without what the scanner passed over. What stands in a branch
that no free-threaded build compiles is left out of the comparison, and counted.
With --show, N of the differences of each kind are printed, drawn at random with a fixed seed, to be judged in the
source; docs/audit-truth.md has what was judged. With --check the exit code is 1 if a share misses its target.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.audit import count, ctags, releases

from ungil import source
from ungil.facts.model import File, Span
from ungil.facts.native import read as c
from ungil.source import Source

RELEASES = Path(__file__).with_name("truth.txt")
MOST_MISSING, MOST_INVENTED = 0.01, 0.01  # of the definitions that ctags finds, and of those that we find

_BRANCH = re.compile(rb"\s*#\s*(?:if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")

type Definition = tuple[int, str]  # line and name


@dataclass
class Tally:
    """What one release, or all of them, came to."""

    lines: int = 0
    ours: int = 0
    theirs: int = 0
    renamed: list[str] = field(default_factory=list)  # one body, to which the two give different names
    missing: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    excluded: int = 0  # definitions that only ctags sees, in a branch that no free-threaded build compiles
    alternative: int = 0  # that only ctags sees, because the scanner reads another alternative of the same function
    calls: int = 0
    counted: int = 0
    calls_missing: list[str] = field(default_factory=list)
    calls_invented: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Adds the numbers of another."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit.truth", description=__doc__.splitlines()[0])
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="name==version, or a folder")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N differences of each kind")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args(arguments)
    total = Tally()
    for release in options.releases or RELEASES.read_text(encoding="utf-8").split():
        tally = compare(release)
        print(_row(release, tally), flush=True)
        total.add(tally)
    print(_row("together", total))
    print(
        f"left out: {total.excluded} definitions in branches that no free-threaded build compiles, "
        f"{total.alternative} that stand twice, in two alternatives of one #if"
    )
    _show(total, options.show)
    return 1 if options.check and not _meets(total) else 0


def compare(release: str) -> Tally:
    """One release, read by both."""
    folder = Path(release) if Path(release).is_dir() else releases.unpack(release, generated=False)
    project = source.read(str(folder))
    files = c.read(project.sources).files
    theirs = ctags.definitions(folder, project.sources)
    compiled = [_without_branches(one, file) for one, file in zip(project.sources, files, strict=True)]
    with tempfile.TemporaryDirectory() as scratch:
        releases.write(Path(scratch), compiled)
        for path, found in ctags.definitions(Path(scratch), compiled).items():
            theirs.setdefault(path, {}).update(found)
    tally = Tally()
    for one, file in zip(project.sources, files, strict=True):
        _compare_file(tally, f"{folder.name}/", one, file, theirs.get(one.path, {}))
    return tally


def _without_branches(one: Source, file: File) -> Source:
    passed_over = _lines([*file.excluded, *file.unread])
    kept = [
        b"" if line in passed_over or _BRANCH.match(text) else text
        for line, text in enumerate(one.data.split(b"\n"), 1)
    ]
    return Source(one.path, b"\n".join(kept), one.language)


def _compare_file(tally: Tally, prefix: str, one: Source, file: File, theirs: dict[Definition, int]) -> None:
    ours = {(f.span.line, ctags.bare(f.name)): f for f in file.functions}
    theirs = _as_we_say(one.data.split(b"\n"), theirs, ours.keys())
    names = {name for _, name in ours}
    excluded, unread = _lines(file.excluded), _lines(file.unread)
    tally.lines += file.lines
    tally.ours += len(ours)
    renamed = _renamed(theirs, ours.keys())
    tally.renamed += [f"{prefix}{one.path}:{line} {name}, ctags: {said}" for (_, said), (line, name) in renamed.items()]
    for line, name in sorted(theirs.keys() - ours.keys() - renamed.keys()):
        if line in excluded:
            tally.excluded += 1
        elif line in unread and name in names:
            tally.alternative += 1
        else:
            tally.missing.append(f"{prefix}{one.path}:{line} {name}")
    tally.theirs += sum(line not in excluded for line, _ in theirs)
    tally.invented += [
        f"{prefix}{one.path}:{line} {name}"
        for line, name in sorted(ours.keys() - theirs.keys() - set(renamed.values()))
    ]
    both = {definition: theirs[definition] for definition in theirs.keys() & ours.keys()}
    passed_over = excluded | unread
    counted = Counter(call for call in count.calls(one.data, both) if call[0] not in passed_over)
    found = Counter(
        (call.span.line, call.name)
        for definition in both
        for call in ours[definition].calls
        if call.span.line not in passed_over
    )
    tally.calls += found.total()
    tally.counted += counted.total()
    tally.calls_missing += [f"{prefix}{one.path}:{line} {name}" for line, name in (counted - found).elements()]
    tally.calls_invented += [f"{prefix}{one.path}:{line} {name}" for line, name in (found - counted).elements()]


def _as_we_say(lines: list[bytes], theirs: dict[Definition, int], ours: Set[Definition]) -> dict[Definition, int]:
    """Of `WRAPPER(f)(int x) {` ctags says WRAPPER, and we f: the same definition."""
    inside = dict(ours)
    renamed = {}
    for (line, name), end in theirs.items():
        inner = inside.get(line, name)
        wraps = re.search(
            rb"\b%b\s*\(\s*%b\s*\)" % (re.escape(name.encode()), re.escape(inner.encode())), lines[line - 1]
        )
        renamed[line, inner if wraps else name] = end
    return renamed


def _renamed(theirs: dict[Definition, int], ours: Set[Definition]) -> dict[Definition, Definition]:
    """What ctags found under another name: of `MACRO(x)` and then `int f(void) {` it may say MACRO."""
    unmatched = sorted(ours - theirs.keys())
    pairs: dict[Definition, Definition] = {}
    for line, name in sorted(theirs.keys() - ours):
        within = [one for one in unmatched if line <= one[0] <= theirs[line, name]]
        if len(within) == 1 and within[0] not in pairs.values():
            pairs[line, name] = within[0]
    return pairs


def _lines(spans: Iterable[Span]) -> set[int]:
    return {line for span in spans for line in range(span.line, span.end_line + 1)}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _row(name: str, tally: Tally) -> str:
    missing, invented = _share(len(tally.missing), tally.theirs), _share(len(tally.invented), tally.ours)
    calls = _share(len(tally.calls_missing), tally.counted), _share(len(tally.calls_invented), tally.calls)
    return (
        f"{name:<26}{tally.lines:>9,} lines  ctags {tally.theirs:>6,}  ungil {tally.ours:>6,}  "
        f"other name {len(tally.renamed):>3}  missing {len(tally.missing):>4} {missing:6.2%}  "
        f"invented {len(tally.invented):>4} {invented:6.2%}   "
        f"calls {tally.calls:>7,}  missing {calls[0]:6.2%}  invented {calls[1]:6.2%}"
    )


def _show(total: Tally, number: int) -> None:
    for kind in ("renamed", "missing", "invented", "calls_missing", "calls_invented") if number else ():
        places = getattr(total, kind)
        chosen = random.Random(4).sample(places, min(number, len(places)))  # noqa: S311 - a sample, no secret
        print(f"\n{kind}, {len(chosen)} of {len(places)}:", *sorted(chosen), sep="\n")


def _meets(total: Tally) -> bool:
    missing, invented = _share(len(total.missing), total.theirs), _share(len(total.invented), total.ours)
    return missing <= MOST_MISSING and invented <= MOST_INVENTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
