"""What no schema sees in the workflows: they pin what they run, end in time, and cover what pyproject.toml promises."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.yml"))

SYSTEMS = {"ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2025"}
FREE_THREADED = {"3.14t", "3.15t"}
# Each runner builds for its own architecture, so every shipped one needs a runner.
RUNNER_OF = {
    "linux_x86_64": "ubuntu-24.04",
    "linux_aarch64": "ubuntu-24.04-arm",
    "macosx_arm64": "macos-15",
    "macosx_x86_64": "macos-15-intel",
    "win_amd64": "windows-2025",
    "win_arm64": "windows-11-arm",
}

PINNED = re.compile(r"^\s*(?:- )?uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)$")
USES = re.compile(r"^\s*(?:- )?uses:")
TARGET = re.compile(r"^make (?P<target>[a-z-]+)(?: \w+=\S+)*$")


def read(name: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def load(name: str) -> dict[str, Any]:
    """Return a YAML file of the project as plain data; YAML 1.2, so that the key `on` is not a Boolean."""
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(read(name))
    return loaded


def jobs_of(workflow: str) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    jobs: dict[str, dict[str, Any]] = load(f".github/workflows/{workflow}")["jobs"]
    return jobs


def steps_of(workflow: str) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    return [step for job in jobs_of(workflow).values() for step in job["steps"]]


def pins_of(workflow: str) -> list[tuple[str, str, str]]:
    """Return action, commit and version of each line that pins an action in the one accepted form."""
    found = (PINNED.match(line) for line in read(f".github/workflows/{workflow}").splitlines())
    return [(pin["action"], pin["commit"], pin["version"]) for pin in found if pin]


def make_targets() -> set[str]:
    """Return the targets that the Makefile defines."""
    rules = re.findall(r"^([a-z][\w -]*):(?!=)", read("Makefile"), flags=re.MULTILINE)
    return {target for rule in rules for target in rule.split()}


def prerequisites(target: str) -> set[str]:
    """Return what a Makefile target depends on."""
    rule = re.search(rf"^{target}:((?:[^#\n\\]|\\\n)*)", read("Makefile"), flags=re.MULTILINE)
    assert rule is not None, f"the Makefile has no target {target}"
    return set(rule[1].replace("\\\n", " ").split())


def systems_and_versions(job: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the pairs that the matrix of a job comes to."""
    matrix = job["strategy"]["matrix"]
    excluded = {(pair["os"], pair["version"]) for pair in matrix["exclude"]}
    return set(itertools.product(matrix["os"], matrix["version"])) - excluded


def supported_versions() -> set[str]:
    """Return the versions of the classifiers, and the free-threaded ones, which no classifier can name."""
    names = tomllib.loads(read("pyproject.toml"))["project"]["classifiers"]
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", name) for name in names)
    return {match[1] for match in found if match} | FREE_THREADED


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_action_is_pinned_by_commit_and_says_its_version(workflow: str) -> None:
    """Every `uses:` names a full commit and, for the reader and for Dependabot, the version it is."""
    used = [step["uses"] for step in steps_of(workflow) if "uses" in step]
    assert [f"{action}@{commit}" for action, commit, _ in pins_of(workflow)] == used
    # A job can call a whole workflow, which is no step.
    assert sum(1 for line in read(f".github/workflows/{workflow}").splitlines() if USES.match(line)) == len(used)


def test_an_action_has_one_version_in_all_workflows() -> None:
    """No two places run different commits of the same action, or call one commit by two versions."""
    pins = {pin for workflow in WORKFLOWS for pin in pins_of(workflow)}
    assert len({action for action, _, _ in pins}) == len(pins)


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_job_ends_in_time(workflow: str) -> None:
    """Every job has a limit of at most ninety minutes; GitHub's own is six hours, and a deadlock takes them all."""
    limits = {name: job["timeout-minutes"] for name, job in jobs_of(workflow).items()}
    assert {name for name, minutes in limits.items() if not 0 < minutes <= 90} == set()


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_only_publishing_may_do_more_than_read(workflow: str) -> None:
    """A workflow starts with no permission at all; a job takes reading at most, but for the one that publishes."""
    assert load(f".github/workflows/{workflow}")["permissions"] == {}
    granted = {name: job["permissions"] for name, job in jobs_of(workflow).items()}
    publishing = {"id-token": "write"} if workflow == "wheels.yml" else None
    assert granted.pop("publish", None) == publishing
    assert all(permissions in ({}, {"contents": "read"}) for permissions in granted.values())


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_one_failure_does_not_hide_another(workflow: str) -> None:
    """No matrix is cut short by its first failure: which systems fail together is half of the diagnosis."""
    matrices = {name: job["strategy"] for name, job in jobs_of(workflow).items() if "strategy" in job}
    assert {name for name, strategy in matrices.items() if strategy.get("fail-fast") is not False} == set()


def test_ci_covers_every_supported_version_on_every_system() -> None:
    """Each system meets each version that pyproject.toml promises, in the matrix or, for 3.14t, through `make test`."""
    jobs = jobs_of("ci.yml")
    covered = systems_and_versions(jobs["versions"])
    primary = {(system, "3.14t") for system in jobs["test"]["strategy"]["matrix"]["os"]}
    assert covered | primary == set(itertools.product(SYSTEMS, supported_versions()))
    assert covered.isdisjoint(primary)


def test_the_oldest_classifier_is_the_version_required() -> None:
    """The first version that CI tests is the first that pip will install the project on."""
    oldest = min(supported_versions(), key=lambda version: int(version.removeprefix("3.").removesuffix("t")))
    assert tomllib.loads(read("pyproject.toml"))["project"]["requires-python"] == f">={oldest}"


def test_all_green_waits_for_every_job() -> None:
    """The job that branch protection names needs all others, and runs even if one of them failed."""
    jobs = jobs_of("ci.yml")
    final = jobs.pop("all-green")
    assert sorted(final["needs"]) == sorted(jobs)
    assert final["if"] == "${{ always() }}"


def test_ci_runs_make_and_nothing_else() -> None:
    """Every command of every job that tests is one make target that exists, so that local runs and CI are the same."""
    jobs = jobs_of("ci.yml")
    del jobs["all-green"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    called = [TARGET.fullmatch(command) for command in commands]
    assert None not in called, commands
    assert {match["target"] for match in called if match} <= make_targets()


def test_pre_commit_runs_what_make_lint_runs() -> None:
    """The hooks are the prerequisites of `make lint`, one for one."""
    hooks = [hook for repository in load(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]
    assert sorted(hook["entry"] for hook in hooks) == sorted(f"make {target}" for target in prerequisites("lint"))


def test_the_wheels_are_built_with_the_projects_own_configuration() -> None:
    """The build is pointed to cibuildwheel.toml, which cibuildwheel would not find by itself."""
    builds = [step for step in steps_of("wheels.yml") if step.get("uses", "").startswith("pypa/cibuildwheel@")]
    assert [step["with"]["config-file"] for step in builds] == ["cibuildwheel.toml"]
    assert "cibuildwheel" in tomllib.loads(read("cibuildwheel.toml"))["tool"]


def test_every_shipped_architecture_has_a_runner() -> None:
    """The runners of wheels.yml are those on which the architectures of cibuildwheel.toml are native."""
    patterns = tomllib.loads(read("cibuildwheel.toml"))["tool"]["cibuildwheel"]["build"]
    found = [re.fullmatch(r".+-(?:many|musl)?(\w+)_\{([\w,]+)\}", pattern) for pattern in patterns]
    assert None not in found, patterns
    shipped = {f"{match[1]}_{arch}" for match in found if match for arch in match[2].split(",")}
    runners = jobs_of("wheels.yml")["wheels"]["strategy"]["matrix"]["os"]
    assert sorted(runners) == sorted(RUNNER_OF[name] for name in shipped)


def test_nothing_is_published_before_everything_is_built() -> None:
    """Publishing waits for all wheels and the sdist, and happens on a tag only."""
    jobs = jobs_of("wheels.yml")
    publish = jobs.pop("publish")
    assert sorted(publish["needs"]) == sorted(jobs)
    assert publish["if"] == "${{ github.event_name == 'push' && github.ref_type == 'tag' }}"
    assert load(".github/workflows/wheels.yml")["on"]["push"] == {"tags": ["v*"]}
