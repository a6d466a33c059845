"""The wheels that cibuildwheel.toml comes to, against the list of those that are meant to be shipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The stable ABI for every GIL-enabled version from 3.12 on, and each free-threaded version for itself.
PYTHONS = ("cp312", "cp314t", "cp315t")
PLATFORMS = {
    "linux": ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64"),
    "macos": ("macosx_x86_64", "macosx_arm64"),
    "windows": ("win_amd64", "win_arm64"),
    "pyodide": (),
}


def cibuildwheel(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run cibuildwheel on this project as a release does, whatever CIBW_ variables this very run was started with."""
    return subprocess.run(
        [sys.executable, "-m", "cibuildwheel", "--config-file", "cibuildwheel.toml", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("CIBW_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_exactly_the_wheels_meant_to_be_shipped_are_built(platform: str) -> None:
    """Asked for every architecture that cibuildwheel knows, each platform builds the listed wheels and no other."""
    answer = cibuildwheel("--platform", platform, "--archs", "all", "--print-build-identifiers", "--allow-empty")
    assert answer.returncode == 0, answer.stderr
    meant = {f"{python}-{tag}" for python in PYTHONS for tag in PLATFORMS[platform]}
    assert set(answer.stdout.split()) == meant


def test_nothing_is_emulated_unless_asked_for() -> None:
    """Without an explicit architecture, Linux wheels are built for one architecture only: the machine's own."""
    answer = cibuildwheel("--platform", "linux", "--print-build-identifiers", "--allow-empty")
    assert answer.returncode == 0, answer.stderr
    assert len({name.partition("linux_")[2] for name in answer.stdout.split()}) == 1
