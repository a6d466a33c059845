"""What the author of a project sees who has no compiler."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.template.projects import FREE, Project, interpreter, uv
from tests.template.record import WAITING_DEADLINE, Step
from tests.template.rendered import BINDINGS

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a compiler is not found by PATH alone"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="the tests on 3.14 are enough"),
    pytest.mark.timeout(2 * WAITING_DEADLINE),
]


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_build_says_that_there_is_no_compiler(binding: str) -> None:
    """Without a compiler the build fails, says which one it misses and how to get it, and makes no wheel."""
    project = Project(binding)

    def work(step: Step) -> None:
        copy = Path(shutil.copytree(project.tree(), step.folder / "project"))
        command = ["build", "--wheel", "--python", str(interpreter(FREE))]
        step.run(uv(), *command, cwd=copy, code=2, environment={"PATH": str(step.folder), "CC": "", "CXX": ""})

    folder = project.records.once("no compiler", work, uv(), interpreter(FREE))
    said = " ".join((folder / "log").read_text(encoding="utf-8").split())
    language, package, variable = ("C", "gcc", "CC") if binding == "c" else ("C++", "g++", "CXX")
    assert f"There is no {language} compiler. Install one (on Debian: apt install {package};" in said
    assert f"or set {variable} to its path." in said
    assert not (folder / "project" / "dist").exists() or not list((folder / "project" / "dist").glob("*.whl"))
