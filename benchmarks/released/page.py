"""Results as a page of the documentation, with what readers of the sources say of the findings."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.released.judged import Judgements
from benchmarks.released.results import Found, Hunted, Results

__all__ = ["render", "targets"]

LEAST = 12
"""Releases that are to be hammered."""

HEAD = """\
<!-- Written by `make bench-released` from {stem}.json and benchmarks/released/judged.toml. -->

# Released wheels under the hammer

{python}, on {cpu} ({cpus} CPUs, {system}, load {load:.1f} when the run began). ungil {ungil}.
{budget:g} seconds for each wheel, seed {seed}. All of it is in [{stem}.json]({stem}.json).
"""

METHOD = """\
## How it is done

`make bench-released` installs the wheels as they are on the package index into an environment of their own, and runs
`ungil hammer MODULE --model FILE` on each; the model files are in `benchmarks/released/models`. The releases were
chosen before they were hammered, in C, C++, Cython and Rust, for objects that threads can share; none was taken out for
its result. What turns the GIL on at its import is refused, and stays in the list.

Each finding was held against the source of the release, by the question: do two threads that make these calls come to
what no order of the calls comes to? **true**: they do, and no document of the project says that they may. **as
documented**: they do, and the project says that such objects are not for several threads at once. **false**: they do
not, or the comparison is wrong; that would be a bug of ungil's.

That nothing was found says what was driven, and no more. This is no list of good and bad projects: who hammers his own
extension knows better what to call.
"""


def targets(found: Results, judgements: Judgements) -> list[tuple[str, bool]]:
    """What the run has to show, and whether it does."""
    hammered = [release for release in found["releases"] if not release["refused"]]
    known = [judgements.of(release["name"], one) for release in hammered for one in release["findings"]]
    return [
        (f"{len(hammered)} releases hammered, of at least {LEAST}", len(hammered) >= LEAST),
        (f"{sum(one is not None for one in known)} of {len(known)} findings judged", None not in known),
        (
            f"{sum(one is not None and one.verdict == 'false' for one in known)} false findings",
            all(one is None or one.verdict != "false" for one in known),
        ),
    ]


def render(found: Results, judgements: Judgements, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(stem=stem, **{key: value for key, value in found.items() if key != "releases"})
    parts = [head, *_targets(found, judgements), *_table(found), *_never(found), *_findings(found, judgements), METHOD]
    return "\n".join(parts)


def _targets(found: Results, judgements: Judgements) -> Iterator[str]:
    for says, met in targets(found, judgements):
        yield f"- {says}: {'met' if met else '**missed**'}"
    yield ""


def _table(found: Results) -> Iterator[str]:
    yield "## What was driven\n"
    yield "| release | written in | operations | pairs | with a thread stopped | stops | runs | findings | confirmed |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for release in found["releases"]:
        name = f"| {release['name']} {release['version']} | {release['made_with']} "
        if release["refused"]:
            yield f"{name}| {release['refused']} |||||||"
            continue
        driven = release["driven"]
        sums = [sum(model[key] for model in driven) for key in ("operations", "pairs", "stopped", "stops")]
        confirmed = sum(one["confirmed"] for one in release["findings"])
        cells = [*sums, release["executions"], len(release["findings"]), confirmed]
        yield f"{name}| {' | '.join(f'{cell:,}' for cell in cells)} |"
    yield ""


def _never(found: Results) -> Iterator[str]:
    yield "## What was left out\n"
    lines = [f"- {release['name']}: {_text(line)}" for release in found["releases"] for line in release["never"]]
    yield "\n".join(lines or ["Nothing."])
    yield ""


def _findings(found: Results, judgements: Judgements) -> Iterator[str]:
    yield "## What was found\n"
    for release in found["releases"]:
        for finding in release["findings"]:
            yield from _finding(release, finding, judgements)


def _finding(release: Hunted, finding: Found, judgements: Judgements) -> Iterator[str]:
    judgement = judgements.of(release["name"], finding)
    yield f"### {release['name']} {release['version']}: {finding['slug']} ({finding['code']})\n"
    yield f"{_text(finding['message'])}.\n"
    yield "\n".join(f"- {_text(line)}" for line in finding["evidence"] if not line.startswith("confirmed"))
    confirmed = (
        "A script of plain Python threads fails too." if finding["confirmed"] else "No script failed in its time."
    )
    verdict = f"**{judgement.verdict.capitalize()}.** {judgement.why}" if judgement else "**Not judged.**"
    yield f"\n{confirmed} {verdict}\n"


def _text(said: str) -> str:
    """As Markdown shows it: what is code there is no markup here."""
    return said.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
