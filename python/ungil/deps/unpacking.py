"""Has pip unpack the wheels of a tree into a folder of its own, to be looked into. Nothing is built, nothing is run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ungil.deps.package import Package, Status
from ungil.deps.target import Target
from ungil.errors import PackageIndexError
from ungil.index.address import without_secrets

__all__ = ["unpacked", "wheel_options"]

_PATIENCE = 1800.0  # seconds; some trees have gigabytes of wheels
_LAST_LINES = 15


def wheel_options(target: Target, abis: Iterable[str]) -> list[str]:
    """What makes pip choose wheels with these ABIs for a target, and nothing that has to be built."""
    options = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", target.version]
    options += [part for abi in abis for part in ("--abi", abi)]
    platforms = dict.fromkeys(tag.platform for tag in sorted(target.tags, key=str) if tag.platform != "any")
    return options + [part for platform in platforms for part in ("--platform", platform)]


def unpacked(packages: Iterable[Package], target: Target, index_options: Sequence[str], folder: Path) -> list[str]:
    """Unpacks the packages that have a wheel that the target takes; returns the names of those that have none.

    Raises:
        PackageIndexError: pip fails.
    """
    every = list(packages)
    wanted = [one for one in every if one.status in {Status.FREE_THREADED, Status.ANY_BUILD} and not one.refused]
    wanted = [one for one in wanted if one.dependency.source is None]
    requirements = folder / "requirements.txt"
    requirements.write_text(
        "".join(f"{one.dependency.name}=={one.dependency.version}\n" for one in wanted), encoding="utf-8"
    )
    abis = (f"cp{target.python.replace('.', '')}", "abi3t", "none")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-color"]
    command += ["--disable-pip-version-check", *wheel_options(target, abis), *index_options]
    command += ["--target", str(folder / "site"), "--requirement", str(requirements)]
    if wanted:
        _run(command)
    return [one.dependency.name for one in every if one not in wanted]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackageIndexError(
            f"pip could not download the wheels: {error}.", "Try again, or leave it out."
        ) from error
    if done.returncode != 0:
        last = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-_LAST_LINES:])
        raise PackageIndexError(
            f"pip could not download the wheels:\n{without_secrets(last)}", "Leave --binaries and --import away."
        )
