"""Verdicts: each rule, by the evidence that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.port.roads import CLEAN, HAMMERED, STRESSED, seen

from ungil.finding import Confidence, Severity
from ungil.port.evidence import Driven, ModuleEvidence, Pair, Repaired, Shown, Stage
from ungil.port.fragment import Fragment, Member, ModuleSeen
from ungil.port.verdict import LEAST_RUNS, is_against, judged, seriousness

DECLARED = ModuleSeen("spam", "that it needs no GIL", ("spam.c",), needs_no_gil=True, imported=True, gil_on=False)
MEMBERS = (Member("spam:Spam", "get", driven=True), Member("spam", "first", driven=True))


HARDLY = Driven(
    model="Spam",
    source="harvest",
    operations=("get", "put"),
    pairs=(Pair("get", "get", 900, 900), Pair("get", "put", 0, 0), Pair("put", "put", 0, 0)),
    executions=900,
)


def verdict(
    *findings: Shown,
    module: ModuleSeen = DECLARED,
    members: Sequence[Member] = MEMBERS,
    without: Stage | None = None,
    **parts: Fragment,
) -> ModuleEvidence:
    """Of what all stages came to, but for some."""
    stages = {**CLEAN, **{Stage(name): fragment for name, fragment in parts.items()}}
    return judged(module, findings, [one for stage, one in stages.items() if stage is not without], members)


def test_much_tried_and_nothing_found_is_for() -> None:
    """It says so as evidence, and promises nothing."""
    module = verdict()
    assert (module.stands, module.members, module.driven, module.found) == ("for", 2, 2, ())
    nothing = "nothing that was tried speaks against that, which is evidence and no proof."
    assert module.verdict == f"It declares that it needs no GIL, and {nothing}"
    assert any("concurrent runs" in one for one in module.tried)


@pytest.mark.parametrize(
    "happened",
    [
        seen(Stage.HAMMER, confidence=Confidence.LOW),
        seen(Stage.STRESS, code="UG912", severity=Severity.ERROR, confidence=Confidence.LOW),
    ],
)
def test_what_was_seen_to_happen_is_against(happened: Shown) -> None:
    """However unsure its cause is, and whatever else was tried."""
    module = verdict(happened)
    assert module.stands == "against"
    assert "and 1 finding speaks against that (1 seen to happen)" in module.verdict
    assert "borrowed-list-item at spam.c:5" in module.verdict


def test_what_tests_show_without_threads_is_not_against() -> None:
    """One that is flaky, or turns the GIL on; what its threads may only share among themselves keeps it open."""
    assert verdict(seen(Stage.STRESS, code="UG915"), seen(Stage.STRESS, code="UG913")).stands == "for"
    shared = verdict(seen(Stage.STRESS, code="UG912"))
    assert shared.stands == "open"
    assert "1 of the tests may only fail in threads because of what they share" in shared.verdict


def test_a_sure_finding_of_the_audit_is_against() -> None:
    """One of low confidence is for a look, and stands in the list."""
    assert verdict(seen(Stage.AUDIT)).stands == "against"
    unsure = verdict(seen(Stage.AUDIT, confidence=Confidence.LOW))
    assert unsure.stands == "for"
    assert len(unsure.found) == 1


def test_what_the_applied_patch_repairs_is_not_against() -> None:
    """The verdict is about what was built; a patch that was only written leaves everything as it stands."""
    found = replace(seen(Stage.AUDIT), repaired="strong-list-item")
    for applied, stands, said in ((True, "for", "With the patch, it declares"), (False, "against", "It declares")):
        repaired = Repaired(repairs=(), before=1, after=0, patch="", applied=applied)
        module = verdict(found, fix=replace(CLEAN[Stage.FIX], repaired=repaired))
        assert (module.stands, module.verdict[: len(said)]) == (stands, said)


def test_a_missing_declaration_is_the_question() -> None:
    """That nothing is declared speaks neither for nor against what would be."""
    missing = seen(Stage.AUDIT, code="UG001", slug="missing-gil-declaration", severity=Severity.ERROR)
    wheel = seen(Stage.WHEEL, code="UG804", slug="undeclared-module", severity=Severity.ERROR)
    module = verdict(missing, wheel, module=replace(DECLARED, declared="nothing", needs_no_gil=False))
    assert module.stands == "for"
    assert module.verdict.startswith("It declares nothing, and nothing that was tried speaks against declaring that it")


def test_what_is_documented_is_not_against() -> None:
    """A note is no finding against anything."""
    assert not is_against(seen(Stage.HAMMER, severity=Severity.NOTE))
    assert verdict(seen(Stage.HAMMER, severity=Severity.NOTE)).stands == "for"


def test_findings_of_another_module_are_not_counted() -> None:
    """Those that may be anybody's keep it open, whether they were seen to happen or read in what several share."""
    assert verdict(seen(Stage.HAMMER, module="eggs")).stands == "for"
    loose = verdict(seen(Stage.HAMMER, module=""))
    assert loose.stands == "open"
    assert "may be this module's or another's" in loose.verdict
    assert verdict(seen(Stage.AUDIT, module="")).stands == "open"
    assert verdict(seen(Stage.AUDIT, module="", confidence=Confidence.LOW)).stands == "for"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"without": Stage.BUILD}, "it was not built"),
        (
            {"without": Stage.WHEEL, "module": replace(DECLARED, imported=None)},
            "not imported in a fresh process (not tried)",
        ),
        ({"module": replace(DECLARED, imported=False)}, "it was not imported in a fresh process"),
        ({"without": Stage.STRESS}, "no test of the project ran in threads"),
        ({"without": Stage.HAMMER}, "the hammer did not run"),
        (
            {"hammer": replace(CLEAN[Stage.HAMMER], hammered=replace(HAMMERED, executions=LEAST_RUNS - 1))},
            "the hammer made 999 concurrent runs, of 1,000 at least",
        ),
        (
            {"stress": replace(CLEAN[Stage.STRESS], stressed=replace(STRESSED, in_threads=0))},
            "no test of the project ran in threads",
        ),
        ({"stress": replace(CLEAN[Stage.STRESS], cut=True)}, "the time was over before all of the project's tests"),
        (
            {
                "hammer": replace(
                    CLEAN[Stage.HAMMER], gil_came_on=True, hammered=replace(HAMMERED, gil="came on during get()")
                )
            },
            "the GIL came on during get() under the hammer",
        ),
        (
            {"hammer": replace(CLEAN[Stage.HAMMER], hammered=replace(HAMMERED, models=(HARDLY,)))},
            "1 of 3 pairs of operations ran beside each other",
        ),
        ({"module": replace(DECLARED, gil_on=True)}, "importing it turns the GIL on"),
        (
            {"module": replace(DECLARED, for_cython=("spam.pxd",))},
            "what spam.pxd offers to other extensions was not driven: Python cannot call it",
        ),
        ({"members": (*MEMBERS, *(Member("spam", f"f{n}", driven=False) for n in range(3)))}, "2 of its 5 functions"),
        ({"members": ()}, "0 of its 0 functions"),
    ],
)
def test_too_little_tried_is_open(parts: dict[str, Fragment], said: str) -> None:
    """Each with what is lacking."""
    module = verdict(**parts)  # type: ignore[arg-type]
    assert module.stands == "open"
    assert said in module.verdict


def test_the_most_serious_comes_first() -> None:
    """Errors before warnings, of these what was seen to happen, and then what is surer."""
    read = seen(Stage.AUDIT, confidence=Confidence.MEDIUM)
    sure = seen(Stage.AUDIT, line=9)
    happened = seen(Stage.HAMMER, confidence=Confidence.LOW)
    error = seen(Stage.AUDIT, severity=Severity.ERROR)
    assert sorted([read, sure, happened, error], key=seriousness) == [error, happened, sure, read]
