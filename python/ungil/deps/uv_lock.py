"""``uv.lock``: followed from the project's own packages along the dependencies whose markers hold.

uv writes where a fork of its resolution leads with the same markers that it writes on dependencies, so following them
finds the one version that would be installed. Which versions others can use is not in it, but for the project's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from ungil.deps.model import Constraint, Dependency, Selection, Tree, a_name, a_version
from ungil.deps.target import Environment, Target, holds
from ungil.deps.toml import Table, package_lines
from ungil.index.address import file_name, without_secrets

__all__ = ["read"]

VERSION = 1


class _Edge(NamedTuple):
    """That somebody depends on a package; the table says with which extras, and when."""

    by: NormalizedName
    name: NormalizedName
    table: Table


@dataclass(eq=False)
class _Package:
    name: NormalizedName
    version: Version | None
    table: Table
    line: int

    def edges(self, tables: Iterable[Table]) -> list[_Edge]:
        return [_Edge(self.name, a_name(table.text("name")), table) for table in tables]


class _Lock:
    def __init__(self, table: Table, lines: list[int]) -> None:
        self.manifest = table.table("manifest")
        self.packages = [_package(one, line) for one, line in zip(table.tables("package"), lines, strict=False)]
        self._by_name: dict[NormalizedName, list[_Package]] = {}
        for package in self.packages:
            self._by_name.setdefault(package.name, []).append(package)

    def roots(self) -> list[_Package]:
        """The packages that are the project, or the workspace."""
        members = {a_name(member) for member in self.manifest.texts("members")}
        if members:
            return [package for package in self.packages if package.name in members]
        return [package for package in self.packages if "." in map(package.table.table("source").data.get, _OWN)]

    def target_of(self, edge: _Edge) -> list[_Package]:
        """The packages that an edge leads to: one, unless the lock file is damaged."""
        version, source = edge.table.optional_text("version"), edge.table.data.get("source")
        found = [
            package
            for package in self._by_name.get(edge.name, [])
            if (version is None or package.version == a_version(version))
            and (source is None or package.table.data.get("source") == source)
        ]
        if not found:
            raise ValueError(f"'{edge.by}' depends on '{edge.name}', which is not in it")
        return found


_OWN = ("virtual", "editable")


def _package(table: Table, line: int) -> _Package:
    version = table.optional_text("version")
    return _Package(a_name(table.text("name")), a_version(version) if version else None, table, line)


def read(table: Table, text: str, path: str, selection: Selection, target: Target) -> Tree:
    """The tree of a lock file.

    Raises:
        ValueError: the file is of another format version, or damaged.
        SourceError: it has no such extra or group.
    """
    version = table.number("version")
    if version != VERSION:
        raise ValueError(f"its format is version {version}, and ungil reads version {VERSION}")
    lock = _Lock(table, package_lines(text))
    roots = lock.roots()
    all_extras = _named(roots, "optional-dependencies")
    all_groups = _named(roots, "dev-dependencies")
    extras, groups = selection.chosen(all_extras, all_groups, path)
    start = _start(lock, roots, extras, groups)
    environment = target.prepared(_conflicting(roots, extras, groups))
    own = {package.name for package in roots}
    reached = _reached(lock, start, lambda edge: holds(edge.table.optional_text("marker"), environment))
    everywhere = _reached(lock, start, lambda _: True)
    constraints = _constraints(roots, target.prepared(extras))
    found = [_dependency(one, path, by, constraints) for one, by in reached.items() if one.name not in own]
    return Tree(
        path,
        "uv.lock",
        tuple(sorted(found, key=lambda one: (one.name, str(one.version)))),
        left_out=selection.left_out(all_extras, all_groups),
        elsewhere=len(everywhere) - len(reached),
        remarks=target.remarks(table.optional_text("requires-python")),
    )


def _named(roots: list[_Package], key: str) -> set[NormalizedName]:
    return {a_name(name) for package in roots for name in package.table.table(key).data}


def _start(lock: _Lock, roots: list[_Package], extras: frozenset[str], groups: frozenset[str]) -> list[_Edge]:
    """What the project itself depends on; of a script's lock file, what the script does."""
    script = NormalizedName("the-script")
    if not roots and "requirements" in lock.manifest:
        return [_Edge(script, a_name(one.text("name")), one) for one in lock.manifest.tables("requirements")]
    if not roots:
        raise ValueError("it does not say which of its packages is the project")
    return [edge for package in roots for edge in _own_edges(package, extras, groups)]


def _own_edges(package: _Package, extras: frozenset[str], groups: frozenset[str]) -> list[_Edge]:
    edges = package.edges(package.table.tables("dependencies"))
    for key, chosen in (("optional-dependencies", extras), ("dev-dependencies", groups)):
        optional = package.table.table(key)
        for name in optional.data:
            if a_name(name) in chosen:
                edges += package.edges(optional.tables(name))
    return edges


def _conflicting(roots: list[_Package], extras: frozenset[str], groups: frozenset[str]) -> set[str]:
    """How uv writes extras and groups that exclude each other into markers."""
    kinds = (("extra", extras), ("group", groups))
    return {f"{kind}-{len(root.name)}-{root.name}-{name}" for root in roots for kind, names in kinds for name in names}


def _reached(
    lock: _Lock, start: list[_Edge], is_followed: Callable[[_Edge], bool]
) -> dict[_Package, set[NormalizedName]]:
    """What the edges lead to, directly or not, and who needs it."""
    needed_by: dict[_Package, set[NormalizedName]] = {}
    followed: set[tuple[_Package, str]] = set()  # the extras whose dependencies were
    todo = list(start)
    while todo:
        edge = todo.pop()
        if not is_followed(edge):
            continue
        for package in lock.target_of(edge):
            if package not in needed_by:
                todo += package.edges(package.table.tables("dependencies"))
            needed_by.setdefault(package, set()).add(edge.by)
            for extra in edge.table.texts("extra"):
                if (package, extra) not in followed:
                    followed.add((package, extra))
                    todo += package.edges(package.table.table("optional-dependencies").tables(extra))
    return needed_by


def _constraints(roots: list[_Package], environment: Environment) -> dict[NormalizedName, list[Constraint]]:
    """What the project itself asks of versions, where the markers hold; here extras have their own names."""
    found: dict[NormalizedName, list[Constraint]] = {}
    for root in roots:
        for required in root.table.table("metadata").tables("requires-dist"):
            if not holds(required.optional_text("marker"), environment):
                continue
            one = Constraint(SpecifierSet(required.optional_text("specifier") or ""), root.name)
            found.setdefault(a_name(required.text("name")), []).append(one)
    return found


def _dependency(
    package: _Package, path: str, needed_by: set[NormalizedName], constraints: dict[NormalizedName, list[Constraint]]
) -> Dependency:
    source = package.table.table("source")
    registry = source.optional_text("registry")
    kind = next(iter(source.data), "registry")
    files = [*package.table.tables("wheels"), *([package.table.table("sdist")] if "sdist" in package.table else [])]
    return Dependency(
        name=package.name,
        version=package.version,
        path=path,
        line=package.line,
        source=None if kind == "registry" else without_secrets(f"{kind}: {source.data[kind]}"),
        index=without_secrets(registry) if registry else None,
        listed=tuple(name for file in files if (name := _file_name(file))),
        needed_by=tuple(sorted(needed_by)),
        constraints=tuple(constraints.get(package.name, [])),
    )


def _file_name(file: Table) -> str | None:
    for key in ("filename", "url", "path"):
        value = file.optional_text(key)
        if value:
            return file_name(value)
    return None
