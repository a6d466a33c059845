"""Results for a terminal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from benchmarks.sync.results import CaseResult, MeasureResult, Results, TargetResult


def render(results: Results) -> str:
    """Everything, in lines."""
    return "\n".join([render_cases(results["cases"]), *_targets(results["targets"]), *_ends(results)])


def render_cases(cases: list[CaseResult]) -> str:
    """The cases alone."""
    return "\n".join(_cases(cases))


def _cases(cases: list[CaseResult]) -> Iterator[str]:
    for (operation, sharing), group in itertools.groupby(cases, lambda one: (one["operation"], one["sharing"])):
        yield f"\n{operation}, {sharing}"
        yield f"  {'':40}{'1 thread, ns':>26}{'2 threads, ns':>26}  scaling"
        for case in group:
            one, two = (_measure(case["threads"].get(threads)) for threads in ("1", "2"))
            scaled = "" if case["scaling"] is None else f"x{case['scaling']:.2f}"
            yield f"  {case['contender']:40}{one:>26}{two:>26}  {scaled}"


def _measure(measure: MeasureResult | None) -> str:
    if measure is None:
        return ""
    return f"{measure['median']:.1f} ({measure['lower_quartile']:.1f}-{measure['upper_quartile']:.1f})"


def _targets(targets: list[TargetResult]) -> Iterator[str]:
    yield "\ntargets"
    for one in targets:
        yield f"  {verdict(one):14}{one['measured']:8.2f}  {one['direction']} {one['bound']:<5g} {one['says']}"


def verdict(target: TargetResult) -> str:
    """Met, or by how much it was missed."""
    return f"missed by {target['missed_by']:.0%}" if target["missed_by"] > 0 else "met"


def _ends(results: Results) -> Iterator[str]:
    members, startup = results["members"], results["startup"]
    least = sorted(members, key=lambda one: one["scaling"])[:5]
    yield f"\n{len(members)} members on objects of their own; those that scale least:"
    yield from (f"  x{one['scaling']:.2f}  {one['member']}" for one in least)
    takes, processes = startup["milliseconds"], startup["processes"]
    yield f"\nimport ungil: {takes:.1f} ms ({processes} processes)"
