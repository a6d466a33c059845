"""``ungil port``: its words, its files, its exit codes. Nothing is built here: the stages have tests of their own."""

import json
from pathlib import Path

import pytest
from tests.cli.running import ungil
from tests.port.roads import project

pytest.importorskip("cattrs")


def test_findings_exit_with_1(tmp_path: Path) -> None:
    """The stages as they went, the verdict, the most serious findings, and where the report is."""
    project(tmp_path / "spam")
    done = ungil(tmp_path, "port", "spam", "--until", "fix")
    assert (done.returncode, done.stderr) == (1, "")
    assert "  audit    done" in done.stdout
    assert "--until fix ends the road before it." in done.stdout
    assert "spam: findings stand against it" in done.stdout
    assert "Repaired in the patch: strong-list-item." in done.stdout
    assert "Report: .ungil/port/spam/report.html" in done.stdout
    folder = tmp_path / ".ungil" / "port" / "spam"
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert "borrowed-list-item" in (folder / "report.md").read_text()
    assert json.loads((folder / "evidence.json").read_text())["evidence"]["version"] == "1.2"
    assert (folder / "fixes.patch").read_text().startswith("--- a/spam.c\n")
    assert sorted(path.name for path in (tmp_path / "spam").iterdir()) == ["pyproject.toml", "spam.c"]
    again = ungil(tmp_path, "port", "spam", "--until", "fix")
    assert again.returncode == 1
    assert again.stdout.count("kept") == 2


DECLARED = """\
#include <Python.h>
static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, methods, slots};
PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&module);
}
"""


def test_nothing_found_exits_with_0(tmp_path: Path) -> None:
    """In a project that declares, and has nothing that the audit finds: that is little, and said to be."""
    project(tmp_path / "spam", DECLARED)
    done = ungil(tmp_path, "port", "spam", "--until", "audit")
    assert done.returncode == 0, done.stdout
    assert "spam: too little was tried to say" in done.stdout


def test_each_format_goes_where_it_is_wanted(tmp_path: Path) -> None:
    """With JSON on standard output, how the stages went is told beside it."""
    project(tmp_path / "spam")
    given = ("--until", "audit", "--format", "json", "--format", "markdown=out.md", "--folder", "kept")
    done = ungil(tmp_path, "port", "spam", *given)
    assert done.returncode == 1
    assert json.loads(done.stdout)["evidence"]["project"] == "spam"
    assert "  audit    done" in done.stderr
    assert "borrowed-list-item" in (tmp_path / "out.md").read_text()
    assert (tmp_path / "kept" / "report.html").exists()
    assert not (tmp_path / ".ungil").exists()


def test_where_nothing_can_be_written_the_cache_is_used(tmp_path: Path) -> None:
    """And that is said; a folder that was named has to be one."""
    project(tmp_path / "spam")
    (tmp_path / ".ungil").write_text("in the way")
    done = ungil(tmp_path, "port", "spam", "--until", "audit")
    assert done.returncode == 1
    assert "Nothing can be written here, so everything is kept in" in done.stderr
    named = ungil(tmp_path, "port", "spam", "--until", "audit", "--folder", ".ungil")
    assert (named.returncode, named.stdout) == (2, "")
    assert "Name another folder: --folder FOLDER" in named.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is nothing at 'nowhere'."),
        (["letters"], "There is neither C, C++, Cython or Python source nor a Python project in"),
        (["spam", "--budget", "0"], "'0' is no number of seconds from 1 on"),
        (["spam", "--until", "lunch"], "invalid choice: 'lunch'"),
        (["spam", "--select", "no-such-rule"], "no-such-rule"),
        (["spam", "--format", "sarif"], "there is no format 'sarif'"),
    ],
)
def test_what_cannot_be_done_exits_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Nothing on standard output, and one message."""
    project(tmp_path / "spam")
    (tmp_path / "letters").mkdir(exist_ok=True)
    (tmp_path / "letters" / "letter.txt").write_text("Dear maintainer\n")
    done = ungil(tmp_path, "port", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
