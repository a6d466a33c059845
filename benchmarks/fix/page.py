"""Results as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from benchmarks.fix.followed import LEFT
from benchmarks.fix.judged import cases
from benchmarks.fix.packages import packages
from benchmarks.fix.results import BUILDS, Fixed, Results, Tree, Tried, same, well
from benchmarks.fix.targets import TARGETS
from benchmarks.target import Target

__all__ = ["render"]

HEAD = """\
<!-- Written by `make bench-fix` from {stem}.json and benchmarks/fix/judged.toml: change benchmarks/fix/page.py. -->

# Released packages, fixed

{number} source distributions from the package index, as `ungil fix --unsafe-fixes` leaves them: built, imported and
tested on {builds}, beside what they were. ungil {ungil} on {python}; {compiler}.
{cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began; it took {minutes:.0f} minutes).
All of it is in [{stem}.json]({stem}.json).
"""

METHOD = """\
## How it is done

`make bench-fix` unpacks each source distribution that benchmarks/fix/packages.toml names, runs
`ungil fix --unsafe-fixes` on a copy, and does the same with both trees: for each Python an environment of its own, a
wheel built by its own build backend, and its own tests, in a folder where nothing but the tests is, so that they import
what was installed. Each compiled module has to come from that wheel: a fallback in Python does not count. The releases
were chosen before any was fixed, for C or C++ in which the audit finds something and tests in the source distribution;
none was taken out for its result. Nobody has looked at what there is to look at: each repair that says so was taken
as it was.

- **before**, **left** and **after** count errors and warnings; **repairs** is how many were made, of which one may do
  away with several findings. What is left waits for a decision.
- Tests are compared one by one: **broken** is what passed before, and twice did not afterwards.
- Times are those of whole commands without a cache, audit and fix in turn, medians of {rounds}.
- Warnings of the compiler are compared without their lines; those that say "maybe" are left out.
- Tests left out: {deselected}.
"""


def render(found: Results, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(
        stem=stem,
        number=len(found["packages"]),
        builds=" and ".join(BUILDS),
        minutes=found["seconds"] / 60,
        **{key: found[key] for key in ("ungil", "python", "compiler", "cpu", "cpus", "system", "load")},
    )
    method = METHOD.format(rounds=found["rounds"], deselected=_deselected())
    parts = [
        head,
        _targets(found),
        *_findings(found),
        *_builds(found),
        *_fixers(found),
        *_odd(found),
        *_cases(found),
        method,
    ]
    return "\n".join(parts)


def _targets(found: Results) -> str:
    rows = ["## Targets", "", "| what | wanted | measured | |", "|---|---|---|---|"]
    rows += [_target(target, found) for target in TARGETS]
    return "\n".join([*rows, ""])


def _target(target: Target[Results], found: Results) -> str:
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    value = target.value(found)
    shown = "not measured" if value is None else f"{value:.2f}".removesuffix(".00")
    return f"| {target.says} | {wanted} | {shown} | {'met' if target.met(found) else '**missed**'} |"


def _findings(found: Results) -> Iterator[str]:
    yield "## What was repaired\n"
    yield "| release | written in | before | repairs | left | after | lines | audit, s | fix, s | times |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for one in found["packages"]:
        repairs = sum(one["fixed"].values())
        times = one["fix_seconds"] / one["audit_seconds"]
        cells = [one["made_with"], one["before"], repairs, len(one["left"]), one["after"]]
        lines = f"+{one['lines_added']:,} -{one['lines_removed']:,}"
        seconds = f"{one['audit_seconds']:.2f} | {one['fix_seconds']:.2f} | {times:.2f}"
        yield f"| {_name(one)} | {' | '.join(map(str, cells))} | {lines} | {seconds} |"
    sums = [sum(some) for some in zip(*(_numbers(one) for one in found["packages"]), strict=True)]
    yield f"| all | | {' | '.join(f'{number:,}' for number in sums)} | | | | |\n"


def _numbers(one: Fixed) -> tuple[int, int, int, int]:
    return one["before"], sum(one["fixed"].values()), len(one["left"]), one["after"]


def _builds(found: Results) -> Iterator[str]:
    yield "## What came of it\n"
    columns = [f"{build}, {what}" for build in BUILDS for what in ("builds", "tests before", "tests after")]
    yield f"| release | {' | '.join(columns)} | GIL stays off |"
    yield f"|---|{'---|' * len(columns)}---|"
    for one in found["packages"]:
        cells = [cell for build in BUILDS for cell in _cells(one["tried"][build])]
        yield f"| {_name(one)} | {' | '.join(cells)} | {_gil(one['tried'][BUILDS[1]])} |"
    yield "\nTests are passed / failed / skipped.\n"


def _cells(tried: Tried) -> tuple[str, str, str]:
    return _verdict(tried), _tests(tried["before"]), _tests(tried["after"])


def _verdict(tried: Tried) -> str:
    if well(tried["after"]):
        return ("yes" if same(tried) else "**tests differ**") if well(tried["before"]) else "yes, and did not before"
    return "**no more**" if well(tried["before"]) else "no, as before"


def _tests(tree: Tree) -> str:
    suite = tree["suite"]
    if suite is None:
        return "none"
    numbers = f"{suite['passed']:,} / {suite['failed']:,} / {suite['skipped']:,}"
    return f"{numbers}, **broken off**" if suite["trouble"] else numbers


def _gil(tried: Tried) -> str:
    before, after = (tree["gil_off"] for tree in (tried["before"], tried["after"]))
    return "yes" if before and after else "now" if after else "**no more**" if before else "no"


def _fixers(found: Results) -> Iterator[str]:
    yield "## By fixer, and by rule\n\n| fixer | repairs | releases |\n|---|---|---|"
    repairs: Counter[str] = Counter()
    releases: Counter[str] = Counter()
    for one in found["packages"]:
        repairs.update(one["fixed"])
        releases.update(one["fixed"].keys())
    yield from (f"| {slug} | {number:,} | {releases[slug]} |" for slug, number in repairs.most_common())
    yield "\n| rule | left | releases |\n|---|---|---|"
    left = Counter(one["code"] for package in found["packages"] for one in package["left"])
    where = Counter(code for package in found["packages"] for code in {one["code"] for one in package["left"]})
    yield from (f"| {code} | {number:,} | {where[code]} |" for code, number in left.most_common())
    yield ""


def _odd(found: Results) -> Iterator[str]:
    """What a reader wants to see with its name."""
    yield "## What went wrong\n"
    yield "\n".join(_list(_wrongs(found)))
    yield ""


def _wrongs(found: Results) -> Iterator[str]:
    for one in found["packages"]:
        yield from (f"{_name(one)}: new finding: {what}" for what in one["appeared"])
        if one["again"]:
            yield f"{_name(one)}: {one['again']} more repairs in a second run"
        for build in BUILDS:
            yield from (f"{_name(one)}, {build}: {what}" for what in _wrong(one["tried"][build]))


def _wrong(tried: Tried) -> Iterator[str]:
    for when, tree in (("before", tried["before"]), ("after", tried["after"])):
        trouble = tree["trouble"] or (tree["suite"]["trouble"] if tree["suite"] else "")
        if trouble:
            yield f"{when}: {_text(trouble)}"
    yield from (f"broken: {_text(test)}" for test in tried["broken"][:MOST_TESTS])
    if len(tried["broken"]) > MOST_TESTS:
        yield f"broken: {len(tried['broken']) - MOST_TESTS} more"
    yield from (f"new warning: {_text(warning)}" for warning in tried["warnings"])


MOST_TESTS = 5


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines] or ["Nothing."]


def _cases(found: Results) -> Iterator[str]:
    """Beside what maintainers did; nothing of that in a look."""
    if not found["cases"]:
        return
    repaired = [case for case in cases() if found["cases"].get(case.name, LEFT) != LEFT]
    yield "## Beside the maintainers\n"
    yield (
        f"Of {len(found['cases'])} findings that their maintainers have dealt with, {len(repaired)} are repaired; the "
        "others wait for a decision. A repair has the **same** idea as theirs, or a **different** one that is right as "
        "well, is **not enough**, or **wrong**.\n"
    )
    yield "| release | where | rule | maintainers | fixer | |\n|---|---|---|---|---|---|"
    for case in repaired:
        verdict = f"**{case.verdict}**: {_text(case.why)}" if case.verdict else "not judged"
        cells = (case.release.replace("==", " "), _text(case.function), case.code, _text(case.maintainers))
        yield f"| {' | '.join(cells)} | {found['cases'][case.name]} | {verdict} |"
    yield ""


def _deselected() -> str:
    some = [f"{package.name} {test} ({why})" for package in packages() for test, why in package.deselect.items()]
    return "; ".join(map(_text, some)) or "nothing"


def _name(one: Fixed) -> str:
    return f"{one['name']} {one['version']}"


def _text(said: str) -> str:
    """As Markdown shows it: what is code there is no markup here."""
    return said.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
