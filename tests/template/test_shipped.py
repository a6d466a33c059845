"""The wheel of each binding: built, repaired, installed where nothing else is, imported, and tested as it will be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from tests.template.projects import FREE, OWN, Project, only
from tests.template.record import WAITING_DEADLINE, Step
from tests.template.rendered import BINDINGS
from tests.template.shipped import RUNS, outcomes, program, run_in, shipped

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="auditwheel is for Linux"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="the tests on 3.14 are enough"),
    pytest.mark.timeout(3 * WAITING_DEADLINE),
]

every_binding = pytest.mark.parametrize("binding", BINDINGS)
free_threaded = pytest.mark.skipif(OWN != FREE, reason="a GIL-enabled build has no racy twin, and no GIL to turn off")

# The stable ABI where the binding has it; for a free-threaded 3.14 there is none.
OWN_ABI = "cp314-cp314t" if OWN == FREE else "cp314-cp314"
TAGS = dict.fromkeys(BINDINGS, OWN_ABI if OWN == FREE else "cp312-abi3") | {"pybind11": OWN_ABI}
TWINS = "test_racy_twin"
SANITIZED = "test_thread_sanitizer_sees_a_race"
IMPORT = """
import sys, shared_numbers
from importlib.metadata import distributions
print(sys._is_gil_enabled(), *(found.name for found in distributions()))
"""


def cases(report: Path) -> Mapping[tuple[str, str], str]:
    """Return the outcome of each test."""
    return {(file, name): outcome for file, name, outcome in outcomes(report)}


@every_binding
def test_its_tag_is_of_this_python_and_of_many_systems(binding: str) -> None:
    """Auditwheel finds on which Linux systems the wheel runs, and its ABI is the one meant for this build."""
    *_, tags = parse_wheel_filename(only(shipped(Project(binding)) / "wheelhouse", "*.whl").name)
    assert {f"{tag.interpreter}-{tag.abi}" for tag in tags} == {TAGS[binding]}
    assert [tag for tag in tags if not tag.platform.startswith("manylinux")] == []


@every_binding
def test_it_is_imported_where_nothing_else_is(binding: str) -> None:
    """With the wheel alone in an environment the import works without a warning, and the GIL stays as it was."""
    python = program(shipped(Project(binding)) / "clean")
    said = subprocess.run(
        [python, "-I", "-W", "error", "-c", IMPORT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (said.stdout.split(), said.stderr) == ([str(OWN != FREE), "Shared-Numbers"], "")


@every_binding
def test_all_its_tests_pass(binding: str) -> None:
    """In threads and serially the same tests run, and each passes; only the racy twin needs a build without the GIL.

    The test of it that is for a Python with ThreadSanitizer is skipped on any other.
    """
    folder = shipped(Project(binding))
    in_threads, serially = (cases(folder / f"{run}.xml") for run in RUNS[1:])
    assert in_threads == serially
    for (file, name), outcome in in_threads.items():
        skipped = name == SANITIZED or (file == TWINS and OWN != FREE)
        assert outcome == ("skipped" if skipped else "passed"), name


@every_binding
def test_all_its_tests_run_in_threads(binding: str) -> None:
    """Each test runs in several threads at once, but for those of the racy twin, which has threads of its own."""
    folder = shipped(Project(binding))
    alone = sum(file == TWINS for file, _ in cases(folder / "in threads.xml"))
    in_threads, serially = re.findall(
        r"^Collected (\d+) items to run in parallel$", (folder / "log").read_text("utf-8"), re.MULTILINE
    )
    assert int(in_threads) == len(cases(folder / "in threads.xml")) - alone > 0
    assert int(serially) == 0


@free_threaded
@every_binding
def test_its_racy_twin_is_caught(binding: str) -> None:
    """Every stress test of the project ran on the twin without locks, and failed there as it should."""
    ran = cases(shipped(Project(binding)) / "in threads.xml")
    stress = {name for file, name in ran if file == "test_stress"}
    assert stress
    caught = {f"test_stress_test_fails_without_locks[{name}]" for name in stress}
    assert {name for file, name in ran if file == TWINS} - {SANITIZED} == caught | {
        "test_in_one_thread_the_twin_is_right"
    }
    assert {ran[TWINS, name] for name in caught} == {"passed"}


@free_threaded
def test_a_twin_that_has_its_locks_is_no_twin() -> None:
    """If the twin is compiled with its locks, the stress tests pass on it, and the project's test of that fails."""
    project = Project("c")
    built = shipped(project)

    def work(step: Step) -> None:
        copy = Path(shutil.copytree(project.tree(), step.folder / "project"))
        (copy / "tests" / "no_locks.h").write_text("", encoding="utf-8")
        test = f"{TWINS}.py::test_stress_test_fails_without_locks[test_no_value_is_lost]"
        run_in(step, built / "tested", f'pytest "{copy}/tests/{test}"', code=1)

    log = (project.records.once("locked twin", work) / "log").read_text(encoding="utf-8")
    assert "Failed: the test passed on the racy twin" in log


@free_threaded
def test_a_run_with_the_gil_on_fails() -> None:
    """The project's tests pass and its run fails if the GIL was on, whatever turned it on."""
    project = Project("c")
    built = shipped(project)

    def work(step: Step) -> None:
        copy = Path(shutil.copytree(project.tree(), step.folder / "project"))
        run_in(step, built / "tested", f'pytest "{copy}/tests/test_samples.py"', code=1, PYTHON_GIL="1")

    log = (project.records.once("gil on", work) / "log").read_text(encoding="utf-8")
    assert re.search(r"\d+ passed", log)
    assert "The GIL was on" in log
