"""Opens a workshop: the interpreter is found, installed or assembled, and the environment made, unless it is there."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from ungil import interpreter
from ungil.commands import Report, run, silent
from ungil.errors import BuildError, OutputError, ToolError, UsageError
from ungil.files import cache_folder, write_whole
from ungil.workshop.hints import advice
from ungil.workshop.room import LOCK, Lock, clear_scratch, room_in
from ungil.workshop.shop import Workshop, indented

__all__ = ["default_folder", "open_workshop"]

_RECIPE: Final = 1
"""Raised when an environment has another shape: what an older one has made is made anew."""

_DEADLINE: Final = 180.0


def default_folder(source: str) -> Path:
    """Where the workshop of a project is, unless somebody names a folder: in the user's cache, by the project's place.

    Raises:
        OutputError: the user has no cache.
    """
    cache = cache_folder("workshops")
    if cache is None:
        raise OutputError("There is no home folder to keep a workshop in.", "Name a folder: --work FOLDER")
    path = Path(source)
    place = str(path.resolve()) if path.exists() else source
    name = re.sub(r"[^\w.=-]+", "-", path.resolve().name if path.exists() else source)[:60]
    return cache / f"{name}-{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:10]}"


def open_workshop(
    folder: Path,
    version: str = "3.14t",
    *,
    python: str | Path = "",
    report: Report = silent,
    deadline: float = _DEADLINE,
) -> Workshop:
    """A workshop in a folder: that which an earlier run has left there, if it is of the same interpreter.

    Args:
        folder: made if it is not there.
        version: of the interpreter, which is found, installed or assembled as ``ungil python`` does.
        python: an interpreter that has to be used.
        report: is told what is being done.
        deadline: seconds for making the environment.

    Raises:
        ToolError: there is no such interpreter, the environment cannot be made, or another process works there.
        UsageError: the folder holds something else.
        OutputError: the folder cannot be written to.
    """
    try:
        found = interpreter.find(version, python, report=report)
    except interpreter.InterpreterError as error:
        raise ToolError(error.what, error.remedy) from error
    with room_in(folder):
        _refuse_what_is_not_ours(folder)
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        shop = Workshop(folder, version, found, _uv(), report, Lock(folder))
        clear_scratch(folder)
        stamp = folder / "workshop.json"
        told = [_RECIPE, version, str(found.path), found.version, "uv" if shop.uv else "pip"]
        if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == told and shop.python.exists():
            return shop
        for one in (stamp, folder / "installed.json"):
            one.unlink(missing_ok=True)
        shutil.rmtree(folder / "env", ignore_errors=True)
        _make_environment(shop, deadline)
        write_whole(stamp, json.dumps(told).encode())
    return shop


def _refuse_what_is_not_ours(folder: Path) -> None:
    """What is in the way there is deleted, under names that a project may have too: ``source``, ``env``."""
    if any(folder.glob("[!.]*")) and not (folder / LOCK).exists():
        raise UsageError(
            f"'{folder}' holds something else.", "Name one that is empty or not there: --work, of ungil port --folder."
        )


def _make_environment(shop: Workshop, deadline: float) -> None:
    shop.report(f"making an environment of {shop.version}")
    env = shop.folder / "env"
    venv: list[str | Path] = [shop.found.path, "-m", "venv", env]
    if shop.uv:
        venv = [shop.uv, "venv", "--quiet", "--no-config", "--no-project", "--python", shop.found.path, env]
    done = run(venv, cwd=shop.folder, deadline=deadline)
    if not done.well:
        raise BuildError(
            f"No environment of {shop.found.path} can be made: {done.ended}\n{indented(done)}",
            advice(done.output, "Install uv, or Python's venv module (Debian: apt-get install python3-venv)."),
            done.tail(),
        )


def _uv() -> str | None:
    return shutil.which("uv") or shutil.which(Path(sys.executable or "python3").with_name("uv"))
