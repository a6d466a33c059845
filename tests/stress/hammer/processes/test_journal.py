"""What a process writes down before each run can be read by another one, whatever becomes of the first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ungil.stress.hammer.models.model import Model, Scenario, operation
from ungil.stress.hammer.processes.journal import MOST_TURNS, Journal, ModelJournal, Phase, read
from ungil.stress.hammer.runs.attempt import Method
from ungil.stress.hammer.runs.crew import crew_of

MODEL = Model(name="list", make=list, operations=tuple(map(operation, [("append", 1), "clear", "pop"])))
APPEND, CLEAR, POP = MODEL.operations
TURNS = [(0, 1, 0x7F00_1234_5678, 2), (1, 1, 0, 0), (0, 1, 0, 0)]


def journals(folder: Path) -> tuple[Journal, ModelJournal]:
    """A journal, and that of the third model in it."""
    journal = Journal(folder / "journal")
    return journal, ModelJournal(journal, 2, {id(one): number for number, one in enumerate(MODEL.operations)})


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The phase, the model, the calls of each thread, the owner and the turns."""
    _, journal = journals(tmp_path)
    journal.scenario(Scenario(MODEL, ((APPEND, POP), (CLEAR,))), Method.STOPS)
    journal.run(1, TURNS)
    entry = read(tmp_path / "journal")
    assert (entry.phase, entry.model) == (Phase.STOPS, 2)
    assert (entry.now.model, entry.now.calls) == (entry.model, ((0, 2), (1,)))
    assert (entry.now.owner, list(entry.now.turns)) == (1, TURNS)


def test_what_runs_beside_each_other_is_remembered_beyond_what_does_not(tmp_path: Path) -> None:
    """Memory that threads have spoilt may be found out when calls are made in order: then the last runs count."""
    _, journal = journals(tmp_path)
    journal.scenario(Scenario(MODEL, ((APPEND,), (POP,))), Method.STOPS)
    journal.run(1, TURNS)
    for calls in (CLEAR, POP):
        journal.scenario(Scenario(MODEL, ((calls,), (calls,))), Method.ORDER)
        journal.run(0, [])
    entry = read(tmp_path / "journal")
    assert (entry.phase, entry.now.phase, entry.now.calls) == (Phase.ORDER, Phase.ORDER, ((2,), (2,)))
    assert (entry.before.phase, entry.before.calls, entry.before.owner) == (Phase.STOPS, ((0,), (1 + 1,)), 1)
    assert list(entry.before.turns) == TURNS


def test_a_scenario_that_goes_on_is_written_once(tmp_path: Path) -> None:
    """It is told before each run; another phase in between makes it new again."""
    journal, of_model = journals(tmp_path)
    scenario = Scenario(MODEL, ((APPEND,), (POP,)))
    of_model.scenario(scenario, Method.STOPS)
    beats = read(tmp_path / "journal").beats
    of_model.scenario(scenario, Method.STOPS)
    assert read(tmp_path / "journal").beats == beats
    journal.phase(Phase.BETWEEN)
    of_model.scenario(scenario, Method.STOPS)
    assert read(tmp_path / "journal").phase is Phase.STOPS


def test_longer_schedules_are_cut(tmp_path: Path) -> None:
    """A journal has room for the turns that are in use, and no longer one overwrites what lies behind it."""
    _, journal = journals(tmp_path)
    journal.scenario(Scenario(MODEL, ((APPEND,), (POP,))), Method.STOPS)
    journal.run(0, TURNS * 20)
    entry = read(tmp_path / "journal")
    assert len(entry.now.turns) == MOST_TURNS
    assert entry.now.calls == ((0,), (2,))


def test_an_operation_that_is_tried_alone_is_named(tmp_path: Path) -> None:
    """The model and the operation, and no run."""
    journal, _ = journals(tmp_path)
    journal.phase(Phase.ALONE, 1, 7)
    entry = read(tmp_path / "journal")
    assert (entry.phase, entry.model, entry.operation) == (Phase.ALONE, 1, 7)


def test_reports_come_now_and_then(tmp_path: Path) -> None:
    """However many runs there are, a report of them comes at once and then after some time."""

    class Explorer:
        step = 5

    reports: list[int] = []
    _, journal = journals(tmp_path)
    journal.follow(Explorer(), lambda: reports.append(1))
    for _ in range(50):
        journal.scenario(Scenario(MODEL, ((APPEND,), (POP,))), Method.STOPS)
    assert 1 <= len(reports) < 50
    assert read(tmp_path / "journal").step == 5


@pytest.mark.thread_unsafe(reason="one crew works at a time in a process")
def test_the_threads_of_a_crew_write_down_what_they_do(tmp_path: Path) -> None:
    """Their numbers, how many calls they have completed, and whether they are in one: a pulse that others see."""
    journal, _ = journals(tmp_path)
    path = tmp_path / "journal"
    assert read(path).posts == ()
    seen = []
    look = operation(lambda _: seen.append(read(path)))
    with crew_of(2, board=journal.board) as crew:
        for _ in range(3):
            crew.run(None, [[look], [look, look]], [])
        after = read(path)
    assert [post.calls for post in after.posts] == ([3, 6] if sys.platform == "linux" else [])
    assert all(any(post.in_call for post in entry.posts) for entry in seen if entry.posts)
    assert not any(post.in_call for post in after.posts)
    assert len({entry.pulse for entry in seen}) > 1 or not after.posts


@pytest.mark.thread_unsafe(reason="one crew works at a time in a process")
def test_a_board_has_room_for_each_thread() -> None:
    """A board that is too small, or cannot be written, is refused."""
    with pytest.raises(ValueError, match="16 aligned bytes"), crew_of(2, board=bytearray(16)):
        pass
    with pytest.raises(BufferError), crew_of(2, board=bytes(1024)):
        pass
