"""Files read as trees, for the platform that the tests are written for."""

from pathlib import Path

from tests.deps.judging import TARGET

from ungil.deps.model import Dependency, Selection, Tree, a_name
from ungil.deps.read import Wish, read
from ungil.deps.resolve import Resolver
from ungil.deps.target import Target


def tree(  # noqa: PLR0913 - all but two are named
    path: Path,
    text: str | None = None,
    *,
    extras: str = "",
    groups: str = "",
    everything: bool = False,
    aim: Target = TARGET,
) -> Tree:
    """The tree of a file, written with this text first; nobody is asked to resolve anything."""
    if text is not None:
        path.write_text(text, encoding="utf-8")
    chosen = Selection(frozenset(map(a_name, extras.split())), frozenset(map(a_name, groups.split())), everything)
    found, _ = read(str(path), Wish(target=aim, selection=chosen, resolver=Resolver.NONE))
    return found


def pinned(found: Tree) -> list[str]:
    """The packages of a tree as ``name==version``."""
    return [f"{one.name}=={one.version}" for one in found.dependencies]


def named(found: Tree, name: str) -> Dependency:
    """The one package with a name."""
    (one,) = (one for one in found.dependencies if one.name == name)
    return one
