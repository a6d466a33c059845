"""Work is done once, by whoever comes first; and what failed is not taken for what was done."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.template.record import Records, Step, WorkError, digest

SAYS = [sys.executable, "-c", "print('said by the command')"]
FAILS = [sys.executable, "-c", "print('said by the command'); raise SystemExit(3)"]


def running(process: Path) -> bool:
    """Whether the kernel has a process that is not just one that nobody has waited for."""
    try:
        return process.read_text(encoding="ascii").split()[2] != "Z"
    except OSError:
        return False


def test_threads_do_it_once(tmp_path: Path) -> None:
    """Of threads that ask at the same time one does the work, and all get the folder with its result."""
    done: list[str] = []

    def work(step: Step) -> None:
        done.append("done")
        (step.folder / "result").write_text("here", encoding="utf-8")

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: Records(tmp_path).once("some work", work), range(4)))
    assert done == ["done"]
    assert [(folder / "result").read_text(encoding="utf-8") for folder in folders] == ["here"]


def test_it_is_done_again_for_something_else(tmp_path: Path) -> None:
    """What was done with one thing to depend on is removed and done again with another one, and then again not."""
    records, done = Records(tmp_path / "records"), []
    for name in ("one", "two", "two", "one"):
        (tmp_path / name).write_text(name, encoding="utf-8")

        def work(step: Step, name: str = name) -> None:
            assert list(step.folder.iterdir()) == []
            (step.folder / name).touch()
            done.append(name)

        records.once("work", work, tmp_path / name)
    assert done == ["one", "two", "one"]


def test_what_it_depends_on_is_told_by_content(tmp_path: Path) -> None:
    """Two folders differ if a file in them does, by name or content; what Python compiled is none of it."""
    folders = [tmp_path / "same", tmp_path / "again"]
    for folder in folders:
        (folder / "__pycache__").mkdir(parents=True)
        (folder / "file").write_text("text", encoding="utf-8")
    before = digest.__wrapped__(folders[0])
    assert digest.__wrapped__(folders[0]) == before != digest.__wrapped__(folders[1])
    (folders[0] / "__pycache__" / "compiled").touch()
    assert digest.__wrapped__(folders[0]) == before
    (folders[0] / "file").write_text("next", encoding="utf-8")
    assert digest.__wrapped__(folders[0]) != before


def test_what_failed_fails_all_that_need_it(tmp_path: Path) -> None:
    """Failed work is done once, and whoever needs it gets what its commands said."""
    done = []

    def work(step: Step) -> None:
        done.append("tried")
        step.run(*FAILS)

    for _ in range(2):
        with pytest.raises(WorkError, match=r"exit code 3 instead of 0\n(?s:.*)said by the command"):
            Records(tmp_path).once("work", work)
    assert done == ["tried"]


def test_what_failed_is_not_kept(tmp_path: Path) -> None:
    """Work that failed, or was interrupted, is done anew by the next process."""
    half_done = tmp_path / "work"
    half_done.mkdir()
    (half_done / "result").write_text("half", encoding="utf-8")

    def work(step: Step) -> None:
        step.run(*SAYS)
        assert not (step.folder / "result").exists()

    log = (Records(tmp_path).once("work", work) / "log").read_text(encoding="utf-8")
    assert log.endswith("said by the command\n")


def test_an_exception_is_a_failure_too(tmp_path: Path) -> None:
    """If not a command but the work itself fails, its exception and the log are shown."""

    def work(step: Step) -> None:
        step.run(*SAYS)
        raise LookupError("of the work")

    with pytest.raises(WorkError, match=r"LookupError\('of the work'\)\n(?s:.*)said by the command"):
        Records(tmp_path).once("work", work)


def test_an_exit_code_can_be_asked_for(tmp_path: Path) -> None:
    """A command that has to fail may not succeed."""
    Step(tmp_path).run(*FAILS, code=3)
    with pytest.raises(WorkError, match="exit code 0 instead of 3"):
        Step(tmp_path).run(*SAYS, code=3)


@pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc, and elsewhere processes are killed likewise")
def test_nothing_outlasts_the_deadline(tmp_path: Path) -> None:
    """At the deadline a command is killed, and so is what it started."""
    with pytest.raises(WorkError, match="took too long"):
        Step(tmp_path, time.monotonic() + 2).run("sh", "-c", "sleep 1000 & echo $!; wait")
    started = Path("/proc") / (tmp_path / "log").read_text(encoding="utf-8").splitlines()[-1] / "stat"
    while running(started):  # a signal takes its time
        time.sleep(0.01)


def test_variables_of_this_process_are_not_passed_on(tmp_path: Path) -> None:
    """A command gets the variables that are for every program, and those that it is given."""
    assert "PYTEST_CURRENT_TEST" in os.environ
    show = "import os; print([os.environ.get(name) for name in ('PYTEST_CURRENT_TEST', 'PATH', 'GIVEN')])"
    step = Step(tmp_path)
    step.run(sys.executable, "-c", show, environment={"GIVEN": "this"})
    assert step.log.splitlines()[-1] == str([None, os.environ["PATH"], "this"])
