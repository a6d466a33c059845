"""The road: what is done, what is not and why, and what is found again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from tests.port.roads import CLEAN, no_tests, not_built, project, walk

from ungil.errors import SourceError
from ungil.port.evidence import Evidence, Reached, Stage
from ungil.port.folder import opened
from ungil.port.order import Order
from ungil.port.road import travel

EVERY = list(Stage)


def reached(evidence: object) -> dict[Stage, Reached]:
    """How each stage ended."""
    return {step.stage: step.reached for step in cast("Evidence", evidence).steps}


def test_every_stage_is_done_once(tmp_path: Path) -> None:
    """The second run finds all of it again, and comes to the same verdict; each stage is told when it is over."""
    road = walk(tmp_path)
    first = cast("Evidence", road.go())
    assert road.done == EVERY
    assert [step.stage for step in road.told] == EVERY
    assert (first.project, first.version, first.modules[0].stands) == ("spam", "1.2", "for")
    second = cast("Evidence", road.go())
    assert road.done == []
    assert all(step.kept for step in second.steps)
    assert second.modules == first.modules


def test_a_change_of_the_sources_is_another_road(tmp_path: Path) -> None:
    """What was found of the old sources is not believed of the new; of the old ones it still is."""
    road = walk(tmp_path)
    road.go()
    old = (road.source / "spam.c").read_text()
    project(road.source, f"{old}\n/* new */\n")
    road.go()
    assert road.done == EVERY
    project(road.source, old)
    road.go()
    assert road.done == []


def test_a_stage_that_fails_stops_only_what_needs_it(tmp_path: Path) -> None:
    """A build that fails leaves audit and repairs; what looks at the wheel says that there is none."""
    evidence = cast("Evidence", walk(tmp_path, build=not_built()).go())
    assert reached(evidence) == {
        Stage.AUDIT: Reached.DONE,
        Stage.FIX: Reached.DONE,
        Stage.BUILD: Reached.FAILED,
        **dict.fromkeys((Stage.STRESS, Stage.HAMMER, Stage.SCALING, Stage.WHEEL), Reached.SKIPPED),
    }
    build = evidence.step(Stage.BUILD)
    assert (build.why, build.advice) == ("spam does not build for 3.14t", "Install the header.")
    assert build.log == "the last line"
    assert "There is no wheel" in evidence.step(Stage.HAMMER).why
    assert [(one.name, one.stands) for one in evidence.modules] == [("spam", "open")]


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    """Only what was done is kept: with the header installed, the next run goes on from the build."""
    road = walk(tmp_path, build=not_built())
    road.go()
    road.ends.clear()
    road.go()
    assert road.done == EVERY[2:]


def test_a_project_without_tests_is_still_hammered(tmp_path: Path) -> None:
    """A stage that has nothing to do is skipped, with its reason, and nothing else is."""
    evidence = walk(tmp_path, stress=no_tests()).go()
    states = reached(evidence)
    assert states.pop(Stage.STRESS) is Reached.SKIPPED
    assert set(states.values()) == {Reached.DONE}


def test_a_defect_of_ungil_ends_its_stage_alone(tmp_path: Path) -> None:
    """It is told as what it is, with where it was."""
    evidence = cast("Evidence", walk(tmp_path, hammer=ZeroDivisionError("zero")).go())
    hammer = evidence.step(Stage.HAMMER)
    assert hammer.why == "ungil itself failed: ZeroDivisionError: zero"
    assert "roads.py" in hammer.log
    assert evidence.step(Stage.WHEEL).reached is Reached.DONE


def test_an_interrupted_road_goes_on_from_where_it_was(tmp_path: Path) -> None:
    """What was done before Ctrl-C is not done again."""
    road = walk(tmp_path, stress=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        road.go()
    road.ends.clear()
    road.go()
    assert road.done == EVERY[3:]


def test_what_is_half_written_is_not_believed(tmp_path: Path) -> None:
    """A kept result that is cut off, a wheel that is gone: they are made again."""
    road = walk(tmp_path)
    road.go()
    (kept,) = (road.folder.path / "stages").glob("fix-*.json")
    kept.write_text(kept.read_text()[:40])
    for wheel in (road.folder.path / "wheels").rglob("*.whl"):
        wheel.unlink()
    road.go()
    assert road.done == [Stage.FIX, Stage.BUILD]


def test_until_ends_the_road(tmp_path: Path) -> None:
    """What lies behind it is skipped, and says so; a longer road later does only the rest."""
    road = walk(tmp_path)
    states = reached(road.go(until=Stage.BUILD))
    assert [stage for stage in EVERY if states[stage] is Reached.SKIPPED] == EVERY[3:]
    assert "--until build" in road.told[-1].why
    road.go()
    assert road.done == EVERY[3:]


def test_a_budget_that_is_over_is_said(tmp_path: Path) -> None:
    """Nothing is begun then, and how to go on is said."""
    road = walk(tmp_path)
    evidence = cast("Evidence", road.go(budget=0.5))
    assert road.done == []
    assert {step.why for step in evidence.steps[:3]} == {"The 0.5 s of the budget were over."}
    assert "--budget" in evidence.steps[0].advice


def test_what_was_cut_short_serves_no_larger_budget() -> None:
    """A hunt of so many seconds is what a run with as many, or fewer, would come to; a whole stage is for any."""
    whole, cut = CLEAN[Stage.AUDIT], CLEAN[Stage.HAMMER]
    assert whole.serves(0, 60)
    assert whole.serves(1000, 600)
    cut = replace(cut, cut=True, budget=60, given=20)
    assert cut.serves(60, 40)
    assert cut.serves(30, 10)
    assert not cut.serves(120, 50)
    assert not cut.serves(0, 60)
    unlimited = replace(cut, budget=0, given=60)
    assert unlimited.serves(0, 60)
    assert unlimited.serves(90, 30)
    assert not unlimited.serves(600, 200)


def test_what_is_no_extension_is_an_error(tmp_path: Path) -> None:
    """A folder without any program, and a path where nothing is, end the road before it begins."""
    folder, _ = opened(tmp_path / "kept", "empty")
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "letter.txt").write_text("Dear maintainer\n")
    with pytest.raises(SourceError, match=f"neither C, C.* in '{re.escape(str(empty))}'"):  # and not in its snapshot
        travel(Order(target=str(empty)), folder)
    with pytest.raises(SourceError, match="no folder, no source archive and no release"):
        travel(Order(target=str(tmp_path / "nowhere")), folder)


def test_sources_become_findings_a_patch_and_a_verdict(tmp_path: Path) -> None:
    """The real audit and the real repairs: each finding with its lines, its module, and what repairs it."""
    road = walk(tmp_path)
    before = (road.source / "spam.c").read_bytes()
    evidence = travel(Order(target=str(road.source), until=Stage.FIX), road.folder)
    by_slug = {one.finding.slug: one for one in evidence.findings}
    item = by_slug["borrowed-list-item"]
    assert (item.module, item.repaired) == ("spam", "strong-list-item")
    assert item.excerpt is not None
    assert item.excerpt.marked == (5,)
    assert "PyList_GetItem" in item.excerpt.lines[5 - item.excerpt.first]
    assert evidence.repaired is not None
    assert evidence.repaired.patch.startswith("--- a/spam.c\n")
    places = {f"{one.finding.location.path}:{one.finding.location.line}" for one in evidence.findings}
    assert {where for _, _, where, _ in evidence.repaired.repairs} == places
    assert not evidence.repaired.applied
    assert evidence.modules[0].declared == "nothing"
    assert evidence.modules[0].stands == "against"
    assert (road.source / "spam.c").read_bytes() == before
    assert sorted(path.name for path in road.source.iterdir()) == ["pyproject.toml", "spam.c"]


def test_the_patch_can_be_applied_to_what_is_built(tmp_path: Path) -> None:
    """With --apply-fixes the rest is about a repaired copy; the project's snapshot stays as it is."""
    road = walk(tmp_path)
    evidence = travel(Order(target=str(road.source), until=Stage.FIX, apply_fixes=True), road.folder)
    assert evidence.repaired is not None
    assert evidence.repaired.applied
    sources = sorted((road.folder.path / "sources").iterdir())
    texts = [(one / "spam.c").read_text() for one in sources]
    assert len(texts) == 2
    assert sum("PyList_GetItemRef" in text for text in texts) == 1
