"""What is installed: in the environment that ungil runs in, or in another, of which nothing is run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from ungil.deps.model import Dependency, Tree, a_name, a_version
from ungil.deps.needs import linked, required
from ungil.deps.target import Environment, Target
from ungil.errors import SourceError
from ungil.index.address import without_secrets

__all__ = ["folders", "is_environment", "read"]


def is_environment(path: Path) -> bool:
    """Whether a folder is a virtual environment."""
    return (path / "pyvenv.cfg").is_file()


def folders(path: Path) -> list[str]:
    """Where the packages of an environment lie.

    Raises:
        SourceError: there is no such place in it.
    """
    found = [*path.glob("lib*/python*/site-packages"), *path.glob("Lib/site-packages")]
    if not found:
        raise SourceError(f"'{path}' is an environment without a site-packages folder.", "Make it anew.")
    return [str(folder) for folder in found if not folder.parent.parent.is_symlink()]  # lib64 leads to lib


def read(path: Path | None, target: Target) -> Tree:
    """The packages of an environment; None: the one that ungil runs in."""
    place = str(path or sys.prefix)
    installed = [*(distributions(path=folders(path)) if path is not None else distributions())]
    facts, remarks = _facts(place, installed, target.prepared())
    where = dict.fromkeys(str(one.locate_file("")) for one in installed)
    return Tree(place, "an environment", facts, remarks=tuple(remarks), folders=tuple(where))


def _facts(
    place: str, installed: Iterable[Distribution], environment: Environment
) -> tuple[tuple[Dependency, ...], list[str]]:
    """Each package once: of two with one name, Python imports the first."""
    found: dict[NormalizedName, Dependency] = {}
    needs: dict[NormalizedName, list[Requirement]] = {}
    remarks = []
    for distribution in installed:
        try:
            metadata = distribution.metadata
            name, version = a_name(metadata.get("Name") or ""), a_version(metadata.get("Version") or "")
        except (ValueError, OSError) as error:  # since 3.15, missing metadata is a FileNotFoundError
            remarks.append(f"Not judged, since its metadata is damaged: {str(error).rstrip('.')}.")
            continue
        if name not in found:
            found[name] = Dependency(name=name, version=version, path=place, source=_source(distribution))
            needs[name] = required(metadata.get_all("Requires-Dist") or (), environment)
    return linked(found.values(), needs), remarks


def _source(distribution: Distribution) -> str | None:
    """Where a package was installed from, if that was no index (PEP 610)."""
    try:
        text = distribution.read_text("direct_url.json")
        if text is None:
            return None
        url = json.loads(text)["url"]
    except (ValueError, KeyError, TypeError):
        return "a place that its direct_url.json does not tell"
    return without_secrets(str(url))
