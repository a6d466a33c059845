"""Programs that tests write and run."""

from __future__ import annotations

import subprocess
from pathlib import Path


def write_program(path: Path, text: str) -> None:
    """Write an executable script, on a POSIX system.

    Another process writes it. What this process has open for writing, a fork that another thread makes keeps open a
    little longer, and a file that is open for writing cannot be run ("Text file busy").
    """
    subprocess.run(["install", "-m", "755", "/dev/stdin", path], input=text.encode(), timeout=30, check=True)
