"""What is known of a wheel once it has been looked at: what a rule may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from packaging.tags import Tag
from packaging.version import Version

__all__ = [
    "Binary",
    "Build",
    "Declaration",
    "Method",
    "Module",
    "Reading",
    "Suffix",
    "Verdict",
    "Wheel",
]


class Verdict(StrEnum):
    """What an extension module says about the GIL."""

    DECLARED = "declared"  # Py_MOD_GIL_NOT_USED: importing it leaves the GIL off
    GIL_USED = "GIL used"  # Py_MOD_GIL_USED: importing it turns the GIL on, as its author wants
    NOT_DECLARED = "not declared"  # nothing: importing it turns the GIL on
    UNKNOWN = "unknown"

    @property
    def turns_gil_on(self) -> bool:
        """Whether importing the module on a free-threaded build turns the GIL on."""
        return self in {Verdict.GIL_USED, Verdict.NOT_DECLARED}


class Method(StrEnum):
    """How a verdict was reached, the farthest from the interpreter first."""

    READ = "read"  # in the file
    INITIALISED = "initialised"  # by running the module's init function, and none of its other code, in a child process
    IMPORTED = "imported"  # in a child process


class Build(StrEnum):
    """What a binary was compiled for."""

    FREE_THREADED = "free-threaded"
    GIL_ENABLED = "GIL-enabled"
    UNKNOWN = "unknown"  # also what was compiled for both


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a binary says of a module in it.

    Attributes:
        verdict: what it says.
        how: what was seen; of an unknown verdict, why.
    """

    verdict: Verdict
    how: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One verdict on a module, by one method.

    Attributes:
        how: what was seen; of an unknown verdict, why.
        host: the version of the interpreter, ``3.14t``; empty where none was needed.
        others: the modules that turned the GIL on meanwhile and are not this one.
        failed: it could not be run, and not for want of something that it depends on.
    """

    method: Method
    verdict: Verdict
    how: str
    host: str = ""
    others: tuple[str, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """A shared library in a wheel.

    Attributes:
        path: in the wheel.
        container: ``ELF``, ``PE`` or ``Mach-O``; empty if it could not be read.
        architectures: ``x86_64``, ``arm64``, ...: one, but for macOS' universal files.
        libraries: those that it needs, as it names them.
        build: what it was compiled for, and in ``build_seen`` what tells.
        binding: what it was written with: ``C``, ``Cython``, ``PyO3``, ``nanobind``, ...
        entries: the init functions and export hooks of modules that it offers.
        debug: bytes of debug information.
        declaration: what it says of the module that its name stands for; None of a library that is no module.
        problem: why it could not be read.
    """

    path: str
    container: str = ""
    architectures: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    build: Build = Build.UNKNOWN
    build_seen: str = ""
    binding: str = ""
    entries: tuple[str, ...] = ()
    debug: int = 0
    declaration: Declaration | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Suffix:
    """What the end of a module's file name says.

    Attributes:
        text: as it stands there, ``.cpython-314t-x86_64-linux-gnu.so``.
        abi: ``cp314t``, ``abi3``, ``abi3t``; empty for a bare ``.so`` or ``.pyd``, which every version picks up.
        platform: ``x86_64-linux-gnu``, ``win_amd64``, ``darwin``; empty if it says none.
    """

    text: str
    abi: str
    platform: str


@dataclass(frozen=True, slots=True)
class Module:
    """An extension module in a wheel.

    Attributes:
        name: with its package, as it is imported.
        readings: each method's verdict, in the order of ``Method``.
        verdict: the one that holds: what was seen when it ran outweighs what was read.
        settled: the reading that it is from.
    """

    name: str
    suffix: Suffix
    binary: Binary
    readings: tuple[Reading, ...]

    @property
    def settled(self) -> Reading:
        """The last reading that is not unknown, else the first."""
        known = [reading for reading in self.readings if reading.verdict is not Verdict.UNKNOWN]
        return _finer(known) if known else self.readings[0]

    @property
    def verdict(self) -> Verdict:
        """What holds of the module."""
        return self.settled.verdict


def _finer(known: list[Reading]) -> Reading:
    """The last; but that the GIL came on does not tell whether nothing was declared, or that the GIL is used."""
    last = known[-1]
    uses = (one for one in reversed(known) if one.verdict is Verdict.GIL_USED)
    return next(uses, last) if last.verdict.turns_gil_on else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel.

    Attributes:
        filename: without folders.
        tags: those of the file name.
        inner_tags: those of its own WHEEL file; None if it has none that can be read.
        classifiers: of its metadata.
        modules: its extension modules, by path.
        libraries: the other shared libraries in it.
        hosts: the interpreters that modules were run by, ``3.14t``.
        not_run: why modules were not run, where they were not.
        record: what in RECORD is not so.
        misnamed: where its metadata names another release than its file.
        leftovers: files in it that only serve to debug: paths and bytes.
    """

    filename: str
    name: str
    version: Version
    tags: frozenset[Tag]
    inner_tags: frozenset[Tag] | None = None
    classifiers: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    libraries: tuple[Binary, ...] = ()
    hosts: tuple[str, ...] = ()
    not_run: str = ""
    record: tuple[str, ...] = ()
    misnamed: tuple[str, ...] = ()
    leftovers: tuple[tuple[str, int], ...] = field(default=())
