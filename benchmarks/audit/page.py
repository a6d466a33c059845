"""Results as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.audit.results import Results
from benchmarks.audit.targets import TARGETS
from benchmarks.target import Target

__all__ = ["render", "table"]

HEAD = """\
<!-- Written by `make bench-audit` from {stem}.json: change benchmarks/audit/page.py instead. -->

# How fast the audit is

{python}, on {cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began).
ungil {ungil} with {rules} rules; {peers}. All numbers are in [{stem}.json]({stem}.json).

**Compare numbers of this page with each other only.** They come from one run on one machine, and each is the median of
{rounds} rounds in which all take turns.
"""

METHOD = """\
## How it is measured

`make bench-audit` measures and writes this page; `make bench-audit QUICK=1` is a quick look that writes nothing. It
downloads source distributions once, from the index that pip is set up to use, into a cache outside the repository.

- A time of `ungil audit` is that of a whole process: the interpreter's start, imports, reading the files, every rule,
  the report as JSON. Each first run has an empty cache of its own, in which the second run finds what the first left.
- The scanner alone is `ungil._scan.scan` on sources that are in memory already, in a process that does nothing else.
- tree-sitter parses the same files one after the other in a GIL-enabled interpreter, which is where its binding runs.
  It only parses: an auditor built on it takes longer. No other auditor of this kind can be had from the package index.
- Import times are what fresh processes measure around the statement.
"""


def render(found: Results, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(
        stem=stem,
        rules=found["measured"]["rules"],
        peers=", ".join(f"{name} {version}" for name, version in found["peers"].items()),
        python=found["python"],
        cpu=found["cpu"],
        cpus=found["cpus"],
        system=found["system"],
        load=found["load"],
        ungil=found["ungil"],
        rounds=found["rounds"],
    )
    return "\n".join([head, table(found), *_corpora(found), *_times(found), METHOD])


def table(found: Results) -> str:
    """The targets."""
    rows = ["## Targets", "", "| what | wanted | measured | |", "|---|---|---|---|"]
    rows += [_target(target, found) for target in TARGETS]
    return "\n".join([*rows, ""])


def _target(target: Target[Results], found: Results) -> str:
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    verdict = "met" if target.met(found) else "**missed**"
    return f"| {target.says} | {wanted} | {_number(target.value(found))} | {verdict} |"


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"  # noqa: PLR2004 - three digits tell enough


def _corpora(found: Results) -> Iterator[str]:
    yield "## What is read\n\n| | releases | files | lines |\n|---|---|---|---|"
    for name, corpus in found["corpora"].items():
        yield f"| {name} | {', '.join(corpus['releases'])} | {corpus['files']:,} | {corpus['lines']:,} |"
    yield ""


def _times(found: Results) -> Iterator[str]:
    measured = found["measured"]
    lines = found["corpora"]["ordinary"]["lines"]
    yield "## Five ordinary packages, side by side\n\n| | milliseconds | lines a second |\n|---|---|---|"
    for what, seconds in (
        ("`ungil audit`, first run", measured["audit"]),
        ("`ungil audit`, second run", measured["audit_again"]),
        ("the scanner alone, one thread", measured["scan_one_thread"]),
        ("the scanner alone, two threads", measured["scan_two_threads"]),
        ("tree-sitter, whole process", measured["peer_process"]),
        ("tree-sitter, parsing alone", measured["peer_parse"]),
    ):
        yield f"| {what} | {seconds * 1e3:.1f} | {lines / seconds:,.0f} |"
    yield (
        f"\nImporting the command line takes {measured['import_cli'] * 1e3:.0f} ms,"
        f" of which the rules take {measured['import_rules'] * 1e3:.0f} ms.\n"
    )
