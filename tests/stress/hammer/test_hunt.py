"""A hunt finds each kind of fault in a process of its own, tells it from the others, and finds nothing in a twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.stress.hammer.hunting import HUNTS, QUICK, hunted

from ungil.stress.hammer.runs.attempt import Kind, Method, Observation
from ungil.stress.hammer.runs.crew import stepping_is_absent

pytestmark = [*HUNTS, pytest.mark.skipif(bool(stepping_is_absent()), reason="no thread can be stopped here")]

ADD = "M = Model(name='Hunted', make=Hunted, operations=(operation('add'),), state=lambda one: one.total())"
LOCKS = "M = Model(name='Hunted', make=Hunted, operations=(operation('forth'), operation('back')))"


def of(method: str) -> str:
    """A model with one operation, of which no state is looked at."""
    return f"M = Model(name='Hunted', make=Hunted, operations=(operation({method!r}),), state=lambda _: None)"


def only(found: list[Observation]) -> Observation:
    """The one that there is."""
    assert len(found) == 1, found
    return found[0]


def test_a_lost_update_is_found(tmp_path: Path) -> None:
    """The outcome that no order has, with the orders that there are and the number of runs behind it."""
    result = hunted(tmp_path, ADD, budget=2)
    found = only(result.observations)
    assert (found.kind, str(found.attempt.scenario)) == (Kind.OUTCOME, "A: add() | B: add()")
    assert found.got == "A: None | B: None | then 1"
    assert [outcome for _, outcome in found.allowed] == ["A: None | B: None | then 2"]
    assert found.reproduced == (5, 5)
    assert result.executions > 0
    assert not result.left_out


def test_a_crash_is_found_and_made_again(tmp_path: Path) -> None:
    """Which signal, where the thread was that got it, and that it comes back in fresh processes."""
    found = only(hunted(tmp_path, of("renew"), budget=6).observations)
    assert found.kind is Kind.CRASH
    assert found.got.startswith(("SIGABRT", "SIGSEGV"))
    assert found.reproduced[0] > 0
    crashed = next(stack for stack in found.stacks if "which crashed" in stack)
    assert "hunted." in crashed


def test_a_deadlock_is_found_and_told_from_a_hang(tmp_path: Path) -> None:
    """Two threads that wait for each other's lock: at once, with where each of them stands."""
    result = hunted(tmp_path, LOCKS, budget=3, patience=replace(QUICK, run=600.0))
    found = only(result.observations)
    assert found.kind is Kind.DEADLOCK
    assert {call.name for thread in found.attempt.scenario.threads for call in thread} == {"forth", "back"}
    assert found.reproduced[0] > 0
    assert sum("hunted." in stack for stack in found.stacks) == 2


def test_a_hang_is_found(tmp_path: Path) -> None:
    """A thread that spins for what never comes, where each call alone returns at once."""
    found = only(hunted(tmp_path, of("queue"), budget=3, patience=replace(QUICK, run=1.0)).observations)
    assert found.kind is Kind.HANG
    assert found.attempt.method is Method.STOPS
    assert any("hunted." in stack for stack in found.stacks)


def test_growth_is_found(tmp_path: Path) -> None:
    """An object that is lost whenever two threads make it at the same time: nothing else shows it."""
    found = only(hunted(tmp_path, of("label")).observations)
    assert found.kind is Kind.GROWTH
    assert found.got == "each run leaves 1 blocks of Python's memory behind"
    assert [outcome for _, outcome in found.allowed] == ["each run leaves 0 blocks of Python's memory behind"]


@pytest.mark.parametrize("model", [ADD, of("renew"), LOCKS, of("queue"), of("label")], ids=str.split)
def test_a_correct_twin_is_silent(tmp_path: Path, model: str) -> None:
    """Nothing is found without the fault, be it that a correct lock spins while its holder is stopped."""
    result = hunted(tmp_path, model, "CORRECT", budget=1)
    assert result.observations == []
    assert result.left_out == []
    assert result.executions > 0


def test_a_call_that_is_slow_is_no_hang(tmp_path: Path) -> None:
    """How long a call may take beside others follows from how long it takes alone."""
    text = "import time\ndef slow(one): time.sleep(0.03)\n"
    model = "M = Model(name='Hunted', make=Hunted, operations=(operation(slow),), state=lambda one: one.total())"
    result = hunted(tmp_path, text + model, budget=1, patience=replace(QUICK, run=0.01))
    assert result.observations == []
    assert result.executions > 0


def test_what_hangs_after_many_calls_in_order_is_no_hang_of_threads(tmp_path: Path) -> None:
    """Calls that never end once there were enough of them, by one thread, are left out, and the reason says so."""
    text = """
import itertools
class Tired:
    def __init__(self):
        self.calls = itertools.count()
    def work(self):
        calls = next(self.calls)
        while calls > 30:
            pass
"""
    model = "M = Model(name='Tired', make=Tired, operations=(operation('work'),), state=lambda one: 0)"
    result = hunted(tmp_path, text + model, budget=6, patience=replace(QUICK, run=1.0))
    assert result.observations == []
    assert [one.reason for one in result.left_out] == [
        "made one after the other: it does not return: nothing has happened for 1 s"
    ]


def test_a_hunt_goes_on_behind_what_it_has_found(tmp_path: Path) -> None:
    """A crash in one scenario does not keep the others from being tried, and is told once."""
    model = ADD.replace("'add'", "'renew'").replace("M =", "R =") + "\n" + ADD
    result = hunted(tmp_path, model, budget=5)
    assert sorted(str(found.kind) for found in result.observations) == ["crash", "outcome"]
    assert {found.attempt.scenario.model.name for found in result.observations} == {"Hunted", "Hunted (2)"}
