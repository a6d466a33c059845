"""``@pytest.mark.linearizable``, in sessions of pytest in processes of their own."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from tests.stress.hammer.hunting import built
from tests.stress.sessions import OURS, Session, run_pytest

from ungil.errors import ModelError
from ungil.stress.hammer.runs.crew import stepping_is_absent
from ungil.stress.marked import marked

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
PLUGIN = ("-p", "ungil.stress.linearizable")

hammers = [
    pytest.mark.thread_unsafe(reason="the processes that it starts need all cores for themselves"),
    pytest.mark.skipif(not FREE_THREADED, reason="nothing is hammered where threads take turns"),
    pytest.mark.skipif(bool(stepping_is_absent()), reason="no thread can be stopped here"),
    pytest.mark.timeout(300),
]

COUNTER = """
import pytest
from hunted import Hunted

@pytest.mark.linearizable(make=lambda: Hunted(), ops=[{ops}], state=lambda one: one.total(), budget={budget}{more})
def test_counter():
    with open("ran", "a") as file:
        file.write("x")
"""


def counter(ops: str, *, budget: float = 1, more: str = "") -> str:
    """A test file with one marked test, which says that it ran."""
    return COUNTER.format(ops=ops, budget=budget, more=more)


def session(folder: Path, text: str, *arguments: str, defined: tuple[str, ...] = (), **files: str) -> Session:
    """A session with the plugin on this file of tests, in which tests/ext/hunted.c can be imported."""
    path = f"import sys\nsys.path.insert(0, {built('hunted', *defined)!r})\n"
    every = {"conftest.py": path, "test_it.py": text} | {name.replace("_", "."): one for name, one in files.items()}
    return run_pytest(folder, every, *arguments, plugin=PLUGIN, deadline=280)


@pytest.mark.skipif(FREE_THREADED, reason="it is skipped where threads take turns")
def test_a_marked_test_runs_and_is_skipped_on_a_gil_enabled_build(tmp_path: Path) -> None:
    """The function runs as usual, and the reason for the skip says what is missing."""
    text = "import pytest\n@pytest.mark.linearizable(make=list, ops=['clear'])\ndef test(): open('ran', 'w')\n"
    done = run_pytest(tmp_path, {"test_it.py": text}, "-rs", plugin=PLUGIN)
    assert done.outcomes == {"test_it.py::test": "skipped"}
    assert "this is a GIL-enabled build" in done.output
    assert (tmp_path / "ran").exists()


class Mark:
    """A mark that this run of pytest does not know."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.args = args
        self.kwargs = kwargs


class Item:
    """A test as far as its marks are asked for."""

    nodeid = "test_it.py::test"
    name = "test"

    def __init__(self, *marks: Mark) -> None:
        self._marks = marks

    def iter_markers(self, name: str) -> Iterator[Mark]:
        """Its marks of that name."""
        return iter(self._marks if name == "linearizable" else ())


OPS = ["clear"]


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (Mark(list, ops=OPS), "is given <class 'list'> without a name"),
        (Mark(ops=OPS), "does not define make"),
        (Mark(make=list), "does not define ops"),
        (Mark(make=list, opps=OPS), "does not take 'opps'.\n  Did you mean 'ops'?"),
        (Mark(make=list, ops=OPS, speed=3), "does not take 'speed'.\n  It takes budget, contract, make"),
        (Mark(make=3, ops=OPS), "make is 3, which cannot be called"),
        (Mark(make=list, ops="clear"), "ops is 'clear'"),
        (Mark(make=list, ops=[3]), "an operation is a name or a function"),
        (Mark(make=list, ops=OPS, threads=9), "threads is 9.\n  Write 2 or 3."),
        (Mark(make=list, ops=OPS, budget="soon"), "budget is 'soon'"),
        (Mark(make=list, ops=OPS, budget=0), "budget is 0"),
        (Mark(make=list, ops=OPS, contract="all"), "the contract 'all' is unknown"),
        (Mark(make=list, ops=OPS, relaxed={"append": "said so"}), "relaxed names 'append', which is no operation"),
        (Mark(make=list, ops=OPS, relaxed={"clear": ""}), "relaxed gives no reason for 'clear'"),
    ],
)
def test_a_mark_that_means_nothing_is_an_error(mark: Mark, said: str) -> None:
    """It says what is wrong, in which test, and what to write instead."""
    with pytest.raises(ModelError) as caught:
        marked(cast("pytest.Item", Item(mark)))
    assert said in str(caught.value)


def test_a_mark_is_a_model() -> None:
    """With what it says, and what it leaves out as documented."""
    found = marked(cast("pytest.Item", Item(Mark(make=list, ops=["clear", ("append", 1)], threads=3))))
    assert found is not None
    assert (found.budget, found.threads) == (5.0, 3)
    (model,) = found.models
    assert [str(one) for one in model.operations] == ["clear()", "append(1)"]
    assert marked(cast("pytest.Item", Item())) is None


def test_a_mark_that_means_nothing_fails_its_test(tmp_path: Path) -> None:
    """Before the test runs, and with nothing of how the plugin works."""
    text = "import pytest\n@pytest.mark.linearizable(make=list, opps=['clear'])\ndef test(): open('ran', 'w')\n"
    done = run_pytest(tmp_path, {"test_it.py": text}, plugin=PLUGIN)
    assert done.outcomes == {"test_it.py::test": "failed"}
    assert "Did you mean 'ops'?" in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "ran").exists()


class TestHammered:
    """Where threads run beside each other."""

    pytestmark = hammers

    def test_a_race_fails_the_test_with_the_shortest_scenario(self, tmp_path: Path) -> None:
        """What the threads did, what came out, what was allowed, a script, and the seed that repeats it."""
        done = session(tmp_path, counter("'add'"), "--linearizable-seed=7", f"--linearizable-scripts={tmp_path}/shown")
        assert done.outcomes == {"test_it.py::test_counter": "failed"}
        assert (tmp_path / "ran").read_text()
        for part in (
            "A: add() | B: add(), on a Hunted that A made",
            "came out: A: None | B: None | then 1",
            "in every order: A: None | B: None | then 2",
            "The same choices again: pytest 'test_it.py::test_counter' --linearizable-seed=7",
        ):
            assert part in done.output
        (script,) = (tmp_path / "shown").iterdir()
        assert script.name == "UG904-hunted_add.py"
        assert "FILE['test_counter'].pytestmark[0].kwargs[\"make\"]" in script.read_text()

    def test_what_is_correct_passes(self, tmp_path: Path) -> None:
        """With the correct twin, the same test passes."""
        done = session(tmp_path, counter("'add'"), defined=("CORRECT",))
        assert done.outcomes == {"test_it.py::test_counter": "passed"}, done.output

    def test_a_crash_is_a_failure_and_no_end_of_the_session(self, tmp_path: Path) -> None:
        """The tests behind it run, and the failure says which signal it was and where."""
        done = session(tmp_path, counter("'renew'", budget=4) + "\ndef test_behind(): pass\n")
        assert done.outcomes == {"test_it.py::test_counter": "failed", "test_it.py::test_behind": "passed"}
        assert re.search("came out: SIG(ABRT|SEGV)", done.output)

    def test_a_failure_of_the_function_comes_first(self, tmp_path: Path) -> None:
        """What the test itself says is told, and nothing is hammered for it."""
        failing = counter("'add'", budget=60).replace('file.write("x")', "assert 1 == 2")
        done = session(tmp_path, failing)
        assert done.outcomes == {"test_it.py::test_counter": "failed"}
        assert "assert 1 == 2" in done.output
        assert "add()" not in done.output

    def test_what_is_documented_does_not_fail(self, tmp_path: Path) -> None:
        """An operation that ``relaxed`` names is a note, and notes are for readers of reports."""
        done = session(tmp_path, counter("'add'", more=", relaxed={'add': 'an approximate counter'}"))
        assert done.outcomes == {"test_it.py::test_counter": "passed"}, done.output

    def test_an_operation_that_does_not_exist_fails(self, tmp_path: Path) -> None:
        """With the name that is most like it."""
        done = session(tmp_path, counter("'totl'"))
        assert done.outcomes == {"test_it.py::test_counter": "failed"}
        assert "Did you mean 'total'?" in done.output

    def test_what_cannot_be_run_is_not_passed(self, tmp_path: Path) -> None:
        """Where every operation has to be left out, nothing was hammered, and each reason is told."""
        text = counter("os._exit, os.abort", more=", name='Ends'").replace("import pytest", "import os, pytest")
        done = session(tmp_path, text.replace("os._exit, os.abort", "lambda one: os._exit(3), lambda one: os.abort()"))
        assert done.outcomes == {"test_it.py::test_counter": "failed"}
        assert "Nothing was hammered." in done.output
        assert done.output.count("it ends the process: ") + done.output.count("it crashes: ") >= 2

    def test_it_is_hammered_once_where_tests_run_in_threads(self, tmp_path: Path) -> None:
        """Beside ``ungil.stress.parallel`` the function runs in its threads, and its calls are hammered after that."""
        done = session(tmp_path, counter("'add'"), *OURS, "--iterations=2", defined=("CORRECT",))
        assert done.outcomes == {"test_it.py::test_counter": "passed"}, done.output
        assert (tmp_path / "ran").read_text() == "x" * 8

    def test_settings_of_the_session_do_not_disturb_the_other_process(self, tmp_path: Path) -> None:
        """It writes no report and starts no workers; its ini file, plugins and paths are the same."""
        ini = "[pytest]\naddopts = --junit-xml=report.xml -p extra\nfilterwarnings = error\n"
        extra = "import sys\nMADE = sys.modules.setdefault('made_by_extra', sys)\n"
        text = counter("'add'").replace("import pytest", "import made_by_extra, pytest")
        done = session(tmp_path, text, defined=("CORRECT",), pytest_ini=ini, extra_py=extra)
        assert done.outcomes == {"test_it.py::test_counter": "passed"}, done.output
        assert 'tests="1"' in (tmp_path / "report.xml").read_text()

    def test_ctrl_c_while_a_finding_is_tried_ends_the_session(self, tmp_path: Path) -> None:
        """No test behind it runs, as after any Ctrl-C."""
        replaced = """
import ungil.stress.linearizable as plugin
from ungil.stress.hammer.processes.result import Result

def conclude(result, **_):
    result.interrupted = True

plugin.hunt = lambda target, _: Result(target=target, seed=1)
plugin.conclude = conclude
"""
        done = session(
            tmp_path, counter("'add'") + "\ndef test_behind(): pass\n", "-p", "replaced", replaced_py=replaced
        )
        assert done.code == pytest.ExitCode.INTERRUPTED, done.output
        assert "test_it.py::test_behind" not in done.outcomes

    def test_a_method_and_a_second_mark_are_hammered_as_well(self, tmp_path: Path) -> None:
        """A test in a class is found again in the other process; each of its marks is a model of its own."""
        text = """
import pytest
from hunted import Hunted

class TestBoth:
    @pytest.mark.linearizable(make=list, ops=[("append", 1)], budget=0.5)
    @pytest.mark.linearizable(make=Hunted, ops=["add"], state=Hunted.total, budget=0.5)
    def test_both(self): pass
"""
        done = session(tmp_path, text)
        assert done.outcomes == {"test_it.py::TestBoth::test_both": "failed"}
        assert "A: add() | B: add(), on a Hunted that A made" in done.output


def test_the_mark_is_known_and_explained(tmp_path: Path) -> None:
    """``pytest --markers`` lists it with what it takes."""
    done = run_pytest(tmp_path, {"test_it.py": "def test(): pass"}, "--markers", plugin=PLUGIN)
    assert "@pytest.mark.linearizable(make, ops, state=None, relaxed={}, contract='any'" in done.output
