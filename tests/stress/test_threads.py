"""A test function runs in as many threads, as often, and with the fixtures that were asked for."""

from __future__ import annotations

import threading
from pathlib import Path

from ungil.stress.threads import Run, run_in_threads


def test_every_run_is_recorded() -> None:
    """Each thread runs each iteration once, and is told which it is."""
    runs = run_in_threads(
        lambda thread_index, iteration_index: (thread_index, iteration_index),
        {"thread_index": 0, "iteration_index": 0},
        threads=3,
        iterations=2,
    )
    assert sorted((run.thread, run.iteration) for run in runs) == [(t, i) for t in range(3) for i in range(2)]
    assert all(run.value == (run.thread, run.iteration) for run in runs)


def test_threads_run_at_the_same_time() -> None:
    """A test that waits for all other threads comes to an end, in every iteration."""
    meeting = threading.Barrier(3, timeout=30)
    runs = run_in_threads(lambda: meeting.wait() >= 0, {}, threads=3, iterations=2)
    assert [run.value for run in runs] == [True] * 6


def test_one_thread_is_the_caller() -> None:
    """With one thread the test runs where a serial test would."""
    (run,) = run_in_threads(threading.current_thread, {}, threads=1, iterations=1)
    assert run.value is threading.current_thread()


def test_a_failed_run_does_not_end_its_thread() -> None:
    """An exception of any kind is recorded, and the next iteration runs."""

    def fail() -> None:
        raise SystemExit

    runs = run_in_threads(fail, {}, threads=2, iterations=3)
    assert [type(run.error) for run in runs] == [SystemExit] * 6


def test_an_interrupt_stops_the_others() -> None:
    """After KeyboardInterrupt in one thread no thread begins another iteration."""

    def interrupt(thread_index: int) -> None:
        if thread_index == 0:
            raise KeyboardInterrupt

    runs = run_in_threads(interrupt, {"thread_index": 0}, threads=2, iterations=1000)
    assert [type(run.error) for run in runs if run.error is not None] == [KeyboardInterrupt]
    assert max(run.iteration for run in runs) <= 1


def test_a_fixture_that_cannot_be_made(tmp_path: Path) -> None:
    """An error of the runner itself is recorded, and leaves no thread at the barrier."""
    (tmp_path / "thread_1_iter_0").touch()
    runs = run_in_threads(lambda tmp_path: tmp_path, {"tmp_path": tmp_path}, threads=3, iterations=2)
    assert [(run.thread, type(run.error)) for run in runs] == [(1, FileExistsError)]


def test_folders_are_not_shared(tmp_path: Path) -> None:
    """Each run has a ``tmp_path`` of its own, which exists."""
    runs = run_in_threads(lambda tmp_path: tmp_path, {"tmp_path": tmp_path}, threads=2, iterations=2)
    assert sorted(str(run.value) for run in runs) == sorted(map(str, tmp_path.iterdir()))
    assert len(runs) == 4


def test_traceback_begins_at_the_test() -> None:
    """The frames of the runner are not part of what a failure shows."""

    def fail() -> None:
        raise OSError

    (run,) = run_in_threads(fail, {}, threads=1, iterations=1)
    assert isinstance(run, Run)
    assert run.error is not None
    assert run.error.__traceback__ is not None
    assert run.error.__traceback__.tb_frame.f_code is fail.__code__
