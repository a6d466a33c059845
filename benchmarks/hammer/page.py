"""Results as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.hammer import results
from benchmarks.hammer.results import Race, Results, Run
from benchmarks.hammer.targets import TARGETS
from benchmarks.target import Target

__all__ = ["render", "table"]

HEAD = """\
<!-- Written by `make bench-hammer` from {stem}.json: change benchmarks/hammer/page.py instead. -->

# What finds a race, and how soon

{python}, on {cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began).
ungil {ungil}; {versions}. All numbers are in [{stem}.json]({stem}.json).

{races} races, each of them one that can happen: `tests/stress/test_mutants.py` stops threads by hand where it does.
Each method has {cap:g} seconds for a race, in a process of its own, {runs} times with other seeds. **Compare numbers of
this page with each other only**: they come from one run on one machine, in which methods take turns in shuffled order.
"""

METHOD = """\
## How it is measured

`make bench-hammer` measures and writes this page; `make bench-hammer QUICK=1` is a quick look that writes nothing.

- The mutants stand in `tests/ext/mutants`, and were written by who wrote the hammer. What one stop shows suits it; that
  is why the others are there. All are compiled as releases are, with `-O2`, and without debug information.
- Seconds begin when a process has imported its tools and the mutant. A method that finds nothing is counted with all
  the time that it had, and so is one that hangs and does not say so; a crash ends a run when the process ends.
- The barrier stress has calls and an invariant that were written by hand for each mutant, by somebody who knows where
  its race is. The unit tests are made from the mutant's model: each call, and each two calls one after the other, on an
  object of its own, as unit tests of a type are. The hammer has the model alone: how an object is made, which calls
  there are, and what can be seen of it.
- Twins are the same code with the lock. What is found in one is a false alarm.
"""

KINDS = ("one stop", "inside one instruction", "two stops", "three threads", "inside a callee")


def render(found: Results, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(
        stem=stem,
        races=len(found["races"]),
        runs=len(found["seeds"]),
        versions=", ".join(f"{name} {version}" for name, version in found["versions"].items()),
        **{name: found[name] for name in ("python", "cpu", "cpus", "system", "load", "ungil", "cap")},
    )
    return "\n".join([head, table(found), *_methods(found), *_kinds(found), *_races(found), *_twins(found), METHOD])


def table(found: Results) -> str:
    """The targets."""
    rows = ["## Targets", "", "| what | wanted | measured | |", "|---|---|---|---|"]
    rows += [_target(target, found) for target in TARGETS]
    return "\n".join([*rows, ""])


def _target(target: Target[Results], found: Results) -> str:
    measured = target.value(found)
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    verdict = "met" if target.met(found) else "**missed**"
    return f"| {target.says} | {wanted} | {'not measured' if measured is None else f'{measured:,.3g}'} | {verdict} |"


def _methods(found: Results) -> Iterator[str]:
    yield "## Methods\n\n| | runs that find the race | races found in every run | in some | median seconds |"
    yield "|---|---|---|---|---|"
    for name in _names(found):
        runs = results.all_runs(found, name)
        always = sum(results.rate(race["racy"][name]) == 1 for race in found["races"])
        sometimes = sum(0 < results.rate(race["racy"][name]) < 1 for race in found["races"])
        yield f"| {name} | {_share(runs)} | {always} | {sometimes} | {results.median(runs):.3f} |"
    yield ""
    for method in found["methods"]:
        yield f"- **{method['name']}** {method['says']}. It counts {method['counts']}."
    yield ""


def _kinds(found: Results) -> Iterator[str]:
    names = _names(found)
    yield f"## By what it takes\n\n| | races | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}"
    for kind in KINDS:
        races = [race for race in found["races"] if race["kind"] == kind]
        if races:
            cells = [_share([run for race in races for run in race["racy"][name]]) for name in names]
            yield f"| {kind} | {len(races)} | {' | '.join(cells)} |"
    yield ""


def _races(found: Results) -> Iterator[str]:
    names = _names(found)
    yield "## Each race\n\nMedian seconds, and in how many runs it was found.\n"
    yield f"| race | takes | harm | {' | '.join(names)} |\n|---|---|---|{'---|' * len(names)}"
    for race in found["races"]:
        cells = [_cell(race["racy"][name], found["cap"]) for name in names]
        yield f"| {_name(race)} | {race['kind']} | {race['harm']} | {' | '.join(cells)} |"
    yield ""


def _twins(found: Results) -> Iterator[str]:
    yield "## Correct twins\n\n| | executions | findings |\n|---|---|---|"
    for name in _names(found):
        runs = results.all_runs(found, name, "twin")
        yield f"| {name} | {sum(run['executions'] for run in runs):,} | {sum(bool(run['how']) for run in runs)} |"
    yield ""


def _names(found: Results) -> list[str]:
    return [method["name"] for method in found["methods"]]


def _name(race: Race) -> str:
    return race["name"] if race["language"] == "c" else f"{race['name']} ({race['language']})"


def _share(runs: Iterable[Run]) -> str:
    listed = list(runs)
    return f"{sum(bool(run['how']) for run in listed)} of {len(listed)}"


def _cell(runs: list[Run], cap: float) -> str:
    seconds, found = results.median(runs), sum(bool(run["how"]) for run in runs)
    missed = seconds >= cap and 2 * found < len(runs)
    return f"{f'> {cap:g}' if missed else f'{seconds:.3f}'} ({found}/{len(runs)})"
