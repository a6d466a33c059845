"""What a generated project's configuration says: its workflows, its wheels, its linters' settings."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from tests.build_identifiers import SHIPPED, build_identifiers
from tests.template.lines import AUDITOR
from tests.template.projects import Project
from tests.template.record import WAITING_DEADLINE, Step
from tests.template.rendered import BINDINGS, ROOT
from tests.workflows import RUNNER_OF, Workflows

pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have cookiecutter"),
    pytest.mark.timeout(2 * WAITING_DEADLINE),  # another run of the tests may be building the same projects
]

OWN = Workflows(ROOT)
TOOLS = Path(sysconfig.get_path("scripts"))
# The order of imports and the length of a line must not depend on what a project is called.
SHORT, LONG = "z", "name-that-is-about-as-long-as-they-come"
# For each binding the Pythons that wheels are built on: one for the stable ABI, or each.
LIMITED = {"cp312", "cp314t", "cp315t"}
EACH = {"cp312", "cp313", "cp314", "cp314t", "cp315", "cp315t"}
PYTHONS = {"c": LIMITED, "cython": LIMITED, "nanobind": LIMITED, "pybind11": EACH}
ARCHITECTURES = {"linux": "x86_64,aarch64", "macos": "x86_64,arm64", "windows": "AMD64,ARM64"}

every_binding = pytest.mark.parametrize("binding", BINDINGS)
with_linters = pytest.mark.skipif(not list(TOOLS.glob("zizmor*")), reason="the linters are in another environment")


@pytest.fixture(scope="session")
def trees() -> dict[str, Path]:
    """Render a project for each binding."""
    return {binding: Project(binding, LONG).tree() for binding in BINDINGS}


def tool(tree: Path, name: str, *arguments: str) -> None:
    """Run one of the linters; whatever it says is an error."""
    done = subprocess.run(
        [TOOLS / name, *arguments], cwd=tree, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@with_linters
@every_binding
def test_workflows_have_nothing_that_an_attacker_could_use(trees: dict[str, Path], binding: str) -> None:
    """Zizmor finds nothing, at its most suspicious."""
    tool(trees[binding], "zizmor", "--offline", "--persona=auditor", "--strict-collection", ".")


@with_linters
@every_binding
def test_workflows_keep_to_their_schemas(trees: dict[str, Path], binding: str) -> None:
    """GitHub would accept the workflows and Dependabot its file."""
    workflows = [f".github/workflows/{name}" for name in Workflows(trees[binding]).names()]
    tool(trees[binding], "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    tool(trees[binding], "check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", *workflows)
    tool(trees[binding], "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")


@with_linters
@every_binding
def test_the_project_table_keeps_to_its_schema(trees: dict[str, Path], binding: str) -> None:
    """validate-pyproject knows every key of pyproject.toml, and every classifier."""
    tool(trees[binding], "validate-pyproject", "pyproject.toml")


@with_linters
@every_binding
@pytest.mark.parametrize("name", [SHORT, LONG])
def test_sources_are_formatted_whatever_the_name(binding: str, name: str) -> None:
    """Both formatters and ruff's rules leave a project as it is, be its name short or long."""
    tree = Project(binding, name).tree()
    native = [str(path) for path in tree.rglob("*") if path.suffix in {".c", ".cpp", ".h"}]
    assert native
    tool(tree, "ruff", "check", "--no-cache")
    tool(tree, "ruff", "format", "--no-cache", "--check", "--diff")
    tool(tree, "clang-format", "--dry-run", "--Werror", *native)


def test_formatters_have_the_settings_of_this_project() -> None:
    """What `make lint` finds well formatted in template/ is so in a generated project."""
    assert (ROOT / ".clang-format").read_bytes() == (
        ROOT / "template" / "{{cookiecutter.__folder}}" / ".clang-format"
    ).read_bytes()


def test_linters_have_the_versions_of_this_project(trees: dict[str, Path]) -> None:
    """A linter is pinned to the version that this project uses, so that one update does for both."""
    own, *generated = (
        set(tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["lint"])
        for folder in (ROOT, *trees.values())
    )
    for lint in generated:
        assert lint - own == {pin for pin in lint if pin.startswith("pre-commit==")}


def test_workflows_are_the_same_whatever_the_binding(trees: dict[str, Path]) -> None:
    """What differs is in cibuildwheel.toml, so one look at the workflows is a look at all of them."""
    texts = {
        tuple(Workflows(tree).read(f".github/workflows/{name}") for name in Workflows(tree).names())
        for tree in trees.values()
    }
    assert len(texts) == 1
    assert "{%" not in "".join(texts.pop())


def test_actions_are_pinned_as_in_this_project(trees: dict[str, Path]) -> None:
    """Every action names its commit and version, and those that this project uses too are at the same."""
    generated = Workflows(trees[BINDINGS[0]])
    assert [line for name in generated.names() for line in generated.unpinned(name)] == []
    only_there = {"github/codeql-action/upload-sarif", "actions/cache"}
    assert {action for action, _, _ in generated.pins() - OWN.pins()} == only_there


def test_what_must_hold_of_workflows_does(trees: dict[str, Path]) -> None:
    """Jobs end, matrices are not cut short, and only the upload of findings and publishing may do more than read."""
    generated = Workflows(trees[BINDINGS[0]])
    beyond = {"ci.yml": {"audit": {"security-events": "write"}}, "wheels.yml": {"publish": {"id-token": "write"}}}
    assert generated.names() == sorted(beyond)
    for name, permissions in beyond.items():
        assert generated.not_ended_in_time(name) == set()
        assert generated.not_run_to_the_end(name) == set()
        assert generated.permissions_beyond_reading(name) == permissions
    assert generated.waits_for_all("ci.yml", "all-green")
    assert generated.jobs("ci.yml")["all-green"]["if"] == "${{ always() }}"


def test_a_release_is_published_once_everything_is_built(trees: dict[str, Path]) -> None:
    """Publishing waits for all wheels and the sdist, and happens on a tag only."""
    generated = Workflows(trees[BINDINGS[0]])
    assert generated.waits_for_all("wheels.yml", "publish")
    publish = generated.jobs("wheels.yml")["publish"]
    assert publish["if"] == "${{ github.event_name == 'push' && github.ref_type == 'tag' }}"
    assert generated.workflow("wheels.yml")["on"]["push"] == {"tags": ["v*"]}


def test_findings_of_a_fork_are_not_uploaded(trees: dict[str, Path]) -> None:
    """The upload leaves out pull requests from forks, which may not write, and happens even if there are findings."""
    steps = Workflows(trees[BINDINGS[0]]).jobs("ci.yml")["audit"]["steps"]
    (condition,) = (step["if"] for step in steps if "upload-sarif" in step.get("uses", ""))
    assert "!cancelled()" in condition
    fork = "github.event.pull_request.head.repo.full_name == github.repository"
    assert f"(github.event_name != 'pull_request' || {fork})" in " ".join(condition.split())


def test_the_auditor_is_the_one_that_the_template_is_from(trees: dict[str, Path]) -> None:
    """CI audits with the version of this project: the rules that found nothing when the project was made.

    It can read Cython too, whatever the binding: workflows are the same for all.
    """
    steps = Workflows(trees[BINDINGS[0]]).jobs("ci.yml")["audit"]["steps"]
    (line,) = (step["run"] for step in steps if "run" in step)
    assert line.startswith(f"{AUDITOR}audit . ")


@every_binding
def test_every_kind_of_python_is_tested_on_every_system(trees: dict[str, Path], binding: str) -> None:
    """The matrix has the oldest version that pip installs on, and both builds of each that has two."""
    project = tomllib.loads((trees[binding] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    matrix = Workflows(trees[binding]).jobs("ci.yml")["test"]["strategy"]["matrix"]
    assert project["requires-python"] == f">={matrix['python'][0]}"
    assert {f"cp{version.replace('.', '')}" for version in matrix["python"]} == EACH - {"cp313"}
    assert set(matrix["os"]) == set(RUNNER_OF.values()) - {"macos-15-intel"}
    assert set(matrix) == {"os", "python"}  # nothing is left out


def test_wheels_are_built_where_they_are_native(trees: dict[str, Path]) -> None:
    """Every system that wheels are for has its runner, which builds by the project's own configuration."""
    wheels = Workflows(trees[BINDINGS[0]]).jobs("wheels.yml")["wheels"]
    assert sorted(wheels["strategy"]["matrix"]["os"]) == sorted(RUNNER_OF.values())
    (build,) = (step for step in wheels["steps"] if "cibuildwheel" in step["uses"])
    assert build["with"]["config-file"] == "cibuildwheel.toml"


@every_binding
def test_exactly_the_wheels_meant_are_built(binding: str) -> None:
    """On the architectures that have runners, cibuildwheel builds what the binding can, and no other."""
    project = Project(binding)
    tree = project.tree()

    def work(step: Step) -> None:
        for platform, architectures in ARCHITECTURES.items():
            built = build_identifiers(tree, platform, "--archs", architectures)
            (step.folder / platform).write_text("\n".join(sorted(built)), encoding="utf-8")

    answers = project.records.once("identifiers", work)
    for platform, tags in SHIPPED.items():
        built = (answers / platform).read_text(encoding="utf-8").split()
        assert built == sorted(f"{python}-{tag}" for python in PYTHONS[binding] for tag in tags)


@every_binding
def test_a_wheel_is_tested_in_threads_and_serially_after_the_gate(trees: dict[str, Path], binding: str) -> None:
    """What tests a wheel is the gate, then the tests as configured, then one after the other; only natively."""
    text = (trees[binding] / "cibuildwheel.toml").read_text(encoding="utf-8")
    wheels = tomllib.loads(text)["tool"]["cibuildwheel"]
    gate, parallel, serial = wheels["test-command"]
    assert gate == "python {project}/tests/check_wheel.py"
    assert parallel.startswith("pytest ")
    assert set(serial.split()) - set(parallel.split()) == {"--parallel-threads=1", "--iterations=1"}
    assert wheels["archs"] == ["native"]
    assert "audit-command" not in wheels
