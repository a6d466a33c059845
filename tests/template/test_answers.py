"""Answers that would not work: cookiecutter, copier and `ungil new` refuse the same ones, and say the same."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from keyword import kwlist
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from ruamel.yaml import YAML

pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have copier"),
    pytest.mark.timeout(600),  # eight projects are refused before the first test that looks at them
]

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template"
HOOK = runpy.run_path(str(TEMPLATE / "hooks" / "pre_gen_project.py"))
QUESTIONS: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "copier.yml").read_text(encoding="utf-8"))

WORK = {
    "name": ["fast-samples", "z", "Shared_Numbers", "a.b-c_d", "jsonx", "numpy2", "x" * 64, "my-json", "match"],
    "summary": [
        *("Samples", "it's <b> & 線 😀", 'A "quoted" \\d thing', "{ braces }", "50 % # off", "$HOME `x`", "x" * 512)
    ],
    "repository": ["https://github.com/me/it", "http://localhost:3000", "https://example.org/a?b=c&d=e#f"],
    "version": ["0.1.0", "1", "2026.11", "1.0a1", "1.0rc2", "1.0.post1", "1.0.dev3", "2!1.0b1.post2.dev3"],
}
WORK_NOT = {
    "name": [
        *("", " ", "two words", "-a", "a-", "a--b", "a-.b", "2fast", "naïve", "a\n", ".", "..", "../a", "/a", "a/b"),
        *("a\\b", "{{ a }}", "json", "JSON", "class", "test", "tests", "pytest.run-parallel", "Nanobind", "NUL"),
        *("com1", "x" * 65),
    ],
    "summary": [
        *("", " ", " a", "a ", "two\nlines", "two\u2028lines", "bell\a", "{{ 7 * 7 }}", "{% x %}", "{# x", "x" * 513)
    ],
    "repository": [
        *("", "github.com/me/it", "git@github.com:me/it", "ftp://example.org", "file:///it", "https://", "https://a b"),
        *('https://a/"', "https://a\\b", "https://a/{{ b }}", "https://me:secret@example.org/it"),
    ],
    "version": ["", "v1", "1.0-beta", "01", "1.0+local", "1.0 ", "1,0", "one", "1.0.post", "1..0"],
}
answers = pytest.mark.parametrize(
    ("question", "answer", "works"),
    [
        *((question, answer, True) for question, texts in WORK.items() for answer in texts),
        *((question, answer, False) for question, texts in WORK_NOT.items() for answer in texts),
    ],
)
# One for each question, for the tools themselves.
REFUSED = {"name": "../elsewhere", "summary": "two\nlines", "repository": "ftp://example.org", "version": "1.0-beta"}


def validated(question: str, answer: str) -> str:
    """What copier's validator says: the environment has the filters that copier's has."""
    from jinja2 import Environment  # noqa: PLC0415 - not in every environment

    environment = Environment(  # noqa: S701 - no page is made of this
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"], trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(QUESTIONS[question]["validator"]).render({question: answer}).strip()


@answers
def test_an_answer_is_refused_by_all_or_none(question: str, answer: str, works: bool) -> None:  # noqa: FBT001
    """The hook and copier's validator agree, and what is right they say in the same words."""
    said = HOOK["problems"]({question: answer})
    assert said == [] if works else [question] == [problem.partition(" ")[0] for problem in said]
    assert (validated(question, answer) != "") == bool(said)
    assert all(problem.endswith(f": {validated(question, answer)}") for problem in said)


def test_what_the_template_answers_itself_works() -> None:
    """The defaults are refused by nobody, and copier has the same ones."""
    asked: Mapping[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    defaults = {question: str(asked[question]) for question in HOOK["RULES"]}
    assert {question: QUESTIONS[question]["default"] for question in defaults} == {
        **defaults,
        "repository": defaults["repository"].replace("cookiecutter.", ""),
    }
    assert QUESTIONS["binding"]["default"] == asked["binding"][0]
    assert list(QUESTIONS["binding"]["choices"].values()) == asked["binding"]
    defaults["repository"] = defaults["repository"].replace("{{ cookiecutter.name }}", defaults["name"])
    assert HOOK["problems"](defaults) == []


def test_every_question_has_rules_or_choices() -> None:
    """What is asked is either chosen from a list or validated, by both."""
    asked: Mapping[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    questions = [question for question in asked if not question.startswith("_")]
    assert len(questions) <= 5
    assert {question for question in questions if not isinstance(asked[question], list)} == set(HOOK["RULES"])
    assert {question for question in questions if "validator" in QUESTIONS[question]} == set(HOOK["RULES"])


@pytest.mark.parametrize("version", WORK["version"])
def test_a_version_that_works_is_written_as_tools_write_it(version: str) -> None:
    """What is accepted is in its normal form, so that a tag can be compared with it."""
    assert str(Version(version)) == version


def test_no_name_hides_another_module() -> None:
    """No keyword, no module of this Python, and nothing that the project's own tests import can be a name."""
    (tests,) = TEMPLATE.glob("*cookiecutter*/tests")
    taken = {*kwlist, *sys.stdlib_module_names, *(file.stem for file in tests.glob("*.py"))} - {"True", "False", "None"}
    allowed = [name for name in taken if not name.startswith("_") and HOOK["problems"]({"name": name}) == []]
    assert allowed == []


def outcome(folder: Path, *command: str) -> tuple[int, str]:
    """Run a tool in a folder, with a home of its own; return its exit code, and what it said."""
    home = folder.parent / f"{folder.name}-home"
    home.mkdir()
    settings = os.environ | {"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, str, list[Path]]]:
    """What each tool said to each answer that would not work, and what it left in the folder and in the one above."""
    template = tmp_path_factory.mktemp("template")
    shutil.copytree(TEMPLATE, template / "template")
    shutil.copy(ROOT / "copier.yml", template)
    said = {}
    for question, answer in REFUSED.items():
        above = tmp_path_factory.mktemp(question)
        cookies, copies = above / "cookiecutter", above / "copier"
        cookies.mkdir()
        copies.mkdir()
        cookiecutter = ("cookiecutter", str(TEMPLATE), "--no-input", f"{question}={answer}")
        code, text = outcome(cookies, *cookiecutter)
        said["cookiecutter", question] = (code, text, list(cookies.iterdir()))
        copier = ("copier", "copy", "--defaults", f"--data={question}={answer}", str(template), "project")
        code, text = outcome(copies, *copier)
        said["copier", question] = (code, text, list(copies.iterdir()))
        assert {path.name for path in above.iterdir()} == {
            *("cookiecutter", "copier", "cookiecutter-home", "copier-home")
        }
    return said


@pytest.mark.parametrize("question", REFUSED)
@pytest.mark.parametrize("tool", ["cookiecutter", "copier"])
def test_the_tools_themselves_leave_nothing(
    outcomes: dict[tuple[str, str], tuple[int, str, list[Path]]], tool: str, question: str
) -> None:
    """An answer that would not work ends the tool with an error that says what is right, and nothing is left."""
    code, said, left = outcomes[tool, question]
    (problem,) = HOOK["problems"]({question: REFUSED[question]})
    assert code != 0
    assert problem.partition(": ")[2] in said
    assert left == []
