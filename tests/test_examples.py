"""The examples: built as their users build them, one repaired by fix, told apart by what they do; scripts that run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
VERSIONS = ("before", "fixed", "after")  # what `ungil fix` makes of the first lies between the two that are there
PORTS = ("fixed", "after")
ROUNDS = 30
MADE = 4 * 50_000
HAZARDS = ["UG001", "UG101", "UG102", "UG201", "UG202", "UG212", "UG301"]
PIP_PLACES = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV")
BUILD_DEADLINE = 120.0
RUN_DEADLINE = 60.0

# A process must reach its own deadline, which fails one test, before pytest's, which ends the session. The first test
# waits for both builds too; the longest has three runs in each of two iterations.
pytestmark = pytest.mark.timeout(2 * BUILD_DEADLINE + 6 * RUN_DEADLINE)

free_threaded_build = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="on a GIL-enabled build the GIL is always on"
)

DESCRIBE = """
import inspect, json, shelfcount
def describe(owner):
    public = {name: value for name, value in vars(owner).items() if not name.startswith("__")}
    signature = lambda value: str(inspect.signature(value)) if callable(value) else None
    return {name: [inspect.getdoc(value), signature(value)] for name, value in public.items()}
def refuses(change):
    try:
        change()
    except TypeError:
        return True
    return False
shelf = shelfcount.Shelf
print(json.dumps({
    "module": [shelfcount.__name__, shelfcount.__doc__, describe(shelfcount)],
    "Shelf": [shelf.__module__, shelf.__qualname__, describe(shelf)],
    "a subclass": refuses(lambda: type("Sub", (shelf,), {})),
    "a new attribute": refuses(lambda: setattr(shelf, "new", 1)),
    "an argument": refuses(lambda: shelf(1)),
}))
"""
GIL = "import sys, shelfcount; print(sys._is_gil_enabled())"


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what was said to its interpreter, and to pip about where to install."""
    forgotten = ("PYTHON", *PIP_PLACES)
    return {name: value for name, value in os.environ.items() if not name.startswith(forgotten)} | extra


def run(*command: str, cwd: Path, deadline: float = RUN_DEADLINE, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a fresh process."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=deadline,
        check=False,
    )


def install(version: str, folder: Path) -> Path:
    """Build an example from a copy and install it in a folder of its own; a compiler's warning is an error."""
    source, site = folder / version, folder / f"{version}-site"
    origin = EXAMPLES / ("before" if version == "fixed" else version)
    shutil.copytree(origin, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    if version == "fixed":
        repaired = run("-m", "ungil", "fix", "--unsafe-fixes", "--level", "note", str(source), cwd=folder)
        assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    flags = {"CFLAGS": "-Wall -Wextra -Werror"} if os.name == "posix" else {}
    local = ("--no-deps", "--no-index", "--no-build-isolation")  # with the setuptools of the tests, without network
    pip = ("-m", "pip", "install", *local, "--target", str(site), str(source))
    done = run(*pip, cwd=folder, deadline=BUILD_DEADLINE, **flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where each example is installed, built once for a run of the tests."""
    folder = tmp_path_factory.mktemp("examples")
    return {version: str(install(version, folder)) for version in VERSIONS}


def count_moves(site: str, cwd: Path) -> tuple[int, str, list[int]]:
    """One round of the load with the GIL off: exit code, what it complained about, and its three counts."""
    load = (str(EXAMPLES / "count_moves.py"), "4", str(MADE // 4))
    done = run(*load, cwd=cwd, PYTHONPATH=site, PYTHON_GIL="0")
    return done.returncode, done.stderr, [int(count) for count in done.stdout.split()]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_passes_its_own_tests(version: str, sites: dict[str, str], tmp_path: Path) -> None:
    """The example's own tests pass on the running interpreter."""
    tests = EXAMPLES / "before" / "tests" / "test_shelfcount.py"  # the same for all: see below
    done = run("-B", str(tests), cwd=tmp_path, PYTHONPATH=sites[version])
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stderr
    assert "Ran 0 tests" not in done.stderr


def test_both_have_the_same_tests_and_build() -> None:
    """The port changes the C file and what the project says about itself, nothing else."""
    files = {
        version: {path.name: path.read_text() for path in (EXAMPLES / version).rglob("*.py")}
        for version in ("before", "after")
    }
    assert files["after"] == files["before"]
    assert set(files["before"]) == {"setup.py", "test_shelfcount.py"}


def test_both_have_the_same_python_api(sites: dict[str, str], tmp_path: Path) -> None:
    """Names, signatures, docstrings and what the type refuses do not change with the port."""
    described = [run("-W", "ignore", "-c", DESCRIBE, cwd=tmp_path, PYTHONPATH=sites[version]) for version in VERSIONS]
    before, fixed, after = (json.loads(done.stdout) for done in described)
    assert fixed == before
    assert after == before
    assert before["Shelf"][2]["move"][1] == "(self, item, units=1, /)"
    assert [before[what] for what in ("a subclass", "a new attribute", "an argument")] == [True, True, True]


@pytest.mark.parametrize(("version", "expected"), [("before", HAZARDS), ("after", [])])
def test_the_audit_tells_them_apart(version: str, expected: list[str]) -> None:
    """The audit reports each hazard of the legacy example once, and nothing of the port."""
    done = run("-m", "ungil", "audit", f"examples/{version}", cwd=ROOT)
    assert sorted(re.findall(r"\((UG\d{3})\)$", done.stdout, re.MULTILINE)) == expected, done.stderr
    assert done.returncode == bool(expected)


@free_threaded_build
def test_before_turns_the_gil_on(sites: dict[str, str], tmp_path: Path) -> None:
    """Importing the example that declares nothing turns the GIL on, and the interpreter says so."""
    done = run("-c", GIL, cwd=tmp_path, PYTHONPATH=sites["before"])
    assert done.stdout.strip() == "True", done.stderr
    assert "has been enabled to load module 'shelfcount'" in done.stderr


@free_threaded_build
@pytest.mark.parametrize("version", PORTS)
def test_a_port_leaves_the_gil_off(version: str, sites: dict[str, str], tmp_path: Path) -> None:
    """Importing what was ported, by fix or by hand, leaves the GIL off, without a warning."""
    done = run("-W", "error", "-c", GIL, cwd=tmp_path, PYTHONPATH=sites[version])
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def goes_wrong(site: str, cwd: Path) -> bool:
    """Whether a round loses a move, crashes or hangs; an exception of Python is none of these."""
    try:
        code, _, counts = count_moves(site, cwd)
    except subprocess.TimeoutExpired:
        return True
    return code < 0 or (code == 0 and counts != [MADE, MADE, MADE])


@free_threaded_build
def test_before_loses_moves_without_the_gil(sites: dict[str, str], tmp_path: Path) -> None:
    """With the GIL off, threads that share a shelf of `before` lose moves, crash or hang, within a few rounds."""
    assert any(goes_wrong(sites["before"], tmp_path) for _ in range(ROUNDS))


@free_threaded_build
@pytest.mark.parametrize("version", PORTS)
def test_a_port_counts_every_move_without_the_gil(version: str, sites: dict[str, str], tmp_path: Path) -> None:
    """With the GIL off, what was ported counts every move in every round of the same load."""
    for _ in range(3):
        assert count_moves(sites[version], tmp_path) == (0, "", [MADE, MADE, MADE])


@pytest.mark.parametrize("version", PORTS)
def test_a_port_leaves_discard_by_its_error_path(version: str, sites: dict[str, str], tmp_path: Path) -> None:
    """In what was ported, an unknown item is a KeyError and the process goes on."""
    done = run("-W", "error", str(EXAMPLES / "discard_unknown.py"), cwd=tmp_path, PYTHONPATH=sites[version])
    assert (done.returncode, done.stdout.splitlines()) == (0, ["KeyError: 'tea'", "and still running"])


@pytest.mark.skipif(os.name != "posix", reason="only there the demo looks for the compiler by name")
def test_the_demo_says_what_it_misses(tmp_path: Path) -> None:
    """Where the demo cannot run, it says why before the first step and exits with 2."""
    done = run(str(EXAMPLES / "demo.py"), cwd=tmp_path, CC="no-such-compiler -O2")
    missing = "no-such-compiler is not found" if sysconfig.get_config_var("Py_GIL_DISABLED") else "not a free-threaded"
    assert done.returncode == 2
    assert missing in done.stdout
    assert "1. Audit" not in done.stdout


def commands_of_the_readme() -> dict[str, str]:
    """Each script that the README of the examples runs with nothing but ungil installed, and what it prints there."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("## The scripts of the tutorials")[2]
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block is not None
    commands = re.split(r"^\$ ", block[1], flags=re.MULTILINE)
    scripts = (command.partition("\n")[::2] for command in commands if command.startswith("python examples/"))
    return {command.removeprefix("python examples/"): output for command, output in scripts}


@pytest.mark.parametrize("script", ["four_threads.py", "count_primes.py"])
def test_a_tutorial_prints_what_the_readme_shows(script: str, tmp_path: Path) -> None:
    """A tutorial's script runs without a complaint on every build and prints what the README says."""
    done = run("-W", "error", str(EXAMPLES / script), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == commands_of_the_readme()[script]


def test_a_tutorial_differs_by_its_import() -> None:
    """The script of the tutorials uses of ungil what it imports by name, as if threading had it, and nothing else."""
    code = (EXAMPLES / "four_threads.py").read_text(encoding="utf-8").rpartition('"""\n\nimport')[2]
    assert [line for line in code.splitlines() if "ungil" in line] == ["from ungil import AtomicInteger"]
