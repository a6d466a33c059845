"""What the files of a project say of its tests: settings of pytest, and requirements."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["Said"]

_NAMES: Final = ("test", "tests", "testing", "tests-all", "test-requires", "unittest", "pytest", "dev", "develop")
"""Of groups and extras; of those named last, only what tests import is taken."""

_BROAD: Final = frozenset({"dev", "develop"})
_FILES: Final = (
    "requirements-test*.txt", "requirements_test*.txt", "requirements-dev.txt", "requirements_dev.txt",
    "test-requirements.txt", "test_requirements.txt", "dev-requirements.txt",
    "requirements/test*.txt", "requirements/dev*.txt", "requirements/pytest*.txt", "ci/requirements*test*.txt",
    "tests/requirements*.txt", "test/requirements*.txt",
)  # fmt: skip
_NOT_FOR_TESTS: Final = frozenset({
    "auditwheel", "black", "build", "bump2version", "bumpversion", "check-manifest", "cibuildwheel", "codecov",
    "coveralls", "flake8", "furo", "isort", "mypy", "nox", "pip", "pre-commit", "pylint", "pyright", "pyroma", "pytest",
    "pytest-cov", "pytest-run-parallel", "pytest-xdist", "ruff", "sphinx", "tox", "tox-uv", "twine", "types-setuptools",
    "virtualenv", "wheel",
})  # fmt: skip
"""Neither imported by tests nor wanted: pytest comes with ungil's own requirements, some plugins would interfere."""

_WELL_KNOWN: Final = frozenset({
    "anyio", "attrs", "cffi", "ddt", "greenlet", "hypothesis", "mock", "msgpack", "numpy", "objsize", "packaging",
    "pandas", "parameterized", "psutil", "pytz", "requests", "scipy", "setuptools", "six", "testtools", "trio",
})  # fmt: skip
"""What tests import that the project forgot to ask for: no other name is guessed, since anybody can register one."""

_KNOWN: Final = {
    "Cython": "Cython",
    "attr": "attrs",
    "dateutil": "python-dateutil",
    "pytest_asyncio": "pytest-asyncio",
    "pytest_benchmark": "pytest-benchmark",
    "pytest_codspeed": "pytest-codspeed",
    "pytest_mock": "pytest-mock",
    "yaml": "PyYAML",
}
"""Likewise, where the module and the project have different names."""

_FACTORS: Final = re.compile(r"^\s*!?[\w{},.!-]+\s*:(?!/)\s*")
"""Before a requirement in tox.ini, the environments that it is for."""


@dataclass
class Said:
    """What the files of a project say of its tests."""

    project: Path
    found: dict[str, Requirement] = field(default_factory=dict)
    found_in: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the files that have sections for several tools."""
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

    def missing(self, imported: set[str]) -> list[str]:
        """The well-known packages that tests import, and the project forgot to ask for."""
        named = {canonicalize_name(one.name) for one in self.found.values()}
        wanted = dict.fromkeys(_KNOWN.get(name, name) for name in sorted(imported & (_KNOWN.keys() | _WELL_KNOWN)))
        return [name for name in wanted if canonicalize_name(name) not in named]

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
            for given in self.tox["testenv"].get("deps", "").splitlines():
                line = _FACTORS.sub("", given)
                if match := re.match(r"\s*-r\s*(?:\{toxinidir\}/)?(\S+)", line):
                    lines += _lines(self.project / match[1])
                else:
                    lines.append(line)
            yield "tox.ini", lines, False


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
