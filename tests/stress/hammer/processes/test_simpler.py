"""An attempt that fails is tried with less of everything, and what fails with less is what is told."""

from __future__ import annotations

from dataclasses import replace

from ungil.stress.hammer.models.model import Model, Scenario, operation
from ungil.stress.hammer.processes.again import FRESH, HOPELESS, Again, Seen
from ungil.stress.hammer.processes.journal import Entry, Phase, Run
from ungil.stress.hammer.processes.simpler import simpler
from ungil.stress.hammer.processes.watch import End, How
from ungil.stress.hammer.runs.attempt import Attempt, Method, Turn
from ungil.stress.hammer.runs.text import Spot

MODEL = Model(name="list", make=list, operations=tuple(map(operation, ["append", "clear", "pop"])))
APPEND, CLEAR, POP = MODEL.operations
STOP = Spot("/lib/a.so", 16)
RUN = Run(0, Phase.STOPS, (), 0, ())
CRASH = End(How.CRASH, "SIGSEGV", Entry(Phase.STOPS, 0, -1, 0, RUN, RUN, (), 0))
DONE = End(How.DONE, "", Entry(Phase.DONE, -1, -1, 0, RUN, RUN, (), 0))


def attempt(*threads: tuple[object, ...], turns: tuple[Turn, ...] = (), owner: int = 0) -> Attempt:
    """An attempt at these calls."""
    return Attempt(Scenario(MODEL, threads), Method.STOPS, owner, turns)  # type: ignore[arg-type]


def test_calls_are_dropped_and_turns_follow() -> None:
    """A turn that ends after a call ends one call earlier when one before it is gone; each thread keeps one."""
    longer = attempt((APPEND, POP), (CLEAR,), turns=(Turn(0, 2, STOP, 1), Turn(1, 1), Turn(0, 2)))
    shorter = {str(one.scenario): one.turns for one in simpler(longer)}
    assert shorter == {
        "A: pop() | B: clear()": (Turn(0, 1, STOP, 1), Turn(1, 1), Turn(0, 1)),
        "A: append() | B: clear()": (Turn(0, 1, STOP, 1), Turn(1, 1), Turn(0, 1)),
    }


def test_a_stop_in_a_loop_may_be_reached_sooner() -> None:
    """When a call is dropped that came to the same instruction, fewer hits are left."""
    longer = attempt((APPEND, APPEND), (CLEAR,), turns=(Turn(0, 2, STOP, 3), Turn(1, 1)))
    assert {one.turns[0].hit for one in simpler(longer)} == {3, 1}


def test_threads_are_dropped_first_and_renumbered() -> None:
    """Two are left; what the one that is gone did in the schedule is gone, too."""
    three = attempt((APPEND,), (CLEAR,), (POP,), turns=(Turn(0, 1, STOP, 1), Turn(2, 1), Turn(1, 1)), owner=2)
    first, second, third = list(simpler(three))[:3]
    assert (str(first.scenario), first.turns, first.owner) == ("A: clear() | B: pop()", (Turn(1, 1), Turn(0, 1)), 1)
    assert (str(second.scenario), second.turns[1:], second.owner) == ("A: append() | B: pop()", (Turn(1, 1),), 1)
    assert (str(third.scenario), third.turns[1:], third.owner) == ("A: append() | B: clear()", (Turn(1, 1),), 1)


def test_stops_are_dropped_but_the_last() -> None:
    """And the object is made by A, if that does."""
    twice = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1, STOP, 1), Turn(0, 1)), owner=1)
    assert [(one.stops, one.owner) for one in simpler(twice)] == [(1, 1), (1, 1), (2, 0)]
    once = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1)))
    assert list(simpler(once)) == []


def test_the_simplest_attempt_that_fails_is_told() -> None:
    """Here every one fails in which A appends and B clears."""

    def fails(one: Attempt, _: int) -> Seen:
        names = [{call.name for call in thread} for thread in one.scenario.threads]
        bad = "append" in names[0] and "clear" in names[1]
        return Seen(int(bad), CRASH if bad else DONE)

    longer = attempt((POP, APPEND, POP), (CLEAR, POP), turns=(Turn(0, 3, STOP, 1), Turn(1, 2), Turn(0, 3)), owner=1)
    simplest, count, end = Again(fails, 60).confirm(longer)
    assert str(simplest.scenario) == "A: append() | B: clear()"
    assert (simplest.owner, simplest.turns[0].calls, count, end) == (0, 1, (FRESH, FRESH), CRASH)


def test_what_does_not_fail_again_is_sought_in_its_scenario() -> None:
    """One that fails only with every stop in turn is told as such."""
    tried = []

    def fails(one: Attempt, _: int) -> Seen:
        tried.append(one)
        return Seen(1, CRASH, once) if not one.turns else Seen(0, DONE)

    once = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1)))
    simplest, count, end = Again(fails, 60).confirm(once)
    assert (simplest, count, end) == (replace(once, turns=()), (FRESH, FRESH), CRASH)
    assert tried[:HOPELESS] == [once] * HOPELESS


def test_a_wrong_result_is_no_crash() -> None:
    """Of a crash, only what crashes is simpler, or wider; how often something was wrong is told nevertheless."""

    def fails(one: Attempt, _: int) -> Seen:
        return Seen(1, CRASH if one.scenario.calls == 3 else DONE)

    longer = attempt((APPEND, POP), (CLEAR,), turns=(Turn(0, 2, STOP, 1), Turn(1, 1), Turn(0, 2)))
    assert Again(fails, 60).confirm(longer) == (longer, (FRESH, FRESH), CRASH)
    assert Again(lambda *_: Seen(1, DONE), 60).confirm(longer) == (longer, (FRESH, FRESH), DONE)
    only_wider = Again(lambda one, _: Seen(0 if one.turns else 1, DONE), 60).confirm(longer)
    assert only_wider == (longer, (0, HOPELESS), None)


def test_how_a_process_died_is_told_before_how_another_one_did_not() -> None:
    """Whichever came last."""
    ends = iter([CRASH, DONE, CRASH, DONE, DONE])
    once = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1)))
    assert Again(lambda *_: Seen(1, next(ends)), 60).confirm(once) == (once, (FRESH, FRESH), CRASH)


def test_what_somebody_else_ends_is_no_crash() -> None:
    """The system does when memory runs out."""
    killed = replace(CRASH, how=How.KILLED)
    longer = attempt((APPEND, POP), (CLEAR,), turns=(Turn(0, 2, STOP, 1), Turn(1, 1), Turn(0, 2)))
    assert Again(lambda *_: Seen(1, killed), 60).confirm(longer)[0] is longer


def test_what_never_fails_again_is_told_as_it_was_seen() -> None:
    """With the number of times that it was tried."""
    once = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1)))
    simplest, count, end = Again(lambda *_: Seen(0, DONE), 60).confirm(once)
    assert (simplest, count, end) == (once, (0, HOPELESS), None)


def test_without_time_it_is_tried_once() -> None:
    """How often something fails is said of one try at least."""
    once = attempt((APPEND,), (CLEAR,), turns=(Turn(0, 1, STOP, 1), Turn(1, 1)))
    _, count, _ = Again(lambda *_: Seen(1, CRASH), 0).confirm(once)
    assert count == (1, 1)
