"""Results as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.python_rules import results
from benchmarks.python_rules.results import VERDICTS, Package, Results, Said
from benchmarks.python_rules.targets import TARGETS
from benchmarks.target import Target

__all__ = ["render"]

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


def render(found: Results) -> str:
    """The page."""
    said = results.every(found)
    verdicts = Counter(one["verdict"] for one in said)
    lines = sum(one["lines"] for one in found["packages"])
    head = HEAD.format(
        ungil=found["ungil"],
        packages=len(found["packages"]),
        lines=lines,
        warnings=len(said),
        rate=1_000 * len(said) / lines,
        notes=sum(one["notes"] for one in found["packages"]),
        seconds=sum(one["seconds"] for one in found["packages"]),
        read=len(results.read(said)),
        **{name: verdicts[name] for name in VERDICTS},
    )
    parts = (_targets(found), _by_rule(said), _by_group(found), _other(found), (METHOD,), _every(found))
    return "\n".join([head, *(row for part in parts for row in part)])


def _targets(found: Results) -> Iterator[str]:
    yield "## Targets\n\n| what | wanted | measured | |\n|---|---|---|---|"
    yield from (_target(target, found) for target in TARGETS)
    yield ""


def _target(target: Target[Results], found: Results) -> str:
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    value = target.value(found)
    shown = "not measured" if value is None else f"{value:.2f}".removesuffix(".00")
    return f"| {target.says} | {wanted} | {shown} | {'met' if target.met(found) else '**missed**'} |"


def _by_rule(said: list[Said]) -> Iterator[str]:
    yield "## By rule\n\n| rule | warnings | read | true | arguable | false | share true |"
    yield "|---|---|---|---|---|---|---|"
    by_rule: dict[tuple[str, str], list[Said]] = {}
    for one in said:
        by_rule.setdefault((one["code"], one["slug"]), []).append(one)
    yield from (f"| {code} `{slug}` | {_cells(some)} |" for (code, slug), some in sorted(by_rule.items()))
    yield ""


def _cells(said: list[Said]) -> str:
    counts = Counter(one["verdict"] for one in said)
    share = results.share(said)
    shown = "" if share is None else f"{share:.0f}%"
    return " | ".join(map(str, [len(said), len(results.read(said)), *(counts[name] for name in VERDICTS), shown]))


def _by_group(found: Results) -> Iterator[str]:
    yield "## By group\n\n| group | lines | warnings | read | true | arguable | false | share true |"
    yield "|---|---|---|---|---|---|---|---|"
    by_group: dict[str, list[Package]] = {}
    for one in found["packages"]:
        by_group.setdefault(one["group"], []).append(one)
    for group, some in by_group.items():
        said = [warning for one in some for warning in one["warnings"]]
        yield f"| {group} | {sum(one['lines'] for one in some):,} | {_cells(said)} |"
    yield ""


def _other(found: Results) -> Iterator[str]:
    rows = [
        (one["name"], one["lines"], len(one["warnings"]), one["notes"], one["other"])
        for one in found["packages"]
        if one["other"] is not None
    ]
    if not rows:
        return
    yield "## Beside threadcheck 0.0.1\n\n| package | lines | ungil: warnings | notes | threadcheck: warnings |"
    yield "|---|---|---|---|---|"
    yield from (_row(*row) for row in rows)
    yield _row("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:]))
    yield "\nIt reads the same folders, tests and vendored copies that a wheel carries among them.\n"


def _row(name: str, *numbers: int) -> str:
    return f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |"


def _every(found: Results) -> Iterator[str]:
    yield "## Every warning\n\n| package | rule | where | judged | why |\n|---|---|---|---|---|"
    for package in found["packages"]:
        for one in package["warnings"]:
            cells = (package["name"], one["code"], one["where"], one["verdict"] or "not read", one["why"])
            yield f"| {' | '.join(cells)} |"
    yield ""
