"""The evidence, put together."""

from __future__ import annotations

from dataclasses import replace

from tests.port.roads import CLEAN, finding, seen, step

from ungil.finding import Severity
from ungil.port.assembled import assembled
from ungil.port.evidence import Evidence, Kept, Open, Stage
from ungil.port.fragment import Fragment, Member, ModuleSeen

FRAME = Evidence(
    project="spam",
    version="1.2",
    command="",
    made="",
    machine="",
    tools={"ungil": "0.1.0"},
    seed=0,
    budget=0,
    seconds=0,
    steps=(),
    notes=("first",),
)


def test_findings_are_sorted_owned_and_told_apart() -> None:
    """The most serious first; each of the module that it lies in; no two of one fingerprint."""
    twice = seen(Stage.AUDIT, module="")
    error = seen(Stage.HAMMER, module="", severity=Severity.ERROR, path="spam.so")
    audit = replace(CLEAN[Stage.AUDIT], findings=(twice, twice), notes=("first", "second"))
    hammer = replace(CLEAN[Stage.HAMMER], findings=(error,), tools={"Python": "3.14"})
    evidence = assembled(FRAME, [audit, CLEAN[Stage.BUILD], hammer])
    assert [one.stage for one in evidence.findings] == [Stage.HAMMER, Stage.AUDIT, Stage.AUDIT]
    assert {one.module for one in evidence.findings} == {"spam"}
    assert len({one.fingerprint for one in evidence.findings}) == 3
    assert evidence.modules[0].stands == "against"
    assert evidence.tools == {"ungil": "0.1.0", "Python": "3.14"}
    assert evidence.notes == ("first", "second")
    assert evidence.hammered == hammer.hammered


def test_a_repair_is_told_beside_its_finding() -> None:
    """By the fingerprint that the audit gave it."""
    found = seen(Stage.AUDIT)
    fix = replace(
        CLEAN[Stage.FIX], decisions=((found.fingerprint, "strong-list-item", ""), ("other", "", "what to do"))
    )
    evidence = assembled(FRAME, [replace(CLEAN[Stage.AUDIT], findings=(found,)), fix])
    assert evidence.findings[0].repaired == "strong-list-item"


def test_members_are_of_the_module_that_says_so() -> None:
    """Of a package's only one, if that is what they say they are of; else of none."""
    modules = (ModuleSeen("spam._a"), ModuleSeen("eggs._b"), ModuleSeen("eggs._c"))
    members = (
        Member("spam:Spam", "get", driven=True),
        Member("eggs._b:Eggs", "get", driven=False),
        Member("eggs:Eggs", "put", driven=True),
    )
    evidence = assembled(FRAME, [Fragment(step=step(Stage.HAMMER), modules=modules, members=members)])
    assert {one.name: (one.driven, one.members) for one in evidence.modules} == {
        "eggs._b": (0, 1),
        "eggs._c": (0, 0),
        "spam._a": (1, 1),
    }


def test_what_the_hammer_left_open_is_the_only_modules() -> None:
    """Of several, it is not known whose; what the audit did not read is the project's."""
    left, unread = Open("Spam.get", "the time was over"), Open("vendor/z.c", "not read by the audit")
    hammer = replace(CLEAN[Stage.HAMMER], open=(left,))
    audit = replace(CLEAN[Stage.AUDIT], open=(unread,))
    assert assembled(FRAME, [audit, hammer]).open == (unread, replace(left, module="spam"))
    several = replace(audit, modules=(ModuleSeen("spam"), ModuleSeen("eggs")))
    assert assembled(FRAME, [several, hammer]).open == (unread, left)


def test_what_is_allowed_stands_with_its_module() -> None:
    """And its reason."""
    kept = Kept(finding(), "the importer holds its lock", Stage.AUDIT)
    evidence = assembled(FRAME, [replace(CLEAN[Stage.AUDIT], suppressions=(kept,))])
    assert evidence.suppressions == (replace(kept, module="spam"),)
