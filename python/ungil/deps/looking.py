"""Gets at the extension modules of a tree, to look into them: in the environment, or in wheels that pip unpacks."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ungil.deps.model import Tree
from ungil.deps.package import Package
from ungil.deps.probing import Look, looked_into
from ungil.deps.target import Target
from ungil.deps.unpacking import unpacked
from ungil.errors import UsageError
from ungil.wheel import hosts, reading
from ungil.wheel.hosts import Host

__all__ = ["Inspection", "inspected"]

type _Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is done with modules.

    Attributes:
        read: their files are read.
        run: they are imported, in child processes.
        index_options: for pip, which downloads the wheels.
    """

    read: bool
    run: bool
    index_options: Sequence[str] = ()


def inspected(
    tree: Tree, packages: Sequence[Package], target: Target, inspection: Inspection, report: _Report
) -> tuple[Package, ...]:
    """The packages, each with what its modules declare and do, where it is installed or has a wheel.

    Raises:
        UsageError: there is no interpreter that can import them, or the environment is of another build.
        WheelError: what reads binaries is not installed.
        PackageIndexError: pip cannot download the wheels.
    """
    if inspection.read:
        reading.require_readers()
    if tree.folders:
        host = _of_environment(tree, target)
        folders = tuple(Path(folder) for folder in tree.folders)
        look = Look(folders=folders, python=target.python, host=host if inspection.run else None, read=inspection.read)
        return looked_into(packages, look, report)
    importer = _at_hand(target) if inspection.run else None
    with tempfile.TemporaryDirectory(prefix="ungil-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        report("downloading the wheels")
        unpacked(packages, target, inspection.index_options, folder)
        look = Look(folders=(folder / "site",), python=target.python, host=importer, read=inspection.read)
        return looked_into(packages, look, report)


def _of_environment(tree: Tree, target: Target) -> Host:
    """The environment's own interpreter, which has to be the build that is asked about."""
    host = hosts.named([_program(Path(tree.name))])[0]
    if host.version != target.python:
        raise UsageError(
            f"'{tree.name}' is an environment of {host.version}: what its modules do under {target.python} is not seen "
            "there.",
            f"Say --python {host.version}, or name a lock file.",
        )
    return host


def _program(place: Path) -> Path:
    """An environment's interpreter: for ungil's own the one that runs, beside which others may lie in one folder."""
    own = Path(sys.executable)
    if place.resolve() == Path(sys.prefix).resolve():
        return own
    programs = [place / "bin" / "python", place / "Scripts" / "python.exe", place / "bin" / "python3"]
    return next((one for one in programs if one.exists()), own)


def _at_hand(target: Target) -> Host:
    tags = frozenset(tag for tag in target.tags if tag.abi == f"cp{target.python.replace('.', '')}")
    found, why = hosts.hosts_for(tags, ())
    if not found:
        raise UsageError(f"Nothing can be imported: {why}.", "Leave --import away; --binaries runs nothing.")
    return found[0]
