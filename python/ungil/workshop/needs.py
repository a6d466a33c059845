"""What the tests of a project need and where they are, from what the project says of itself. Nothing of it is run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.workshop.said import Said

__all__ = ["Needs", "tests_of"]

_FOLDERS: Final = ("tests", "test", "testing", "Tests", "unittests", "t")
_TEST_FILES: Final = ("test_*.py", "*_test.py", "tests.py", "test.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What it takes to run a project's tests.

    Attributes:
        runner: what they are written for: ``pytest``, ``unittest``, or empty if there are none.
        requirements: what they need beside the project and pytest.
        paths: the files and folders that hold them, below the project's folder, with forward slashes.
        config: the file that holds pytest's settings, with forward slashes; empty if there is none.
        addopts: what these have pytest be told each time, as written.
        found_in: where that was read: ``[dependency-groups] test``, ``tox.ini``.
    """

    runner: str
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    config: str = ""
    addopts: str | tuple[str, ...] = ""
    found_in: tuple[str, ...] = ()


def tests_of(project: Path) -> Needs:
    """Looks at the folder of a project; what cannot be read is passed over."""
    said = Said(project)
    paths = tuple(_paths(project, said))
    imported = _imported(project, paths)
    said.look(imported)
    missing = said.missing(imported)
    unittest = "unittest" in imported and "pytest" not in imported
    return Needs(
        runner="" if not paths else "unittest" if unittest and not said.configured else "pytest",
        requirements=(*map(str, said.found.values()), *missing),
        paths=paths,
        config=said.config,
        addopts=tuple(map(str, addopts)) if isinstance(addopts := said.settings.get("addopts", ""), list) else addopts,
        found_in=(*said.found_in, *(["imports of the tests"] if missing else [])),
    )


def _paths(project: Path, said: Said) -> Iterator[str]:
    """As pytest's settings say; else folders with a name that says it; else files with such a name."""
    told = [path for one in said.testpaths for path in sorted(project.glob(one.rstrip("/"))) if _has_tests(path)]
    usual = [project / name for name in _FOLDERS if _has_tests(project / name)]
    if not (told or usual):
        inside = [
            path for name in _FOLDERS[:2] for depth in ("*", "*/*", "*/*/*") for path in project.glob(f"{depth}/{name}")
        ]
        usual = [
            path
            for path in sorted(inside)
            if _has_tests(path) and not path.relative_to(project).parts[0].startswith(".")
        ]
    if not (told or usual):
        usual = [
            path
            for depth in ("", "*/", "src/*/")
            for pattern in _TEST_FILES
            for path in sorted(project.glob(depth + pattern))
        ]
    yield from dict.fromkeys(path.relative_to(project).as_posix() for path in told or usual)


def _has_tests(path: Path) -> bool:
    if path.is_file():
        return path.suffix == ".py"
    return path.is_dir() and any(
        one for pattern in ("test*.py", "*test.py", "*tests.py") for one in path.rglob(pattern)
    )


def _imported(project: Path, paths: Iterable[str]) -> set[str]:
    """The top-level modules that tests import, without those of the standard library but ``unittest``."""
    found: set[str] = set()
    for name in paths:
        place = project / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            try:
                tree = ast.parse(path.read_bytes())
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found - (sys.stdlib_module_names - {"unittest"})
