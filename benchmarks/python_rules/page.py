"""Results as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from benchmarks.python_rules.judged import VERDICTS, Judgement
from benchmarks.python_rules.measure import Package, Said

import ungil

__all__ = ["is_met", "render"]

type Judged = Mapping[tuple[str, str, str], Judgement]

MOST = 1.0  # warnings in 1,000 lines
LEAST = 0.8  # of those that were read are true

HEAD = """\
<!-- Written by `python -m benchmarks.python_rules --write docs`: change benchmarks/python_rules/page.py instead. -->

# What the rules about Python say of released packages

ungil {ungil} on {packages} packages with {lines:,} lines of Python: {warnings} warnings, {rate:.2f} in 1,000 lines,
and {notes} notes, in {seconds:.0f} s. {read} of the warnings were read by hand: {true} are true, {arguable} arguable,
{false} false. *True*: two threads that use the object as it is meant to be used can meet there, and something goes
wrong. *Arguable*: they could, but who uses it so was not found, or what goes wrong does no harm. These are a reader's
judgements, not the projects': benchmarks/python_rules/judged.toml has each with its reason.
"""

METHOD = """\
## How it is done

Wheels of the releases in benchmarks/python_rules/releases.toml are unpacked, and their Python is read as `ungil
audit` reads it: without tests, documentation and vendored copies. All packages were chosen because they use threads,
before anything was known of the findings. The *named* ones and those under *more* were read while the rules were
made: what was false there made them quieter. The *third* group was read when they were nearly done: 34 of 46 warnings
were true, and rules that were often wrong became notes. The *last* group was read after that: 14 of 36 warnings were
true, 15 false; half of those were one idiom (`cls.__doc__ +=` while a class is made). What the shares above say of it
is after the repair. When all had been judged, facts were sharpened where what was wrong had a general reason: a
comment that says that the caller holds the lock, a list that grows in place by `+=`, greenlets, a thread whose end a
coroutine waits for, a generator in a module that has no word of threads. That took away six warnings, none of them
judged true. Then what a class holds in a module that has no word of threads became a note, which took away two that
are true, and keeps away ten that nobody had seen, of which two are. So the share is that of code which had been read;
of code that nobody has read yet, expect half to three quarters to be true.
"""


def render(found: list[Package], judged: Judged) -> str:
    """The page."""
    verdicts = Counter(one.verdict for _, _, one in _read(found, judged) if one is not None)
    lines, warnings = sum(one["lines"] for one in found), sum(len(one["warnings"]) for one in found)
    head = HEAD.format(
        ungil=ungil.__version__,
        packages=len(found),
        lines=lines,
        warnings=warnings,
        rate=1000 * warnings / lines,
        notes=sum(one["notes"] for one in found),
        seconds=sum(one["seconds"] for one in found),
        read=verdicts.total(),
        **{name: verdicts[name] for name in VERDICTS},
    )
    parts = [head, _targets(found, judged), _by_rule(found, judged), _by_group(found, judged), _other(found), METHOD]
    return "\n".join([*parts, *_every(found, judged)])


def _read(found: list[Package], judged: Judged) -> Iterator[tuple[Package, Said, Judgement | None]]:
    for package in found:
        name = package["name"].partition("==")[0]
        for said in package["warnings"]:
            yield package, said, judged.get((name, said["code"], said["where"]))


def _share(verdicts: Iterable[str]) -> float | None:
    counts = Counter(verdicts)
    return counts["true"] / counts.total() if counts.total() else None


def _rate(found: list[Package]) -> float:
    return 1000 * max(len(one["warnings"]) / one["lines"] for one in found if one["lines"] >= 1000)  # noqa: PLR2004 - of a few lines, nothing follows


def is_met(found: list[Package], judged: Judged) -> bool:
    """Every target."""
    share = _share(one.verdict for _, _, one in _read(found, judged) if one is not None)
    return _rate(found) <= MOST and share is not None and share >= LEAST


def _targets(found: list[Package], judged: Judged) -> str:
    share = _share(one.verdict for _, _, one in _read(found, judged) if one is not None) or 0.0
    rate = _rate(found)
    rows = ["## Targets", "", "| what | wanted | measured | |", "|---|---|---|---|"]
    rows.append(
        f"| warnings in 1,000 lines, the loudest package | at most {MOST:g} | {rate:.2f} | {_met(rate <= MOST)} |"
    )
    rows.append(f"| of those that were read, true | at least {LEAST:.0%} | {share:.0%} | {_met(share >= LEAST)} |")
    return "\n".join([*rows, ""])


def _met(is_so: bool) -> str:  # noqa: FBT001 - one word for one fact
    return "met" if is_so else "**missed**"


def _by_rule(found: list[Package], judged: Judged) -> str:
    rows = [
        "## By rule",
        "",
        "| rule | warnings | read | true | arguable | false | share true |",
        "|---|---|---|---|---|---|---|",
    ]
    by_rule: dict[str, list[str | None]] = {}
    for _, said, one in _read(found, judged):
        key = f"{said['code']} `{said['slug']}`"
        by_rule.setdefault(key, []).append(one.verdict if one is not None else None)
    rows += [f"| {key} | {_cells(by_rule[key])} |" for key in sorted(by_rule)]
    return "\n".join([*rows, ""])


def _cells(verdicts: list[str | None]) -> str:
    read = [one for one in verdicts if one is not None]
    counts = Counter(read)
    share = _share(read)
    shown = "" if share is None else f"{share:.0%}"
    return " | ".join(map(str, [len(verdicts), len(read), *(counts[name] for name in VERDICTS), shown]))


def _by_group(found: list[Package], judged: Judged) -> str:
    rows = ["## By group", "", "| group | lines | warnings | read | true | arguable | false | share true |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for group in dict.fromkeys(one["group"] for one in found):
        these = [one for one in found if one["group"] == group]
        verdicts = [one.verdict if one is not None else None for _, _, one in _read(these, judged)]
        rows.append(f"| {group.replace('_', '-')} | {sum(one['lines'] for one in these):,} | {_cells(verdicts)} |")
    return "\n".join([*rows, ""])


def _other(found: list[Package]) -> str:
    rows = ["## Beside threadcheck 0.0.1", "", "| package | lines | ungil: warnings | notes | threadcheck: warnings |"]
    rows.append("|---|---|---|---|---|")
    these = [one for one in found if one["other"] is not None]
    for one in these:
        cells = (one["name"], f"{one['lines']:,}", len(one["warnings"]), one["notes"], f"{one['other']:,}")
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    total = (
        f"{sum(one['lines'] for one in these):,}",
        sum(len(one["warnings"]) for one in these),
        sum(one["notes"] for one in these),
        f"{sum(one['other'] or 0 for one in these):,}",
    )
    rows.append("| all | " + " | ".join(map(str, total)) + " |")
    said = "It reads the same folders, tests and vendored copies that a wheel carries among them.\n"
    return "\n".join([*rows, "", said])


def _every(found: list[Package], judged: Judged) -> Iterator[str]:
    yield "## Every warning\n\n| package | rule | where | judged | why |\n|---|---|---|---|---|"
    for package, said, one in _read(found, judged):
        verdict = (one.verdict, one.why) if one is not None else ("not read", "")
        yield f"| {package['name']} | {said['code']} | {said['where']} | {' | '.join(verdict)} |"
    yield ""
