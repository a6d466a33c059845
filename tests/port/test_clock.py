"""How the time is divided."""

from __future__ import annotations

import pytest

from ungil.port.clock import LEAST_SHARE, SHARES, UNLIMITED, Clock, TimeOverError
from ungil.port.evidence import Stage


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        """What it says."""
        return self.at


def test_without_a_budget_each_stage_has_its_own_limit() -> None:
    """Nothing goes on for ever; what was said of the build holds."""
    assert Clock(0).seconds(Stage.HAMMER, list(Stage)) == UNLIMITED[Stage.HAMMER]
    assert Clock(0, build=7).seconds(Stage.BUILD, list(Stage)) == 7
    assert not Clock(0).is_over


def test_a_budget_is_divided_among_what_is_to_be_done() -> None:
    """What one stage leaves is there for those behind it, and the last one has all that is left."""
    hand = Hand()
    clock = Clock(310, now=hand)
    every = list(Stage)
    assert clock.seconds(Stage.AUDIT, every) == pytest.approx(310 * SHARES[Stage.AUDIT] / sum(SHARES.values()))
    hand.at += 10
    assert clock.taken == 10
    left = {Stage.HAMMER, Stage.SCALING, Stage.WHEEL}
    assert clock.seconds(Stage.HAMMER, left) == pytest.approx(300 * 8 / 11)
    assert clock.seconds(Stage.WHEEL, {Stage.WHEEL}) == 300


def test_a_small_budget_is_not_divided_into_nothing() -> None:
    """A stage has some seconds as long as there are any; then nothing more is begun."""
    hand = Hand()
    clock = Clock(8, now=hand)
    assert clock.seconds(Stage.WHEEL, list(Stage)) == LEAST_SHARE
    hand.at += 6
    assert clock.seconds(Stage.WHEEL, list(Stage)) == 2
    hand.at += 1.5
    assert clock.is_over


def test_work_without_a_deadline_of_its_own_ends_when_it_reports() -> None:
    """Until then what it does is passed on."""
    hand = Hand()
    told: list[str] = []
    report = Clock(60, now=hand).reporter(5, told.append)
    report("one")
    hand.at += 6
    with pytest.raises(TimeOverError, match="Its time, 5 s, was over"):
        report("two")
    assert told == ["one"]
