"""A project's workflows, read as data, and what must hold in any project: in ungil, and in what its template makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

__all__ = ["RUNNER_OF", "Workflows"]

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


@dataclass(frozen=True)
class Workflows:
    """The workflows of the project in a folder. What is named `not_...` or `un...` is empty where all is well."""

    project: Path

    def names(self) -> list[str]:
        """Their file names."""
        return sorted(path.name for path in (self.project / ".github" / "workflows").glob("*.yml"))

    def read(self, name: str) -> str:
        """The text of a file of the project."""
        return (self.project / name).read_text(encoding="utf-8")

    def load(self, name: str) -> dict[str, Any]:
        """A YAML file of the project as plain data; YAML 1.2, so that the key `on` is not a Boolean."""
        loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(self.read(name))
        return loaded

    def workflow(self, name: str) -> dict[str, Any]:
        """One workflow."""
        return self.load(f".github/workflows/{name}")

    def jobs(self, name: str) -> dict[str, dict[str, Any]]:
        """The jobs of a workflow by name."""
        jobs: dict[str, dict[str, Any]] = self.workflow(name)["jobs"]
        return jobs

    def steps(self, name: str) -> list[dict[str, Any]]:
        """The steps of all jobs of a workflow."""
        return [step for job in self.jobs(name).values() for step in job["steps"]]

    def pins(self) -> set[tuple[str, str, str]]:
        """Action, commit and version, wherever an action is pinned in the one accepted form."""
        lines = [line for name in self.names() for line in self.read(f".github/workflows/{name}").splitlines()]
        return {(pin["action"], pin["commit"], pin["version"]) for pin in map(PINNED.match, lines) if pin}

    def unpinned(self, name: str) -> list[str]:
        """Lines that use an action or a workflow, and do not name a full commit and, for Dependabot, its version."""
        lines = self.read(f".github/workflows/{name}").splitlines()
        return [line for line in lines if USES.match(line) and not PINNED.match(line)]

    def not_ended_in_time(self, name: str) -> set[str]:
        """Jobs without a limit of at most ninety minutes; GitHub's own is six hours, and a deadlock takes them all."""
        limits = {job: said.get("timeout-minutes", 0) for job, said in self.jobs(name).items()}
        return {job for job, minutes in limits.items() if not 0 < minutes <= 90}

    def not_run_to_the_end(self, name: str) -> set[str]:
        """Jobs whose matrix the first failure cuts short: which systems fail together is half of the diagnosis."""
        matrices = {job: said["strategy"] for job, said in self.jobs(name).items() if "strategy" in said}
        return {job for job, strategy in matrices.items() if strategy.get("fail-fast") is not False}

    def permissions_beyond_reading(self, name: str) -> dict[str, dict[str, str]]:
        """What jobs may do besides reading the sources; nothing may be granted to all jobs at once."""
        assert self.workflow(name)["permissions"] == {}
        granted = {job: dict(said["permissions"]) for job, said in self.jobs(name).items()}
        beyond = {job: {what: how for what, how in all_.items() if how != "read"} for job, all_ in granted.items()}
        return {job: permissions for job, permissions in beyond.items() if permissions}

    def waits_for_all(self, name: str, last: str) -> bool:
        """Whether that job needs every other one."""
        jobs = self.jobs(name)
        return sorted(jobs.pop(last)["needs"]) == sorted(jobs)
