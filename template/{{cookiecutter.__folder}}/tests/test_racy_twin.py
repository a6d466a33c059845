"""The stress tests can fail: on the same module, compiled without its locks, every one of them does."""

from __future__ import annotations

import os
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
    pytest.mark.iterations(1),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="session")
def racy_twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module without its locks: see RACY_TWIN in CMakeLists.txt."""
    build = tmp_path_factory.mktemp("racy_twin")
    configure = [f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_BUILD_TYPE=Release", "-DRACY_TWIN=ON"]
    # On Windows, Ninja takes MinGW if Visual Studio's variables are not set; CMake's own choice is Visual Studio.
    generator = ["-G", "Ninja"] if os.name != "nt" else []
    subprocess.run(["cmake", *generator, "-S", PROJECT, "-B", build, *configure], check=True)  # noqa: S607
    subprocess.run(["cmake", "--build", build, "--config", "Release"], check=True)  # noqa: S607
    (module,) = [*build.rglob("_core*.so"), *build.rglob("_core*.pyd")]
    return module


def on_the_twin(racy_twin: Path, tests: str, iterations: int) -> subprocess.CompletedProcess[str]:
    """Run tests in a process of its own, which loads the twin; they start what threads they need."""
    command = [sys.executable, "-m", "pytest", f"{PROJECT}/tests/{tests}", f"--core={racy_twin}"]
    options = ["--parallel-threads=1", f"--iterations={iterations}", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *options], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)


def test_in_one_thread_the_twin_is_right(racy_twin: Path) -> None:
    """What the twin lacks is its locks and nothing else: where no threads meet, it passes all tests."""
    outcome = on_the_twin(racy_twin, "test_samples.py", 1)
    assert outcome.returncode == pytest.ExitCode.OK, outcome.stdout + outcome.stderr


@pytest.mark.skipif(SANITIZED, reason="ThreadSanitizer notices the first race, whatever the test would have noticed")
@pytest.mark.parametrize("test", STRESS_TESTS)
def test_stress_test_fails_without_locks(racy_twin: Path, test: str) -> None:
    """The stress test fails, or the process dies or hangs in it."""
    for _ in range(10):  # on a busy machine, threads do not meet each time
        try:
            outcome = on_the_twin(racy_twin, f"test_stress.py::{test}", 10)
        except subprocess.TimeoutExpired:
            return
        said = outcome.stdout + outcome.stderr
        assert outcome.returncode not in set(pytest.ExitCode) - {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}, said
        if outcome.returncode != pytest.ExitCode.OK:
            return
    pytest.fail(f"the test passed on the racy twin:\n{said}")


@pytest.mark.skipif(not SANITIZED, reason="Python was not built with ThreadSanitizer: see the job `race` in ci.yml")
def test_thread_sanitizer_sees_a_race(racy_twin: Path) -> None:
    """A race that does no harm is reported, with the module in the report."""
    command = [sys.executable, "-c", LOOK, str(racy_twin)]
    outcome = subprocess.run(command, cwd=PROJECT / "tests", capture_output=True, text=True, check=False, timeout=120)
    assert outcome.returncode != 0
    assert "WARNING: ThreadSanitizer: data race" in outcome.stderr
    assert racy_twin.name in outcome.stderr
