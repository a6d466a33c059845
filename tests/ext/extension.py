"""Extensions of tests/ext/mutants, in each of their variants: racy or twin, as released or with windows to stop at."""

import functools
import importlib.metadata
import shlex
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from tests.ext.build import HERE, load_extension
from tests.ext.kept import kept

MUTANTS = HERE / "mutants"
_OWN = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
_CXX = ["-std=c++17", "-fvisibility=hidden", "-fno-strict-aliasing"]
_DEADLINE = 110.0  # seconds, for one command: below that of a test


class Language(StrEnum):
    """What an extension is written in, named as the package that it needs."""

    C = "c"
    NANOBIND = "nanobind"
    PYBIND11 = "pybind11"
    CYTHON = "cython"


_SUFFIX = {Language.C: ".c", Language.NANOBIND: ".cpp", Language.PYBIND11: ".cpp", Language.CYTHON: ".pyx"}


@dataclass(frozen=True)
class Extension:
    """A file of mutants.

    Attributes:
        name: of the module, and of its source.
        language: of the source.
        linked: a library that is linked to it.
        opened: a library that it opens by itself; its path is defined as PLUGIN_PATH.
    """

    name: str
    language: Language = Language.C
    linked: str = ""
    opened: str = ""

    @property
    def source(self) -> Path:
        """What it is compiled from."""
        return MUTANTS / (self.name + _SUFFIX[self.language])

    def build(self, *, twin: bool, paused: bool = False) -> Path:
        """Compile a variant, unless that was done before.

        Args:
            twin: the correct one.
            paused: with windows where threads stop in turns, and unoptimized; otherwise as a release is.
        """
        macros = [*(["-DTWIN"] if twin else []), *(["-DPAUSED"] if paused else [])]
        options = ["-O0" if paused else "-O2", "-fPIC", f"-I{sysconfig.get_path('include')}", f"-I{MUTANTS}", *macros]
        libraries = [str(window_library())] if paused else []
        if self.linked:
            libraries.append(str(_library(self.linked, paused=paused)))
        if self.opened:
            options.append(f'-DPLUGIN_PATH="{_library(self.opened, paused=paused)}"')
        file = self.name + str(sysconfig.get_config_var("EXT_SUFFIX"))
        make = {
            Language.C: self._make_c,
            Language.NANOBIND: self._make_nanobind,
            Language.PYBIND11: self._make_pybind11,
            Language.CYTHON: self._make_cython,
        }[self.language]
        variant = f"{self.name}-{'twin' if twin else 'racy'}{'-paused' if paused else ''}"
        parts = [*_surroundings(), _version(self.language), self.source.read_bytes(), *options, *libraries]
        return kept(variant, parts, lambda folder: make(folder / file, options, libraries)) / file

    def load(self, *, twin: bool, paused: bool = False) -> ModuleType:
        """Import a variant; the same one is imported once."""
        with _importing:
            return _loaded(self.build(twin=twin, paused=paused))

    def _make_c(self, target: Path, options: list[str], libraries: list[str]) -> None:
        _run([*_command("LDSHARED"), *options, *_OWN, str(self.source), *libraries, "-o", str(target)])

    def _make_cython(self, target: Path, options: list[str], libraries: list[str]) -> None:
        generated = target.with_name(f"{self.name}.c")
        _run([sys.executable, "-m", "cython", "-3", str(self.source), "-o", str(generated)])
        _run([*_command("LDSHARED"), *options, "-w", str(generated), *libraries, "-o", str(target)])

    def _make_pybind11(self, target: Path, options: list[str], libraries: list[str]) -> None:
        include = ["-isystem", str(_package("pybind11") / "include")]
        self._make_cpp(target, [*options, *include], libraries)

    def _make_nanobind(self, target: Path, options: list[str], libraries: list[str]) -> None:
        # Of two modules that share a domain, the second would find the first one's types.
        domain = f"-DNB_DOMAIN=mutants_{target.parent.name.partition('.')[0].replace('-', '_')}"
        self._make_cpp(target, [*options, *_nanobind_options(), domain], [str(_nanobind_library()), *libraries])

    def _make_cpp(self, target: Path, options: list[str], libraries: list[str]) -> None:
        own = ["-Wall", "-Wextra", "-Werror"]
        _run([*_command("LDCXXSHARED"), *_CXX, *options, *own, str(self.source), *libraries, "-o", str(target)])


def window_library() -> Path:
    """The library that gives turns to the threads of a paused variant."""
    return _library("window", paused=True)


def _library(name: str, *, paused: bool) -> Path:
    """tests/ext/mutants/NAME.c as a shared library, which knows nothing of Python."""
    source, file = MUTANTS / f"{name}.c", f"lib{name}.so"
    options = [*_OWN, "-O0" if paused else "-O2", "-fPIC", "-shared", *(["-DPAUSED"] if paused else [])]
    libraries = [str(window_library())] if paused and name != "window" else []
    command = [*shlex.split(str(sysconfig.get_config_var("CC"))), *options, str(source), *libraries]

    def make(folder: Path) -> None:
        _run([*command, "-o", str(folder / file)])

    return kept(f"lib{name}", [*_surroundings(), source.read_bytes(), *command], make) / file


def _nanobind_options() -> list[str]:
    package = _package("nanobind")
    free_threaded = ["-DNB_FREE_THREADED"] if sysconfig.get_config_var("Py_GIL_DISABLED") else []
    return ["-isystem", str(package / "include"), *free_threaded]


def _nanobind_library() -> Path:
    """Nanobind itself, which every extension is linked with."""
    package = _package("nanobind")
    source = package / "src" / "nb_combined.cpp"
    robin_map = package / "ext" / "robin_map" / "include"
    options = ["-O1", "-fPIC", "-w", f"-I{sysconfig.get_path('include')}", *_nanobind_options(), f"-I{robin_map}"]
    command = [*_command("CXX"), *_CXX, *options, "-c", str(source)]

    def make(folder: Path) -> None:
        _run([*command, "-o", str(folder / "nanobind.o")])

    return kept("nanobind", [sys.version, _version(Language.NANOBIND), *command], make) / "nanobind.o"


def _surroundings() -> Iterator[str | bytes]:
    """What every extension and library depends on beside its source."""
    yield sys.version
    yield Path(__file__).read_bytes()
    for header in (HERE / "racy_module.h", *sorted(MUTANTS.glob("*.h"))):
        yield header.read_bytes()


def _version(language: Language) -> str:
    return "" if language is Language.C else importlib.metadata.version(language.value)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None, f"{name} is not installed"
    assert spec.origin is not None
    return Path(spec.origin).parent


def _command(variable: str) -> list[str]:
    return shlex.split(str(sysconfig.get_config_var(variable)))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"


_importing = threading.RLock()


@functools.cache
def _loaded(path: Path) -> ModuleType:
    return load_extension(path)
