"""What a generated project's workflows run works: each command, as the shell line that it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.template.lines import as_runner, lines_of, ran
from tests.template.projects import OWN, Project, only
from tests.template.record import WAITING_DEADLINE, Step
from tests.template.rendered import BINDINGS
from tests.workflows import Workflows

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the lines are run as on a runner with Linux"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="the tests on 3.14 are enough"),
    pytest.mark.timeout(2 * WAITING_DEADLINE),
]

every_binding = pytest.mark.parametrize("binding", BINDINGS)

SHIPPED = {"CMakeLists.txt", "LICENSE", "README.md", "pyproject.toml", "python", "src", "tests"}
PLANTED = {
    "ruff check": ("tests/planted.py", '"""A name that nothing defines."""\n\nprint(missing)  # noqa: T201\n'),
    "ruff format": ("tests/spaced.py", '"""Three spaces."""\n\nWORD =   "spaced"\n'),
    "clang-format": ("src/planted.h", "#pragma   once\nint   planted( void ) ;\n"),
    "mypy": ("tests/typed.py", '"""A number is no word."""\n\nWORD: str = 1\n'),
    "stubtest": ("python/shared_numbers/_core.pyi", "def missing() -> int: ...\n"),
}
"""For each hook, something that it has to find, and the file that has it; what a file has already stays."""


def test_every_line_is_run_here() -> None:
    """The jobs that run commands are those whose lines the tests below run, whatever the binding; but for one.

    The job `race` builds a Python of its own first, with ThreadSanitizer, from a checkout of CPython.
    """
    for project in map(Project, BINDINGS):
        workflows = Workflows(project.tree())
        jobs = [(name, job) for name in workflows.names() for job in workflows.jobs(name)]
        assert {job for name, job in jobs if lines_of(project.tree(), name, job)} == {
            *("lint", "test", "race", "audit", "all-green"),
            "sdist",
        }


@every_binding
def test_the_linters_find_nothing(binding: str) -> None:
    """All hooks pass, and none of them rewrites anything."""
    copy = ran(Project(binding), "ci.yml", "lint")
    changed = subprocess.run(
        ["git", "diff", "--stat"], cwd=copy, capture_output=True, text=True, timeout=60, check=True
    )
    assert changed.stdout == ""
    log = (copy.parent / "log").read_text(encoding="utf-8")
    hooks = [hook["name"] for hook in Workflows(copy).load(".pre-commit-config.yaml")["repos"][0]["hooks"]]
    assert [hook for hook in hooks if f"\n{hook}...".casefold() not in log.casefold()] == []
    assert log.count("Passed") == len(hooks)  # not Skipped, for want of files


def test_the_linters_can_find_something() -> None:
    """Each hook fails on a file that has what the hook is for."""
    project = Project("c")  # which is built in no time
    clean = ran(project, "ci.yml", "lint")

    def work(step: Step) -> None:
        copy = Path(shutil.copytree(clean, step.folder / "project", ignore=shutil.ignore_patterns(".venv", "build")))
        for file, text in PLANTED.values():
            with (copy / file).open("a", encoding="utf-8") as planted:
                planted.write(text)
        step.run("git", "add", "--all", cwd=copy)
        for line in lines_of(copy, "ci.yml", "lint"):
            as_runner(step, line, copy, code=1)

    log = (project.records.once("planted", work) / "log").read_text(encoding="utf-8")
    for hook in PLANTED:
        assert f"\n{hook}{'Failed':.>{79 - len(hook)}}" in log


def test_the_tests_are_run() -> None:
    """The tests pass as they are run on each system, in threads and serially. Other tests do more, for each binding."""
    log = (ran(Project(BINDINGS[0]), "ci.yml", "test").parent / "log").read_text(encoding="utf-8")
    assert "\nCollected " in log
    assert log.count(" passed") == 2


@every_binding
def test_the_audit_finds_nothing(binding: str) -> None:
    """The audit is clean, and leaves a report to upload."""
    report = json.loads((ran(Project(binding), "ci.yml", "audit") / "ungil.sarif").read_text(encoding="utf-8"))
    (run,) = report["runs"]
    assert run["tool"]["driver"]["name"] == "ungil"
    assert run["results"] == []


@every_binding
def test_what_is_shipped_as_source(binding: str) -> None:
    """The sdist holds the sources, the tests and the licence, each of them and nothing else."""
    copy = ran(Project(binding), "wheels.yml", "sdist", OWN)
    listed = subprocess.run(["git", "ls-files"], cwd=copy, capture_output=True, text=True, timeout=60, check=True)
    with tarfile.open(only(copy / "dist", "*.tar.gz")) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    assert names == {name for name in listed.stdout.split() if name.partition("/")[0] in SHIPPED} | {"PKG-INFO"}


@every_binding
def test_what_is_shipped_as_a_wheel(binding: str) -> None:
    """The wheel holds the package and what pip needs to know, and nothing else."""
    with zipfile.ZipFile(only(ran(Project(binding), "wheels.yml", "sdist", OWN) / "dist", "*.whl")) as wheel:
        names = sorted(wheel.namelist())
    (module,) = (name for name in names if name.endswith(".so"))
    assert module.startswith("shared_numbers/_core.")
    package = [f"shared_numbers/{name}" for name in ("__init__.py", "_core.pyi", "py.typed")]
    told = [f"shared_numbers-0.1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")]
    assert names == sorted([module, *package, *told])


def test_a_tag_that_is_not_the_version_is_refused() -> None:
    """The line that compares the tag with the version fails if they differ, and so nothing is published."""
    project = Project(BINDINGS[0])
    copy = ran(project, "wheels.yml", "sdist")
    (line,) = (line for line in lines_of(copy, "wheels.yml", "sdist") if "GITHUB_REF_NAME" in line)

    def work(step: Step) -> None:
        as_runner(step, line, copy, code=1, GITHUB_REF_NAME="v0.2.0")

    project.records.once("other-tag", work)


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
def test_all_green_is_green_only_if_all_are(result: str) -> None:
    """One job that did not succeed makes the last one fail."""
    (line,) = lines_of(Project(BINDINGS[0]).tree(), "ci.yml", "all-green")
    for results, code in (("success success", 0), (f"success {result} success", 1)):
        done = subprocess.run(["bash", "-e", "-c", line], env={"RESULTS": results}, timeout=60, check=False)
        assert done.returncode == code
