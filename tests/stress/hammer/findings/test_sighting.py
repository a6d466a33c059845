"""Observations become findings: of one defect one, as serious as the worst that was seen of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stress.hammer.observed import EXTENSION, crash, model, outcome, scenario, stopped

from ungil.finding import Confidence, Severity
from ungil.hazards import hazards
from ungil.stress.hammer.findings.sighting import Sighting, hazard_of, sightings
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.scripts.confirm import Confirmation
from ungil.stress.hammer.telling.origin import Origin
from ungil.stress.hammer.telling.places import Place, Places

BOX = model("put", "take", "size")
RELAXED = model("put", "size", relaxed={"size": "len() is approximate, says the documentation"})


def places(functions: dict[int, str] | None = None) -> Places:
    """These functions of the extension, each with a line of its own."""
    found = Places(Path(), [EXTENSION])
    for at, name in (functions or {}).items():
        spot = Spot(EXTENSION, at)
        found.known[spot] = Place(spot, name, 0, Origin("src/boxes.c", at, here=False))
    return found


def only(found: list[Sighting]) -> Sighting:
    """The one that there is."""
    assert len(found) == 1, [str(one.simplest.attempt) for one in found]
    return found[0]


PUTS = stopped(scenario(BOX, "put", "put"), 0x10)


@pytest.mark.parametrize(
    ("observation", "slug"),
    [
        pytest.param(crash(PUTS), "crash-under-threads", id="a crash"),
        pytest.param(crash(PUTS, kind=Kind.DEADLOCK), "deadlock-under-threads", id="a deadlock"),
        pytest.param(crash(PUTS, kind=Kind.HANG), "hang-under-threads", id="a hang"),
        pytest.param(outcome(PUTS, Part.STATE), "corrupted-state", id="a wrong state"),
        pytest.param(outcome(PUTS, Part.STATE, Part.ANSWER), "corrupted-state", id="a wrong state and answer"),
        pytest.param(outcome(PUTS, Part.INTERNAL), "corrupted-state", id="an error without a reason"),
        pytest.param(outcome(PUTS, Part.ANSWER), "lost-result", id="a wrong answer"),
        pytest.param(outcome(PUTS, Part.ANSWER, Part.REFUSAL), "lost-result", id="a wrong answer and a refusal"),
        pytest.param(outcome(PUTS, Part.REFUSAL), "weak-atomicity", id="a refusal"),
        pytest.param(outcome(PUTS, kind=Kind.GROWTH), "growth-under-threads", id="growth"),
    ],
)
def test_what_was_seen_names_the_hazard(observation: Observation, slug: str) -> None:
    """The kind, and of an outcome the part of it that no order comes to."""
    assert hazard_of(observation).slug == slug
    finding = only(sightings([observation], places({0x10: "box_put"}))).finding(places(), "_boxes.so")
    described = next(hazard for hazard in hazards() if hazard.slug == slug)
    assert (finding.code, finding.severity) == (described.code, described.severity)


def test_a_finding_lies_at_the_line_where_a_thread_stopped() -> None:
    """With the function in its message, and the scenario first in its evidence."""
    known = places({0x10: "box_put"})
    finding = only(sightings([outcome(PUTS, Part.STATE)], known)).finding(known, "_boxes.so")
    assert (finding.location.path, finding.location.line) == ("src/boxes.c", 0x10)
    assert finding.message == "box_put() beside another thread's call leaves a state that no order of them leaves"
    assert finding.evidence[0] == "A: put() | B: put(), on a Box that A made"
    assert finding.fix


def test_without_source_it_lies_in_the_extension() -> None:
    """The module's file, its first line; the message names the call, and no address that changes with the build."""
    found = only(sightings([outcome(PUTS, Part.STATE)], Places(Path())))
    finding = found.finding(Places(Path()), "boxes/_boxes.so")
    assert (finding.location.path, finding.location.line) == ("boxes/_boxes.so", 1)
    assert finding.message.startswith("Box.put() beside another thread's call leaves")
    assert "0x" not in finding.message


def test_a_crash_without_a_stop_lies_where_it_crashed() -> None:
    """The extension's innermost frame of the thread that crashed; the message names what was called."""
    stack = f"A, which crashed:\n  /lib/libc.so.6+0x10\n  {EXTENSION}+0x11\n"
    known = places({0x10: "box_free"})
    together = Attempt(scenario(BOX, "put", "take"), Method.TOGETHER)
    finding = only(sightings([crash(together, stack)], known)).finding(known, "_boxes.so")
    assert (finding.location.path, finding.location.line) == ("src/boxes.c", 0x10)
    assert finding.message == "Box.put() beside Box.take() ends the process"


def test_one_defect_that_many_pairs_show_is_one_finding() -> None:
    """The same function: the simplest scenario stands for all, the others are listed."""
    known = places({0x10: "box_put", 0x14: "box_put"})
    longer = stopped(scenario(BOX, "take put", "size put"), 0x14)
    pairs = [stopped(scenario(BOX, "put", other), 0x10) for other in ("take", "size")]
    found = only(sightings([outcome(longer, Part.STATE), *(outcome(one, Part.STATE) for one in pairs)], known))
    assert str(found.simplest.attempt.scenario) == "A: put() | B: take()"
    evidence = found.finding(known, "").evidence
    assert "also in A: put() | B: size(); A: take(); put() | B: size(); put()" in evidence


def test_a_wrong_answer_and_a_wrong_state_are_of_one_defect() -> None:
    """The finding is as serious as the worst of them, and shows that."""
    known = places({0x10: "box_put"})
    seen = [
        outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.ANSWER),
        outcome(stopped(scenario(BOX, "put put", "take"), 0x10), Part.STATE),
    ]
    found = only(sightings(seen, known))
    assert found.hazard.slug == "corrupted-state"
    assert str(found.simplest.attempt.scenario) == "A: put(); put() | B: take()"


def test_two_functions_are_two_defects() -> None:
    """As are a crash and a wrong state in the same function; the more serious one comes first."""
    known = places({0x10: "box_put", 0x50: "box_take"})
    seen = [
        outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE),
        outcome(stopped(scenario(BOX, "take", "put"), 0x50), Part.STATE),
        crash(stopped(scenario(BOX, "take", "put"), 0x50)),
    ]
    found = sightings(seen, known)
    assert [one.hazard.slug for one in found] == ["crash-under-threads", "corrupted-state", "corrupted-state"]
    assert [one.subject for one in found] == ["box_take()", "box_put()", "box_take()"]


def test_the_same_call_beside_the_same_is_one_defect() -> None:
    """Wherever its thread stopped: with other arguments it may have been in a function that it calls."""
    known = places({0x10: "box_put", 0x50: "box_find"})
    seen = [
        outcome(stopped(scenario(BOX, "put", "put"), 0x10), Part.STATE),
        outcome(stopped(scenario(BOX, "put", "put"), 0x50), Part.STATE),
    ]
    assert len(only(sightings(seen, known)).observations) == 2


def test_where_functions_have_no_names_the_call_tells_them_apart() -> None:
    """In a stripped file, the call of the thread that stopped stands for its function."""
    seen = [
        outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE),
        outcome(stopped(scenario(BOX, "put", "size"), 0x14), Part.STATE),
        outcome(stopped(scenario(BOX, "take", "put"), 0x50), Part.STATE),
    ]
    found = sightings(seen, Places(Path()))
    assert [one.subject for one in found] == ["Box.put()", "Box.take()"]


def test_what_showed_without_a_stop_belongs_to_what_showed_with_one() -> None:
    """The same calls, set off together, are not a second finding."""
    known = places({0x10: "box_put"})
    pair = scenario(BOX, "put", "take")
    seen = [outcome(Attempt(pair, Method.BURST, times=100), Part.STATE), outcome(stopped(pair, 0x10), Part.STATE)]
    assert len(only(sightings(seen, known)).observations) == 2


def test_what_is_documented_is_a_note() -> None:
    """With the sentence that documents it, behind all that is not; a crash is documented by nothing."""
    known = places({0x10: "box_put", 0x50: "box_size"})
    relaxed = stopped(scenario(RELAXED, "size", "put"), 0x50)
    found = sightings([outcome(relaxed, Part.ANSWER), outcome(PUTS, Part.ANSWER), crash(relaxed)], known)
    assert [one.hazard.slug for one in found] == ["crash-under-threads", "lost-result", "weak-atomicity"]
    last = found[-1].finding(known, "")
    assert last.severity is Severity.NOTE
    assert "documented: len() is approximate, says the documentation" in last.evidence
    assert found[0].finding(known, "").severity is Severity.ERROR


def test_what_is_documented_does_not_stand_for_what_is_not() -> None:
    """Two calls that are refused in one function, of which one is meant to be: two findings."""
    known = places({0x50: "box_size"})
    seen = [
        outcome(stopped(scenario(RELAXED, "size", "put"), 0x50), Part.REFUSAL),
        outcome(stopped(scenario(RELAXED, "put", "put"), 0x50), Part.REFUSAL),
    ]
    found = [one.finding(known, "") for one in sightings(seen, known)]
    assert [(one.slug, one.severity) for one in found] == [
        ("weak-atomicity", Severity.WARNING),
        ("weak-atomicity", Severity.NOTE),
    ]


@pytest.mark.parametrize(
    ("confirmation", "again", "confidence"),
    [
        (Confirmation(confirmed=True, tries=1, how="SIGSEGV"), 0, Confidence.HIGH),
        (Confirmation(confirmed=False, tries=3, how="nothing"), 2, Confidence.MEDIUM),
        (None, 5, Confidence.MEDIUM),
        (None, 0, Confidence.LOW),
    ],
)
def test_confidence_says_how_surely_it_comes_back(
    confirmation: Confirmation | None, again: int, confidence: Confidence
) -> None:
    """In plain threads; under the hammer only; not even there."""
    seen = outcome(PUTS, Part.STATE, reproduced=(again, 5))
    one = only(sightings([seen], places()))
    finding = Sighting(one.hazard, one.observations, one.place, confirmation=confirmation).finding(places(), "")
    assert finding.confidence is confidence
