"""A change of the template reaches a project that has changed too, by each of the tools that know how."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.template.projects import RECORDS, Project
from tests.template.record import WAITING_DEADLINE, Records, Step
from tests.template.rendered import BINDINGS, TREE, by_copier, git, own_settings, template
from tests.workflows import Workflows

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the tools are tested, and not git on another system"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have the tools"),
    pytest.mark.timeout(2 * WAITING_DEADLINE),
]

PROJECT = Project(BINDINGS[0])
SOURCE = "src/_core.cpp"
# What the author changes, and what the template: in the same files, and once in the same line.
AUTHORS = [
    ("README.md", "## Releasing", "## History\n\nIt began as an example.\n\n## Releasing"),
    (SOURCE, "there are no samples", "there is nothing to resample"),
    ("pyproject.toml", "timeout = 120", "timeout = 60"),
]
TEMPLATES = [
    (f"template/{TREE}/README.md", "## Working on it", "## Development"),
    (f"template/templates/{BINDINGS[0]}/_core.cpp", "rounds must be at least 2", "rounds must be two or more"),
    (f"template/{TREE}/pyproject.toml", "timeout = 120", "timeout = 240"),
]


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Change a file, in which the text has to be."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def commit(step: Step, folder: Path, message: str) -> None:
    """Commit everything in the folder."""
    git(step, folder, "add", "--all")
    git(step, folder, "commit", "--quiet", f"--message={message}")


def release(step: Step, folder: Path, version: str) -> None:
    """Commit the template, and tag it with a version."""
    commit(step, folder, version)
    git(step, folder, "tag", version)


def cruft(step: Step, project: Path, command: str, *arguments: str, code: int = 0) -> None:
    """Run one of cruft's commands where the project is, or will be."""
    step.run(sys.executable, "-m", "cruft", command, *arguments, cwd=project, code=code, environment=own_settings(step))


def make_by_cruft(step: Step, source: Path) -> Path:
    """Make a project that cruft can update."""
    answers = ["--no-input", "--extra-context", json.dumps(PROJECT.answers)]
    cruft(step, step.folder, "create", str(source), "--directory", "template", *answers)
    return step.folder / PROJECT.name


def make_by_copier(step: Step, source: Path) -> Path:
    """Make a project that copier can update."""
    return by_copier(step, source, step.folder, PROJECT.answers)


def update_by_cruft(step: Step, project: Path) -> None:
    """Update it, and see cruft say that it was old before and is not any more."""
    cruft(step, project, "check", code=1)
    cruft(step, project, "update", "--skip-apply-ask")
    cruft(step, project, "check")


def update_by_copier(step: Step, project: Path) -> None:
    """Update it."""
    command = [sys.executable, "-m", "copier", "update", "--defaults"]
    step.run(*command, cwd=project, environment=own_settings(step))


TOOLS: dict[str, tuple[Callable[[Step, Path], Path], Callable[[Step, Path], None]]] = {
    "cruft": (make_by_cruft, update_by_cruft),
    "copier": (make_by_copier, update_by_copier),
}

by_each_tool = pytest.mark.parametrize("tool", TOOLS)


def updated(tool: str) -> Path:
    """Return a project that its author changed and the tool then updated."""
    make, update = TOOLS[tool]

    def work(step: Step) -> None:
        source = template(step.folder / "template repository")
        git(step, source, "init", "--quiet")
        release(step, source, "v0.1.0")
        project = make(step, source)
        git(step, project, "init", "--quiet")
        commit(step, project, "As the template made it")
        for file, old, new in AUTHORS:
            change(project, file, old, new)
        (project / "HISTORY.md").write_text("It began as an example.\n", encoding="utf-8")
        commit(step, project, "What its author changed")
        for file, old, new in TEMPLATES:
            change(source, file, old, new)
        (source / "template" / TREE / "NEWS.md").write_text("{{ cookiecutter.name }} has news.\n", encoding="utf-8")
        release(step, source, "v0.2.0")
        update(step, project)

    return Records(RECORDS / "updates").once(tool, work) / PROJECT.name


@by_each_tool
def test_both_changes_are_there(tool: str) -> None:
    """In a file that both changed, both changes are there; files that one of them added are, too."""
    project = updated(tool)
    for (file, old, mine), (_, old_too, theirs) in zip(AUTHORS[:2], TEMPLATES[:2], strict=True):
        text = (project / file).read_text(encoding="utf-8")
        assert (mine in text, theirs in text, old_too in text) == (True, True, False)
        assert old in mine or old not in text
    assert (project / "HISTORY.md").read_text(encoding="utf-8") == "It began as an example.\n"
    assert (project / "NEWS.md").read_text(encoding="utf-8") == f"{PROJECT.name} has news.\n"


@by_each_tool
def test_a_line_that_both_changed_is_a_conflict(tool: str) -> None:
    """Where both changed the same line, both versions stand in the file, marked as git marks them."""
    text = (updated(tool) / "pyproject.toml").read_text(encoding="utf-8")
    conflict = text[text.index("\n<<<<<<< ") : text.index("\n>>>>>>> ")]
    assert [line for line in conflict.splitlines() if line.startswith("timeout")] == ["timeout = 60", "timeout = 240"]


@by_each_tool
def test_nothing_else_has_changed(tool: str) -> None:
    """What neither changed is as it was; no file is left over from the update."""
    project, tree = updated(tool), PROJECT.tree()
    known = {file for file, _, _ in AUTHORS} | {"HISTORY.md", "NEWS.md", ".cruft.json", ".copier-answers.yml"}
    found = {str(file.relative_to(project)) for file in project.rglob("*") if file.is_file()}
    found = {file for file in found if not file.startswith(".git/")}
    made = {str(file.relative_to(tree)) for file in tree.rglob("*") if file.is_file()}
    assert found - known == made - known
    assert {file for file in made - known if (tree / file).read_bytes() != (project / file).read_bytes()} == set()


def test_cruft_keeps_the_answers() -> None:
    """After an update the project knows what its author answered; that no answer came from a default."""
    known = json.loads((updated("cruft") / ".cruft.json").read_text(encoding="utf-8"))
    assert PROJECT.answers.items() <= known["context"]["cookiecutter"].items()
    assert known["directory"] == "template"


def test_copier_keeps_the_answers() -> None:
    """After an update the project knows what its author answered, and which version it is of."""
    known = Workflows(updated("copier")).load(".copier-answers.yml")
    assert PROJECT.answers.items() <= known.items()
    assert known["_commit"] == "v0.2.0"
    assert {name for name in known if not name.startswith("_")} == {
        *PROJECT.answers,
        "repository",
        "summary",
        "version",
    }


def test_a_project_that_cookiecutter_made_can_be_linked() -> None:
    """Cruft takes over a project that it did not make, and then says that nothing differs."""

    def work(step: Step) -> None:
        source = template(step.folder / "template repository")
        git(step, source, "init", "--quiet")
        release(step, source, "v0.1.0")
        project = step.folder / PROJECT.name
        step.run("cp", "-R", PROJECT.tree(), project)
        git(step, project, "init", "--quiet")
        commit(step, project, "As the template made it")
        answers = ["--no-input", "--extra-context", json.dumps(PROJECT.answers)]
        cruft(step, project, "link", str(source), "--directory", "template", *answers)
        cruft(step, project, "check")
        cruft(step, project, "diff", "--exit-code")

    Records(RECORDS / "updates").once("link", work)
