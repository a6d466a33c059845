"""Where the tests of an installed project run: a copy of its folder without what is installed.

A package in the folder would be imported in place of the installed one, and has none of its extension modules. Tests
inside the package run where it is installed; those that its wheel leaves out are laid there.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.errors import TrialError
from ungil.stress.suite.proof import Installed
from ungil.workshop.needs import Needs
from ungil.workshop.sources import copied

__all__ = ["Place", "lay_out", "stay"]

_BASES: Final = ("", "src", "lib", "python", "source")
"""Folders in which the packages of a project lie."""

_WITH_WORDS: Final = frozenset({"-k", "-m", "-p", "-o", "-W", "--ignore", "--deselect"})
"""Options of pytest whose value names no tests to run: ``-k test``, where a folder has that name."""

_UNUSUAL: Final = "python_files=test*.py *test.py *tests.py"
"""What tests of unittest are called in projects that never told pytest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where tests run.

    Attributes:
        cwd: the folder.
        source: the project's own folder.
        site: where it is installed.
        arguments: for pytest: settings, and where the tests are.
        shown: the same, as somebody types it in the project's folder.
        notes: what had to be done.
    """

    cwd: Path
    source: Path
    site: Path
    arguments: tuple[str | Path, ...]
    shown: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def of_source(self, path: str) -> str:
        """A path that pytest tells, relative to the project."""
        plain = path.replace("\\", "/")
        _, installed, inside = plain.rpartition("/site-packages/")
        if installed:
            bases = [base for base in _BASES if (self.source / base / inside.partition(":")[0]).exists()]
            return f"{bases[0]}/{inside}".lstrip("/") if bases else inside
        return plain.removeprefix(f"{self.cwd}/")


def stay(source: Path, needs: Needs, options: Sequence[str]) -> Place:
    """The project's folder itself, for a project that is installed from it.

    Raises:
        TrialError: there are no tests.
    """
    paths = [] if _names_files(source, options) else list(needs.paths)
    _refuse_nothing(source, needs, options)
    arguments = [*_settings(source, needs), *options, *paths]
    return Place(cwd=source, source=source, site=Path(), arguments=tuple(arguments), shown=(*options, *paths))


def lay_out(source: Path, needs: Needs, installed: Installed, target: Path, options: Sequence[str]) -> Place:
    """Copy what tests may read.

    Args:
        source: the project's folder.
        needs: of its tests.
        installed: what of it is installed.
        target: the folder to make.
        options: of the user, for pytest.

    Raises:
        TrialError: there are no tests.
        OutputError: it cannot be copied.
    """
    _refuse_nothing(source, needs, options)
    copied(source, target, history=False)
    paths: list[str | Path] = []
    laid: list[str] = []
    for path in [] if _names_files(source, options) else needs.paths:
        inside = _inside(path, installed)
        paths.append(_lay(source / path, installed, inside, laid) if inside else path)
    for base in _BASES:
        for name in installed.names:
            _remove(target / base / name, keep=[target / path for path in needs.paths])
    notes = [f"Tests that the wheel leaves out were laid beside what is installed: {', '.join(laid)}."] if laid else []
    return Place(
        cwd=target,
        source=source,
        site=installed.site,
        arguments=(*_settings(target, needs), *options, *paths),
        shown=(*options, *(() if _names_files(source, options) else needs.paths)),
        notes=tuple(notes),
    )


def _settings(folder: Path, needs: Needs) -> list[str | Path]:
    own = ["-c", folder / needs.config] if needs.config else ["-c", "/dev/null"] if Path("/dev/null").exists() else []
    return [f"--rootdir={folder}", *own, *([] if needs.config else ["-o", _UNUSUAL])]


def _inside(path: str, installed: Installed) -> str:
    """The path of tests inside an installed package, relative to where that is; empty for others."""
    for base in _BASES:
        below = path.removeprefix(f"{base}/") if base else path
        if (not base or below != path) and "/" in below and below.partition("/")[0] in installed.names:
            return below
    return ""


def _lay(tests: Path, installed: Installed, inside: str, laid: list[str]) -> Path:
    """Where they are, once they are there."""
    target = installed.site / inside
    if not any(name == inside or name.startswith(f"{inside}/") for name in installed.files):
        laid.append(inside)
        if tests.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(tests, target)
        else:
            shutil.copy(tests, target)
    return target


def _remove(path: Path, keep: Sequence[Path]) -> None:
    if any(one == path or (path == one.parent and one.parent.name in {"tests", "test"}) for one in keep):
        return
    if path.is_dir() and any(path.glob("*.py")):
        shutil.rmtree(path)
    elif path.is_file() and path.suffix == ".py":
        path.unlink()


def _names_files(source: Path, options: Sequence[str]) -> bool:
    words = [word for before, word in zip(("", *options), options, strict=False) if before not in _WITH_WORDS]
    return any(not word.startswith("-") and (source / word.partition("::")[0]).exists() for word in words)


def _refuse_nothing(source: Path, needs: Needs, options: Sequence[str]) -> None:
    if not needs.paths and not _names_files(source, options):
        raise TrialError(
            f"There are no tests in '{source.name}': neither do pytest's settings name any, nor does a file or folder.",
            "An sdist often has none: name a clone of the repository, or the files behind '--'.",
        )
