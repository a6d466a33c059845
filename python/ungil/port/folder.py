"""The folder of one road: what each stage came to, found again by what it depends on, and what is left for readers.

    .gitignore          everything here can be made again
    report.html         and report.md: for readers; evidence.json: the same, for programs
    fixes.patch         what can be repaired without a decision
    scripts/            of what the hammer found, in plain Python
    stages/             a file for each stage that was done, named by a digest of all that it depends on
    sources/            the project as it was read, with and without the patch
    wheels/             that were built of them
    workshop/           the environments

A stage is written when it is done, by way of another file: one that was interrupted is not there.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cattrs import BaseValidationError

from ungil.audit.cache import itself
from ungil.errors import OutputError, ToolError, UsageError
from ungil.files import cache_folder, write_whole
from ungil.port.evidence import Stage
from ungil.port.fragment import Fragment
from ungil.port.kept import converter
from ungil.workshop.room import Lock

__all__ = ["PATCH", "Folder", "alone", "key_of", "opened"]

IGNORED = "# Made by `ungil port`; all of it can be made again.\n*\n"
PATCH = "fixes.patch"
OWN = ".ungil"  # which is no part of a project
HERE = Path(OWN, "port")
MOST_KEPT = 8
"""Results of one stage that are kept, and sources and wheels: of several states, with and without the patch."""


def opened(named: Path | None, project: str, source: Path | None = None) -> tuple[Folder, str]:
    """The folder, made if it is not there, and a note if it is not where it was looked for.

    Args:
        named: by the user; else it is ``.ungil/port`` here, or in the user's cache where nothing can be written here.
        project: its name, for a folder of its own.
        source: the project's folder, if it is one: what is named must not be read as a part of it.

    Raises:
        UsageError: what is named holds something else, or is a part of the project.
        OutputError: nothing can be written there.
    """
    if named is not None:
        _refuse_what_is_not_ours(named, source)
        return Folder(_made(named)), ""
    name = re.sub(r"[^\w.=+-]+", "-", project).strip("-.") or "project"
    try:
        return Folder(_made(HERE / name)), ""
    except OutputError:
        cache = cache_folder("port")
        if cache is None:
            raise
        elsewhere = _made(cache / f"{name}-{hashlib.sha256(os.fsencode(Path.cwd())).hexdigest()[:8]}")
        return Folder(elsewhere), f"Nothing can be written here, so everything is kept in {elsewhere}."


@contextmanager
def alone(folder: Folder) -> Iterator[None]:
    """Nobody else goes a road there meanwhile: two would install over each other, and the last would have the report.

    What one that was killed has left half-made is taken away.

    Raises:
        ToolError: somebody does.
    """
    try:
        lock = Lock(folder.path)
    except ToolError as error:
        raise ToolError(error.happened, "Wait until it has ended, or name another: --folder FOLDER") from error
    for left in (folder.path / "sources").glob(".*"):
        shutil.rmtree(left, ignore_errors=True)
    yield
    del lock


def _refuse_what_is_not_ours(named: Path, source: Path | None) -> None:
    """Git is told to ignore all of the folder, what is old goes from it, and a project is copied into it."""
    place, project = named.resolve(), source.resolve() if source is not None and source.is_dir() else None
    if project is not None and place.is_relative_to(project) and OWN not in place.relative_to(project).parts:
        raise UsageError(
            f"'{named}' lies in the project that is to be copied there.", "Name one beside it, or below .ungil."
        )
    ignored = b""
    with suppress(OSError):
        ignored = (place / ".gitignore").read_bytes()
    if any(place.glob("[!.]*")) and not ignored.startswith(IGNORED.encode()):
        raise UsageError(f"'{named}' holds something else.", "Name a folder that is empty or not there yet.")


def _made(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
        ignored = path / ".gitignore"
        if not ignored.exists():
            write_whole(ignored, IGNORED.encode())
    except (OSError, OutputError) as error:
        why = error.strerror if isinstance(error, OSError) else error.happened
        raise OutputError(
            f"Nothing can be written in '{path}': {why}", "Name another folder: --folder FOLDER"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(f"Nothing can be written in '{path}'.", "Name another folder: --folder FOLDER")
    return path.resolve()


def _written(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OutputError as error:
        raise OutputError(error.happened, "Is there room? Else name another folder: --folder FOLDER") from error


def key_of(*parts: object) -> str:
    """A name for what depends on these, and on ungil itself."""
    digest = hashlib.sha256(_itself())
    digest.update(json.dumps([str(part) for part in parts]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


@functools.cache
def _itself() -> bytes:
    return itself()


class Folder:
    """A folder of one project, for one run at a time: see ``alone``.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, *names: str) -> Path:
        """A folder in it, made if it is not there.

        Raises:
            OutputError: it cannot be made.
        """
        place = self.path.joinpath(*names)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"'{place}' cannot be made: {error.strerror}.", "Name another: --folder FOLDER"
            ) from error
        return place

    def load(self, stage: Stage, key: str) -> Fragment | None:
        """What the stage came to when all was as it is now; None if nobody knows."""
        path = self._file(stage, key)
        try:
            found = converter().structure(json.loads(path.read_text(encoding="utf-8")), Fragment)
            os.utime(path)
        except (OSError, ValueError, BaseValidationError):
            return None
        return found if found.step.stage is stage else None

    def keep(self, key: str, fragment: Fragment) -> None:
        """Keep what a stage came to.

        Raises:
            OutputError: it cannot be written.
        """
        self.place("stages")
        plain = json.dumps(converter().unstructure(fragment))  # ASCII: any text can be kept
        _written(self._file(fragment.step.stage, key), plain.encode())
        self._tidy(fragment.step.stage)

    def leave(self, name: str, text: str) -> None:
        """Leave a file for readers.

        Raises:
            OutputError: it cannot be written.
        """
        _written(self.path / name, text.encode("utf-8", "replace"))

    def tidy(self) -> None:
        """Let go of the sources and wheels that were not used for longest; whoever needs them makes them again."""
        for place in ("sources", "wheels", "harvest"):
            known = sorted((self.path / place).glob("[!.]*"), key=_used, reverse=True)
            for old in known[MOST_KEPT:]:
                shutil.rmtree(old, ignore_errors=True)

    def _file(self, stage: Stage, key: str) -> Path:
        return self.path / "stages" / f"{stage}-{key}.json"

    def _tidy(self, stage: Stage) -> None:
        files = sorted((self.path / "stages").glob(f"{stage}-*.json"), key=_used, reverse=True)
        for old in files[MOST_KEPT:]:
            with suppress(OSError):
                old.unlink()


def _used(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
