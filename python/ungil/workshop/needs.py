"""What the tests of a project need and where they are, from what the project says of itself. Nothing of it is run."""

from __future__ import annotations

import ast
import configparser
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["Needs", "tests_of"]

_NAMES: Final = ("test", "tests", "testing", "tests-all", "test-requires", "unittest", "pytest", "dev", "develop")
"""Of groups and extras; of those named last, only what tests import is taken."""

_BROAD: Final = frozenset({"dev", "develop"})
_FILES: Final = (
    "requirements-test*.txt", "requirements_test*.txt", "requirements-dev.txt", "requirements_dev.txt",
    "test-requirements.txt", "test_requirements.txt", "dev-requirements.txt",
    "requirements/test*.txt", "requirements/dev*.txt", "requirements/pytest*.txt", "ci/requirements*test*.txt",
    "tests/requirements*.txt", "test/requirements*.txt",
)  # fmt: skip
_FOLDERS: Final = ("tests", "test", "testing", "Tests", "unittests", "t")
_NOT_FOR_TESTS: Final = frozenset(
    "mypy ruff flake8 black isort pylint pyright pre-commit tox nox twine build wheel sphinx furo codecov coveralls"
    " check-manifest cibuildwheel auditwheel bump2version bumpversion pyroma pytest-xdist pytest-cov pytest-benchmark"
    " pytest-run-parallel pytest setuptools pip virtualenv tox-uv types-setuptools".split()
) - {"setuptools", "pytest-benchmark"}
"""Neither imported by tests nor wanted: pytest comes with ungil's own requirements, plugins of it would interfere."""

_KNOWN: Final = {
    name: name
    for name in (
        "hypothesis",
        "numpy",
        "psutil",
        "pytest_asyncio",
        "pytest_mock",
        "trio",
        "anyio",
        "attrs",
        "requests",
        "pandas",
        "scipy",
        "objsize",
        "six",
        "packaging",
        "setuptools",
        "cython",
        "cffi",
        "greenlet",
        "pytz",
        "parameterized",
        "perf",
        "pytest_codspeed",
        "pytest_benchmark",
        "msgpack",
        "mock",
        "testtools",
        "ddt",
        "nose",
        "covdefaults",
        "dateutil",
        "yaml",
        "attr",
        "Cython",
    )  # fmt: skip
} | {"dateutil": "python-dateutil", "yaml": "PyYAML", "attr": "attrs", "pytest_asyncio": "pytest-asyncio"}
"""What tests import that the project forgot to ask for: a name is never guessed, since anybody can register one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What it takes to run a project's tests.

    Attributes:
        runner: what they are written for: ``pytest``, ``unittest``, or empty if there are none.
        requirements: what they need beside the project and pytest.
        paths: the files and folders that hold them, below the project's folder, with forward slashes.
        packages: the import packages and modules that lie in the project's folder, as paths: those that could be
            imported in place of what is installed.
        config: the file that holds pytest's settings, with forward slashes; empty if there is none.
        addopts: what these have pytest be told each time, as written.
        found_in: where that was read: ``[dependency-groups] test``, ``tox.ini``.
    """

    runner: str
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    config: str = ""
    addopts: str | tuple[str, ...] = ""
    found_in: tuple[str, ...] = ()


def tests_of(project: Path) -> Needs:
    """Looks at the folder of a project; what cannot be read is passed over."""
    said = _Said(project)
    paths = tuple(_paths(project, said))
    imported = _imported(project, paths)
    said.look(imported)
    named = {canonicalize_name(one.name) for one in said.found.values()}
    missing = [
        _KNOWN[name] for name in sorted(imported & _KNOWN.keys()) if canonicalize_name(_KNOWN[name]) not in named
    ]
    return Needs(
        runner="" if not paths else "pytest" if "pytest" in imported or said.configured else "unittest",
        requirements=(*map(str, said.found.values()), *dict.fromkeys(missing)),
        paths=paths,
        packages=tuple(sorted(_packages(project))),
        config=said.config,
        addopts=tuple(map(str, addopts)) if isinstance(addopts := said.settings.get("addopts", ""), list) else addopts,
        found_in=(*said.found_in, *(["imports of the tests"] if missing else [])),
    )


@dataclass
class _Said:
    """What the files of a project say of its tests."""

    project: Path
    found: dict[str, Requirement] = field(default_factory=dict)
    found_in: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pyproject = _toml(self.project / "pyproject.toml")
        self.setup = _ini(self.project / "setup.cfg")
        self.tox = _ini(self.project / "tox.ini")
        self.own = canonicalize_name(str(_at(self.pyproject, "project").get("name", "")))
        self.config, self.settings = next(self._pytest(), ("", {}))
        self.configured = bool(self.settings)

    def _pytest(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Files with settings of pytest, those that win first."""
        for name in ("pytest.toml", ".pytest.toml"):
            if table := _at(_toml(self.project / name), "pytest"):
                yield name, table
        for name in ("pytest.ini", ".pytest.ini"):
            if (ini := _ini(self.project / name)).has_section("pytest"):
                yield name, dict(ini["pytest"])
        if table := _at(self.pyproject, "tool", "pytest"):
            yield "pyproject.toml", _at(table, "ini_options") or table
        for name, ini, section in (("tox.ini", self.tox, "pytest"), ("setup.cfg", self.setup, "tool:pytest")):
            if ini.has_section(section):
                yield name, dict(ini[section])

    @property
    def testpaths(self) -> list[str]:
        """Where pytest looks, if the project says so."""
        given = self.settings.get("testpaths", [])
        return given.split() if isinstance(given, str) else [str(one) for one in given]

    def look(self, imported: set[str]) -> None:
        """In groups, extras, files of requirements, tox.ini: of those for all of development, what tests import."""
        for where, lines, broad in [*self._groups(), *self._extras(), *self._files(), *self._of_tox()]:
            wanted = [one for one in _requirements(lines) if not broad or _import_name(one) in imported]
            new = [one for one in wanted if self._take(one)]
            if new:
                self.found_in.append(where)

    def _take(self, one: Requirement) -> bool:
        name = canonicalize_name(one.name)
        if name == self.own or name in _NOT_FOR_TESTS or name in self.found:
            return False
        if one.marker is not None and not one.marker.evaluate({"extra": ""}):
            return False
        self.found[name] = one
        return True

    def _groups(self) -> Iterator[tuple[str, list[str], bool]]:
        groups = _at(self.pyproject, "dependency-groups")
        resolver = DependencyGroupResolver(dict(groups))
        for name in _chosen(groups):
            try:
                yield f"[dependency-groups] {name}", [str(one) for one in resolver.resolve(name)], name in _BROAD
            except (ExceptionGroup, ValueError, LookupError, TypeError):
                continue

    def _extras(self) -> Iterator[tuple[str, list[str], bool]]:
        extras = dict(_at(self.pyproject, "project", "optional-dependencies"))
        if self.setup.has_section("options.extras_require"):
            extras |= {name: text.splitlines() for name, text in self.setup["options.extras_require"].items()}
        for name in _chosen(extras):
            yield f"extra {name}", self._followed(extras, name), name.lower() in _BROAD

    def _followed(self, extras: Mapping[str, list[str]], name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """An extra may ask for others of the same project: ``project[docs,test]``."""
        lines: list[str] = []
        for line in extras.get(name, []):
            lines.append(str(line))
            for one in _requirements([str(line)]):
                if canonicalize_name(one.name) == self.own:
                    for extra in one.extras - seen - {name}:
                        lines += self._followed(extras, extra, seen | {name})
        return lines

    def _files(self) -> Iterator[tuple[str, list[str], bool]]:
        for pattern in _FILES:
            for path in sorted(self.project.glob(pattern)):
                yield path.relative_to(self.project).as_posix(), _lines(path), "dev" in path.name

    def _of_tox(self) -> Iterator[tuple[str, list[str], bool]]:
        if self.tox.has_section("testenv"):
            lines = []
            for line in self.tox["testenv"].get("deps", "").splitlines():
                factors, colon, rest = line.partition(":")
                conditional = colon and re.fullmatch(r"\s*!?[\w{},.-]+\s*", factors)
                line = rest if conditional else line
                if match := re.match(r"\s*-r\s*(?:\{toxinidir\}/)?(\S+)", line):
                    lines += _lines(self.project / match[1])
                else:
                    lines.append(line)
            yield "tox.ini", lines, False


# ---- Where tests are


def _paths(project: Path, said: _Said) -> Iterator[str]:
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


_TEST_FILES: Final = ("test_*.py", "*_test.py", "tests.py", "test.py")


def _has_tests(path: Path) -> bool:
    if path.is_file():
        return path.suffix == ".py"
    return path.is_dir() and any(
        one for pattern in ("test*.py", "*test.py", "*tests.py") for one in path.rglob(pattern)
    )


def _packages(project: Path) -> Iterator[str]:
    """Import packages and modules at the top, where Python would find them before what is installed."""
    for path in project.iterdir():
        if path.is_dir() and (path / "__init__.py").exists() and path.name not in _FOLDERS:
            yield path.name
        elif path.suffix == ".py" and path.stem not in {"setup", "conftest", "noxfile", "tasks"}:
            if not any(path.match(pattern) for pattern in _TEST_FILES):
                yield path.name


def _imported(project: Path, paths: Iterable[str]) -> set[str]:
    """The top-level modules that tests import, without those of the standard library."""
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
    return found - sys.stdlib_module_names


# ---- Reading what may be written in any way


def _chosen(names: Iterable[str]) -> list[str]:
    ranks = {name: rank for rank, name in enumerate(_NAMES)}
    known = [name for name in names if canonicalize_name(name) in ranks]
    return sorted(known, key=lambda name: ranks[canonicalize_name(name)])


def _import_name(one: Requirement) -> str:
    """Mostly it is the same word."""
    by_project = {canonicalize_name(project): module for module, project in _KNOWN.items()}
    name = canonicalize_name(one.name)
    return by_project.get(name, name.replace("-", "_"))


def _requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    for line in lines:
        text = re.sub(r"(^|\s)#.*", "", line).split(" --hash")[0].rstrip("\\ ").strip()
        try:
            yield Requirement(text)
        except InvalidRequirement:
            continue  # an option, a path, or nothing


def _lines(path: Path, seen: frozenset[Path] = frozenset()) -> list[str]:
    """Of a file of requirements, with those that it names."""
    if path in seen or not path.is_file():
        return []
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := re.match(r"\s*(?:-r|--requirement)[\s=]*(\S+)", line):
            lines += _lines(path.parent / match[1], seen | {path})
        else:
            lines.append(line)
    return lines


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _ini(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return configparser.ConfigParser(interpolation=None)
    return parser


def _at(table: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """A table in others; an empty one where there is none."""
    for name in names:
        inner = table.get(name)
        if not isinstance(inner, Mapping):
            return {}
        table = inner
    return table
