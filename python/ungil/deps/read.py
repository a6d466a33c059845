"""What a user names, as a tree of packages: a lock file, a requirements file, a project, an environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.pylock import is_valid_pylock_path
from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from ungil.deps import environment, poetry_lock, pylock, pyproject, requirements, uv_lock
from ungil.deps.model import Constraint, Dependency, Selection, Tree, a_name
from ungil.deps.resolve import Question, Resolved, Resolver, resolve
from ungil.deps.target import Target, holds
from ungil.deps.toml import Table, read_table, read_text
from ungil.errors import SourceError, UsageError

__all__ = ["Wish", "read"]

_KINDS = "uv.lock, pylock.toml, poetry.lock, requirements.txt, pyproject.toml"
_IN_A_FOLDER = (
    "uv.lock",
    "pylock.toml",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
)  # the first there is read
_LOCKS = _IN_A_FOLDER[:3]

type _Reader = Callable[[Table, str, str, Selection, Target], Tree]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a tree is read.

    Attributes:
        target: the build and the platform that it is for.
        selection: which extras and groups count.
        resolver: who chooses versions where nobody has.
        index_options, offline, allow_builds: for the resolver.
    """

    target: Target
    selection: Selection = field(default_factory=Selection)
    resolver: Resolver = Resolver.AUTO
    index_options: tuple[str, ...] = ()
    offline: bool = False
    allow_builds: bool = False


def read(named: str | None, wish: Wish) -> tuple[Tree, requirements.Requirements | None]:
    """The tree, and of a requirements file what it says of indexes; nothing named is the environment ungil runs in.

    Raises:
        SourceError: it is not there, is of an unknown kind or another format version, or is damaged.
        ResolutionError: it does not name every version, and the resolver fails.
        UsageError: extras or groups are asked of what has none.
    """
    path = _file(Path(named)) if named is not None else None
    if path is None or path.is_dir():
        _without_selection(wish, "An environment")
        return environment.read(path, wish.target), None
    if path.name.endswith((".txt", ".in")):
        _without_selection(wish, "A requirements file")
        return _requirements(path, wish)
    return _toml(path, wish), None


def _file(path: Path) -> Path:
    """The file to read: of a folder, the one that says most; a folder that is an environment is read itself."""
    if not path.exists():
        raise SourceError(f"There is no '{path}'.", f"Name a file: {_KINDS}; or a folder with one, or an environment.")
    if not path.is_dir() or environment.is_environment(path):
        return path
    for name in _IN_A_FOLDER:
        if (path / name).is_file():
            return path / name
    raise SourceError(f"'{path}' is no environment, and has none of {_KINDS}.", "Name a file.")


def _without_selection(wish: Wish, kind: str) -> None:
    if wish.selection.extras or wish.selection.groups:
        raise UsageError(f"{kind} has no extras and groups to choose from.", "Leave --extra and --group away.")


def _requirements(path: Path, wish: Wish) -> tuple[Tree, requirements.Requirements]:
    found = requirements.read(path)
    tree = requirements.tree(found, path, wish.target) if found.is_resolved else None
    if tree is None:
        question = _question(path, "", wish)
        resolved = resolve(question, wish.resolver, wish.target)
        asked = requirements.meant_for(wish.target, found.asked)
        lines = {a_name(one.requirement.name): one.line for one in asked if one.path == path}
        direct = [one.requirement for one in asked]
        packages = tuple(_bound(one, direct, path.name, lines) for one in resolved.dependencies)
        tree = _resolved_tree(path, "requirements.txt", packages, resolved)
    return tree, found


def _question(path: Path, text: str, wish: Wish, wanted: pyproject.Wanted | None = None) -> Question:
    return Question(
        path=path,
        text=text,
        extras=wanted.extras if wanted is not None else (),
        groups=wanted.groups if wanted is not None else (),
        index_options=wish.index_options,
        offline=wish.offline,
        allow_builds=wish.allow_builds,
    )


def _resolved_tree(path: Path, kind: str, packages: tuple[Dependency, ...], resolved: Resolved) -> Tree:
    return Tree(str(path), kind, packages, resolved.by, elsewhere=resolved.elsewhere, remarks=resolved.remarks)


def _bound(one: Dependency, direct: list[Requirement], by: str, lines: Mapping[NormalizedName, int]) -> Dependency:
    """A resolved package, with what the file itself asks of it for the target, and the line where it does."""
    own = tuple(Constraint(r.specifier, by) for r in direct if r.specifier and a_name(r.name) == one.name)
    return replace(one, constraints=(*own, *one.constraints), line=lines.get(one.name, 1))


def _toml(path: Path, wish: Wish) -> Tree:
    """A lock file or a project; whatever is wrong with it, the error names it."""
    text = read_text(path)
    table = read_table(text, path)
    try:
        if path.name == "pyproject.toml":
            return _project(path, text, table, wish)
        return _reader(path, table)(table, text, str(path), wish.selection, wish.target)
    except ValueError as error:
        raise SourceError(f"'{path}' cannot be read: {error}.", "Make it anew, or name another file.") from error


def _reader(path: Path, table: Table) -> _Reader:
    """The reader of a lock file, known by its name or, under another one, by what is in it."""
    if path.name == "poetry.lock" or "lock-version" in table.table("metadata"):
        return poetry_lock.read
    if is_valid_pylock_path(path) or "lock-version" in table:
        return pylock.read
    if path.name == "uv.lock" or ("version" in table and "package" in table):
        return uv_lock.read
    raise SourceError(f"'{path}' is of no kind that ungil reads.", f"Name one of {_KINDS}.")


def _project(path: Path, text: str, table: Table, wish: Wish) -> Tree:
    """A project as it is locked beside it, else as it is resolved now."""
    for name in _LOCKS:
        lock = path.with_name(name)
        if lock.is_file():
            tree = _toml(lock, wish)
            return replace(tree, name=str(path), remarks=(*tree.remarks, f"Versions are those of '{lock}'."))
    wanted = pyproject.read(table, str(path), wish.selection)
    if wanted is None:
        raise ValueError("it has no [project] table, and there is no lock file beside it")
    lines = [str(one) for one in wanted.requirements]
    resolved = resolve(_question(path, "\n".join([*lines, ""]), wish, wanted), wish.resolver, wish.target)
    places = _places(text)
    environment = wish.target.prepared()
    direct = [one for one in wanted.requirements if holds(str(one.marker or ""), environment)]
    packages = tuple(_bound(one, direct, path.name, places) for one in resolved.dependencies)
    return replace(_resolved_tree(path, "pyproject.toml", packages, resolved), left_out=wanted.left_out)


def _places(text: str) -> dict[NormalizedName, int]:
    """The lines on which a pyproject.toml names packages, counted from 1; the first counts."""
    found: dict[NormalizedName, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r"""["']([A-Za-z0-9][A-Za-z0-9._-]*)\s*[\[<>=!~;@"']""", line):
            found.setdefault(a_name(name.rstrip("._-")), number)
    return found
