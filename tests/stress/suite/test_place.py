"""Where tests run, nothing can be imported in place of what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ungil import workshop
from ungil.errors import TrialError
from ungil.stress.suite.model import Gil
from ungil.stress.suite.place import lay_out
from ungil.stress.suite.proof import Installed

SETTINGS = "[tool.pytest.ini_options]\naddopts = '-ra'\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write them."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def installed(site: Path, *files: str) -> Installed:
    """A package of which these files are installed."""
    write(site, dict.fromkeys(files, ""))
    return Installed(site, frozenset(files), Gil(proved=True))


@pytest.mark.parametrize("base", ["", "src/"])
def test_sources_do_not_shadow(tmp_path: Path, base: str) -> None:
    """The package in the project's folder is not copied; tests and their data are, and the folder is left alone."""
    source = tmp_path / "project"
    write(
        source,
        {f"{base}spam/__init__.py": "", "tests/test_spam.py": "", "tests/data.txt": "", "pyproject.toml": SETTINGS},
    )
    place = lay_out(
        source, workshop.tests_of(source), installed(tmp_path / "site", "spam/__init__.py"), tmp_path / "at", ()
    )
    assert not (place.cwd / base / "spam").exists()
    assert (place.cwd / "tests" / "data.txt").exists()
    assert (source / base / "spam").exists()
    assert place.arguments[-1] == "tests"
    assert place.cwd / "pyproject.toml" in place.arguments


def test_tests_inside_the_package(tmp_path: Path) -> None:
    """They run where the package is installed, and are laid there if its wheel has left them out."""
    source, site = tmp_path / "project", tmp_path / "site-packages"
    write(source, {"spam/__init__.py": "", "spam/tests/test_spam.py": "import spam"})
    place = lay_out(source, workshop.tests_of(source), installed(site, "spam/__init__.py"), tmp_path / "at", ())
    assert place.arguments[-1] == site / "spam" / "tests"
    assert (site / "spam" / "tests" / "test_spam.py").read_text() == "import spam"
    assert place.notes == ("Tests that the wheel leaves out were laid beside what is installed: spam/tests.",)
    told = f"{site}/spam/tests/test_spam.py::test"
    assert place.of_source(told) == "spam/tests/test_spam.py::test"


def test_named_tests(tmp_path: Path) -> None:
    """Files that the user names are run instead of those that were found."""
    source = tmp_path / "project"
    write(source, {"tests/test_a.py": "", "tests/test_b.py": ""})
    named = ("-x", "tests/test_a.py::test")
    place = lay_out(source, workshop.tests_of(source), installed(tmp_path / "site"), tmp_path / "at", named)
    assert place.arguments[-2:] == named


def test_a_word_is_no_file(tmp_path: Path) -> None:
    """What follows -k names no tests to run instead of those that were found, though a folder may have that name."""
    source = tmp_path / "project"
    write(source, {"tests/test_a.py": ""})
    place = lay_out(source, workshop.tests_of(source), installed(tmp_path / "site"), tmp_path / "at", ("-k", "tests"))
    assert place.arguments[-3:] == ("-k", "tests", "tests")


def test_no_tests(tmp_path: Path) -> None:
    """A project without tests is an error that says so."""
    source = tmp_path / "project"
    write(source, {"spam/__init__.py": ""})
    with pytest.raises(TrialError, match="There are no tests in 'project'"):
        lay_out(source, workshop.tests_of(source), installed(tmp_path / "site"), tmp_path / "at", ())
