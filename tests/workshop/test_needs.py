"""What a project's tests need is read from whatever says it, and nothing of the project is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ungil import workshop
from ungil.workshop import Needs

TEST = "import pytest, spam\ndef test(): pass\n"


def needs(folder: Path, files: dict[str, str]) -> Needs:
    """Of a project of these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return workshop.tests_of(folder)


@pytest.mark.parametrize(
    ("name", "text", "found_in"),
    [
        ("pyproject.toml", "[dependency-groups]\ntest = ['trio>=1', 'ruff']", "[dependency-groups] test"),
        ("pyproject.toml", "[project.optional-dependencies]\ntesting = ['trio>=1']", "extra testing"),
        ("setup.cfg", "[options.extras_require]\ntest =\n    trio>=1\n    pytest-cov", "extra test"),
        ("requirements-test.txt", "-r other.txt\ntrio>=1  # why\n-e .", "requirements-test.txt"),
        ("requirements/test.in.txt", "trio>=1 --hash=sha256:00", "requirements/test.in.txt"),
        ("tox.ini", "[testenv]\ndeps =\n    py314: trio>=1\n    pytest", "tox.ini"),
    ],
)
def test_requirements(tmp_path: Path, name: str, text: str, found_in: str) -> None:
    """Groups, extras, files of requirements and tox.ini are read, without linters and pytest itself."""
    found = needs(tmp_path, {"tests/test_spam.py": TEST, name: text})
    assert found.requirements == ("trio>=1",)
    assert found.found_in == (found_in,)


def test_of_a_group_for_all_of_development_what_tests_import_is_taken(tmp_path: Path) -> None:
    """The rest of such a group is for other work."""
    text = "[dependency-groups]\ndev = ['trio', 'sphinx', 'psutil']"
    found = needs(tmp_path, {"tests/test_spam.py": "import psutil", "pyproject.toml": text})
    assert found.requirements == ("psutil",)


def test_what_tests_import_and_nobody_names(tmp_path: Path) -> None:
    """A well-known package is taken; another name is not guessed, since anybody can register one."""
    found = needs(tmp_path, {"tests/test_spam.py": "import hypothesis, speculative, yaml, os"})
    assert found.requirements == ("hypothesis", "PyYAML")
    assert found.found_in == ("imports of the tests",)


def test_an_extra_may_ask_for_others(tmp_path: Path) -> None:
    """``project[more]`` is what the extra of that name asks for; a circle of them ends."""
    text = "[project]\nname='a-b'\n[project.optional-dependencies]\ntest=['A_b[more]']\nmore=['trio', 'a-b[test]']"
    assert needs(tmp_path, {"tests/test_a.py": "", "pyproject.toml": text}).requirements == ("trio",)


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        ({"tests/test_a.py": ""}, ("tests",)),
        ({"t/test_a.py": "", "docs/test_b.py": ""}, ("t",)),
        ({"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['checks']", "checks/test_a.py": ""}, ("checks",)),
        ({"pytest.ini": "[pytest]\ntestpaths = a b", "a/test_a.py": "", "b/test_b.py": ""}, ("a", "b")),
        ({"spam/__init__.py": "", "spam/tests/test_a.py": ""}, ("spam/tests",)),
        ({"src/spam/__init__.py": "", "src/spam/tests/test_a.py": ""}, ("src/spam/tests",)),
        ({"spam/__init__.py": "", "spam/test_spam.py": ""}, ("spam/test_spam.py",)),
        ({"test_a.py": "", "setup.py": ""}, ("test_a.py",)),
        ({"spam/__init__.py": ""}, ()),
    ],
)
def test_paths(tmp_path: Path, files: dict[str, str], paths: tuple[str, ...]) -> None:
    """Where pytest's settings say; else where tests usually are."""
    assert needs(tmp_path, files).paths == paths


@pytest.mark.parametrize(
    ("files", "runner"),
    [
        ({"tests/test_a.py": "import unittest"}, "unittest"),
        ({"tests/test_a.py": "import pytest, unittest"}, "pytest"),
        ({"tests/test_a.py": "def test(): pass"}, "pytest"),
        ({"tests/test_a.py": "", "pytest.ini": "[pytest]\naddopts = -ra"}, "pytest"),
        ({}, ""),
    ],
)
def test_runner(tmp_path: Path, files: dict[str, str], runner: str) -> None:
    """It is pytest if anything speaks of it, or nothing of unittest."""
    assert needs(tmp_path, files).runner == runner


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini"])
def test_a_damaged_file_says_nothing(tmp_path: Path, name: str) -> None:
    """It keeps nobody from the tests."""
    assert needs(tmp_path, {"tests/test_a.py": "def", name: "[tool\0["}).paths == ("tests",)
