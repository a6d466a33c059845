"""``poetry.lock``: the packages of the groups and extras that count, whose markers hold.

Since format 2.1 (Poetry 2.0) a package says which groups it is for and under which markers. Before, only the optional
ones were marked, so everything else counts; what an extra needs is found by following it.
"""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName

from ungil.deps.model import Constraint, Dependency, Selection, Tree, a_name, a_version
from ungil.deps.target import Environment, Target, holds
from ungil.deps.toml import Table, package_lines
from ungil.index.address import without_secrets

__all__ = ["read"]

_VERSIONS = ("1", "2")  # the major ones that are read
_MAIN = NormalizedName("main")


def read(table: Table, text: str, path: str, selection: Selection, target: Target) -> Tree:
    """The tree of a lock file.

    Raises:
        ValueError: the file is of another format version, or damaged.
        SourceError: it has no such extra or group.
    """
    version = table.table("metadata").optional_text("lock-version") or "1.0"
    if version.partition(".")[0] not in _VERSIONS:
        raise ValueError(f"its format is version {version}, and ungil reads versions {' and '.join(_VERSIONS)}")
    packages = table.tables("package")
    all_extras = {a_name(name): table.table("extras").texts(name) for name in table.table("extras").data}
    all_groups = {group for package in packages for group in _groups(package)} - {_MAIN}
    extras, groups = selection.chosen(all_extras, all_groups, path)
    wanted = _reachable([name for extra in extras for name in all_extras[NormalizedName(extra)]], packages)
    environment = target.prepared(extras)
    taken, elsewhere = [], 0
    for package, line in zip(packages, package_lines(text), strict=False):
        if not _is_chosen(package, groups | {_MAIN}, wanted):
            continue
        if _holds(package, groups | {_MAIN}, environment):
            taken.append((package, line))
        else:
            elsewhere += 1
    facts = _Facts(path, table.table("metadata").table("files"))
    for package, _ in taken:
        facts.note(package, environment)
    return Tree(
        path,
        "poetry.lock",
        tuple(sorted((facts.dependency(*one) for one in taken), key=lambda one: (one.name, str(one.version)))),
        left_out=selection.left_out(all_extras, all_groups),
        elsewhere=elsewhere,
        remarks=target.remarks(table.table("metadata").optional_text("python-versions")),
    )


def _groups(package: Table) -> set[NormalizedName]:
    """The groups that a package is for; format 1 knows two and calls them categories."""
    return {a_name(group) for group in package.texts("groups") or [package.optional_text("category") or _MAIN]}


def _is_chosen(package: Table, groups: frozenset[str], wanted: set[NormalizedName]) -> bool:
    if not _groups(package) & groups:
        return False
    return not package.flag("optional") or a_name(package.text("name")) in wanted


def _holds(package: Table, groups: frozenset[str], environment: Environment) -> bool:
    """Whether its markers hold: one for all groups, or one for each."""
    markers = package.data.get("markers")
    if not isinstance(markers, dict):
        return holds(package.optional_text("markers"), environment)
    unmarked = _groups(package) - {a_name(group) for group in markers}
    relevant = [package.table("markers").text(group) for group in markers if a_name(group) in groups]
    return bool(unmarked & groups) or any(holds(marker, environment) for marker in relevant)


def _reachable(requirements: list[str], packages: list[Table]) -> set[NormalizedName]:
    """What an extra asks for, and what that depends on."""
    edges = {a_name(package.text("name")): package.table("dependencies").data for package in packages}
    todo = [_required(requirement) for requirement in requirements]
    reached: set[NormalizedName] = set()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += map(a_name, edges.get(name, ()))
    return reached


def _required(text: str) -> NormalizedName:
    """The name in ``name (>=1.0)``."""
    try:
        return a_name(Requirement(text).name)
    except InvalidRequirement:
        return a_name(text.partition(" ")[0])


class _Facts:
    """What the packages that count say of each other."""

    def __init__(self, path: str, files: Table) -> None:
        self._path = path
        self._files = files  # of format 1, which lists them apart
        self._needed_by: dict[NormalizedName, set[NormalizedName]] = {}
        self._constraints: dict[NormalizedName, list[Constraint]] = {}

    def note(self, package: Table, environment: Environment) -> None:
        """Whom a package needs, in which versions, where its markers hold; what only its extras need is left out."""
        by = a_name(package.text("name"))
        for dependency, written in package.table("dependencies").data.items():
            for one in written if isinstance(written, list) else [written]:
                told = one if isinstance(one, dict) else {"version": one}
                if not told.get("optional") and holds(told.get("markers"), environment):
                    self._note(by, a_name(dependency), told.get("version"))

    def _note(self, by: NormalizedName, name: NormalizedName, versions: object) -> None:
        self._needed_by.setdefault(name, set()).add(by)
        bound = _specifiers(versions) if isinstance(versions, str) else None
        if bound is not None:
            self._constraints.setdefault(name, []).append(Constraint(bound, by))

    def dependency(self, package: Table, line: int) -> Dependency:
        """One package, with what the others say of it."""
        name = a_name(package.text("name"))
        files = [file.text("file") for file in package.tables("files")]
        files += [file.text("file") for file in self._files.tables(package.text("name"))]
        source = package.table("source")
        kind = source.optional_text("type")
        return Dependency(
            name=name,
            version=a_version(package.text("version")),
            path=self._path,
            line=line,
            source=without_secrets(f"{kind}: {source.text('url')}") if kind not in {None, "legacy"} else None,
            index=without_secrets(source.text("url")) if kind == "legacy" else None,
            listed=tuple(files),
            needed_by=tuple(sorted(self._needed_by.get(name, ()))),
            constraints=tuple(self._constraints.get(name, ())),
        )


def _specifiers(text: str) -> SpecifierSet | None:
    """What Poetry writes of versions, where it is what Python packaging writes too; ``^1.0`` is its own."""
    try:
        return SpecifierSet("" if text == "*" else text)
    except InvalidSpecifier:
        return None
