"""Results as a page of the documentation."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.port.results import STAGES, Results, Went

__all__ = ["judgements", "render"]

HEAD = """\
<!-- Written by `make bench-port` from {stem}.json and benchmarks/port/judged.toml: change benchmarks/port/page.py. -->

# Released source distributions, taken the whole road

`ungil port NAME==VERSION --budget {budget:g}` on {number} source distributions from the package index, none of them
written by us, chosen before they had gone: see benchmarks/port/releases.py. ungil {ungil} on {python}; {compiler}.
{cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began; it took {minutes:.0f} minutes). All of it is in
[{stem}.json]({stem}.json).

A verdict is what the evidence comes to, by the rules that [port.md](port.md) names; **against** and **for** are about
the declaration that a module needs no GIL. A reader's judgement of each report stands below its table.
"""


def judgements() -> dict[str, str]:
    """What a reader of each report says of it, by its target."""
    text = Path(__file__).with_name("judged.toml").read_text(encoding="utf-8")
    return {one["release"]: one["said"] for one in tomllib.loads(text)["report"]}


def render(found: Results, stem: str) -> str:
    """The page; ``stem`` is the name that its JSON has without its ending."""
    head = HEAD.format(stem=stem, number=len(found["went"]), minutes=found["seconds"] / 60, **found)
    said = judgements()
    parts = [head, "\n".join(_table(found)), *("\n".join(_one(went, said)) for went in found["went"])]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _table(found: Results) -> Iterator[str]:
    yield "| release | made with | verdict | findings | tests in threads | runs | driven | two threads | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in found["went"]:
        stands = ", ".join(sorted({module[1] for module in one["modules"].values()})) or "–"  # noqa: RUF001 - a dash
        number = sum(sum(some.values()) for some in one["findings"].values())
        passed, ran, _ = one["tests"]
        driven, members = one["members"]
        cells = [
            f"{one['target']}",
            one["made_with"],
            f"**{stands}**",
            f"{number}",
            f"{passed} of {ran}" if ran else "none",
            f"{one['runs']:,}",
            f"{driven} of {members}",
            ", ".join(f"{times:.2f} on {build}" for build, times in one["scaling"].items()) or "not timed",
            f"{one['seconds']:.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _one(went: Went, said: dict[str, str]) -> Iterator[str]:
    yield f"## {went['target']}"
    yield ""
    yield f"{went['made_with']}; {went['why']}. Exit code {went['code']}."
    yield ""
    yield "| stage | ended | seconds | |"
    yield "|---|---|---|---|"
    for stage in STAGES:
        ended, seconds, why = went["steps"][stage]
        yield f"| {stage} | {ended} | {seconds:g} | {why.replace('|', '/')} |"
    yield ""
    for name, (_, _, verdict) in went["modules"].items():
        yield f"- `{name}`: {verdict}"
    for stage, found in went["findings"].items():
        named = ", ".join(f"{slug} {number}" for slug, number in found.items())
        yield f"- found by the {stage}: {named}"
    for note in dict.fromkeys(went["notes"]):
        yield f"- {note}"
    if text := said.get(went["target"]):
        yield ""
        yield text.strip()
