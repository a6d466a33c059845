"""What a hunt makes of how its processes end: none of them is started here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from tests.stress.hammer.observed import crash, model, scenario, stopped

from ungil.stress.hammer import hunt as module
from ungil.stress.hammer.processes.catalogue import description
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.journal import METHODS, Entry, Phase, Run
from ungil.stress.hammer.processes.known import Known, TargetError
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.processes.series import Settings
from ungil.stress.hammer.processes.watch import End, How, ProcessError
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Turn
from ungil.stress.hammer.runs.text import Spot

pytestmark = pytest.mark.thread_unsafe(reason="it puts other processes into the module")

BOX = model("put", "take")
BAG = model("fill", "empty", name="Bag")
CALLS = ((0,), (1,))
NO_RUN = Run(0, Phase.START, (), 0, ())
STOPS = Run(0, Phase.STOPS, CALLS, 0, ((0, 1, 16, 1), (1, 1, 0, 0), (0, 1, 0, 0)))
IN_ORDER = Run(0, Phase.ORDER, CALLS, 0, ())
DONE = End(How.DONE, "", Entry(Phase.DONE, -1, -1, 0, NO_RUN, NO_RUN, (), 0))


def died(now: Run, before: Run = NO_RUN, how: How = How.CRASH) -> End:
    """A process that ended while it was at this."""
    return End(how, "SIGSEGV", Entry(now.phase, 0, -1, 0, now, before, (), 0))


class Processes:
    """What stands for the processes of a hunt; they end as they are told to."""

    ends: Iterable[End | Exception] = ()
    again: Callable[[Known], End] = staticmethod(lambda _: DONE)

    def __init__(self, target: Target, *_: object) -> None:
        self.result = Result(target=target, seed=1)
        self.known = Known(self.result)
        self.start = 0.0
        self._started = 0
        self._ends = iter(self.ends)
        self.known.hear(
            {"event": "models", "models": [description(BOX), description(BAG)], "files": ["a.so"], "signals": []}
        )
        for number in range(2):
            self.known.hear({"event": "tried", "model": number, "slowest": 0.0})

    def go_on(self, _: float) -> End:
        """The next one."""
        self._started += 1
        end = next(self._ends, DONE)
        if isinstance(end, Exception):
            raise end
        return end

    def try_again(self, **_: Any) -> End:  # noqa: ANN401 - fields of a job
        """Another one."""
        self._started += 1
        return type(self).again(self.known)

    def attempt(self, run: Run) -> Attempt:
        """What the last one was at: in it, the extension lay where it lay in no other one."""
        calls = self.known.catalogue.scenario(run.model, run.calls)
        turns = tuple(Turn(thread, 1, Spot(f"/{self._started}.so", at), hit) for thread, _, at, hit in run.turns if at)
        return Attempt(calls, METHODS[run.phase], run.owner, turns)


def hunted(
    monkeypatch: pytest.MonkeyPatch, *ends: End | Exception, again: Callable[[Known], End] = lambda _: DONE
) -> Result:
    """What a hunt makes of these."""
    monkeypatch.setattr(Processes, "ends", ends)
    monkeypatch.setattr(Processes, "again", staticmethod(again))
    monkeypatch.setattr(module, "Processes", Processes)
    return module.hunt(Target(module="boxes"), Settings(budget=5))


def wrong(known: Known) -> End:
    """A process that came to its end, and to something that is not allowed."""
    known.failed = 1
    return DONE


def test_a_crash_that_comes_back_as_a_wrong_result_is_told_as_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was seen first, and with how often something was wrong."""
    result = hunted(monkeypatch, died(STOPS), again=wrong)
    (found,) = result.observations
    assert (found.kind, found.got, found.reproduced) == (Kind.CRASH, "SIGSEGV", (5, 5))
    assert found.attempt.first_stop == Spot("/1.so", 16)
    assert not result.notes


def test_what_ran_before_is_found_where_it_lay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is asked whether it happens in order as well; stops are told by the one that died."""
    result = hunted(monkeypatch, died(IN_ORDER, STOPS))
    (found,) = result.observations
    assert found.attempt.first_stop == Spot("/1.so", 16)


def test_what_happens_in_order_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nothing that threads do; but if only the system has ended that process, it is not known."""
    result = hunted(monkeypatch, died(IN_ORDER, STOPS), again=lambda _: died(IN_ORDER))
    assert not result.observations
    assert [one.reason for one in result.left_out] == ["made one after the other: it crashes: SIGSEGV"]
    killed = hunted(monkeypatch, died(IN_ORDER, STOPS), again=lambda _: died(IN_ORDER, how=How.KILLED))
    assert len(killed.observations) == 1
    assert killed.observations[0].reproduced == (0, 2)


def test_a_run_of_another_model_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last concurrent run may be of another model than the one whose calls were made when the process died."""
    result = hunted(monkeypatch, died(IN_ORDER, replace(STOPS, model=1)))
    (found,) = result.observations
    assert str(found.attempt.scenario) == "A: fill() | B: empty()"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TargetError("It cannot be imported.", "Do."), "It cannot be imported."),
        (ProcessError("It did not start.", "Do."), "It did not start."),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device."),
    ],
)
def test_what_was_found_is_kept_when_no_other_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """And why the hunt ended; if nothing had run, that is all that there is."""
    result = hunted(monkeypatch, died(STOPS), error)
    assert [one.attempt.scenario.calls for one in result.observations] == [2]
    assert result.notes == [f"The hunt ended early. {said}"]
    with pytest.raises(type(error)):
        hunted(monkeypatch, error)


def test_what_was_found_is_kept_when_it_cannot_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as it was seen."""

    def full(_: Known) -> End:
        raise OSError(28, "No space left on device")

    (found,) = hunted(monkeypatch, died(STOPS), again=full).observations
    assert replace(found, seconds=0.5) == replace(
        crash(stopped(scenario(found.attempt.scenario.model, "put", "take"), 16)),
        attempt=found.attempt,
        reproduced=(0, 0),
    )
