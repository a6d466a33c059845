"""What a test may expect of the interpreter it runs in, and child processes of that interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIL_ENABLED = getattr(sys, "_is_gil_enabled", lambda: True)()

needs_parallel_threads = pytest.mark.skipif(
    GIL_ENABLED, reason="the GIL is on: no thread can run between the two steps of a C method, so no twin can be caught"
)


def run_child(source: str, *arguments: str, options: tuple[str, ...] = (), deadline: float = 100.0) -> tuple[int, str]:
    """Run `source` in a fresh interpreter that finds this project's tests; its exit code and all it wrote."""
    command = [sys.executable, *options, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{source}", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=deadline, check=False
    )
    return done.returncode, done.stdout
