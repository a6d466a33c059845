"""The action: its steps are shell scripts, and do what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.programs import write_program
from tests.workflows import PINNED, Workflows

ROOT = Path(__file__).resolve().parents[1]
ACTION: dict[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}
FORK = "github.event.pull_request.head.repo.full_name == github.repository"

RACY = """\
#include <Python.h>
static PyObject *last;
static PyObject *keep(PyObject *module, PyObject *value) {
    Py_XSETREF(last, Py_NewRef(value));
    Py_RETURN_NONE;
}
static PyMethodDef methods[] = {{"keep", keep, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "kept", NULL, 0, methods};
PyMODINIT_FUNC PyInit_kept(void) { return PyModuleDef_Init(&definition); }
"""

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are run by the bash of a POSIX system here")


@dataclass(frozen=True)
class Ran:
    """How a step ended: its exit code, what it printed, and what it left for later steps."""

    code: int
    said: str
    outputs: str


def run(name: str, folder: Path, variables: Mapping[str, str], before: str = "") -> Ran:
    """Run a step as a runner does, with these variables instead of what a workflow would give.

    Args:
        name: of the step.
        folder: where it runs.
        variables: that a workflow would set.
        before: what the shell does first.
    """
    step = STEPS[name]
    assert set(variables) == set(step["env"]) - {"UNGIL"}
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    command = tools / "ungil"
    write_program(command, f'#!/bin/sh\nexec "{sys.executable}" -m ungil "$@"\n')
    output = folder / "output"
    output.touch()
    given = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "GITHUB_ACTION_PATH": str(ROOT)}
    given |= {"GITHUB_OUTPUT": str(output)} | dict(variables) | {"UNGIL": str(command)}
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", before + step["run"]]
    done = subprocess.run(shell, cwd=folder, env=given, capture_output=True, text=True, timeout=90, check=False)
    return Ran(done.returncode, done.stdout + done.stderr, output.read_text(encoding="utf-8"))


def audit(folder: Path, **variables: str) -> Ran:
    """Run the audit of `project` in a folder."""
    usual = {"AUDITED": "project", "BASELINE": "", "CHANGED_SINCE": "", "LEVEL": "", "SARIF": "ungil.sarif"}
    return run("Audit", folder, usual | variables)


def with_project(folder: Path) -> Path:
    """The folder, with a project in it that has findings."""
    (folder / "project").mkdir()
    (folder / "project" / "kept.c").write_text(RACY, encoding="utf-8")
    return folder


def test_actions_are_pinned_as_in_the_workflows() -> None:
    """Each action that it uses names a commit and its version, and one that the workflows use too is at the same."""
    lines = [line for line in (ROOT / "action.yml").read_text(encoding="utf-8").splitlines() if "uses: " in line]
    used = [match for line in lines if not line.startswith("#") and (match := PINNED.match(line))]
    assert len(used) == len([line for line in lines if not line.startswith("#")]) == 2
    pinned = {action: commit for action, commit, _ in Workflows(ROOT).pins()}
    assert all(pinned.get(match["action"], match["commit"]) == match["commit"] for match in used)


def test_nothing_that_a_workflow_gives_is_part_of_a_script() -> None:
    """Every script is free of expressions: inputs reach it as variables, whatever they contain."""
    scripts = [step["run"] for step in STEPS.values() if "run" in step]
    assert len(scripts) == 4
    assert all("${{" not in script for script in scripts)
    assert all(step["shell"] == "bash" for step in STEPS.values() if "run" in step)


def test_findings_of_a_fork_are_not_uploaded() -> None:
    """The upload leaves out pull requests from forks, which may not write, and audits that could not be done."""
    condition = " ".join(STEPS["Upload the findings"]["if"].split())
    assert f"(github.event_name != 'pull_request' || {FORK})" in condition
    assert "(steps.audit.outputs.code == '0' || steps.audit.outputs.code == '1')" in condition


def test_every_input_is_used_and_described() -> None:
    """No input is for nothing, and none is used that is not there."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert all(f"inputs.{name}" in text and given["description"] for name, given in ACTION["inputs"].items())
    assert text.count("inputs.") == sum(text.count(f"inputs.{name} ") for name in ACTION["inputs"])


@on_posix
def test_ungil_is_installed_from_the_actions_own_commit(tmp_path: Path) -> None:
    """What is installed is the folder of the action, with what Cython and wheels need."""
    tools = tmp_path / "tools"
    tools.mkdir()
    write_program(tools / "uv", '#!/bin/sh\necho "uv $@"\n')
    ran = run("Install ungil", tmp_path, {"UV_TOOL_DIR": "tools-of-uv", "UV_TOOL_BIN_DIR": "bin-of-uv"})
    assert ran.code == 0
    assert ran.said == f"uv tool install --quiet {ROOT}[cython,wheel]\n"


@on_posix
def test_an_audit_with_findings_leaves_a_report(tmp_path: Path) -> None:
    """Findings are printed and written as SARIF; the step succeeds, so that they are uploaded, and says 1."""
    here = with_project(tmp_path)
    ran = audit(here)
    assert (ran.code, ran.outputs) == (0, "code=1\n")
    assert "kept.c" in ran.said
    report = json.loads((here / "ungil.sarif").read_text(encoding="utf-8"))
    assert report["runs"][0]["results"]


@on_posix
def test_an_audit_takes_a_baseline_and_a_level(tmp_path: Path) -> None:
    """With what is known left out, or below the level, nothing is left."""
    here = with_project(tmp_path)
    write = [sys.executable, "-m", "ungil", "audit", "project", "--write-baseline", "known file.json"]
    subprocess.run(write, cwd=here, check=True, capture_output=True, timeout=60)
    assert audit(here, BASELINE="known file.json").outputs == "code=0\n"


@on_posix
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AUDITED": "nowhere"}, "There is nothing at 'nowhere'"),
        ({"LEVEL": "$(touch x)"}, "$(touch x)"),
        ({"CHANGED_SINCE": "main"}, "'project' is not in a git work tree"),
    ],
)
def test_an_audit_that_cannot_be_done_fails(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    """The step fails with the command's own words; what a workflow gives is never run."""
    here = with_project(tmp_path)
    ran = audit(here, **variables)
    assert (ran.code, ran.outputs) == (1, "code=2\n")
    assert said in ran.said
    assert not (here / "x").exists()


@on_posix
def test_no_wheel_is_an_error(tmp_path: Path) -> None:
    """A pattern that matches nothing fails: nothing was checked."""
    ran = run("Check the wheels", tmp_path, {"WHEELS": "dist/*.whl other/*.whl"})
    assert (ran.code, ran.outputs) == (2, "")
    assert "::error::No wheel matches 'dist/*.whl other/*.whl'" in ran.said


@on_posix
def test_what_is_no_wheel_is_an_error(tmp_path: Path) -> None:
    """A file that only looks like a wheel cannot be checked, and the step says which one it was."""
    here = with_project(tmp_path)
    (here / "x-1-py3-none-any.whl").write_bytes(b"no archive")
    ran = run("Check the wheels", here, {"WHEELS": "**/*.whl"})
    assert (ran.code, ran.outputs) == (1, "code=2\n")
    assert "x-1-py3-none-any.whl" in ran.said


@on_posix
def test_patterns_work_in_an_old_bash(tmp_path: Path) -> None:
    """That of macOS, 3.2, knows no globstar: the other patterns are expanded all the same."""
    here = with_project(tmp_path)
    (here / "x-1-py3-none-any.whl").write_bytes(b"no archive")
    old = 'shopt() { case "$*" in *globstar*) echo "no globstar" >&2; return 1;; *) builtin shopt "$@";; esac; }\n'
    ran = run("Check the wheels", here, {"WHEELS": "*.whl none/*.whl"}, old)
    assert (ran.code, ran.outputs) == (1, "code=2\n")
    assert "x-1-py3-none-any.whl" in ran.said
    assert "globstar" not in ran.said


@on_posix
@pytest.mark.parametrize(
    ("audit_code", "wheels_code", "fail", "code"),
    [("0", "0", "true", 0), ("1", "", "true", 1), ("0", "1", "true", 1), ("1", "1", "false", 0), ("", "", "true", 0)],
)
def test_findings_fail_the_job_if_they_are_to(
    tmp_path: Path, audit_code: str, wheels_code: str, fail: str, code: int
) -> None:
    """The last step fails on findings of either kind, unless the workflow wants to go on."""
    ran = run("Fail on findings", tmp_path, {"AUDIT": audit_code, "WHEELS": wheels_code, "FAIL": fail})
    assert ran.code == code
