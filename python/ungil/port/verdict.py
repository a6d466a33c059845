"""What stands for a module's declaration, and what against it: a few rules, each of which says itself in words.

``against``: something was found. That is
    a hazard that was seen to happen under the hammer, and is not documented;
    a test of the project that crashes, hangs or fails in threads only, and not for what it shares itself; or
    a finding of the audit in the module's source, of which the rule is sure enough (``SURE``).
    That a declaration is missing is no finding against it: it is the question.
``open``: nothing of that, but too little was tried to say more. That is
    no wheel, or it cannot be imported, or importing it leaves the GIL on although it declares otherwise; an API for
    other extensions, which Python cannot call;
    no test of the project's in threads, or not all of them before the time was over; the hammer below ``LEAST_RUNS``
    concurrent runs or ``LEAST_SHARE`` of what the module offers, or of the pairs that may run together, or with the GIL
    on; findings, of the audit too, that cannot be told to be another module's.
``for``: none of these. It is evidence, and no proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ungil.finding import Confidence, Severity
from ungil.fixers import fixers_of
from ungil.hazards import test_crashes, test_hangs, test_races
from ungil.port.evidence import ModuleEvidence, Reached, Shown, Stage
from ungil.port.fragment import Fragment, Member, ModuleSeen

__all__ = ["LEAST_RUNS", "LEAST_SHARE", "SURE", "is_against", "judged", "seriousness"]

LEAST_RUNS: Final = 1_000
"""Concurrent runs of the hammer below which it has hardly looked."""

LEAST_SHARE: Final = 0.5
"""Of the functions, methods, attributes and protocols that there are, those that have to be driven; of the pairs of
operations that may run together, those that have to."""

SURE: Final = frozenset({Confidence.HIGH, Confidence.MEDIUM})
"""A finding of the audit speaks against a module if its rule is so sure; one with less confidence is for a look."""

SEEN: Final = frozenset({Stage.STRESS, Stage.HAMMER})
"""The stages whose findings have been seen to happen."""

_OF_THREADS: Final = frozenset({test_crashes.hazard.code, test_hangs.hazard.code, test_races.hazard.code})
"""Of what the tests show, what they show in threads alone."""

_ABOUT_CLAIMS: Final = frozenset({"declares-gil-used", "declared-without-evidence"})
_UNKNOWN: Final = frozenset({"", "not known"})


def is_against(shown: Shown) -> bool:
    """Whether a finding contradicts that the module needs no GIL."""
    finding = shown.finding
    if finding.severity is Severity.NOTE or shown.stage is Stage.WHEEL:
        return False
    if shown.stage is Stage.STRESS:
        return finding.code in _OF_THREADS and finding.severity is Severity.ERROR
    if shown.stage is Stage.HAMMER:
        return True
    claims = any(fixer.claims for fixer in fixers_of(finding.code)) or finding.slug in _ABOUT_CLAIMS
    return not claims and finding.confidence in SURE


def seriousness(shown: Shown) -> tuple[int, int, int, str, int]:
    """Sorts findings: the most serious first, then what was seen to happen, then by confidence and place."""
    finding = shown.finding
    ranks = list(Severity).index(finding.severity), int(shown.stage not in SEEN)
    sure = list(Confidence).index(finding.confidence)
    return *ranks, sure, finding.location.path, finding.location.line


def judged(
    module: ModuleSeen,
    findings: Sequence[Shown],
    fragments: Sequence[Fragment],
    members: Sequence[Member],
) -> ModuleEvidence:
    """The verdict on one module.

    Args:
        module: which.
        findings: of the whole project, sorted.
        fragments: of all stages that were begun.
        members: of this module.
    """
    is_patched = any(one.repaired and one.repaired.applied for one in fragments)
    findings = [one for one in findings if not (is_patched and one.repaired)]  # they are not in what was built
    own = [one for one in findings if one.module == module.name and one.finding.severity is not Severity.NOTE]
    against = [one for one in own if is_against(one)]
    lacking = list(_lacking(module, findings, fragments, members))
    stands = "against" if against else "open" if lacking else "for"
    sentence = _sentence(module, against, lacking)
    return ModuleEvidence(
        name=module.name,
        declared=module.declared or "not known",
        found=tuple(one.fingerprint for one in own),
        tried=tuple(_tried(module, fragments, members)),
        members=len(members),
        driven=sum(member.driven for member in members),
        verdict=f"With the patch, {sentence[0].lower()}{sentence[1:]}" if is_patched else sentence,
        stands=stands,
    )


def _sentence(module: ModuleSeen, against: Sequence[Shown], lacking: Sequence[str]) -> str:
    """What it declares, and what that comes to."""
    claim, that = _claimed(module)
    if against:
        number = "1 finding speaks" if len(against) == 1 else f"{len(against):,} findings speak"
        first = against[0].finding
        where = f"{first.location.path}:{first.location.line}"
        worst = f"The most serious is {first.slug} at {where}."
        return f"{claim}, and {number} against {that} ({_seen_or_read(against)}). {worst}"
    if lacking:
        return f"{claim}. Nothing was found that speaks against {that}, but too little was tried: {'; '.join(lacking)}."
    return f"{claim}, and nothing that was tried speaks against {that}, which is evidence and no proof."


def _claimed(module: ModuleSeen) -> tuple[str, str]:
    """What it declares, as the beginning of a sentence, and what findings speak against, as the end of one."""
    if module.needs_no_gil:
        return f"It declares {module.declared}", "that"
    if module.declared in _UNKNOWN:
        return "What it declares is not known", "declaring that it needs no GIL"
    return f"It declares {module.declared}", "declaring that it needs no GIL"


def _seen_or_read(against: Sequence[Shown]) -> str:
    seen = sum(one.stage in SEEN for one in against)
    read = len(against) - seen
    return ", ".join([f"{seen:,} seen to happen"] * bool(seen) + [f"{read:,} in its source"] * bool(read))


def _lacking(
    module: ModuleSeen, findings: Sequence[Shown], fragments: Sequence[Fragment], members: Sequence[Member]
) -> Iterator[str]:
    """Why too little is known."""
    by_stage = {one.step.stage: one for one in fragments}
    build = by_stage.get(Stage.BUILD)
    if build is None or build.built is None:
        yield "it was not built"
        return
    if not module.imported:
        wheel = by_stage.get(Stage.WHEEL)
        said = dict(wheel.wheeled.imported) if wheel and wheel.wheeled else {}
        yield f"it was not imported in a fresh process ({said.get(module.name, 'not tried')})"
    elif module.needs_no_gil and module.gil_on:
        yield "importing it turns the GIL on"
    if module.for_cython:
        yield f"what {', '.join(module.for_cython)} offers to other extensions was not driven: Python cannot call it"
    yield from _little_driven(by_stage, members)
    if loose := sum(not one.module and is_against(one) for one in findings):
        yield f"{loose:,} of the findings may be this module's or another's"
    if racy := sum(one.finding.code in _OF_THREADS and not is_against(one) for one in findings):
        yield f"{racy:,} of the tests may only fail in threads because of what they share themselves"


def _little_driven(by_stage: dict[Stage, Fragment], members: Sequence[Member]) -> Iterator[str]:
    stress, hammer = by_stage.get(Stage.STRESS), by_stage.get(Stage.HAMMER)
    if stress is None or stress.stressed is None or not stress.stressed.in_threads:
        yield "no test of the project ran in threads"
    elif stress.cut:
        yield "the time was over before all of the project's tests had run"
    if hammer is None or hammer.hammered is None:
        yield "the hammer did not run"
        return
    if hammer.gil_came_on:
        yield f"the GIL {hammer.hammered.gil} under the hammer, and nothing was tried after that"
    if hammer.hammered.executions < LEAST_RUNS:
        yield f"the hammer made {hammer.hammered.executions:,} concurrent runs, of {LEAST_RUNS:,} at least"
    pairs = [pair for model in hammer.hammered.models for pair in model.pairs]
    ran = sum(bool(pair.runs or pair.found) for pair in pairs)
    if ran < LEAST_SHARE * len(pairs):
        yield f"{ran:,} of {len(pairs):,} pairs of operations ran beside each other before the time was over"
    driven = sum(member.driven for member in members)
    if driven < LEAST_SHARE * len(members) or not members:
        yield f"{driven:,} of its {len(members):,} functions, methods, attributes and protocols ran beside others"


def _tried(module: ModuleSeen, fragments: Sequence[Fragment], members: Sequence[Member]) -> Iterator[str]:
    """What was done to it, a sentence each."""
    for one in fragments:
        if one.step.reached is not Reached.DONE:
            continue
        if one.audited:
            share = f"{100 * one.audited.understood:.0f} % of it understood"
            yield f"The project's sources were read: {one.audited.lines:,} lines, {share}."
        if one.built:
            yield f"It was built for {one.built.python}."
        if one.stressed and one.stressed.collected:
            stressed = one.stressed
            yield (
                f"{stressed.in_threads:,} of the project's {stressed.collected:,} tests ran in {stressed.threads} "
                f"threads, {stressed.passed_in_threads:,} of them without a failure."
            )
        if one.hammered:
            hammered = one.hammered
            stopped = f", threads stopped by {hammered.stepping}" if hammered.stepping else ""
            driven = sum(member.driven for member in members)
            yield (
                f"{driven:,} of its {len(members):,} functions, methods, attributes and protocols ran beside others; "
                f"{hammered.executions:,} concurrent runs of the project{stopped}."
            )
        if one.wheeled and module.imported is not None:
            yield f"It was run in a fresh process: {dict(one.wheeled.imported)[module.name]}."
