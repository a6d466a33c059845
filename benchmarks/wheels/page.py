"""Results as a page of the documentation."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator

from benchmarks.target import Target
from benchmarks.wheels import results
from benchmarks.wheels.results import Checked, Results
from benchmarks.wheels.targets import TARGETS

from ungil.wheel.model import Verdict

__all__ = ["render", "table"]

HEAD = """\
<!-- Written by `make bench-wheels` from {stem}.json: change benchmarks/wheels/page.py instead. -->

# Released wheels, checked

{number} wheels from the package index with {modules} extension modules, {mebibytes:.0f} MiB. ungil {ungil} on {python},
with {readers}; modules run by {hosts}.
{cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began).
All of it is in [{stem}.json]({stem}.json).
"""

METHOD = """\
## How it is done

`make bench-wheels` downloads the wheels that benchmarks/wheels/wheels.txt names, one at a time, into a cache outside
the repository (`UNGIL_BENCH_WHEELS`, `~/.cache/ungil/bench-wheels`), checks each as `ungil wheel check` does, and
writes this page. They were chosen before they were checked: projects of every binding library with small wheels, of
each one a wheel for Linux x86-64 and one for another platform in turn. None was taken out for its result.

- **Read** is what the file says, in a process that never runs it. **Ran** is what the interpreter did: the module was
  imported by name or, where something that it needs is not installed, created alone. Only wheels for this machine's
  platform can run.
- A module agrees if it was read as declared and the GIL stayed off, or as anything else and the GIL came on.
- A time is that of a whole check, from the file to the findings: unpacking, hashing, the process that reads, the
  processes that run. Interpreters are looked for once, and what reads is started once.

What they declare says nothing about whether they are right to. This is no list of good and bad projects.
"""


def render(found: Results, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(
        stem=stem,
        number=len(found["wheels"]),
        modules=len(list(results.modules(found))),
        mebibytes=sum(wheel["bytes"] for wheel in found["wheels"]) / (1 << 20),
        ungil=found["ungil"],
        python=found["python"],
        readers=" and ".join(f"{name} {version}" for name, version in found["readers"].items()),
        hosts=" and ".join(found["hosts"]),
        cpu=found["cpu"],
        cpus=found["cpus"],
        system=found["system"],
        load=found["load"],
    )
    parts = [head, table(found), *_summaries(found), *_odd(found), METHOD, *_wheels(found)]
    return "\n".join(parts)


def table(found: Results) -> str:
    """The targets."""
    rows = ["## Targets", "", "| what | wanted | measured | |", "|---|---|---|---|"]
    rows += [_target(target, found) for target in TARGETS]
    return "\n".join([*rows, ""])


def _target(target: Target[Results], found: Results) -> str:
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    verdict = "met" if target.met(found) else "**missed**"
    value = target.value(found)
    shown = "not measured" if value is None else f"{value:.2f}".removesuffix(".00")
    return f"| {target.says} | {wanted} | {shown} | {verdict} |"


def _summaries(found: Results) -> Iterator[str]:
    by_binding: dict[str, list[Checked]] = {}
    by_platform: dict[str, list[Checked]] = {}
    for wheel in found["wheels"]:
        for module in wheel["modules"]:
            by_binding.setdefault(module["binding"], []).append(module)
            by_platform.setdefault(wheel["platform"], []).append(module)
    yield from _by("written with", by_binding)
    yield from _by("platform", by_platform)
    took = sorted(results.seconds(found))
    commands = found["command"]
    command, processor = (statistics.median(one[what] for one in commands) for what in ("seconds", "processor"))
    yield (
        f"The slowest wheel took {took[-1]:.1f} s; nine of ten took at most {took[len(took) * 9 // 10]:.1f} s. As a "
        f"command for one wheel, with the start of the interpreter and of lief, it took {command:.1f} s, of which the "
        f"processor was at work for {processor:.1f} s (medians of {len(commands)}).\n"
    )


def _by(what: str, groups: dict[str, list[Checked]]) -> Iterator[str]:
    names = ("declared", "GIL used", "not declared", "unknown")
    yield f"| {what} | modules | {' | '.join(f'read: {name}' for name in names)} | ran | ran and read | agree |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in sorted(groups, key=lambda one: (-len(groups[one]), one)):
        group = groups[name]
        read = Counter(module["read"] for module in group)
        ran = [module for module in group if module["ran"] is not None]
        both = [module for module in ran if module["read"] != Verdict.UNKNOWN]
        numbers = [len(group), *(read[one] for one in names), len(ran), len(both), sum(map(results.agrees, both))]
        yield f"| {name} | {' | '.join(map(str, numbers))} |"
    yield ""


def _odd(found: Results) -> Iterator[str]:
    """What a reader wants to see with its name: disagreements, then why files do not tell."""
    wrong = [module for module in results.comparable(found) if not results.agrees(module)]
    yield "## Where they disagree\n"
    yield from (f"- {_module(module)}" for module in wrong)
    yield "" if wrong else "Nowhere.\n"
    yield "## Why a file does not tell\n"
    reasons = Counter(one["read_how"] for one in results.modules(found) if one["read"] == Verdict.UNKNOWN)
    yield from (f"- {reason}: {number}" for reason, number in reasons.most_common())
    yield ""


def _module(module: Checked) -> str:
    ran = f"{module['ran_how']}, {module['ran']}" if module["ran"] else "not run"
    return f"{module['name']} ({module['binding']}): read: {module['read']} ({module['read_how']}); {ran}"


def _wheels(found: Results) -> Iterator[str]:
    yield "## Every wheel\n\n| wheel | verdicts | findings | s |\n|---|---|---|---|"
    for wheel in found["wheels"]:
        cells = (
            wheel["filename"],
            _verdicts(wheel["modules"]),
            ", ".join(wheel["findings"]),
            f"{wheel['seconds']:.2f}",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _verdicts(modules: Iterable[Checked]) -> str:
    counts = Counter(f"{module['verdict']} ({module['ran_how'] or 'read'})" for module in modules)
    return "<br>".join(f"{number} {what}" for what, number in counts.items()) or "no modules"
