"""The exploration finds what is wrong with a racy twin, and nothing wrong with a correct one."""

from __future__ import annotations

import itertools
import random
import sysconfig
import threading
import time
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from ungil import AtomicInteger, AtomicReference, _sync
from ungil.stress.hammer.models.model import Contract, Model, Scenario, operation
from ungil.stress.hammer.runs.attempt import Method, Observation
from ungil.stress.hammer.runs.crew import Crew, NativeTurn, crew_of, stepping_is_absent
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.explore import Explorer
from ungil.stress.hammer.runs.oracle import Oracle
from ungil.stress.hammer.runs.text import loaded_text

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

pytestmark = [
    pytest.mark.thread_unsafe(reason="one crew works at a time in a process"),
    pytest.mark.skipif(not FREE_THREADED, reason="who is stopped holds the GIL, and nobody else can run"),
    pytest.mark.skipif(bool(stepping_is_absent()), reason="no thread can be stopped here"),
]


class Nobody:
    """A journal that nobody reads."""

    def scenario(self, scenario: Scenario, method: Method) -> None:
        """Forget it."""

    def run(self, owner: int, turns: Sequence[NativeTurn]) -> None:
        """Forget it."""


def model_of(make: Any, *operations: object, **more: Any) -> Model:  # noqa: ANN401 - what Model takes
    """A model of a class with ``get()``."""
    observed = {"state": lambda subject: subject.get()} | more
    return Model(name=make.__name__, make=make, operations=tuple(map(operation, operations)), **observed)


def explore(crew: Crew, model: Model, file: str | None, executions: int) -> list[Observation]:
    """What is found in about so many runs."""
    assert file is not None
    explorer = Explorer(model, crew, loaded_text([file]), Nobody(), seed=1)
    found: list[Observation] = []
    for step in explorer.steps():
        found += step
        if explorer.effort.executions >= executions:
            break
    return found


class Guarded:
    """It refuses a call beside another one, and then does nothing."""

    def __init__(self) -> None:
        self.left = [1, 2, 3]
        self.busy = False

    def get(self) -> list[int]:
        """What is left."""
        return self.left

    def take(self) -> float:
        """One of them."""
        if self.busy:
            raise RuntimeError("in use")
        self.busy = True
        end = time.perf_counter() + 0.003  # who sleeps gives its turn away, also where calls are made in order
        while time.perf_counter() < end:
            pass
        taken = self.left.pop()
        self.busy = False
        return taken


class Drawn(Guarded):
    """The same, and what it answers differs by itself."""

    def take(self) -> float:
        """One of them is taken."""
        return super().take() + random.random()  # noqa: S311 - no secret


@pytest.mark.parametrize("make", [Guarded, Drawn])
def test_a_call_that_refuses_leaves_nothing_corrupted(stepping_crew: Crew, racy: ModuleType, make: Any) -> None:  # noqa: ANN401 - a class
    """What is left is what the other call leaves alone, so only the refusal is what no order comes to."""
    first, *_ = explore(stepping_crew, model_of(make, "take"), racy.__file__, 60)
    assert "RuntimeError" in first.got
    assert first.differs == {Part.REFUSAL}


class Bound:
    """It serves the thread that made it, and no other."""

    def __init__(self) -> None:
        self.maker = threading.get_ident()

    def get(self) -> int:
        """Which thread that is differs by itself."""
        return 0

    def use(self) -> int:
        """Refused to others."""
        if threading.get_ident() != self.maker:
            raise RuntimeError("made in another thread")
        return 1


def test_an_object_that_knows_its_thread_is_no_finding(stepping_crew: Crew, racy: ModuleType) -> None:
    """What it refuses beside others, it refuses as well in each order of the same threads' calls."""
    assert explore(stepping_crew, model_of(Bound, "use"), racy.__file__, 400) == []


def test_a_lost_update_is_found(stepping_crew: Crew, racy: ModuleType) -> None:
    """The first observation is two increments of which one is lost, at a stop in the extension, again each time."""
    first, *_ = explore(stepping_crew, model_of(racy.RacyInteger, "increment", "get"), racy.__file__, 200)
    assert first.attempt.method is Method.STOPS
    assert first.attempt.turns[0].stop is not None
    assert racy.__file__ == first.attempt.turns[0].stop.path
    assert "increment() | B: increment()" in str(first.attempt)
    assert first.got.endswith("then 1")
    assert all(text.endswith("then 2") for _, text in first.allowed)
    assert first.reproduced == (5, 5)


def test_nothing_is_found_twice_for_a_scenario(stepping_crew: Crew, racy: ModuleType) -> None:
    """Each scenario is in one observation at most."""
    found = explore(stepping_crew, model_of(racy.RacyInteger, "increment", ("add", 2)), racy.__file__, 60)
    scenarios = [str(observation.attempt.scenario) for observation in found]
    assert len(scenarios) == len(set(scenarios)) > 1


def test_nothing_is_found_in_the_primitives(stepping_crew: Crew) -> None:
    """The correct twins come to what some order comes to, however they are stopped."""
    integer = model_of(AtomicInteger, "increment", ("add", 3), "get", ("compare_and_set", 0, 9), ("exchange", 1))
    reference = model_of(AtomicReference, ("set", "x"), "get", ("exchange", "y"))
    for model in (integer, reference):
        assert explore(stepping_crew, model, _sync.__file__, 3000) == []


def test_readers_are_left_alone_with_readers(stepping_crew: Crew, racy: ModuleType) -> None:
    """Where the contract is that who changes needs a lock, nobody who changes runs beside another."""
    model = model_of(racy.RacyInteger, "increment", "get", contract=Contract.READERS)
    explorer = Explorer(model, stepping_crew, loaded_text([str(racy.__file__)]), Nobody(), seed=1)
    for step in itertools.islice(explorer.steps(), 20):
        assert list(step) == []
    assert set(explorer.effort.pairs) == {("get", "get")} | {
        names for names in explorer.effort.pairs if set(names) == {"get"}
    }


def test_what_differs_by_itself_is_not_compared() -> None:
    """A result that is another one each time says nothing; the state beside it still does."""
    different = itertools.count()
    model = Model(name="counting", make=lambda: [0], operations=(), state=len)
    scenario = Scenario(model, ((operation(lambda _: next(different)),), (operation("copy"),)))
    with crew_of(2) as crew:
        oracle = Oracle(scenario, crew, random.Random(1))  # noqa: S311 - no secret
        oracle.sample(5)
    assert not oracle.blind
    assert any("varies" in text for _, text in oracle.allowed())


def test_time_is_kept(racy: ModuleType) -> None:
    """An exploration ends soon after its deadline, and says what it did until then."""
    model = model_of(AtomicInteger, "increment", "get")
    with crew_of(2) as crew:
        explorer = Explorer(model, crew, loaded_text([_sync.__file__]), Nobody(), seed=1)
        assert list(explorer.observations(time.monotonic() + 0.2)) == []
    assert explorer.effort.executions > 0
    assert racy.__file__
