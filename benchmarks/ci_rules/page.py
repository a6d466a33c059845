"""Results as a page of the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.ci_rules import results
from benchmarks.ci_rules.results import Found, Results
from benchmarks.ci_rules.targets import TARGETS
from benchmarks.target import Target

__all__ = ["render"]

HEAD = """\
<!-- Written by `python -m benchmarks.ci_rules` from {stem}.json: change benchmarks/ci_rules/page.py instead. -->

# Build, packaging and CI files of released projects

{number} sdists from the package index, {workflows} workflows of GitHub, {rules} rules. ungil {ungil} on {python}.
All of it is in [{stem}.json]({stem}.json).
"""

METHOD = """\
## How it is done

`python -m benchmarks.ci_rules --write docs` reads the sdists that benchmarks/ci_rules/sdists.txt names, from a cache
outside the repository (`UNGIL_BENCH_CI`, `~/.cache/ungil/bench-ci`), and applies the rules UG740 to UG788. Of 183
projects, named before anybody had looked into them, these are the ones whose sdist carries workflows. Every finding
was read in its file and judged: benchmarks/ci_rules/judged.toml says why. For UG760 the released wheel was
looked into with `ungil wheel check`. A note that says that something is not read here, and by what it is (`report`),
claims nothing, and is counted apart.

- The first 44 were read while the rules were made: of 46 findings 4 did not hold, and the rules were changed (a job
  that builds was taken for one that tests; a default of Meson, a slot that is set at run time and a workflow of
  another repository were not seen). The other 19 were read after that: all of what was found in them held.
- The same rules were applied to 120 sdists without workflows: UG760 found 10 configurations of cibuildwheel, of which
  4 had made wheels that turn the GIL on. Without a workflow it is a note since.
- Rules that found nothing here are shown to work by their examples alone.
- What the rules miss is not measured. Scripts that workflows call are not read, nor are workflows of other
  repositories; rules about what is missing are silent where a Python cannot be seen.

This is no list of good and bad projects.
"""


def render(found: Results, stem: str) -> str:
    """The page; `stem` is the name that its JSON has without its ending."""
    head = HEAD.format(
        stem=stem,
        number=len(found["sdists"]),
        workflows=sum(one["workflows"] for one in found["sdists"]),
        rules=found["rules"],
        ungil=found["ungil"],
        python=found["python"],
    )
    return "\n".join([head, *_targets(found), *_rules(found), *_speed(found), METHOD, *_findings(found)])


def _targets(found: Results) -> Iterator[str]:
    yield "## Targets\n\n| what | wanted | measured | |\n|---|---|---|---|"
    yield from (_target(target, found) for target in TARGETS)
    yield ""


def _target(target: Target[Results], found: Results) -> str:
    wanted = f"{'at least' if target.at_least else 'at most'} {target.bound:,g}"
    value = target.value(found)
    shown = "not measured" if value is None else f"{value:.2f}".removesuffix(".00")
    return f"| {target.says} | {wanted} | {shown} | {'met' if target.met(found) else '**missed**'} |"


def _rules(found: Results) -> Iterator[str]:
    yield "## By rule\n\n| rule | found | of which notes | read and true | false | report |\n|---|---|---|---|---|---|"
    by_rule: dict[tuple[str, str], list[Found]] = {}
    for one in results.every(found):
        by_rule.setdefault((one["code"], one["slug"]), []).append(one)
    for (code, slug), some in sorted(by_rule.items()):
        notes = sum(one["severity"] == "note" for one in some)
        verdicts = [sum(one["verdict"] == verdict for one in some) for verdict in ("true", "false", "report")]
        yield f"| {code} `{slug}` | {len(some)} | {notes} | {' | '.join(map(str, verdicts))} |"
    yield f"\n{found['rules'] - len(by_rule)} rules found nothing here.\n"


def _speed(found: Results) -> Iterator[str]:
    took = sorted(one["milliseconds"] for one in found["sdists"])
    yield (f"Reading these files of one project took {statistics.median(took):.0f} ms, at most {took[-1]:.0f} ms.\n")


def _findings(found: Results) -> Iterator[str]:
    yield "## Every finding\n\n| sdist | rule | where | | verdict | why |\n|---|---|---|---|---|---|"
    for sdist in found["sdists"]:
        for one in sdist["findings"]:
            cells = (sdist["sdist"], one["code"], f"`{one['at']}`", one["severity"], one["verdict"], one["why"])
            yield f"| {' | '.join(cells)} |"
    yield ""
