"""A session in which the GIL is on, came on, or is hidden is never reported as passed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.stress.sessions import OURS, PASSES, run_pytest

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
free_threaded_only = pytest.mark.skipif(not FREE_THREADED, reason="the GIL is always on in a GIL-enabled build")

UNDECLARED = """
#include <Python.h>
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "undeclared", NULL, 0, NULL};
PyMODINIT_FUNC PyInit_undeclared(void) { return PyModuleDef_Init(&definition); }
"""
IMPORTS_IN_A_TEST = """
def test_before(): pass
def test_imports(): import undeclared
def test_after(): pass
"""


@pytest.fixture(scope="module")
def undeclared(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The option that lets a session import an extension module that does not declare Py_mod_gil."""
    if sys.platform == "win32":
        pytest.skip("Windows does not tell the interpreter's compiler and its options")
    folder = tmp_path_factory.mktemp("extension")
    (folder / "undeclared.c").write_text(UNDECLARED)
    command = [
        *shlex.split(sysconfig.get_config_var("CC")),
        *("-shared", "-fPIC", f"-I{sysconfig.get_path('include')}"),
        *(["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []),
        *("undeclared.c", "-o", f"undeclared{sysconfig.get_config_var('EXT_SUFFIX')}"),
    ]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return f"--override-ini=pythonpath={folder}"


@free_threaded_only
@pytest.mark.parametrize("filtered", ["-Wignore::RuntimeWarning", "-pno:warnings"])
def test_the_test_that_turned_the_gil_on(tmp_path: Path, undeclared: str, filtered: str) -> None:
    """It fails, with the module named, and the session stops; upstream passes if the warning is filtered."""
    files = {"test_it.py": IMPORTS_IN_A_TEST}
    assert run_pytest(tmp_path, files, undeclared, filtered, plugin=()).code == 0
    session = run_pytest(tmp_path, files, undeclared, filtered)
    assert session.code == 1
    assert session.outcomes == {"test_it.py::test_before": "passed", "test_it.py::test_imports": "failed"}
    assert "The GIL came on during test_it.py::test_imports (call)" in session.output
    assert "Extension modules imported meanwhile: undeclared." in session.output
    assert "1 collected and not run" in session.output


@free_threaded_only
def test_one_thread(tmp_path: Path, undeclared: str) -> None:
    """The GIL is watched in a serial session too, where upstream does not look."""
    files, serial = {"test_it.py": IMPORTS_IN_A_TEST}, "--parallel-threads=1"
    assert run_pytest(tmp_path, files, undeclared, serial, plugin=()).code == 0
    assert run_pytest(tmp_path, files, undeclared, serial).code == 1


@free_threaded_only
@pytest.mark.parametrize(
    ("file", "text", "code", "when"),
    [
        ("test_other.py", "import undeclared", 2, "during the collection of test_other.py"),
        ("conftest.py", "import undeclared", 4, "before the first test was collected"),
        ("conftest.py", "def pytest_sessionfinish(): import undeclared", 1, "after the last test"),
        (
            "test_other.py",
            "def test():\n    import undeclared, pytest\n    pytest.skip('no')",
            1,
            "test_other.py::test (call)",
        ),
    ],
    ids=["collection", "conftest", "end", "skipped_test"],
)
def test_when_the_gil_came_on(  # noqa: PLR0913, PLR0917 - one row of the table above each
    tmp_path: Path, undeclared: str, file: str, text: str, code: int, when: str
) -> None:
    """Whenever the GIL comes on, the session does not pass, and says when and by which module."""
    session = run_pytest(tmp_path, {"test_it.py": PASSES, file: text}, undeclared, "-Wignore::RuntimeWarning")
    assert session.code == code
    assert when in session.output
    assert re.search(r"Extension modules imported meanwhile: .*\bundeclared\b", session.output)


@free_threaded_only
@pytest.mark.parametrize(("gil", "said"), [("0", "keeps the GIL off"), ("1", "keeps the GIL on")])
def test_forced_gil(tmp_path: Path, gil: str, said: str) -> None:
    """PYTHON_GIL is a usage error: 1 makes threads take turns, 0 hides a module that would; upstream passes both."""
    assert run_pytest(tmp_path, {"test_it.py": PASSES}, plugin=(), gil=gil).code == 0
    session = run_pytest(tmp_path, {"test_it.py": PASSES}, gil=gil)
    assert session.code == 4
    assert said in session.output
    assert not session.outcomes


@pytest.mark.skipif(FREE_THREADED, reason="about GIL-enabled builds")
def test_gil_enabled_build(tmp_path: Path) -> None:
    """A GIL-enabled build is refused, unless --allow-gil-build, and then the report says what build it was."""
    refused = run_pytest(tmp_path, {"test_it.py": PASSES}, plugin=OURS)
    assert refused.code == 4
    assert "--allow-gil-build" in refused.output
    allowed = run_pytest(tmp_path, {"test_it.py": PASSES})
    assert allowed.code == 0
    assert "= ungil: GIL-enabled build =" in allowed.output
