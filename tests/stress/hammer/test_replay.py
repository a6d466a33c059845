"""What is said of an attempt that is made again, however its processes end: none of them is started here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.stress.hammer.observed import crash, model, outcome, scenario, stopped

from ungil.stress.hammer.processes.catalogue import Catalogue
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.journal import Entry, Phase, Run
from ungil.stress.hammer.processes.known import Known
from ungil.stress.hammer.processes.record import Record, observation_json
from ungil.stress.hammer.processes.series import Processes, Settings
from ungil.stress.hammer.processes.watch import End, How
from ungil.stress.hammer.replay import Replayed, replay
from ungil.stress.hammer.runs.attempt import Observation
from ungil.stress.hammer.runs.difference import Part

BOX = model("put", "take")
CRASH = crash(stopped(scenario(BOX, "put", "take"), 0x10))
OUTCOME = outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE)
THREE = crash(stopped(scenario(BOX, "put", "take", "put"), 0x10))
RUN = Run(0, Phase.STOPS, (), 0, ())

type Way = Callable[[Known], How]


def tried(known: Known, failed: int, of: int) -> How:
    """It has made its tries."""
    known.hear({"event": "tried again", "failed": failed, "of": of})
    return How.DONE


def troubled(known: Known) -> How:
    """It could not go on by no fault of the extension."""
    known.hear({"event": "trouble", "what": "ValueError: 3 threads"})
    return How.EXIT


class Stand(Processes):
    """What stands for processes: each of them ends in the way that it is told to."""

    def __init__(self, *ways: Way, threads: int = 2) -> None:
        super().__init__(Target(module="boxes"), Settings(threads=threads))
        self.jobs: list[dict[str, Any]] = []
        self._ways = iter(ways)

    def try_again(self, **attempt: Any) -> End:  # noqa: ANN401 - fields of a job
        """The next one."""
        self.jobs.append(attempt)
        self.known.tries = self.known.failed = 0
        how = next(self._ways)(self.known)
        return End(how, "SIGKILL" if how is How.KILLED else "SIGSEGV", Entry(Phase.STOPS, 0, -1, 0, RUN, RUN, (), 0))


def replayed(stand: Stand, *observations: Observation) -> list[Replayed]:
    """What comes of these."""
    plain = [observation_json(one, Catalogue([BOX])) for one in observations]
    return replay(Record(module="boxes", files={}, observations=plain), stand)


@pytest.mark.parametrize(
    ("observation", "ways", "expected"),
    [
        pytest.param(CRASH, [lambda _: How.CRASH] * 5, (5, 5, ""), id="it crashes"),
        pytest.param(CRASH, [lambda known: tried(known, 0, 200)] * 5, (0, 5, ""), id="it does not"),
        pytest.param(CRASH, [lambda known: tried(known, 25, 200)] * 5, (5, 5, ""), id="it goes wrong often in each"),
        pytest.param(CRASH, [lambda _: How.KILLED], (0, 0, "Somebody else ended the process: SIGKILL."), id="killed"),
        pytest.param(CRASH, [troubled], (0, 0, "A process could not go on: ValueError: 3 threads."), id="trouble"),
        pytest.param(
            CRASH, [lambda _: How.LATE], (0, 0, "There was no time: its tries were not over within 15 s."), id="late"
        ),
        pytest.param(CRASH, [lambda _: How.DONE], (0, 0, "The process ended before it had tried."), id="no try"),
        pytest.param(CRASH, [lambda _: How.CRASH, lambda _: How.LATE], (1, 1, ""), id="one crash, and no time"),
        pytest.param(OUTCOME, [lambda known: tried(known, 7, 20)], (7, 20, ""), id="wrong"),
        pytest.param(OUTCOME, [lambda _: How.CRASH], (1, 1, ""), id="it was wrong, and crashes now"),
    ],
)
def test_only_what_was_made_counts(observation: Observation, ways: list[Way], expected: tuple[int, int, str]) -> None:
    """Each process is one try at what ends a process, and one that has not looked is none."""
    (found,) = replayed(Stand(*ways), observation)
    assert (found.failed, found.tries, found.why_not) == expected


@pytest.mark.parametrize(("threads", "observation", "crew"), [(2, THREE, 3), (2, CRASH, 2), (3, CRASH, 3)])
def test_there_are_as_many_threads_as_it_takes(threads: int, observation: Observation, crew: int) -> None:
    """Whatever the command says now: it was saved with as many."""
    stand = Stand(*[lambda _: How.CRASH] * 5, threads=threads)
    replayed(stand, observation)
    assert {job["threads"] for job in stand.jobs} == {crew}


def test_ctrl_c_keeps_what_was_made() -> None:
    """And the result says that it is not all."""

    def interrupted(_: Known) -> How:
        raise KeyboardInterrupt

    stand = Stand(lambda known: tried(known, 7, 20), interrupted)
    assert [one.failed for one in replayed(stand, OUTCOME, OUTCOME)] == [7]
    assert stand.result.interrupted
