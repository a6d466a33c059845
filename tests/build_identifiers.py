"""What cibuildwheel would build, asked of the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["SHIPPED", "build_identifiers"]

SHIPPED = {
    "linux": ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64"),
    "macos": ("macosx_x86_64", "macosx_arm64"),
    "windows": ("win_amd64", "win_arm64"),
}
"""The systems that wheels are for."""


def build_identifiers(project: Path, platform: str, *options: str) -> set[str]:
    """Return what cibuildwheel builds for this project as a release does, whatever CIBW_ variables are set here."""
    command = [sys.executable, "-m", "cibuildwheel", "--config-file", "cibuildwheel.toml", "--platform", platform]
    answer = subprocess.run(
        [*command, "--print-build-identifiers", "--allow-empty", *options],
        cwd=project,
        env={name: value for name, value in os.environ.items() if not name.startswith("CIBW_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())
