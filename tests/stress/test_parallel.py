"""Each false pass of pytest-run-parallel 0.10 is seen without the plugin, lest a cure be missed, and not with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.stress.sessions import Session, run_pytest


@dataclass(frozen=True)
class Case:
    """A test file, and the outcome of its one test without the plugin and with it."""

    name: str
    alone: str
    cured: str
    text: str


CASES = [
    Case(
        "warning",
        "passed",
        "failed",
        """
import warnings, pytest
@pytest.mark.filterwarnings("error")
def test(): warnings.warn("boom")
""",
    ),
    Case(
        "skip_beside_failure",
        "skipped",
        "failed",
        """
import pytest
def test(thread_index):
    if thread_index: pytest.skip("not in this thread")
    assert False
""",
    ),
    Case(
        "unittest_skip_beside_failure",
        "skipped",
        "failed",
        """
import itertools, pytest, unittest
calls = itertools.count()
class Test(unittest.TestCase):
    @pytest.mark.iterations(2)
    def test(self):
        if next(calls) < 4: self.skipTest("not the first time")
        self.fail()
""",
    ),
    Case(
        "xfail_beside_failure",
        "xfailed",
        "failed",
        """
import pytest
def test(thread_index):
    if thread_index: pytest.xfail("known")
    assert False
""",
    ),
    Case("system_exit", "passed", "failed", "def test(): raise SystemExit(3)"),
    Case("base_exception", "passed", "failed", "class Odd(BaseException): pass\ndef test(): raise Odd"),
    Case("coroutine", "passed", "failed", "async def test(): assert False"),
    Case(
        "returned_comparison",
        "passed",
        "failed",
        "import pytest\n@pytest.mark.filterwarnings('error')\ndef test(): return 1 == 2",
    ),
    Case(
        "skip_beside_pass",
        "skipped",
        "passed",
        "import pytest\ndef test(thread_index):\n    if thread_index: pytest.skip('no')",
    ),
    Case("skip_everywhere", "skipped", "skipped", "import pytest\ndef test(): pytest.skip('no')"),
    Case("xfail_everywhere", "xfailed", "xfailed", "import pytest\ndef test(): pytest.xfail('known')"),
    Case(
        "xfail_raises",
        "xfailed",
        "xfailed",
        "import pytest\n@pytest.mark.xfail(raises=OSError)\ndef test(): raise OSError",
    ),
    Case("subtest", "failed", "failed", "def test(subtests):\n    with subtests.test(): assert False"),
    Case("plain_failure", "failed", "failed", "def test(): assert False"),
    Case("plain_pass", "passed", "passed", "def test(): pass"),
    Case(
        "condition_in_the_words_of_the_module",
        "skipped",
        "skipped",
        "import pytest\nversion = 1\n@pytest.mark.skipif('version == 1', reason='no')\ndef test(): assert False",
    ),
]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Session]:
    """All cases in one session without the plugin and one with it."""
    folder = tmp_path_factory.mktemp("cases")
    files = {f"test_{case.name}.py": case.text for case in CASES}
    return {"alone": run_pytest(folder, files, plugin=()), "cured": run_pytest(folder, files)}


def outcome(session: Session, name: str) -> str:
    """Of the one test in a file."""
    (found,) = {seen for test, seen in session.outcomes.items() if test.startswith(f"test_{name}.py::")}
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outcome(case: Case, sessions: dict[str, Session]) -> None:
    """A failure in any thread is a failure; a skip or an xfail counts only if no thread failed."""
    assert outcome(sessions["alone"], case.name) == case.alone, (
        "pytest-run-parallel has changed: does it need this cure?"
    )
    assert outcome(sessions["cured"], case.name) == case.cured


def test_failures_are_counted_as_failures(sessions: dict[str, Session]) -> None:
    """The last line says "failed", where pytest-run-parallel alone says "error"."""
    assert " errors in " in sessions["alone"].output.splitlines()[-1]
    assert " error" not in sessions["cured"].output.splitlines()[-1]


def test_summary_names_what_did_not_run_in_parallel(sessions: dict[str, Session]) -> None:
    """Each test that was skipped, partly skipped or alone is named with its reason."""
    for line in (
        "12 ran in 4 threads x 1 iteration",
        "1 ran in 4 threads x 2 iterations",
        "  test_coroutine.py::test: is a coroutine function: threads would make coroutines and run none of them",
        "  test_skip_everywhere.py::test: no",
        "  test_skip_beside_pass.py::test: 3 of 4 runs: no",
    ):
        assert line in sessions["cured"].output.splitlines(), sessions["cured"].output


def test_a_dying_thread_does_not_stop_the_others(tmp_path: Path) -> None:
    """SystemExit in one thread lets the others finish; upstream waits for ever at the barrier."""
    files = {"test_it.py": "def test(thread_index):\n    if thread_index == 1: raise SystemExit"}
    arguments = ("--iterations=2", "--timeout-method=thread")
    assert "barrier.wait()" in run_pytest(tmp_path, files, *arguments, "--timeout=2", plugin=()).output
    session = run_pytest(tmp_path, files, *arguments, "--timeout=60")
    assert session.code == 1
    assert "in 2 of 8 runs: thread 1, first at iteration 0" in session.output


def test_global_names_do_not_shadow_builtins(tmp_path: Path) -> None:
    """A ``range`` in one test module leaves the others as they are, where upstream then runs no test at all."""
    files = {"test_a.py": "def range(*a): return ()\ndef test(): assert False", "test_b.py": "def test(): assert False"}
    assert set(run_pytest(tmp_path, files, plugin=()).outcomes.values()) == {"passed"}
    assert set(run_pytest(tmp_path, files).outcomes.values()) == {"failed"}


def test_zero_iterations_are_refused(tmp_path: Path) -> None:
    """A test that would not be called is a usage error, where upstream passes it."""
    files = {"test_it.py": "def test(): assert False"}
    assert run_pytest(tmp_path, files, "--iterations=0", plugin=()).code == 0
    session = run_pytest(tmp_path, files, "--iterations=0")
    assert session.code == 4
    assert "test_it.py::test is to run 0 times" in session.output


def test_all_different_failures_are_shown(tmp_path: Path) -> None:
    """Failures at different places are shown each, alike ones once with a count; upstream shows one."""
    text = (
        "def test(thread_index):\n    if thread_index: raise OSError('one of three')\n    raise KeyError('the other')"
    )
    alone = run_pytest(tmp_path, {"test_it.py": text}, plugin=()).output
    assert ("one of three" in alone) != ("KeyError: 'the other'" in alone)
    output = run_pytest(tmp_path, {"test_it.py": text}).output
    assert "4 of 4 runs failed in 2 different ways" in output
    assert "OSError: one of three" in output
    assert "in 3 of 4 runs: thread 1, 2, 3, first at iteration 0" in output
    assert "KeyError: 'the other'" in output


EXCUSE = """
import pytest
@pytest.mark.thread_unsafe(reason="prints for people")
def test_excused(capsys): pass
@pytest.mark.parallel_threads_limit(1)
def test_limited(): pass
@pytest.mark.thread_unsafe
def test_without_a_reason(): pass
def test_detected(capsys): pass
def test_threads(): pass
"""


def test_a_written_reason_excuses(tmp_path: Path) -> None:
    """With --parallel-all a test that ran alone fails, unless its author wrote why."""
    files = {"test_it.py": EXCUSE}
    lenient = run_pytest(tmp_path, files)
    assert lenient.code == 0
    assert "4 ran in one thread only:" in lenient.output
    assert "  test_it.py::test_excused: prints for people" in lenient.output
    strict = run_pytest(tmp_path, files, "--parallel-all")
    assert strict.code == 1
    passed = {test for test, seen in strict.outcomes.items() if seen == "passed"}
    assert passed == {"test_it.py::test_excused", "test_it.py::test_threads"}
    assert "Not run in parallel: uses thread-unsafe fixture(s): {'capsys'}." in strict.output


@pytest.mark.parametrize("contradiction", ["--parallel-threads=1", "--skip-thread-unsafe=True"])
def test_parallel_all_refuses_what_contradicts_it(tmp_path: Path, contradiction: str) -> None:
    """--parallel-all is a usage error beside an option that keeps tests from running in parallel."""
    session = run_pytest(tmp_path, {"test_it.py": EXCUSE}, "--parallel-all", contradiction)
    assert session.code == 4
    assert "--parallel-all needs tests that run in parallel" in session.output


def test_without_upstream_the_session_is_refused(tmp_path: Path) -> None:
    """Where pytest-run-parallel is not active, the plugin says so and runs nothing."""
    session = run_pytest(tmp_path, {"test_it.py": "def test(): pass"}, "-p", "no:_run-parallel")
    assert session.code == 4
    assert "needs pytest-run-parallel 0.10 or newer" in session.output
    assert not session.outcomes
