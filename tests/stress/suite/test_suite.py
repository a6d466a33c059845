"""A project whose tests do all that tests can do in threads: each gets its verdict, and none costs another one's."""

from __future__ import annotations

import shlex
import subprocess
import sys
import sysconfig
from dataclasses import replace

import pytest

from ungil.audit import Policy
from ungil.finding import Severity
from ungil.stress.gil import free_threaded_build
from ungil.stress.suite.findings import conclude
from ungil.stress.suite.model import Asked, Stressed, TestTold, Verdict
from ungil.stress.suite.run import stress_here

pytestmark = [
    pytest.mark.skipif(not free_threaded_build(), reason="threads take turns in a GIL-enabled build"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the interpreter's compiler"),
]

SETTINGS = """
[project]
name = "scratch"
[tool.pytest.ini_options]
addopts = "-n 2 --cov=scratch -ra --strict-markers"
timeout = 1
"""
SCRATCH = """
import threading, time

class Racy:
    def through(self, value):
        self.scratch = value
        time.sleep(0.001)
        return self.scratch

class Locked(Racy):
    lock = threading.Lock()

    def through(self, value):
        with self.lock:
            return super().through(value)

racy, locked = Racy(), Locked()
"""
TESTS = """
import ctypes, gc, os, pathlib, random, scratch, signal, sys, threading, time, unittest, urllib.error, warnings
import pytest

first, second = threading.Lock(), threading.Lock()

def test_racy():
    assert scratch.racy.through(threading.get_ident()) == threading.get_ident()

def test_locked():
    assert scratch.locked.through(threading.get_ident()) == threading.get_ident()

def test_crashes(num_parallel_threads):
    if num_parallel_threads > 1:
        ctypes.string_at(0)

def test_hangs(thread_index, num_parallel_threads):
    one, other = (first, second) if thread_index % 2 else (second, first)
    with one:
        time.sleep(0.05 * (num_parallel_threads > 1))
        with other:
            pass

def test_exits(num_parallel_threads):
    if num_parallel_threads > 1:
        sys.exit(0)

def test_interrupts(num_parallel_threads):
    if num_parallel_threads > 1:
        raise KeyboardInterrupt

def test_skips_in_threads(num_parallel_threads):
    if num_parallel_threads > 1:
        pytest.skip("it takes one thread")

def test_skips(thread_index):
    if thread_index:
        pytest.skip("one thread is enough")

def test_fails_beside_a_skip(thread_index):
    if thread_index == 1:
        pytest.skip("one thread is enough")
    assert thread_index == 0

@pytest.mark.filterwarnings("error")
def test_warns(num_parallel_threads):
    if num_parallel_threads > 1:
        warnings.warn("swallowed elsewhere")

def test_seeds(num_parallel_threads):
    random.seed(1)
    assert num_parallel_threads == 1

@pytest.fixture(autouse=True)
def only_does_something():
    pass

@pytest.fixture
def names():
    return []

def test_shares(names):
    names.append(1)
    time.sleep(0.001)
    assert len(names) == 1
    names.pop()

def test_imports_what_needs_the_gil():
    import undeclared

def test_collects():
    gc.collect()

def test_is_skipped():
    pytest.skip("no such thing here")

def test_fails_alone():
    assert 1 == 2

def test_needs_a_network():
    raise urllib.error.URLError("Name or service not known")

def test_kills_alone():
    os.kill(os.getpid(), signal.SIGSEGV)

def test_flaky():
    tried = pathlib.Path(FOLDER, "tried")
    if not tried.exists():
        tried.touch()
        assert False

seen = []

def test_twice():
    seen.append(1)
    assert len(seen) == 1

class TestOld(unittest.TestCase):
    def setUp(self):
        self.count = 0

    def test_own_instance(self):
        self.count += 1
        time.sleep(0.001)
        with self.subTest("counted"):
            self.assertEqual(self.count, 1)
"""
UNDECLARED = """
#include <Python.h>
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "undeclared", NULL, 0, NULL};
PyMODINIT_FUNC PyInit_undeclared(void) { return PyModuleDef_Init(&definition); }
"""

VERDICTS = {
    "test_racy": Verdict.RACY,
    "test_locked": Verdict.PASSED,
    "test_crashes": Verdict.CRASHES,
    "test_hangs": Verdict.HANGS,
    "test_exits": Verdict.RACY,
    "test_interrupts": Verdict.RACY,
    "test_skips_in_threads": Verdict.ALONE,
    "test_skips": Verdict.PASSED,
    "test_fails_beside_a_skip": Verdict.RACY,
    "test_warns": Verdict.RACY,
    "test_seeds": Verdict.RACY,
    "test_shares": Verdict.RACY,
    "test_imports_what_needs_the_gil": Verdict.PASSED,
    "test_collects": Verdict.ALONE,
    "test_is_skipped": Verdict.SKIPPED,
    "test_fails_alone": Verdict.FAILS_ALONE,
    "test_needs_a_network": Verdict.FAILS_ALONE,
    "test_kills_alone": Verdict.DIES_ALONE,
    "test_flaky": Verdict.FLAKY,
    "test_twice": Verdict.UNREPEATABLE,
    "TestOld::test_own_instance": Verdict.PASSED,
    "tests/test_broken.py": Verdict.FAILS_ALONE,
    "tests/test_script.py": Verdict.FAILS_ALONE,
}


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Stressed:
    """What came of all of them."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "scratch.py").write_text(SCRATCH)
    (folder / "tests" / "test_scratch.py").write_text(TESTS.replace("FOLDER", repr(str(folder))))
    (folder / "tests" / "test_broken.py").write_text("import no_such_module_anywhere\n")
    (folder / "tests" / "test_script.py").write_text("import sys\nsys.exit(0)\n")
    (folder / "undeclared.c").write_text(UNDECLARED)
    command = [*shlex.split(sysconfig.get_config_var("CC")), "-shared", "-fPIC", f"-I{sysconfig.get_path('include')}"]
    command += ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    command += ["undeclared.c", "-o", f"undeclared{sysconfig.get_config_var('EXT_SUFFIX')}"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return stress_here(folder, asked=Asked(repeat=1, test_deadline=5.0))


def of(stressed: Stressed, name: str) -> TestTold:
    """The test of that name."""
    (found,) = (test for test in stressed.every if test.name.endswith(name))
    return found


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_verdict(stressed: Stressed, name: str, verdict: Verdict) -> None:
    """Each test is told apart by how it fails: in threads only, alone too, now and then, or by what it left behind."""
    assert of(stressed, name).verdict is verdict


def test_every_test_is_told(stressed: Stressed) -> None:
    """A crash or a hang costs no other test."""
    assert {test.name.removeprefix("tests/test_scratch.py::") for test in stressed.every} == set(VERDICTS)


def test_racy_is_told_from_its_numbers(stressed: Stressed) -> None:
    """What failed in threads passed in one thread once, and then as often as it ran in all threads."""
    test = of(stressed, "test_racy")
    assert test.serially == (0, 9)
    assert test.threaded[0] > 0
    assert test.threaded[1] == 8


@pytest.mark.parametrize("name", ["test_crashes", "test_hangs", "test_kills_alone"])
def test_stacks(stressed: Stressed, name: str) -> None:
    """Of a test that died or hung, it is told where its threads stood."""
    test = of(stressed, name)
    assert f"{name} (tests/test_scratch.py:" in test.stacks
    assert ("which crashed" in test.stacks) is (name != "test_hangs")


def test_native_stacks(stressed: Stressed) -> None:
    """Under Python's frames are those of the extension that crashed."""
    pytest.importorskip("ungil._hammer", reason="native stacks are the hammer's")
    assert "_ctypes" in of(stressed, "test_crashes").stacks


def test_what_ended_a_process_is_tried_by_itself(stressed: Stressed) -> None:
    """Whether it needed the tests before it is known."""
    assert of(stressed, "test_crashes").again == of(stressed, "test_hangs").again == (1, 1)


def test_what_ends_pytest_is_told(stressed: Stressed) -> None:
    """KeyboardInterrupt ends a session, as a crash does: the test is named, and those behind it run in another."""
    assert of(stressed, "test_interrupts").said == "it has pytest end: KeyboardInterrupt"


def test_numbers(stressed: Stressed) -> None:
    """What was skipped in threads did not run there, and what never ran has not passed."""
    assert "tests/test_scratch.py::test_skips_in_threads" not in stressed.threaded_names
    never = TestTold(name="never", verdict=Verdict.NOT_REACHED)
    assert replace(stressed, every=(never,)).passed_serially == 0


def test_the_gil_came_on(stressed: Stressed) -> None:
    """It is found, named, and kept off for what runs in threads."""
    assert "undeclared" in stressed.proof.turned_on_by
    assert not stressed.proof.proved
    assert "gil-under-tests" in {finding.slug for finding in conclude(stressed).findings}


def test_interfering_options_are_told(stressed: Stressed) -> None:
    """What was left out of a project's settings is said; what only changes how pytest prints is not."""
    assert "Options of the project's pytest settings that were left out: -n 2 --cov=scratch." in stressed.notes


def test_a_network_is_told(stressed: Stressed) -> None:
    """A test that fails for want of a network is recognised."""
    assert "1 of those that fail alone seem to need a network." in stressed.notes


def test_findings(stressed: Stressed) -> None:
    """What the test itself shares makes a race a warning; what fails alone is a note, unless it ends the process."""
    found = {finding.message.partition(" ")[0]: finding for finding in conclude(stressed).findings}
    assert found["test_racy"].severity is found["test_crashes"].severity is Severity.ERROR
    assert found["test_shares"].severity is found["test_seeds"].severity is found["test_kills_alone"].severity
    assert found["test_shares"].severity is Severity.WARNING
    assert found["test_fails_alone"].severity is found["test_flaky"].severity is Severity.NOTE
    assert "its runs share the fixtures: names" in found["test_shares"].evidence
    assert "the test uses what the whole process has once: random.seed()" in found["test_seeds"].evidence
    assert "test_locked" not in found


def test_a_race_that_was_not_confirmed(stressed: Stressed) -> None:
    """Where the time was over before a test ran in one thread as often as in all, it may only not be repeatable."""
    racy = replace(of(stressed, "test_racy"), serially=(0, 1))
    (finding,) = [one for one in conclude(replace(stressed, every=(racy,))).findings if one.code == "UG912"]
    assert finding.severity is Severity.WARNING
    assert "there was no time to try that more often" in finding.message


def test_a_comment_allows_a_finding(stressed: Stressed) -> None:
    """Findings lie at their tests, where a comment or a policy may allow them."""
    lines = (stressed.root / "tests" / "test_scratch.py").read_text().splitlines()
    audit = conclude(stressed, policy=Policy(select=("test-races",))).audit
    assert {finding.code for finding in audit.findings} == {"UG912"}
    assert {lines[finding.location.line - 1].partition("(")[0] for finding in audit.findings} >= {"def test_racy"}
