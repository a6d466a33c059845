"""Growth that only all stops together have shown is tried again with all of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, cast

from tests.stress.hammer.observed import EXTENSION, model, scenario, stopped

from ungil.stress.hammer.models.model import Operation, Scenario
from ungil.stress.hammer.runs import leaks
from ungil.stress.hammer.runs.attempt import Attempt, Method
from ungil.stress.hammer.runs.leaks import Leaks, Schedule

PUT = scenario(model("put"), "put", "put")
POINTS = [(0x10, 1), (0x20, 1)]


class Trials:
    """Of which only this is asked."""

    rng = random.Random(1)  # noqa: S311 - no secret

    def points(self, _: Sequence[Operation]) -> list[tuple[int, int]]:
        """Where the thread can be stopped."""
        return POINTS


class Text:
    """Code that lies where it lies in the file."""

    def address(self, spot: Any) -> int:  # noqa: ANN401 - a Spot
        """Of the instruction."""
        assert spot.path == EXTENSION
        return cast("int", spot.offset)


class Seeing(Leaks):
    """What is run, instead of running it."""

    schedules: Sequence[tuple[int, Schedule]] = ()

    def _growth(self, scenario: Scenario, schedules: Sequence[tuple[int, Schedule]]) -> None:
        assert scenario is PUT
        self.schedules = schedules


def tried(attempt: Attempt) -> Sequence[tuple[int, Schedule]]:
    """The schedules in which an attempt is made again."""
    unused = cast("Any", None)
    seeing = Seeing(cast("Any", Trials()), unused, cast("Any", Text()), unused)
    assert seeing.again(attempt, 1) == 0
    return seeing.schedules


def test_without_turns_all_stops_are_tried() -> None:
    """Each of them, on objects of either thread; not as many runs in which nobody is stopped."""
    schedules = tried(Attempt(PUT, Method.STOPS))
    assert sorted((owner, turns[0][2]) for owner, turns in schedules) == [(0, 0x10), (0, 0x20), (1, 0x10), (1, 0x20)]


def test_with_turns_they_are_tried() -> None:
    """As often as in the hunt."""
    schedules = tried(stopped(PUT, 0x20, owner=1))
    assert len(schedules) == leaks.REPEATS
    assert {(owner, turns[0][2]) for owner, turns in schedules} == {(1, 0x20)}
