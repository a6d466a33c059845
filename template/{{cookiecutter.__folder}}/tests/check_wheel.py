"""Do the tag, the file, the declaration and the classifier of the wheel that is installed here agree?

python tests/check_wheel.py: exit code 0 if they do, 1 if they do not, 2 if there is nothing to look at.
cibuildwheel.toml runs it on each wheel, tests/test_declaration.py on the build at hand.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MODULE = "{{ cookiecutter.__package }}._core"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
OWN_ABI = f"cp{sys.version_info.major}{sys.version_info.minor}{'t' if FREE_THREADED else ''}"
LEVELS = ["nothing", "1 - Unstable", "2 - Beta", "3 - Stable", "4 - Resilient"]


def level_shown() -> int:
    """Return which level of the classifier "Free Threading" is backed by what this project runs.

    What the levels mean: https://discuss.python.org/t/62406/50
    """
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    options = project["tool"].get("pytest", {}).get("ini_options", {}).get("addopts", "")
    threads = re.search(r"--parallel-threads=(\d+)", str(options))
    beta = threads and int(threads[1]) > 1 and (PROJECT / "tests" / "test_racy_twin.py").exists()
    ci = PROJECT / ".github" / "workflows" / "ci.yml"
    # An sdist has no workflows: there the claim was checked before it was made.
    stable = beta and (not ci.exists() or re.search(r"^  race:$", ci.read_text(encoding="utf-8"), re.MULTILINE))
    # Resilient: misuse ends in an exception and never in a crash. Nothing here can show that.
    return 3 if stable else 2 if beta else 1


def of_the_claim(installed: Distribution) -> Iterator[str]:
    """Yield what is wrong with the classifier."""
    classifiers = installed.metadata.get_all("Classifier", [])
    claims = [int(claim[1]) for text in classifiers if (claim := re.search(r":: Free Threading :: (\d)", text))]
    if len(claims) > 1:
        yield f"it claims {len(claims)} levels of free threading, and can only have one"
    if claims and max(claims) > (shown := level_shown()):
        needed = f"level_shown() in {Path(__file__).name} says what more is needed"
        yield f"it claims Free Threading :: {LEVELS[max(claims)]}, and shows {LEVELS[shown]}: {needed}"


def imported() -> subprocess.CompletedProcess[str]:
    """Import the module in a fresh process, warnings being errors, to print whether the GIL is on, and its file."""
    code = f"import {MODULE} as core, sys; print(getattr(sys, '_is_gil_enabled', lambda: True)(), core.__file__)"
    # PYTHON_GIL=0 would keep the GIL off whatever the module declares.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    command = [sys.executable, "-P", "-W", "error", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def suits(abi: str, suffix: str) -> bool:
    """Whether a file with this suffix is of this ABI, and this interpreter loads it."""
    if abi == OWN_ABI:
        return suffix == str(sysconfig.get_config_var("EXT_SUFFIX"))
    loaded = {"abi3": not FREE_THREADED, "abi3t": sys.version_info >= (3, 15)}
    on_windows = ".pyd"  # where a file does not say of which ABI it is
    return loaded.get(abi, False) and suffix.startswith((f".{abi}.", f".{abi}-", on_windows))


def of_the_file(file: Path, tags: list[str]) -> Iterator[str]:
    """Yield what is wrong with the file that was imported."""
    suffix = file.name.removeprefix(MODULE.rpartition(".")[2])
    if not any(suits(tag.split("-")[1], suffix) for tag in tags):
        yield f"its tag is {' or '.join(tags)}, its file {file.name}: for {OWN_ABI}, one of the two is wrong"


def problems(installed: Distribution, tags: list[str]) -> Iterator[str]:
    """Yield what does not agree."""
    run = imported()
    gil, _, file = run.stdout.strip().partition(" ")
    if run.returncode:
        yield f"importing {MODULE} failed: {(run.stderr.splitlines() or [f'exit code {run.returncode}'])[-1]}"
    else:
        yield from of_the_file(Path(file), tags)
    if gil == "True" and FREE_THREADED:
        yield f"importing {MODULE} turned the GIL on, and no warning said so"
    yield from of_the_claim(installed)


def main() -> int:
    """Print what does not agree, and return the exit code."""
    name = "{{ cookiecutter.name }}"
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        print(f"{name} is not installed for {sys.executable}: install a wheel of it first", file=sys.stderr)
        return 2
    tags = re.findall(r"^Tag: (\S+)", installed.read_text("WHEEL") or "", re.MULTILINE)
    if not tags:
        print(f"{name} was not installed from a wheel, so there is no tag to look at: install a wheel", file=sys.stderr)
        return 2
    found = list(problems(installed, tags))
    for problem in found:
        print(f"{name} {installed.version}: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
