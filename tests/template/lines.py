"""The commands of a generated project's workflows, run as the shell lines that they are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.template.projects import FREE, Project, interpreter, uv
from tests.template.record import ROOT, Step
from tests.workflows import Workflows

import ungil

__all__ = ["as_runner", "lines_of", "ran"]

AUDITOR = f"uvx 'ungil[cython]=={ungil.__version__}' "
"""How the workflow gets the auditor that the template is from. Here it is the one that is being tested."""


def lines_of(tree: Path, workflow: str, job: str) -> list[str]:
    """Return what the steps of a job run, one after the other."""
    return [step["run"] for step in Workflows(tree).jobs(workflow)[job]["steps"] if "run" in step]


def as_runner(step: Step, line: str, project: Path, version: str = FREE, code: int = 0, **variables: str) -> None:
    """Run one line in the project as a runner does: in a shell that ends at the first failure."""
    found = os.pathsep.join([str(uv().parent), os.environ["PATH"]])
    given = {"PATH": found, "UV_PYTHON": str(interpreter(version)), "GITHUB_REF_NAME": "v0.1.0", **variables}
    if line.startswith(AUDITOR):
        line = f'"{sys.executable}" -m ungil {line.removeprefix(AUDITOR)}'
    step.run("bash", "-e", "-c", line, cwd=project, code=code, environment=given)


def ran(project: Project, workflow: str, job: str, version: str = FREE) -> Path:
    """Return a copy of the project, in git, in which every line of that job was run and none failed."""
    tree = project.tree()
    lines = lines_of(tree, workflow, job)

    def work(step: Step) -> None:
        copy = Path(shutil.copytree(tree, step.folder / "project"))
        step.run("git", "init", "--quiet", cwd=copy)
        step.run("git", "add", "--all", cwd=copy)
        for line in lines:
            as_runner(step, line, copy, version)

    auditor = [ROOT / "python", ROOT / "src"] if any(line.startswith(AUDITOR) for line in lines) else []
    depends_on = [uv(), interpreter(version), *auditor]
    return project.records.once(f"{workflow} {job} {version}", work, *depends_on) / "project"
