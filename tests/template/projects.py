"""The projects that the tests look at, one for each binding, and what they are built with."""

from __future__ import annotations

import shutil
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.template.record import ROOT, Records
from tests.template.rendered import by_cookiecutter

from ungil.interpreter import find

__all__ = ["FREE", "OWN", "RECORDS", "Project", "interpreter", "only", "uv"]

FREE, GIL = "3.14t", "3.14"
OWN = FREE if sysconfig.get_config_var("Py_GIL_DISABLED") else GIL
"""The version that runs the tests, and so the one that they build for: each run of `make test` tests its own."""

# Whatever is done in it shows that a path may have spaces, and letters that are in no code page together.
RECORDS = ROOT / "build" / "tests" / "the template ß 模板"


@dataclass(frozen=True)
class Project:
    """A project of the template."""

    binding: str
    name: str = "Shared-Numbers"

    @property
    def records(self) -> Records:
        """What was done with it."""
        return Records(RECORDS / self.name / self.binding)

    @property
    def answers(self) -> dict[str, str]:
        """What the template's questions are answered with."""
        return {"name": self.name, "binding": self.binding}

    def tree(self) -> Path:
        """Return it as cookiecutter renders it. Whoever changes something there changes it for all tests."""
        return self.records.once("rendered", lambda step: by_cookiecutter(step, step.folder, self.answers)) / self.name


@cache
def interpreter(version: str) -> Path:
    """Return the interpreter of that version, which the Makefile has installed."""
    return find(version).path


@cache
def uv() -> Path:
    """Return the uv that the Makefile uses."""
    found = shutil.which("uv") or shutil.which("uv", path=ROOT / ".tools" / "bin")
    assert found is not None, "there is no uv: make .venv/.built gets one"
    return Path(found)


def only(folder: Path, pattern: str) -> Path:
    """Return the one file in a folder that has such a name."""
    (found,) = folder.glob(pattern)
    return found
