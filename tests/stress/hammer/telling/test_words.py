"""What people are told of an observation."""

from __future__ import annotations

from pathlib import Path

from tests.stress.hammer.observed import EXTENSION, crash, model, outcome, scenario, stopped

from ungil.stress.hammer.models.model import Contract, Model, Operation, Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Method, Turn
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.telling.places import Place, Places
from ungil.stress.hammer.telling.words import how_they_met, tell, threads

BOX = model("put", "take")
PAIR = scenario(BOX, "put", "take")


def places(**functions: int) -> Places:
    """Functions of the extension, by name, at these offsets."""
    found = Places(Path(), [EXTENSION])
    found.known = {Spot(EXTENSION, at): Place(Spot(EXTENSION, at), name, 4) for name, at in functions.items()}
    return found


def test_everything_that_is_known_is_told() -> None:
    """Who did what, where they stopped, what came out, what was allowed, how surely."""
    observation = outcome(stopped(PAIR, 0x40, hit=2, owner=1), Part.STATE)
    assert list(tell(observation, places(box_put=0x40))) == [
        "A: put() | B: take(), on a Box that B made",
        "A stops before box_put+0x4, which it reaches for the second time; B runs to its end; A goes on",
        "came out: A: None | B: None | then [1]",
        "in the order A B: A: None | B: None | then [1, 2]",
        "in the order B A: A: None | B: None | then [2, 1]",
        "again in 5 of 5 tries; first seen after 0.25 s and 1,234 runs; 124 runs in order came to nothing else",
    ]


def test_one_outcome_is_that_of_every_order() -> None:
    """Where all orders come to the same, none of them is named."""
    observation = outcome(stopped(PAIR, 0x40), Part.STATE, allowed=(("B A", "A: None | B: None | then [2]"),))
    assert "in every order: A: None | B: None | then [2]" in list(tell(observation, places()))


def test_what_is_long_is_shortened() -> None:
    """Neither a large state nor a hundred orders fill the screen."""
    many = tuple((f"A B {number}", f"then {number}") for number in range(100))
    told = list(tell(outcome(stopped(PAIR, 0x40), got="x" * 10_000, allowed=many), places()))
    assert max(map(len, told)) < 300
    assert "and 94 more that orders come to" in told


def test_an_instruction_that_nobody_knows_is_a_place_in_a_file() -> None:
    """Without a function, the file and the offset."""
    assert how_they_met(stopped(PAIR, 0x40), places()).startswith("A stops before _boxes.so+0x40; B runs")


def test_two_stops_are_told_in_turn() -> None:
    """Who stopped before goes on, to the next stop or to the end."""
    at = Spot(EXTENSION, 0x40)
    turns = (Turn(0, 1, at, 1), Turn(1, 1, at, 1), Turn(0, 1, at, 2), Turn(1, 1), Turn(0, 1))
    assert how_they_met(Attempt(PAIR, Method.STOPS, 0, turns), places()) == (
        "A stops before _boxes.so+0x40; B stops before _boxes.so+0x40; "
        "A goes on and stops before _boxes.so+0x40, which it reaches for the second time; B goes on; A goes on"
    )


def test_threads_that_were_not_stopped() -> None:
    """Together, many times, one stop after the other, for the first time: each is said."""
    assert how_they_met(Attempt(PAIR, Method.TOGETHER), places()) == "A and B set off at the same moment"
    assert how_they_met(Attempt(PAIR, Method.BURST, times=2000), places()).endswith("make each call 2,000 times")
    assert "it took several such runs" in how_they_met(Attempt(PAIR, Method.STOPS), places())
    first = stopped(PAIR, 0x40)
    assert how_they_met(Attempt(PAIR, Method.FIRST_USE, 0, first.turns), places()).startswith(
        "in a process that has not"
    )


def test_functions_of_a_module_have_no_object() -> None:
    """Calls without a subject are told without one."""
    alone = Operation("scan", lambda: None, alone=True)
    module = Model(name="boxes", make=lambda: None, operations=(alone,))
    assert threads(Attempt(Scenario(module, ((alone,), (alone,))), Method.TOGETHER)) == "A: scan() | B: scan()"


def test_a_contract_is_told() -> None:
    """Whoever reads the finding sees that these calls need no lock by what the class says itself."""
    readers = scenario(model("get", contract=Contract.READERS), "get", "get")
    assert threads(Attempt(readers, Method.TOGETHER)).endswith(
        "a Box that A made; by its contract readers need no lock"
    )


def test_stacks_are_told_from_the_extension_on() -> None:
    """What the extension had called, its own frames, and of threads that were elsewhere nothing."""
    in_free = f"A, which crashed:\n  /lib/libc.so.6+0x10\n  /lib/libc.so.6+0x21\n  {EXTENSION}+0x41\n  /bin/python+0x9"
    waiting = "B:\n  /lib/libc.so.6+0x10\n  /bin/python+0x9"
    found = places(box_put=0x40)
    found.known[Spot("/lib/libc.so.6", 0x20)] = Place(Spot("/lib/libc.so.6", 0x20), "free", 1)
    told = list(tell(crash(stopped(PAIR, 0x40), waiting, in_free), found))
    assert told[2:4] == ["came out: SIGSEGV", "A crashed in free < box_put"]
    assert not any(row.startswith("B stood") for row in told)
    assert told[-1] == "again in 2 of 3 tries; first seen after 0.50 s"


def test_frames_of_python_are_told_as_well() -> None:
    """A callback of the extension's is where the thread stood."""
    stack = f'A:\n  {EXTENSION}+0x41\n  File "/src/model.py", line 3 in compare\n'
    told = list(tell(crash(stopped(PAIR, 0x40), stack), places(box_put=0x40)))
    assert "A stood in box_put" not in told
    assert any(row.endswith("; in Python, compare (/src/model.py:3)") for row in told)
