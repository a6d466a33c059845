"""Sessions of pytest in processes of their own: what a plugin does to a session cannot be seen from inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DEADLINE = 90.0  # longer than any --timeout of a session, so that pytest's own report of a deadlock comes first
OURS = ("-p", "ungil.stress.parallel")
PASSES = "def test(): pass"
FORGOTTEN = ("PYTEST_", "PYTHON_GIL", "PY_COLORS", "FORCE_COLOR", "NO_COLOR")
"""Variables of whoever runs these tests that would change what a session does or prints."""

RECORDER = """
import json

def pytest_runtest_logreport(report):
    if report.when == "call" or not report.passed:
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        with open(OUTCOMES, "a") as out:
            print(json.dumps([report.nodeid, outcome]), file=out)
"""


@dataclass(frozen=True)
class Session:
    """How a session ended: its exit code, what it printed, and the last outcome of each test."""

    code: int
    output: str
    outcomes: dict[str, str]


def run_pytest(
    folder: Path,
    files: dict[str, str],
    *arguments: str,
    plugin: tuple[str, ...] = (*OURS, "--allow-gil-build"),
    gil: str = "",
    deadline: float = DEADLINE,
) -> Session:
    """Run pytest in four threads on the files, which are written first.

    Args:
        folder: where the files are written.
        files: name to text.
        *arguments: more for the command line.
        plugin: how our plugin is loaded; empty for pytest-run-parallel alone.
        gil: the value of PYTHON_GIL, unset if empty.
        deadline: seconds after which it is ended.
    """
    recorder = "recorder_of_ours" if plugin else "recorder"
    outcomes = folder / f"{recorder}.jsonl"
    files = {"pytest.ini": "[pytest]\n", f"{recorder}.py": f"OUTCOMES = {str(outcomes)!r}\n{RECORDER}", **files}
    for name, text in files.items():
        (folder / name).write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith(FORGOTTEN)}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), env.get("PYTHONPATH")]))
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", recorder, "--parallel-threads=4"),
            *(*plugin, *arguments),
        ],
        cwd=folder,
        env=env | ({"PYTHON_GIL": gil} if gil else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=deadline,
        check=False,
    )
    lines = outcomes.read_text().splitlines() if outcomes.exists() else []
    return Session(ended.returncode, ended.stdout, dict(json.loads(line) for line in lines))
