"""What no schema sees in the workflows: they pin what they run, end in time, and cover what pyproject.toml promises."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.workflows import RUNNER_OF, Workflows

OWN = Workflows(Path(__file__).resolve().parents[1])

SYSTEMS = {"ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2025"}
FREE_THREADED = {"3.14t", "3.15t"}
TARGET = re.compile(r"^make (?P<target>[a-z-]+)(?: \w+=\S+)*$")

every_workflow = pytest.mark.parametrize("workflow", OWN.names())


def make_targets() -> set[str]:
    """Return the targets that the Makefile defines."""
    rules = re.findall(r"^([a-z][\w -]*):(?!=)", OWN.read("Makefile"), flags=re.MULTILINE)
    return {target for rule in rules for target in rule.split()}


def prerequisites(target: str) -> set[str]:
    """Return what a Makefile target depends on."""
    rule = re.search(rf"^{target}:((?:[^#\n\\]|\\\n)*)", OWN.read("Makefile"), flags=re.MULTILINE)
    assert rule is not None, f"the Makefile has no target {target}"
    return set(rule[1].replace("\\\n", " ").split())


def systems_and_versions(job: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the pairs that the matrix of a job comes to."""
    matrix = job["strategy"]["matrix"]
    excluded = {(pair["os"], pair["version"]) for pair in matrix["exclude"]}
    return set(itertools.product(matrix["os"], matrix["version"])) - excluded


def supported_versions() -> set[str]:
    """Return the versions of the classifiers, and the free-threaded ones, which no classifier can name."""
    names = tomllib.loads(OWN.read("pyproject.toml"))["project"]["classifiers"]
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", name) for name in names)
    return {match[1] for match in found if match} | FREE_THREADED


@every_workflow
def test_every_action_is_pinned_by_commit_and_says_its_version(workflow: str) -> None:
    """Every `uses:` names a full commit and, for the reader and for Dependabot, the version it is."""
    assert OWN.unpinned(workflow) == []
    assert {f"{action}@{commit}" for action, commit, _ in OWN.pins()} >= {
        step["uses"] for step in OWN.steps(workflow) if "uses" in step
    }


def test_an_action_has_one_version_in_all_workflows() -> None:
    """No two places run different commits of the same action, or call one commit by two versions."""
    assert len({action for action, _, _ in OWN.pins()}) == len(OWN.pins())


@every_workflow
def test_every_job_ends_in_time(workflow: str) -> None:
    """Every job has a limit of at most ninety minutes."""
    assert OWN.not_ended_in_time(workflow) == set()


@every_workflow
def test_only_publishing_may_do_more_than_read(workflow: str) -> None:
    """A workflow starts with no permission at all; a job takes reading at most, but for the one that publishes."""
    publishing = {"publish": {"id-token": "write"}} if workflow == "wheels.yml" else {}
    assert OWN.permissions_beyond_reading(workflow) == publishing


@every_workflow
def test_one_failure_does_not_hide_another(workflow: str) -> None:
    """No matrix is cut short by its first failure."""
    assert OWN.not_run_to_the_end(workflow) == set()


def test_ci_covers_every_supported_version_on_every_system() -> None:
    """Each system meets each version that pyproject.toml promises, in the matrix or, for 3.14t, through `make test`."""
    jobs = OWN.jobs("ci.yml")
    covered = systems_and_versions(jobs["versions"])
    primary = {(system, "3.14t") for system in jobs["test"]["strategy"]["matrix"]["os"]}
    assert covered | primary == set(itertools.product(SYSTEMS, supported_versions()))
    assert covered.isdisjoint(primary)


def test_the_oldest_classifier_is_the_version_required() -> None:
    """The first version that CI tests is the first that pip will install the project on."""
    oldest = min(supported_versions(), key=lambda version: int(version.removeprefix("3.").removesuffix("t")))
    assert tomllib.loads(OWN.read("pyproject.toml"))["project"]["requires-python"] == f">={oldest}"


def test_all_green_waits_for_every_job() -> None:
    """The job that branch protection names needs all others, and runs even if one of them failed."""
    assert OWN.waits_for_all("ci.yml", "all-green")
    assert OWN.jobs("ci.yml")["all-green"]["if"] == "${{ always() }}"


def test_ci_runs_make_and_nothing_else() -> None:
    """Every command of every job that tests is one make target that exists, so that local runs and CI are the same."""
    jobs = OWN.jobs("ci.yml")
    del jobs["all-green"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    called = [TARGET.fullmatch(command) for command in commands]
    assert None not in called, commands
    assert {match["target"] for match in called if match} <= make_targets()


def test_pre_commit_runs_what_make_lint_runs() -> None:
    """The hooks are the prerequisites of `make lint`, one for one."""
    hooks = [hook for repository in OWN.load(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]
    assert sorted(hook["entry"] for hook in hooks) == sorted(f"make {target}" for target in prerequisites("lint"))


def test_the_wheels_are_built_with_the_projects_own_configuration() -> None:
    """The build is pointed to cibuildwheel.toml, which cibuildwheel would not find by itself."""
    builds = [step for step in OWN.steps("wheels.yml") if step.get("uses", "").startswith("pypa/cibuildwheel@")]
    assert [step["with"]["config-file"] for step in builds] == ["cibuildwheel.toml"]
    assert "cibuildwheel" in tomllib.loads(OWN.read("cibuildwheel.toml"))["tool"]


def test_every_shipped_architecture_has_a_runner() -> None:
    """The runners of wheels.yml are those on which the architectures of cibuildwheel.toml are native."""
    patterns = tomllib.loads(OWN.read("cibuildwheel.toml"))["tool"]["cibuildwheel"]["build"]
    found = [re.fullmatch(r".+-(?:many|musl)?(\w+)_\{([\w,]+)\}", pattern) for pattern in patterns]
    assert None not in found, patterns
    shipped = {f"{match[1]}_{arch}" for match in found if match for arch in match[2].split(",")}
    runners = OWN.jobs("wheels.yml")["wheels"]["strategy"]["matrix"]["os"]
    assert sorted(runners) == sorted(RUNNER_OF[name] for name in shipped)


def test_nothing_is_published_before_everything_is_built() -> None:
    """Publishing waits for all wheels and the sdist, and happens on a tag only."""
    assert OWN.waits_for_all("wheels.yml", "publish")
    publish = OWN.jobs("wheels.yml")["publish"]
    assert publish["if"] == "${{ github.event_name == 'push' && github.ref_type == 'tag' }}"
    assert OWN.workflow("wheels.yml")["on"]["push"] == {"tags": ["v*"]}
