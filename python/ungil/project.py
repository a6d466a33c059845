"""A new project, from the template that ungil carries: made by cookiecutter, offline, and there whole or not at all."""

from __future__ import annotations

import json
import os
import runpy
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from ungil.errors import OutputError, ToolError, UsageError

__all__ = ["bindings", "create"]


def bindings() -> list[str]:
    """The bindings that a project can have, the template's own choice first."""
    questions = json.loads((_template() / "cookiecutter.json").read_text(encoding="utf-8"))
    choices: list[str] = questions["binding"]
    return choices


def create(folder: Path, answers: Mapping[str, str]) -> Path:
    """Makes a project in a folder, and returns where it is.

    Args:
        folder: where the project gets a folder of its own, named as the project is.
        answers: the project's name, and what else of the template's questions is not left to the template.

    Raises:
        UsageError: an answer would not work.
        OutputError: the project's folder is there already, or cannot be made.
        ToolError: cookiecutter is not installed, or failed.
    """
    _refuse(answers)
    target = folder / answers["name"]
    if os.path.lexists(target):
        raise OutputError(f"'{target}' is there already, and stays as it is.", "Choose another name or folder.")
    if find_spec("cookiecutter") is None:
        raise ToolError("A project is made by cookiecutter, which is not installed.", "pip install 'ungil[new]'")
    # Beside the target, so that the last step is to rename, which happens as a whole.
    workshop = folder / f".{target.name}.{secrets.token_hex(4)}"
    try:
        workshop.mkdir()
        _render(workshop, answers)
        (workshop / target.name).rename(target)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"'{target}' cannot be made: {why}.", "Name a folder that can be written to.") from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return target


def _template() -> Path:
    """The template as it was installed; in a work tree of ungil's repository, the only one that is there."""
    package = Path(__file__).parent
    installed = package / "template"
    return installed if installed.is_dir() else package.parents[1] / "template"


def _refuse(answers: Mapping[str, str]) -> None:
    """Refuses what the template's hook would refuse, in the same words."""
    hook = runpy.run_path(str(_template() / "hooks" / "pre_gen_project.py"))
    if found := hook["problems"](answers):
        raise UsageError("\n  ".join(found), "Nothing was written.")


def _render(workshop: Path, answers: Mapping[str, str]) -> None:
    """Runs cookiecutter in a folder that is also for what it would keep in the user's, or leave behind."""
    _copy(_template(), workshop / "template")
    settings = workshop / "settings.yaml"
    settings.write_text("{replay_dir: kept, cookiecutters_dir: kept}", encoding="utf-8")
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--config-file", settings.name, "./template"]
    given = [f"{question}={answer}" for question, answer in answers.items()]
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(workshop.resolve()))
    done = subprocess.run(
        [*command, *given], cwd=workshop, env=os.environ | temporary, capture_output=True, errors="replace", check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise ToolError(f"cookiecutter failed: {said.splitlines()[-1]}", "Nothing was written.")


def _copy(template: Path, to: Path) -> None:
    """Copies files, but not what an installer compiled, which cookiecutter would take for files of the project."""
    for file in [path for path in template.rglob("*") if path.is_file() and path.parent.name != "__pycache__"]:
        copied = to / file.relative_to(template)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copied)
