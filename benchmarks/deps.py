"""How long `ungil deps` takes on lock files: with nothing kept, then with what the first run has kept.

    python benchmarks/deps.py --make FOLDER    # makes three lock files of more than a hundred packages, with uv
    python benchmarks/deps.py FOLDER/*/uv.lock

A cold run asks pip how it is set up and the index about every package; each file is run cold once, so that the index is
asked no more than it has to be. Wall time, and that of the processors, which tells on a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

PROJECTS = {
    "science": ["jupyterlab", "pandas", "scikit-learn", "matplotlib", "statsmodels", "xgboost", "polars", "numba"],
    "airflow": ["apache-airflow[amazon,google,postgres,http,ssh]"],
    "home": [
        "homeassistant",
        "grpcio",
        "lxml",
        "opencv-python-headless",
        "fastapi[standard]",
        "celery[redis]",
        "scrapy",
    ],
}
WARM_RUNS = 5


class Took(NamedTuple):
    """Seconds of one run."""

    wall: float
    processors: float
    packages: int


def make(folder: Path) -> None:
    """Locks each project in a folder of its own."""
    for name, dependencies in PROJECTS.items():
        project = folder / name
        project.mkdir(parents=True, exist_ok=True)
        table = f'name = "{name}"\nversion = "0"\nrequires-python = ">=3.12"\ndependencies = {json.dumps(dependencies)}'
        text = f"[project]\n{table}\n"
        (project / "pyproject.toml").write_text(text, encoding="utf-8")
        subprocess.run(["uv", "lock", "--quiet", "--python", sys.executable], cwd=project, check=True, timeout=600)
        print(project / "uv.lock")


def run(lock: Path, cache: str) -> Took:
    """One run; whatever it finds, it has to find out everything."""
    command = [sys.executable, "-m", "ungil", "deps", str(lock), "--format", "json", "--fail-on", "never"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | {"XDG_CACHE_HOME": cache}, capture_output=True, check=False, timeout=600
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode(errors="replace"))
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall, spent, len(json.loads(done.stdout)["packages"]))


def measured(lock: Path) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as cache:
        cold = run(lock, cache)
        warm = [run(lock, cache) for _ in range(WARM_RUNS)]
    wall, processors = (statistics.median(values) for values in list(zip(*warm, strict=True))[:2])
    name = f"{lock.parent.name}/{lock.name}"
    return f"{name:28}{cold.packages:9}{cold.wall:9.2f}{cold.processors:9.2f}{wall:9.2f}{processors:9.2f}"


def main() -> None:
    """Makes lock files, or prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", metavar="FOLDER", type=Path)
    parser.add_argument("locks", nargs="*", type=Path)
    options = parser.parse_args()
    if options.make is not None:
        make(options.make)
    if options.locks:
        print(f"{'':28}{'packages':>9}{'cold s':>9}{'its CPU':>9}{'warm s':>9}{'its CPU':>9}")
    for lock in options.locks:
        print(measured(lock), flush=True)


if __name__ == "__main__":
    main()
