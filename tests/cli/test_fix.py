"""``ungil fix``: what it writes, what it shows, what it refuses, its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.cli.running import BORROWS, ungil
from tests.codemod.test_write import git

REPAIRED = BORROWS.replace("Py_XNewRef(PyList_GetItem(list, 0))", "PyList_GetItemRef(list, 0)")
FIELD = """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit(Shelf *self, PyObject *unused)
{
    self->hits++;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS}, {NULL}};
PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
"""


def a_project(folder: Path, code: str = BORROWS, oldest: str = "3.13") -> Path:
    """Makes a folder a project with one finding in src/x.c; returns that file."""
    (folder / "src").mkdir()
    (folder / "pyproject.toml").write_text(f'[project]\nname = "x"\nrequires-python = ">={oldest}"\n')
    (folder / "src" / "x.c").write_text(code)
    return folder / "src" / "x.c"


def test_the_files_are_written_and_what_was_done_is_told(tmp_path: Path) -> None:
    """The file is repaired in place; the exit code says that nothing is left, and a second run changes nothing."""
    file = a_project(tmp_path)
    done = ungil(tmp_path, "fix", ".")
    assert (done.returncode, file.read_text()) == (0, REPAIRED)
    assert "src/x.c:5:23: repaired: borrowed-list-item (UG101)" in done.stdout
    assert "Made 1 repair in 1 file. Of 1 finding, notes included, 0 are left." in done.stdout
    again = ungil(tmp_path, "fix", ".")
    assert (again.returncode, file.read_text()) == (0, REPAIRED)
    assert "Nothing was repaired." in again.stdout


def test_a_patch_is_printed_and_nothing_written(tmp_path: Path) -> None:
    """With --diff standard output is a patch and no more, which git applies; the exit code says that there is one."""
    file = a_project(tmp_path)
    done = ungil(tmp_path, "fix", ".", "--diff")
    assert (done.returncode, file.read_text()) == (1, BORROWS)
    assert "Would make 1 repair in 1 file." in done.stderr
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.stdout, text=True, check=True, timeout=60)
    assert file.read_text() == REPAIRED


def test_the_oldest_python_is_the_projects_or_the_one_that_is_named(tmp_path: Path) -> None:
    """What older versions lack is written where requires-python, or --min-python, asks for it."""
    file = a_project(tmp_path, oldest="3.10")
    assert "PY_VERSION_HEX < 0x030D0000" in ungil(tmp_path, "fix", ".", "--diff").stdout
    assert "PY_VERSION_HEX" not in ungil(tmp_path, "fix", ".", "--diff", "--min-python", "3.13").stdout
    assert file.read_text() == BORROWS


def test_a_repair_that_needs_a_look_is_made_on_request(tmp_path: Path) -> None:
    """Without --unsafe-fixes it is left, and who would make it is said; with it, what to look at is."""
    file = a_project(tmp_path, FIELD)
    left = ungil(tmp_path, "fix", ".")
    assert (left.returncode, file.read_text()) == (1, FIELD)
    assert "--unsafe-fixes repairs it: the methods of a type hold a critical section" in left.stdout
    made = ungil(tmp_path, "fix", ".", "--unsafe-fixes")
    assert made.returncode == 0
    assert "check: every other use of the fields needs the same lock" in made.stdout
    assert "hit_lock_held" in file.read_text()


def test_a_decision_is_said_where_one_is_needed(tmp_path: Path) -> None:
    """What is left says what to decide."""
    code = BORROWS.replace(
        "return Py_XNewRef(PyList_GetItem(list, 0))", "PyObject *x = PyList_GetItem(list, 0);\n    return x"
    )
    a_project(tmp_path, code)
    done = ungil(tmp_path, "fix", ".", "--unsafe-fixes")
    assert done.returncode == 1
    assert "decide: the function hands out 'x' without a reference" in done.stdout


@pytest.mark.parametrize("options", [["--ignore", "UG101"], ["--select", "UG202"], ["--level", "error"]])
def test_rules_and_levels_choose_what_is_repaired(tmp_path: Path, options: list[str]) -> None:
    """What is not asked for stays, and counts for nothing."""
    file = a_project(tmp_path)
    done = ungil(tmp_path, "fix", ".", *options)
    assert (done.returncode, file.read_text()) == (0, BORROWS)


def test_the_settings_of_the_audit_hold(tmp_path: Path) -> None:
    """What pyproject.toml ignores is not repaired, unless it is left aside."""
    file = a_project(tmp_path)
    with (tmp_path / "pyproject.toml").open("a") as settings:
        settings.write('[tool.ungil.audit]\nignore = ["UG101"]\n')
    assert ungil(tmp_path, "fix", ".").returncode == 0
    assert file.read_text() == BORROWS
    assert ungil(tmp_path, "fix", ".", "--no-config").returncode == 0
    assert file.read_text() == REPAIRED


def test_a_dirty_tree_is_refused(tmp_path: Path) -> None:
    """What is not committed could not be told from the repairs: nothing is written, unless that is allowed."""
    file = a_project(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    file.write_text(BORROWS + "/* mine */\n")
    refused = ungil(tmp_path, "fix", ".")
    assert (refused.returncode, file.read_text()) == (2, BORROWS + "/* mine */\n")
    assert "'src/x.c'" in refused.stderr
    assert "--allow-dirty" in refused.stderr
    assert ungil(tmp_path, "fix", ".", "--diff").returncode == 1
    assert ungil(tmp_path, "fix", ".", "--allow-dirty").returncode == 0
    assert file.read_text() == REPAIRED + "/* mine */\n"


def test_one_file_is_repaired(tmp_path: Path) -> None:
    """A file that is named itself is written, and no other."""
    file = a_project(tmp_path)
    (tmp_path / "src" / "y.c").write_text(BORROWS)
    assert ungil(tmp_path, "fix", "src/x.c", "--min-python", "3.13").returncode == 0
    assert (file.read_text(), (tmp_path / "src" / "y.c").read_text()) == (REPAIRED, BORROWS)


def test_an_archive_is_shown_and_not_written(tmp_path: Path) -> None:
    """Of what cannot be written to, --diff shows the changes; without it, that is an error."""
    archive = tmp_path / "x-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as stream:
        entry = tarfile.TarInfo("x-1.0/x.c")
        entry.size = len(BORROWS)
        stream.addfile(entry, io.BytesIO(BORROWS.encode()))
    before = archive.read_bytes()
    refused = ungil(tmp_path, "fix", archive)
    assert refused.returncode == 2
    assert "--diff" in refused.stderr
    shown = ungil(tmp_path, "fix", archive, "--diff", "--min-python", "3.13")
    assert "+    return PyList_GetItemRef(list, 0);" in shown.stdout
    assert archive.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is nothing at 'nowhere'"),
        ([".", "--min-python", "2.7"], "'2.7' is no version"),
        ([".", "--min-python", "3.8"], "'3.8' is no version"),
        ([".", "--select", "UG1O1"], "there is no rule 'UG1O1'"),
    ],
)
def test_what_cannot_be_done_is_an_error(tmp_path: Path, arguments: list[str], said: str) -> None:
    """The error says what is wrong, the exit code is 2, and no file is changed."""
    file = a_project(tmp_path)
    done = ungil(tmp_path, "fix", *arguments)
    assert (done.returncode, done.stdout, file.read_text()) == (2, "", BORROWS)
    assert said in done.stderr


def test_the_report_can_be_read_by_programs(tmp_path: Path) -> None:
    """As JSON it names each repair with its place and fixer, and what is left."""
    a_project(tmp_path, BORROWS + FIELD.partition("\n")[2])
    report = json.loads(ungil(tmp_path, "fix", ".", "--format", "json").stdout)
    assert (report["version"], report["written"], report["files"]) == (1, True, ["src/x.c"])
    assert [(one["code"], one["fixer"], one["location"]["line"]) for one in report["repaired"]] == [
        ("UG101", "strong-list-item", 5)
    ]
    assert [(one["code"], one["unsafe_fixer"]) for one in report["left"]] == [("UG212", "locked-methods")]
    assert report["found"]["before"] - report["found"]["after"] == len(report["repaired"]) + len(report["gone"])
