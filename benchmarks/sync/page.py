"""Results as a page of the documentation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from benchmarks.sync.results import CaseResult, MemberResult, Results, TargetResult
from benchmarks.sync.scaling import LEAST
from benchmarks.sync.table import verdict

HEAD = """\
<!-- Written by `make bench-sync` from {stem}.json: change benchmarks/sync/page.py instead. -->

# How fast the primitives are

![Nanoseconds per operation on one thread and on two, beside the peers]({stem}.svg)

{python}, on {cpu} ({cpus} CPUs, {system}). ungil {ungil}, {peers}. All numbers are in [{stem}.json]({stem}.json).

**Compare numbers of this page with each other only.** They come from one run on one machine; on another machine,
and on another day on a shared one, all of them differ. Two CPUs show what happens between two threads; what happens
between sixty-four is not measured here.
"""

METHOD = """\
## How it is measured

`make bench-sync` measures and writes this page; `make bench-sync QUICK=1` is a quick look that writes nothing.

- The tables show nanoseconds for one operation of one thread: the median, first on one thread, then on two at once,
  then throughput on two threads over throughput on one (x2 is ideal). Quartiles and the number of samples are in
  the JSON.
- Two threads are pinned to a CPU each, where the system lets them, and are let go together. One runs the cases of
  one thread.
- A statement is written out twenty times in a loop. What the empty loop takes is subtracted. A sample lasts about
  one and a half milliseconds, after an eighth of that to warm the caches; garbage collection waits.
- Cases take turns: a slow moment of the machine meets all of them. Five times in a run all objects are made anew,
  since where their pages come to lie in the caches is luck.
- A sample is dropped if another program took a thread's CPU, if a thread was off its CPU for more than 5 % of the
  time, or if the threads ran together for less than 90 % of it. Where threads may wait for each other (locks, dicts,
  caches, queues) it is dropped for the first of these reasons only: waiting, and being unfair, is what they cost.
- On two threads the time is that from the first thread's start to the last one's end.
- *distinct*: each thread has its own object. *shared*: one object, which both threads have in a local variable.
  *global* and *attribute*: one object, which the statement finds in a module or in another object; the interpreter
  then counts references to it as well, unless `defer_refcount()` was called. *dict and Lock* and the like hold a
  `threading.Lock` around the statement.
- Dicts and caches hold ten thousand strings, which are asked for in random order. Keys and values are immortal, for
  the references to a mortal one are counted by both threads, which costs more than any of the containers.
"""


def render(results: Results, stem: str) -> str:
    """The page; `stem` is the name that its picture and its JSON have without their endings."""
    machine = results["machine"]
    head = HEAD.format(
        stem=stem,
        python=results["python"],
        ungil=results["ungil"],
        peers=", ".join(f"{name} {version}" for name, version in results["peers"].items()),
        **{name: machine[name] for name in ("cpu", "cpus", "system")},
    )
    parts = [head, *_targets(results["targets"]), *_operations(results["cases"]), *_members(results), METHOD]
    return "\n".join(parts)


def _targets(targets: list[TargetResult]) -> Iterator[str]:
    met = sum(one["missed_by"] == 0 for one in targets)
    yield f"## Targets\n\n{met} of {len(targets)} met. A target is a ratio of two medians of this run.\n"
    yield "| target | wanted | measured | |\n|---|---|---|---|"
    for one in targets:
        says = _cell(one["says"])
        yield f"| {says} | {one['direction']} {one['bound']:g} | {one['measured']:.2f} | {verdict(one)} |"
    yield ""
    for one in targets:
        if one["missed_by"] > 0 and one["limit"]:
            yield f"- *{_cell(one['says'])}*: {one['limit']}"
    yield ""


def _operations(cases: list[CaseResult]) -> Iterator[str]:
    yield "## Operations\n\nNanoseconds on one thread → on two threads, and how throughput scales.\n"
    for operation, found in itertools.groupby(cases, lambda one: one["operation"]):
        group = list(found)
        sharings = list(dict.fromkeys(one["sharing"] for one in group))
        yield f"### {operation[0].upper()}{operation[1:]}\n"
        yield f"| | | {' | '.join(sharings)} |\n|---|---|{'---|' * len(sharings)}"
        cells = {(one["contender"], one["sharing"]): one for one in group}
        for contender in dict.fromkeys(one["contender"] for one in group):
            row = [cells[contender, sharing] for sharing in sharings]
            name = f"**{contender}**" if contender.startswith("ungil") else contender
            yield f"| {name} | {_code(row[0])} | {' | '.join(map(_numbers, row))} |"
        yield ""


def _code(case: CaseResult) -> str:
    statements = "; ".join(" ".join(statement.split()) for statement in case["statements"])
    return f"`{_cell(statements)}`"


def _numbers(case: CaseResult) -> str:
    medians = " → ".join(f"{measure['median']:.1f}" for measure in case["threads"].values())
    return medians if case["scaling"] is None else f"{medians} (x{case['scaling']:.2f})"


def _members(results: Results) -> Iterator[str]:
    members, startup = results["members"], results["startup"]
    slow = [one for one in members if one["scaling"] < LEAST]
    yield f"""\
## Objects of their own

Constructing and dropping, and every method, operator and property of every type: two threads that share no object must
do {LEAST:g} times what one does. The members are found by looking at the types: a new one is measured or reported.

{len(members)} measured; {len(slow) or "none"} below{": " + _listed(slow) if slow else ""}.
Least: {_listed(_least(members))}.
"""
    missing = results["members_without_a_statement"]
    if missing:
        yield f"Not measured: {', '.join(f'`{name}`' for name in missing)}.\n"
    others = ", ".join(startup["third_party"]) or "none"
    takes, processes = startup["milliseconds"], startup["processes"]
    yield f"""\
## Import

`import ungil` takes {takes:.1f} ms: the median of {processes} fresh processes, each of which times the statement. It
loads {len(startup["modules"])} modules; third-party ones: {others}.
"""


def _least(members: list[MemberResult]) -> list[MemberResult]:
    return sorted(members, key=lambda one: one["scaling"])[:3]


def _listed(members: list[MemberResult]) -> str:
    return ", ".join(f"`{one['member']}` x{one['scaling']:.2f}" for one in members)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
