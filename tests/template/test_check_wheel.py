"""The gate of a generated project: what agrees passes, and each kind of disagreement is named.

What is installed here is as pip leaves it behind: a package with an extension, and its metadata, on the path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ext.build import compile_extension
from tests.template.projects import Project
from tests.template.rendered import BINDINGS

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the extension is compiled as on Linux and macOS"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have cookiecutter"),
]

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
OWN_SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
OWN_TAG = f"cp314-cp314{'t' if FREE_THREADED else ''}-linux_x86_64"
BETA, STABLE, RESILIENT = "2 - Beta", "3 - Stable", "4 - Resilient"
RACE = "\n  race:\n    name: Race detection\n"

free_threaded = pytest.mark.skipif(not FREE_THREADED, reason="with the GIL on there is nothing to turn on")
gil_enabled = pytest.mark.skipif(FREE_THREADED, reason="the stable ABI of 3.12 is not for free-threaded builds")


@dataclass(frozen=True)
class Made:
    """What is made once: a project as rendered, and two extension modules."""

    project: Path
    declared: Path
    undeclared: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Render a project, and compile the modules."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "declared").mkdir()
    (folder / "undeclared").mkdir()
    return Made(
        Project(BINDINGS[0]).tree(),
        compile_extension("_core", folder / "declared", "DECLARED"),
        compile_extension("_core", folder / "undeclared"),
    )


def install(module: Path, site: Path, *levels: str, tag: str = OWN_TAG, suffix: str = OWN_SUFFIX) -> None:
    """Leave behind what pip does for a wheel with this tag, this module in such a file, and these levels claimed."""
    package, told = site / "shared_numbers", site / "shared_numbers-0.1.0.dist-info"
    package.mkdir(parents=True)
    told.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(module, package / f"_core{suffix}")
    claims = "".join(f"Classifier: Programming Language :: Python :: Free Threading :: {level}\n" for level in levels)
    (told / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Shared-Numbers\nVersion: 0.1.0\n{claims}")
    (told / "WHEEL").write_text(f"Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: false\nTag: {tag}\n")


def check(project: Path, site: Path, **environment: str) -> tuple[int, str]:
    """Run the project's check on what is installed in `site`; return its exit code, and what it said."""
    given = os.environ | {"PYTHONPATH": str(site)} | environment
    command = [sys.executable, str(project / "tests" / "check_wheel.py")]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def copy(project: Path, to: Path) -> Path:
    """Return a copy of the project that a test may change."""
    return Path(shutil.copytree(project, to / "project"))


def replace(file: Path, old: str, new: str) -> None:
    """Change a file, in which that text has to be."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_agrees_passes(made: Made, tmp_path: Path) -> None:
    """A module that declares what it needs, in a wheel tagged for this interpreter, passes in silence."""
    install(made.declared, tmp_path, BETA)
    assert check(made.project, tmp_path) == (0, "")


@free_threaded
@pytest.mark.parametrize("setting", [{}, {"PYTHON_GIL": "0"}], ids=["as it is", "GIL forced off"])
def test_a_module_that_declares_nothing(made: Made, tmp_path: Path, setting: dict[str, str]) -> None:
    """A module that turns the GIL on fails, and the interpreter's own words say why; no variable hides it."""
    install(made.undeclared, tmp_path)
    code, said = check(made.project, tmp_path, **setting)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("Shared-Numbers 0.1.0: importing shared_numbers._core failed: RuntimeWarning: The global")


def test_a_module_that_is_not_there(made: Made, tmp_path: Path) -> None:
    """A package without its extension fails."""
    install(made.declared, tmp_path, suffix=".elsewhere")
    code, said = check(made.project, tmp_path)
    assert (code, "ModuleNotFoundError" in said) == (1, True)


def test_a_wheel_for_another_version(made: Made, tmp_path: Path) -> None:
    """A tag that promises another version than the file is for fails, and both are named."""
    install(made.declared, tmp_path, tag="cp313-cp313-linux_x86_64")
    code, said = check(made.project, tmp_path)
    assert code == 1
    assert f"its tag is cp313-cp313-linux_x86_64, its file _core{OWN_SUFFIX}" in said


@free_threaded
def test_a_stable_abi_that_is_not_for_free_threading(made: Made, tmp_path: Path) -> None:
    """3.14t loads a file that says .abi3.so, which is for GIL-enabled builds only; the check does not let it pass."""
    install(made.declared, tmp_path, tag="cp312-abi3-linux_x86_64", suffix=".abi3.so")
    code, said = check(made.project, tmp_path)
    assert (code, "for cp314t, one of the two is wrong" in said) == (1, True)


@gil_enabled
def test_the_stable_abi(made: Made, tmp_path: Path) -> None:
    """A wheel of the stable ABI whose file says so too passes; one of the two alone does not."""
    abi3 = "cp312-abi3-manylinux_2_28_x86_64"
    for number, (tag, suffix, code) in enumerate(
        [(abi3, ".abi3.so", 0), (abi3, OWN_SUFFIX, 1), (OWN_TAG, ".abi3.so", 1)]
    ):
        install(made.declared, tmp_path / str(number), tag=tag, suffix=suffix)
        assert check(made.project, tmp_path / str(number))[0] == code


def test_nothing_is_installed(made: Made, tmp_path: Path) -> None:
    """Where there is nothing to look at, the exit code is another one, and the next step is named."""
    code, said = check(made.project, tmp_path)
    assert (code, said) == (2, f"Shared-Numbers is not installed for {sys.executable}: install a wheel of it first\n")


def test_nothing_that_was_a_wheel_is_installed(made: Made, tmp_path: Path) -> None:
    """What was installed in another way has no tag, and that is said."""
    install(made.declared, tmp_path)
    (tmp_path / "shared_numbers-0.1.0.dist-info" / "WHEEL").unlink()
    code, said = check(made.project, tmp_path)
    assert (code, "was not installed from a wheel" in said) == (2, True)


def test_a_claim_beyond_what_is_shown(made: Made, tmp_path: Path) -> None:
    """Resilient is never shown by running things, and no project can claim two levels."""
    install(made.declared, tmp_path / "one", RESILIENT)
    code, said = check(made.project, tmp_path / "one")
    assert (code, "it claims Free Threading :: 4 - Resilient, and shows " in said) == (1, True)
    install(made.declared, tmp_path / "two", "1 - Unstable", BETA)
    code, said = check(made.project, tmp_path / "two")
    assert (code, "it claims 2 levels of free threading" in said) == (1, True)


@pytest.mark.parametrize(
    ("file", "shown", "gone"),
    [("pyproject.toml", "--parallel-threads=4", "--parallel-threads=1"), ("tests/test_racy_twin.py", "", "")],
)
def test_beta_needs_tests_in_threads_that_can_fail(
    made: Made, tmp_path: Path, file: str, shown: str, gone: str
) -> None:
    """Without tests in parallel threads, or without the racy twin, nothing is shown that Beta could stand on."""
    project = copy(made.project, tmp_path)
    install(made.declared, tmp_path / "site", BETA)
    assert check(project, tmp_path / "site") == (0, "")
    if shown:
        replace(project / file, shown, gone)
    else:
        (project / file).unlink()
    code, said = check(project, tmp_path / "site")
    assert (code, "it claims Free Threading :: 2 - Beta, and shows 1 - Unstable" in said) == (1, True)


def test_stable_needs_a_race_detector(made: Made, tmp_path: Path) -> None:
    """Stable can be claimed with a race-detection job in CI, and cannot without."""
    project = copy(made.project, tmp_path)
    ci = project / ".github" / "workflows" / "ci.yml"
    ci.write_text(ci.read_text(encoding="utf-8").replace("\n  race:\n", "\n  other:\n"), encoding="utf-8")
    install(made.declared, tmp_path / "site", STABLE)
    code, said = check(project, tmp_path / "site")
    assert (code, "it claims Free Threading :: 3 - Stable, and shows 2 - Beta" in said) == (1, True)
    ci.write_text(ci.read_text(encoding="utf-8") + RACE, encoding="utf-8")
    assert check(project, tmp_path / "site") == (0, "")


def test_an_sdist_has_no_workflows(made: Made, tmp_path: Path) -> None:
    """Whoever tests an sdist does not have the workflows, and is not asked for them; the tests are there."""
    project = copy(made.project, tmp_path)
    shutil.rmtree(project / ".github")
    install(made.declared, tmp_path / "site", STABLE)
    assert check(project, tmp_path / "site") == (0, "")
    (project / "tests" / "test_racy_twin.py").unlink()
    assert check(project, tmp_path / "site")[0] == 1
