"""Which versions would be installed: the user's own resolver says, uv where there is one, else pip.

Neither is let run a build backend unless the user allows it: of a release without a wheel, only its backend may know
what it depends on, and that is a program from the network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from packaging.markers import default_environment

from ungil.deps import requirements
from ungil.deps.model import Dependency, a_name, a_version
from ungil.deps.needs import linked, required
from ungil.deps.target import Target, holds
from ungil.deps.unpacking import wheel_options
from ungil.errors import ResolutionError, UsageError
from ungil.index.address import file_name, without_secrets

__all__ = ["Question", "Resolved", "Resolver", "resolve"]

_PATIENCE = 600.0  # seconds
_LAST_LINES = 15  # of what a resolver that failed has said
_OF_A_SYSTEM = ("sys_platform", "os_name", "platform_system", "platform_machine")  # variables of markers


class Resolver(StrEnum):
    """Who is asked."""

    AUTO = "auto"
    UV = "uv"
    PIP = "pip"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be resolved.

    Attributes:
        path: a requirements file, or a pyproject.toml.
        text: the same as requirements, for a resolver that would have to build the project.
        extras, groups: those that count, of a pyproject.toml.
        index_options: as pip and uv both understand them.
        offline: whether the network is out of bounds.
        allow_builds: whether build backends may be run.
    """

    path: Path
    text: str
    extras: Sequence[str] = ()
    groups: Sequence[str] = ()
    index_options: Sequence[str] = ()
    offline: bool = False
    allow_builds: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """The versions, and who chose them.

    Attributes:
        dependencies, by: those.
        elsewhere: how many packages are for other platforms and versions of Python alone.
        remarks: what the reader of the report should know about how they were chosen.
    """

    dependencies: tuple[Dependency, ...]
    by: str
    elsewhere: int = 0
    remarks: tuple[str, ...] = ()


def resolve(question: Question, resolver: Resolver, target: Target) -> Resolved:
    """Asks the resolver.

    Raises:
        ResolutionError: it is not there, fails, or says what makes no sense.
        UsageError: it cannot do what is asked.
    """
    if resolver is Resolver.NONE:
        raise ResolutionError(
            f"'{question.path}' does not name every version, and no resolver may be asked.",
            "Name a lock file, or leave --resolver away.",
        )
    uv = _uv() if resolver in {Resolver.AUTO, Resolver.UV} else None
    if uv is not None:
        return _by_uv(uv, question, target)
    if resolver is Resolver.UV:
        raise ResolutionError("There is no uv.", "Install it, or say --resolver pip.")
    return _by_pip(question, target)


def _uv() -> str | None:
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    return shutil.which("uv") or beside


def _by_uv(uv: str, question: Question, target: Target) -> Resolved:
    """Asks for all platforms at once: for one, uv would refuse packages without a wheel for just that build."""
    command = [uv, "pip", "compile", str(question.path), "--universal", "--python-version", target.version]
    command += ["--no-header", "--annotation-style", "line", "--no-progress", "--color", "never"]
    command += ["--python", sys.executable, *question.index_options]
    command += [] if question.allow_builds else ["--no-build"]
    command += ["--offline"] if question.offline else []
    command += [part for extra in question.extras for part in ("--extra", extra)]
    command += [part for group in question.groups for part in ("--group", f"{question.path}:{group}")]
    found = requirements.read(question.path, _said(command, "uv", question))
    environment = target.prepared()
    taken = [one for one in found.asked if holds(str(one.requirement.marker or ""), environment)]
    dependencies = requirements.dependencies(taken, [])
    return Resolved(dependencies, _version(uv), len(found.asked) - len(taken))


def _by_pip(question: Question, target: Target) -> Resolved:
    """Asks for wheels of either build, so that a package without a free-threaded one is found and not refused."""
    if question.allow_builds:
        raise UsageError(
            "pip cannot build for another Python than its own.", "Say --resolver uv, or leave builds away."
        )
    remarks = _as_pip_sees_it(target)
    digits = target.version.replace(".", "")
    abis = (f"cp{digits}t", f"cp{digits}", "abi3t", "abi3", "none")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
    command += ["--disable-pip-version-check", "--report", "-", "--no-color"]
    command += [*wheel_options(target, abis), *question.index_options]
    command += ["--no-index"] if question.offline else []
    with tempfile.TemporaryDirectory(prefix="ungil-") as folder:
        file = question.path
        if question.path.suffix == ".toml":
            file = Path(folder) / "requirements.txt"
            file.write_text(question.text, encoding="utf-8")
        said = _said([*command, "--target", folder, "--requirement", str(file)], "pip", question)
    try:
        dependencies = _from_report(json.loads(said), str(question.path), target)
        return Resolved(dependencies, _version(sys.executable, "-m", "pip"), remarks=remarks)
    except (ValueError, KeyError, TypeError) as error:
        raise ResolutionError(f"pip's report cannot be understood: {error}.", "Say --resolver uv.") from error


def _as_pip_sees_it(target: Target) -> tuple[str, ...]:
    """What there is to say of a tree that pip resolves: of the target it knows the wheels, its markers are its own.

    Raises:
        UsageError: the target is another system than this machine: pip would choose this machine's packages.
    """
    here = default_environment()
    if any(target.environment[name] != here[name] for name in _OF_A_SYSTEM):  # type: ignore[literal-required]
        raise UsageError(
            f"pip evaluates markers for the machine that it runs on, and '{target.platform}' is another.",
            "Install uv and say --resolver uv, or name a lock file.",
        )
    if target.version == here["python_version"]:
        return ()
    return (
        f"pip evaluated markers for Python {here['python_version']}: for {target.version} other packages may count.",
    )


def _said(command: list[str], name: str, question: Question) -> str:
    """What a resolver prints."""
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=_PATIENCE,
            check=False, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ResolutionError(f"{name} did not resolve it within {_PATIENCE:g} s.", "Name a lock file.") from error
    except OSError as error:
        raise ResolutionError(f"{name} cannot be run: {error.strerror}.", "Install it, or name a lock file.") from error
    if done.returncode != 0:
        last = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-_LAST_LINES:])
        allow = "" if question.allow_builds else " If only a build can tell, --allow-builds lets uv run build backends."
        raise ResolutionError(
            f"{name} cannot resolve '{question.path}':\n{without_secrets(last)}", f"Name a lock file.{allow}"
        )
    return done.stdout


def _version(*command: str) -> str:
    """The resolver's name and version, as it prints them."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return Path(command[0]).stem
    return " ".join(done.stdout.split()[:2]) or Path(command[0]).stem


def _from_report(report: dict[str, Any], path: str, target: Target) -> tuple[Dependency, ...]:
    """What pip would install."""
    found, needs = [], {}
    environment = target.prepared()
    for item in report["install"]:
        metadata = item["metadata"]
        name, version = a_name(metadata["name"]), a_version(metadata["version"])
        listed = (file_name(item["download_info"]["url"]),)
        found.append(Dependency(name=name, version=version, path=path, listed=listed))
        needs[name] = required(metadata.get("requires_dist", ()), environment)
    return linked(found, needs)
