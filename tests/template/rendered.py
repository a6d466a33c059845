"""The template's tools, as commands: each with settings of its own, and none of those of whoever runs the tests."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.template.record import ROOT, Step

__all__ = ["BINDINGS", "ROOT", "TREE", "by_cookiecutter", "by_copier", "git", "own_settings", "template"]

TREE = "{{cookiecutter.__folder}}"
BINDINGS: list[str] = json.loads((ROOT / "template" / "cookiecutter.json").read_text(encoding="utf-8"))["binding"]


def own_settings(step: Step) -> dict[str, str]:
    """Variables that make the step's folder the home of the tools that it runs, and give git a name to commit with."""
    who = {"NAME": "Somebody", "EMAIL": "somebody@example.org"}
    committer = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}
    # A log is UTF-8 on Windows too.
    return {"HOME": str(step.folder), "USERPROFILE": str(step.folder), "PYTHONUTF8": "1", **committer}


def template(to: Path) -> Path:
    """Copy the template as it is in the working tree, so that no tool looks for a tag of the repository."""
    shutil.copytree(ROOT / "template", to / "template", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "copier.yml", to)
    return to


def by_cookiecutter(step: Step, to: Path, answers: Mapping[str, str], code: int = 0) -> Path:
    """Render a project in a folder, and return its own."""
    options = ["--directory", "template", "--no-input", "--output-dir", str(to)]
    given = [f"{name}={value}" for name, value in answers.items()]
    command = [sys.executable, "-W", "error", "-m", "cookiecutter", str(ROOT), *options, *given]
    step.run(*command, code=code, environment=own_settings(step))
    return to / answers["name"]


def by_copier(step: Step, source: Path, to: Path, answers: Mapping[str, str], code: int = 0) -> Path:
    """Render a project in a folder of its name, and return it."""
    given = [part for name, value in answers.items() for part in ("--data", f"{name}={value}")]
    command = [sys.executable, "-W", "error", "-m", "copier", "copy", "--defaults", *given, str(source)]
    step.run(*command, str(to / answers["name"]), code=code, environment=own_settings(step))
    return to / answers["name"]


def git(step: Step, folder: Path, *command: str) -> None:
    """Run git in a folder."""
    step.run("git", *command, cwd=folder, environment=own_settings(step))
