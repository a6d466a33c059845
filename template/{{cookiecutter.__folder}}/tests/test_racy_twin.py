"""The stress tests can fail: on the same module, compiled without its locks, every one of them does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import test_stress
from conftest import FREE_THREADED, SANITIZED

PROJECT = Path(__file__).parents[1]
STRESS_TESTS = sorted(name for name in vars(test_stress) if name.startswith("test_"))

# One thread adds, another only looks, until everything is in: on the twin a race, of which no harm comes.
LOOK = """
import sys
from conftest import load_core
from threads import together

def add():
    for number in range(100_000):
        samples.add(number)

def look():
    for _ in range(1_000_000):
        if len(samples) == 100_000:
            break

samples = load_core(sys.argv[1]).Samples()
together(add, look)
"""

pytestmark = [
    pytest.mark.skipif(not FREE_THREADED, reason="with the GIL on, the threads take turns on the twin too"),
    pytest.mark.thread_unsafe(reason="it starts processes that keep every core busy"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="session")
def racy_twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module without its locks: see RACY_TWIN in CMakeLists.txt."""
    build = tmp_path_factory.mktemp("racy_twin")
    configure = [f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_BUILD_TYPE=Release", "-DRACY_TWIN=ON"]
    subprocess.run(["cmake", "-G", "Ninja", "-S", PROJECT, "-B", build, *configure], check=True)  # noqa: S607
    subprocess.run(["cmake", "--build", build], check=True)  # noqa: S607
    (module,) = [*build.glob("_core*.so"), *build.glob("_core*.pyd")]
    return module


@pytest.mark.skipif(SANITIZED, reason="ThreadSanitizer notices the first race, whatever the test would have noticed")
@pytest.mark.parametrize("test", STRESS_TESTS)
def test_stress_test_fails_without_locks(racy_twin: Path, test: str) -> None:
    """The stress test fails, or the process dies in it."""
    command = [sys.executable, "-m", "pytest", f"{PROJECT}/tests/test_stress.py::{test}", f"--core={racy_twin}"]
    # The test starts threads of its own; on a busy machine they do not meet each time.
    often = ["--parallel-threads=1", "--iterations=100", "-p", "no:cacheprovider"]
    outcome = subprocess.run([*command, *often], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode != pytest.ExitCode.OK, f"the test passed on the racy twin:\n{said}"
    assert outcome.returncode not in set(pytest.ExitCode) - {pytest.ExitCode.TESTS_FAILED}, f"it did not run:\n{said}"


@pytest.mark.skipif(not SANITIZED, reason="Python was not built with ThreadSanitizer: see the job `race` in ci.yml")
def test_thread_sanitizer_sees_a_race(racy_twin: Path) -> None:
    """A race that does no harm is reported, with the module in the report."""
    command = [sys.executable, "-c", LOOK, racy_twin]
    outcome = subprocess.run(command, cwd=PROJECT / "tests", capture_output=True, text=True, check=False, timeout=120)
    assert outcome.returncode != 0
    assert "WARNING: ThreadSanitizer: data race" in outcome.stderr
    assert racy_twin.name in outcome.stderr
