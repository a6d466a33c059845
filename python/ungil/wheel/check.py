"""Looks at one wheel: its archive, its names, its binaries, and what its modules do in a child process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from packaging.tags import Tag, platform_tags

from ungil.errors import WheelError
from ungil.finding import Finding
from ungil.wheel import names, probing, reading
from ungil.wheel.archive import Archive, Member, opened
from ungil.wheel.contents import DistInfo
from ungil.wheel.fit import loads
from ungil.wheel.hosts import Host, hosts_for
from ungil.wheel.model import Binary, Method, Module, Reading, Suffix, Verdict, Wheel
from ungil.wheel.probing import Runnable
from ungil.wheel.reading import Reader, Unread
from ungil.wheel.rules import wheel_rules

__all__ = ["Run", "check", "findings"]

_DEBUG_FILES = (".pdb", ".debug", ".dwp")


@dataclass(frozen=True, slots=True)
class Run:
    """Whether and by what modules are run.

    Attributes:
        allowed: whether they may be.
        hosts: the interpreters that the user named; none leaves it to what is at hand.
        seconds: for one module.
    """

    allowed: bool = True
    hosts: tuple[Host, ...] = ()
    seconds: int = 20


def check(
    path: Path, run: Run = Run(), report: Callable[[str], None] = lambda _: None, *, reader: Reader | None = None
) -> Wheel:
    """Looks at a wheel. May be called from several threads at once.

    Args:
        path: the file.
        run: whether its modules are run.
        report: is told what is being done.
        reader: what reads binaries; whoever checks several wheels shares one, for it takes time to start.

    Raises:
        WheelError: the file is no wheel, is damaged or refused, or what reads binaries is not installed.
    """
    reading.require_readers()
    name, version, tags = names.parsed(path.name)
    report(f"unpacking {path.name}")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise WheelError(f"'{path}' cannot be read: {error.strerror}.", "Name a wheel that is there.") from error
    with stream, tempfile.TemporaryDirectory(prefix="ungil-wheel-", ignore_cleanup_errors=True) as scratch:
        archive = opened(path, stream)
        info = DistInfo(path.name, archive)
        unpacked = _Unpacked(archive, info, Path(scratch).resolve(), whole=run.allowed)
        with nullcontext(reader) if reader is not None else Reader() as reads:
            modules, libraries, hosts, not_run = _looked_at(unpacked, tags, run, report, reads)
    return Wheel(
        filename=path.name,
        name=name,
        version=version,
        tags=tags,
        inner_tags=info.tags,
        classifiers=info.classifiers,
        modules=modules,
        libraries=libraries,
        hosts=tuple(host.version for host in hosts),
        not_run=not_run,
        record=info.record(unpacked.members),
        misnamed=info.misnamed(name, version),
        leftovers=unpacked.leftovers,
    )


def findings(wheel: Wheel) -> list[Finding]:
    """What every rule says of a wheel, by place."""
    found = [finding for rule in wheel_rules() for finding in rule.check(wheel)]
    return sorted(found, key=lambda one: (one.location, one.code, one.message))


class _Unpacked:
    """A wheel in a folder: what it installs to site-packages, and apart from that its other libraries."""

    def __init__(self, archive: Archive, info: DistInfo, folder: Path, *, whole: bool) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self._whole = whole
        self.members: tuple[Member, ...] = tuple(archive.unpack(folder, self._place, info.algorithm))
        self.leftovers = tuple(
            (one.path, one.size) for one in self.members if one.path.endswith(_DEBUG_FILES) or ".dSYM/" in one.path
        )
        self._folder = folder

    def _place(self, path: str) -> str | None:
        library = names.is_library(path)
        place = names.placed(path)
        if place is None:
            return f"other/{path}" if library else None  # scripts, headers, data
        return f"site/{place}" if library or self._whole else None

    def libraries(self) -> list[Unread]:
        """Every shared library, with the name of the module that it may be."""
        found = []
        for member in self.members:
            place = self._place(member.path) if names.is_library(member.path) else None
            if place is not None and ".dSYM/" not in member.path:
                found.append(Unread(member.path, self._folder / place, _stem(member.path)))
        return found


def _stem(path: str) -> str | None:
    named = _named(path)
    return named[1].rpartition(".")[2] if named is not None else None


type _LookedAt = tuple[tuple[Module, ...], tuple[Binary, ...], tuple[Host, ...], str]


def _looked_at(
    unpacked: _Unpacked, tags: frozenset[Tag], run: Run, report: Callable[[str], None], reader: Reader
) -> _LookedAt:
    """Reads the binaries, and only then runs the modules: what is read is what was in the wheel."""
    files = unpacked.libraries()
    report("reading its binaries")
    binaries = reader.binaries(files)
    candidates = [
        one for pair in zip(files, binaries, strict=True) if (one := _candidate(*pair, unpacked.site)) is not None
    ]
    hosts, not_run = hosts_for(tags, run.hosts) if run.allowed else ((), "not asked to")
    report("running its modules")
    ran = [_run(host, candidates, unpacked.site, run.seconds) for host in hosts if candidates]
    modules = []
    libraries = []
    for binary in binaries:
        module = _module(binary, [one for found in ran for one in found.get(binary.path, [])])
        if module is None:
            libraries.append(binary)
        else:
            modules.append(module)
    return tuple(modules), tuple(libraries), hosts if candidates else (), not_run if modules else ""


class _Candidate(NamedTuple):
    """A module that some interpreter may run."""

    path: str
    suffix: Suffix
    runnable: Runnable
    unclear: bool  # what was read of it says neither that it declares nothing nor that it uses the GIL


def _candidate(file: Unread, binary: Binary, site: Path) -> _Candidate | None:
    named = _named(file.path)
    if named is None or not _is_module(*named, binary) or not file.file.is_relative_to(site):
        return None
    suffix, name = named
    unclear = binary.declaration is None or not binary.declaration.verdict.turns_gil_on
    return _Candidate(file.path, suffix, Runnable(name, file.file, names.mangled(name.rpartition(".")[2])), unclear)


def _run(host: Host, candidates: Sequence[_Candidate], site: Path, seconds: int) -> dict[str, list[Reading]]:
    """What the modules did that an interpreter finds, by path: of several files for one module, it finds the first."""
    abi = f"cp{host.version.replace('.', '')}"
    tag = Tag(abi.removesuffix("t"), abi, next(platform_tags()))
    found: dict[str, _Candidate] = {}
    for one in sorted(candidates, key=lambda one: (not one.suffix.abi, one.suffix.abi.startswith("abi3"))):
        if loads(tag, one.suffix):
            found.setdefault(one.runnable.name, one)
    modules = [one.runnable for one in candidates if found.get(one.runnable.name) is one]
    did = probing.readings(host, site, modules, lambda name: found[name].unclear, seconds)
    return {found[name].path: some for name, some in did.items()}


def _named(path: str) -> tuple[Suffix, str] | None:
    """The suffix and the name of a module that is called like a file."""
    suffix = names.suffix_of(path)
    name = names.module_name(path, suffix) if suffix is not None else None
    return (suffix, name) if suffix is not None and name is not None else None


def _is_module(suffix: Suffix, name: str, binary: Binary) -> bool:
    """Whether a library is a module: only modules are called like one, but ``.so`` alone is any library's."""
    ending = names.mangled(name.rpartition(".")[2])
    return bool(suffix.abi) or f"PyInit{ending}" in binary.entries or f"PyModExport{ending}" in binary.entries


def _module(binary: Binary, ran: list[Reading]) -> Module | None:
    """A library as a module; None if it is none."""
    named = _named(binary.path)
    if named is None or not _is_module(*named, binary):
        return None
    suffix, name = named
    said = binary.declaration
    read = (
        Reading(Method.READ, said.verdict, said.how)
        if said is not None
        else Reading(Method.READ, Verdict.UNKNOWN, binary.problem or "it was not read")
    )
    order = list(Method)
    return Module(name, suffix, binary, (read, *sorted(ran, key=lambda one: order.index(one.method))))
