"""What the template's tools make of it: the same project, whichever is used, and never in place of another one."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.template.projects import Project
from tests.template.record import WAITING_DEADLINE, Step
from tests.template.rendered import BINDINGS, ROOT, by_cookiecutter, by_copier, template
from tests.workflows import Workflows

pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have the tools"),
    pytest.mark.timeout(2 * WAITING_DEADLINE),
]

ANSWERS_FILE = ".copier-answers.yml"
OTHER_NAME = "Many.Parts-of_it"

every_project = pytest.mark.parametrize(
    "project",
    [*map(Project, BINDINGS), Project(BINDINGS[0], OTHER_NAME)],
    ids=lambda made: f"{made.binding}-{made.name}",
)


def contents(tree: Path) -> dict[str, bytes]:
    """Return what each file of a project has in it."""
    return {file.relative_to(tree).as_posix(): file.read_bytes() for file in tree.rglob("*") if file.is_file()}


def copied(project: Project) -> Path:
    """Return the project as copier renders it."""

    def work(step: Step) -> Path:
        return by_copier(step, template(step.folder / "template"), step.folder, project.answers)

    return project.records.once("copied", work) / project.name


@every_project
def test_cookiecutter_and_copier_make_the_same(project: Project) -> None:
    """Both tools make the same files with the same content, but for the one that copier finds its answers in."""
    one, other = contents(project.tree()), contents(copied(project))
    assert ANSWERS_FILE not in one
    assert b"name: " + project.name.encode() in other.pop(ANSWERS_FILE)
    assert one == other


@every_project
def test_nothing_of_the_template_is_left(project: Project) -> None:
    """No file's name or content has anything that is for the template's tools to read."""
    for name, content in contents(project.tree()).items():
        assert "cookiecutter" not in name
        for mark in (b"cookiecutter", b"{%", b"{#"):
            assert mark not in content, name


def test_the_tools_ask_the_same_questions() -> None:
    """Both tools ask the same questions in the same order, with the same words, choices and defaults."""
    asked = json.loads((ROOT / "template" / "cookiecutter.json").read_text(encoding="utf-8"))
    prompts = asked.pop("__prompts__")
    questions = {name: default for name, default in asked.items() if not name.startswith("_")}
    copier = {name: said for name, said in Workflows(ROOT).load("copier.yml").items() if "help" in said}
    assert list(copier) == list(questions)
    assert len(questions) <= 5
    for name, question in copier.items():
        if "choices" in question:
            words = dict(prompts[name])
            assert question["help"] == words.pop("__prompt__")
            assert question["choices"] == {text: value for value, text in words.items()}
            assert list(question["choices"].values()) == questions[name]
        else:
            assert question["help"] == prompts[name]
            assert question["default"] == questions[name].replace("cookiecutter.", "")


def changed(made: Project, folder: Path) -> Path:
    """Return a project in a folder that its author has changed."""
    project = Path(shutil.copytree(made.tree(), folder / made.name))
    (project / "README.md").write_text("mine\n", encoding="utf-8")
    (project / "notes").write_text("mine too\n", encoding="utf-8")
    (project / "LICENSE").unlink()
    return project


def test_cookiecutter_leaves_an_existing_folder_alone(tmp_path: Path) -> None:
    """Cookiecutter refuses to write into a folder that exists, says so, and changes nothing in it."""
    step, made = Step(tmp_path), Project("c")
    project = changed(made, tmp_path)
    before = contents(project)
    by_cookiecutter(step, tmp_path, made.answers, code=1)
    assert f'"{project}" directory already exists' in " ".join(step.log.split())
    assert contents(project) == before


def test_copier_asks_before_it_replaces_a_file(tmp_path: Path) -> None:
    """Copier, which can write into a folder that exists, replaces no file without being told to."""
    step, made = Step(tmp_path), Project("c")
    project = changed(made, tmp_path)
    before = contents(project)
    by_copier(step, template(tmp_path / "template"), tmp_path, made.answers, code=1)
    assert "conflict" in step.log
    assert "Interactive session required" in step.log
    assert before.items() <= contents(project).items()
