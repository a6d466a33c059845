"""Looks into the extension modules of packages that are installed: what they declare, and what importing them does.

Reading and importing are those of ``ungil.wheel``, in child processes; here each module is found in its package, and
what turned the GIL on is told from what was importing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, distributions
from mmap import ACCESS_READ, mmap
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from ungil.deps.package import Package
from ungil.wheel import names, probing
from ungil.wheel.hosts import Host
from ungil.wheel.model import Binary, Method, Module, Reading, Verdict
from ungil.wheel.probing import Runnable
from ungil.wheel.reading import Reader, Unread

__all__ = ["Look", "looked_into"]

_AT_A_TIME = 2  # packages whose modules are imported
_SECONDS = 30  # for one module


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is looked at, and how.

    Attributes:
        folders: where packages are installed.
        python: the build whose modules count, ``3.14t``.
        host: the interpreter that imports modules; None: none is imported.
        read: whether files are read.
    """

    folders: tuple[Path, ...]
    python: str
    host: Host | None
    read: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is called like an extension module."""

    name: str
    path: str  # from the folder on
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / self.path


def looked_into(packages: Iterable[Package], look: Look, report: Callable[[str], None]) -> tuple[Package, ...]:
    """The packages, each with what its modules declare and do; those that are not installed there as they were."""
    files = _files(look)
    every = [file for found in files.values() for file in found]
    report(f"reading {len(every)} extension modules")
    binaries = _read(every) if look.read else {}
    imported = _imported(files, look, report) if look.host is not None else {}
    looked = []
    for package in packages:
        own = files.get(package.dependency.name)
        modules = tuple(_module(file, binaries.get(file), imported.get(file.name, [])) for file in own or ())
        looked.append(replace(package, modules=modules if own is not None else None))
    return tuple(looked)


def _read(files: list[_File]) -> dict[_File, Binary]:
    with Reader() as reader:
        read = reader.binaries([Unread(one.path, one.file, _stem(one.name)) for one in files])
    return dict(zip(files, read, strict=True))


def _stem(module: str) -> str:
    return module.rpartition(".")[2]


def _files(look: Look) -> dict[NormalizedName, list[_File]]:
    """The extension modules of each installed package that the build would load."""
    found: dict[NormalizedName, list[_File]] = {}
    for folder in look.folders:
        for distribution in distributions(path=[str(folder)]):
            name = _name(distribution)
            if name is not None and name not in found:  # of two with one name, Python imports the first
                found[name] = list(_modules(distribution, folder, look.python))
    return found


def _name(distribution: Distribution) -> NormalizedName | None:
    """Which package it is; None where its metadata is missing or damaged, which whoever read the tree has told."""
    try:
        name = distribution.metadata.get("Name")
    except (ValueError, OSError):  # since 3.15, missing metadata is a FileNotFoundError
        return None
    return canonicalize_name(name) if name else None


def _modules(distribution: Distribution, folder: Path, python: str) -> Iterable[_File]:
    for path in distribution.files or ():
        suffix = names.suffix_of(path.as_posix())
        name = names.module_name(path.as_posix(), suffix) if suffix is not None else None
        if suffix is None or name is None or suffix.abi not in {f"cp{python.replace('.', '')}", "abi3t", ""}:
            continue
        file = _File(name, path.as_posix(), folder)
        if file.file.is_file() and (suffix.abi or _is_module(file)):
            yield file


def _is_module(file: _File) -> bool:
    """Whether a bare ``.so`` or ``.pyd``, which may be any library, has the name of a module's init function in it."""
    ending = names.mangled(_stem(file.name)).encode()
    try:
        with file.file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
            return any(data.find(begin + ending + b"\0") >= 0 for begin in (b"PyInit", b"PyModExport"))
    except (OSError, ValueError):  # it may not be read, or is empty, which mmap refuses
        return False


def _imported(
    files: Mapping[NormalizedName, list[_File]], look: Look, report: Callable[[str], None]
) -> dict[str, list[Reading]]:
    """What each module did when its package's modules were imported, by name."""
    host = look.host
    packages = [(name, found) for name, found in files.items() if found]

    def run(package: tuple[NormalizedName, list[_File]]) -> dict[str, list[Reading]]:
        name, found = package
        report(f"importing the modules of {name}")
        runnable = [Runnable(one.name, one.file, names.mangled(_stem(one.name))) for one in found]
        return probing.readings(host, found[0].folder, runnable, lambda _: True, _SECONDS) if host is not None else {}

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return {name: told for found in pool.map(run, packages) for name, told in found.items()}


def _module(file: _File, binary: Binary | None, ran: list[Reading]) -> Module:
    """What is known of a module, as ``ungil.wheel`` keeps it."""
    known = binary or Binary(path=file.path)
    said = known.declaration
    read = []
    if said is not None:
        read.append(Reading(Method.READ, said.verdict, said.how))
    elif binary is not None:
        read.append(Reading(Method.READ, Verdict.UNKNOWN, known.problem or "it exports no such module"))
    suffix = names.suffix_of(file.path)
    assert suffix is not None  # noqa: S101 - or it would not be here
    order = list(Method)
    return Module(file.name, suffix, known, (*read, *sorted(ran, key=lambda one: order.index(one.method))))
