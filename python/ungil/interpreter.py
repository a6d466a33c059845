"""Find, install or assemble a CPython interpreter, above all a free-threaded one.

    ungil python 3.14t                            # as a command
    python3 python/ungil/interpreter.py 3.14t     # alone: any Python 3.9+, the standard library only
    find("3.14t").path                            # from Python

The ways, in order; the first that yields one wins:

    named      a path given as argument, else the one in UNGIL_PYTHON_3_14T (UNGIL_PYTHON_3_15, ...)
    path       python3.14t, python3.14, python3 or python on PATH, whichever proves to be that build
    uv         one that uv has installed before
    cache      one that an earlier run of this file assembled
    install    `uv python install`, which needs the host of uv's releases
    assemble   on Debian on x86-64: from freeze-core's wheel on PyPI and Debian's libpython packages

Nothing is believed: a candidate is run, and used only if it reports the version and the build asked for and its headers
are there, for without Python.h no extension can be built. What the user named is used or refused, never replaced.

How one is assembled. freeze-core, the core of cx_Freeze, has a console program into which a whole CPython is linked,
and the extension modules of the standard library; Debian has the Python part of that library, and the headers. The
program's `main` is made to jump to `Py_BytesMain`, which turns it into `python`. All of it is laid out in a scratch
folder, proved there (every module of the library is imported), and renamed into `$XDG_CACHE_HOME/ungil/python`
(`~/.cache` by default): a prefix that is there is whole. It can be moved; its `ungil.json` says what it is made of. pip
verifies the wheel against its index, apt the packages against Debian's keys; both use the index and the mirror that
this machine is set up with.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import errno
import hashlib
import json
import os
import platform
import pprint
import re
import shutil
import signal
import struct
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

with contextlib.suppress(ImportError):  # Windows has none; nothing is assembled there, and so nothing is locked
    import fcntl

__all__ = ["SUPPORTED", "WAYS", "Interpreter", "InterpreterError", "add_arguments", "find", "find_as_asked"]

SUPPORTED = ("3.12", "3.13", "3.14", "3.14t", "3.15", "3.15t")
ASSEMBLED = ("3.14", "3.14t", "3.15", "3.15t")
WAYS = ("named", "path", "uv", "cache", "install", "assemble")

RECIPE = 1  # raised when the layout changes: what an older recipe made is left alone, but no longer used
PROBE_SECONDS, PROOF_SECONDS, DOWNLOAD_SECONDS = 20, 120, 300

Report = Callable[[str], None]


class InterpreterError(Exception):
    """`what` happened, the `remedy`, and the exit code of a job that could not be done."""

    exit_code = 2

    def __init__(self, what: str, remedy: str) -> None:
        """Say both in one message."""
        super().__init__(f"{what}\n{remedy}")
        self.what, self.remedy = what, remedy


class Unfit(Exception):  # noqa: N818  (an answer rather than an error)
    """A way or a candidate will not do: the reason, and what would change that."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        """Keep the remedy apart: the remedies of all ways are listed together."""
        super().__init__(reason)
        self.remedy = remedy


class Request(NamedTuple):
    """A version and a build, and the names that follow from them: for 3.14t, ..."""

    text: str
    version: str  # 3.14
    free_threaded: bool
    program: str  # python3.14t
    variable: str  # UNGIL_PYTHON_3_14T
    digits: str  # 314t

    @classmethod
    def parse(cls, text: str) -> Request:
        """The request that a user wrote, or `InterpreterError`."""
        if text not in SUPPORTED:
            what = f"{text!r} is not an interpreter that ungil knows how to get"
            raise InterpreterError(what, f"ask for one of {', '.join(SUPPORTED)}; t is the free-threaded build")
        variable = "UNGIL_PYTHON_" + text.replace(".", "_").upper()
        return cls(text, text.rstrip("t"), text.endswith("t"), f"python{text}", variable, text.replace(".", ""))


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that was run and found to be what was asked for."""

    path: Path
    version: str
    free_threaded: bool
    headers: Path
    way: str


@dataclass(frozen=True)
class Search:
    """One call of `find`: what is sought, where, and who is told."""

    request: Request
    named: str
    refresh: bool
    report: Report
    environ: Mapping[str, str]

    def which(self, name: str) -> str | None:
        """The program of that name on PATH."""
        return shutil.which(name, path=self.environ.get("PATH"))

    @property
    def cache(self) -> Path:
        """Where assembled interpreters are kept."""
        root = Path(self.environ.get("XDG_CACHE_HOME", ""))
        try:  # the XDG specification: a relative path is to be ignored
            return (root if root.is_absolute() else Path.home() / ".cache") / "ungil" / "python"
        except RuntimeError:
            raise Unfit("there is no home folder to keep a cache in", "set XDG_CACHE_HOME to a folder") from None


# ---- Running programs -----------------------------------------------------------------------------------------------


def run(command: Sequence[str | Path], deadline: float, environ: Mapping[str, str], folder: Path | None = None) -> str:
    """Run a program to its end and return its output; `Unfit` if it fails or is still running at the deadline.

    It gets a process group of its own, so that all that it starts ends with it: at the deadline, and on Ctrl-C.
    """
    name, words = Path(command[0]).name, [str(word) for word in command]
    pipe, environ = subprocess.PIPE, {**environ, "LC_ALL": "C.UTF-8"}
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, cwd=folder, env=environ, start_new_session=True
        )
    except OSError as error:
        raise Unfit(f"{name} cannot be run: {error.strerror}") from None
    try:
        out, err = process.communicate(timeout=deadline)
    except subprocess.TimeoutExpired:
        end(process)
        raise Unfit(f"{name} was still running after {deadline:g} seconds") from None
    except BaseException:
        end(process)
        raise
    if process.returncode:
        raise Unfit(f"{name} failed ({process.returncode}): {telling(err.decode(errors='replace'))}")
    return out.decode(errors="replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and whatever it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def telling(messages: str) -> str:
    """Of what a program wrote before it failed, the first and the last line that sound like the reason."""
    lines = [line.strip()[:240] for line in messages.splitlines() if line.strip()]
    loud = [line for line in lines if re.match(r"(E|Err|error|cause|fatal)\b|.*Error\b", line, re.IGNORECASE)]
    chosen = loud or lines[-1:] or ["it gave no reason"]
    return "; ".join(dict.fromkeys([chosen[0], chosen[-1]]))


# ---- Proof: what a candidate says of itself when it is run ----------------------------------------------------------

PROBE = """
import json, os, sys, sysconfig
include = sysconfig.get_path("include")
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "found": "%d.%d" % sys.version_info[:2] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""),
    "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
    "include": include,
    "missing": [file for file in (os.path.join(include, "Python.h"), sysconfig.get_config_h_filename())
                if not os.path.isfile(file)],
    "base": "" if sys.prefix == sys.base_prefix else getattr(sys, "_base_executable", ""),
}))
"""


def prove(path: Path, search: Search, way: str, deadline: float = PROBE_SECONDS) -> Interpreter:
    """Run a candidate and hold what it reports against the request; `Unfit` with the first thing that is wrong.

    Of a virtual environment the interpreter under it is returned, for environments come and go.
    """
    request = search.request
    try:
        said: dict[str, Any] = json.loads(run([path, "-I", "-c", PROBE], deadline, search.environ).splitlines()[-1])
        found = said["found"]
    except (ValueError, IndexError, KeyError, TypeError):
        raise Unfit("it does not answer as a Python interpreter does") from None
    if said["implementation"] != "cpython":
        raise Unfit(f"it is {said['implementation']}, not CPython")
    if found != request.text:
        raise Unfit(f"it is {found}, not {request.text}")
    if said["gil"] == request.free_threaded:
        raise Unfit(f"it was built as {found} but runs with the GIL {'on' if said['gil'] else 'off'}")
    if said["missing"]:
        remedy = f"install the headers of {request.program} (distributions call them {request.program}-dev or -devel)"
        raise Unfit(f"it has no {said['missing'][0]}, without which no extension can be built", remedy)
    if said["base"] and Path(said["base"]) != path:
        return prove(Path(said["base"]), search, way, deadline)
    return Interpreter(path, said["version"], request.free_threaded, Path(said["include"]), way)


def first_fit(paths: Iterable[Path], search: Search, way: str, none: str) -> Interpreter:
    """The first of several candidates that proves fit, or `Unfit` with what is wrong with each."""
    wrong, remedies = [], []
    for path in paths:
        try:
            return prove(path, search, way)
        except Unfit as unfit:
            wrong.append(f"{path}: {unfit}")
            remedies.append(unfit.remedy)
    raise Unfit("\n".join(wrong) or none, next(filter(None, remedies), ""))


# ---- The ways that find, and the one that has uv install ------------------------------------------------------------


def by_name(search: Search) -> Interpreter:
    """What the user named; a wrong one ends the search, for to use another would be to overrule the user."""
    request = search.request
    name = search.named or search.environ.get(request.variable, "")
    if not name:
        raise Unfit(f"no path was given, and {request.variable} is not set")
    source = "the path given" if search.named else request.variable
    try:
        return prove(Path(search.which(name) or name).absolute(), search, "named")
    except Unfit as unfit:
        what = f"{source} names {name}, which will not do: {unfit}"
        raise InterpreterError(what, unfit.remedy or f"name a {request.text}, or none to have one found") from None


def on_path(search: Search) -> Interpreter:
    """Whichever program on PATH proves fit."""
    candidates = on_path_candidates(search.request, search.environ.get("PATH", os.defpath))
    return first_fit(candidates, search, "path", "there is no Python on PATH")


def on_path_candidates(request: Request, path: str) -> Iterator[Path]:
    """Every program on PATH that may be what is sought, the most telling name first, each file once."""
    seen = set()
    for name in dict.fromkeys([request.program, f"python{request.version}", "python3", "python"]):
        for folder in (folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()):
            found = shutil.which(name, path=folder)
            # A link into a virtual environment and the program behind it are the same interpreter to `prove`.
            if found and os.path.realpath(found) not in seen:
                seen.add(os.path.realpath(found))
                yield Path(found)


def find_uv(search: Search) -> str:
    """The uv on PATH, or beside this Python."""
    uv = search.which("uv") or shutil.which(Path(sys.executable or "python3").with_name("uv"))
    if uv is None:
        raise Unfit("uv is neither on PATH nor beside this Python", "install uv, which installs interpreters")
    return uv


def uv_python(search: Search, verb: str, *flags: str, deadline: float = PROBE_SECONDS) -> str:
    """Ask uv about the interpreters that it manages. It does not retry: without network, waiting changes nothing."""
    uv = find_uv(search)
    # To uv, a bare 3.14 may be either build.
    wanted = search.request.text + ("+gil" if search.request.text in ("3.13", "3.14", "3.15") else "")
    environ = {**search.environ, "UV_HTTP_RETRIES": "0", "UV_PYTHON_INSTALL_BIN": "0"}
    return run([uv, "python", verb, *flags, wanted], deadline, environ).strip()


def from_uv(search: Search) -> Interpreter:
    """The one that uv has installed."""
    found = uv_python(search, "find", "--managed-python", "--no-python-downloads", "--no-project", "--no-config")
    return prove(Path(found), search, "uv")


def by_uv_install(search: Search) -> Interpreter:
    """Let uv install one."""
    find_uv(search)
    search.report("asking uv to install one")
    uv_python(search, "install", deadline=DOWNLOAD_SECONDS)
    return replace(from_uv(search), way="install")


def from_cache(search: Search) -> Interpreter:
    """One that this recipe assembled earlier, the newest first."""
    if search.refresh:
        raise Unfit("a fresh one was asked for")
    made = []
    for record in search.cache.glob(f"{search.request.text}-*/ungil.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads(record.read_text(encoding="utf-8"))
            if said["recipe"] == RECIPE:
                made.append((said["made"], record.parent / "bin" / search.request.program))
    newest_first = (path for _, path in sorted(made, reverse=True))
    return first_fit(newest_first, search, "cache", f"there is none in {search.cache}")


# ---- What it takes to assemble one ----------------------------------------------------------------------------------

TRIPLET, ARCHITECTURE = "x86_64-linux-gnu", "amd64"
SUITES = "sid testing"
KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
WHEEL = "freeze-core"
WHEEL_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
PIP_PACKAGE = "python3-pip-whl"
PROGRAMS = ("apt-get", "apt-cache", "dpkg-deb")


class Machine(NamedTuple):
    """What decides whether an interpreter can be assembled."""

    system: str
    processor: str
    distribution: str
    codename: str
    programs: frozenset[str]

    @classmethod
    def here(cls, search: Search) -> Machine:
        """This one."""
        release = {}
        with contextlib.suppress(OSError):
            text = Path("/etc/os-release").read_text(encoding="utf-8")
            release = dict(re.findall(r"""^(\w+)=["']?([^"'\n]*)""", text, re.MULTILINE))
        programs = frozenset(name for name in PROGRAMS if search.which(name))
        names = release.get("ID", "unknown"), release.get("VERSION_CODENAME", "stable")
        return cls(platform.system(), platform.machine(), *names, programs)


class Recipe(NamedTuple):
    """The ingredients of an interpreter."""

    request: Request
    abi: str  # of the wheel
    tag: str  # of the extension modules
    console: str  # the program in the wheel
    packages: tuple[str, ...]  # Debian's; all of one version
    codename: str  # of the Debian that this machine runs


def plan(request: Request, machine: Machine) -> Recipe:
    """The recipe for this machine; `Unfit` says which condition it does not meet."""
    elsewhere = "use uv where its downloads can be reached, or name an interpreter that you have built"
    if request.text not in ASSEMBLED:
        raise Unfit(f"{request.text} is not assembled, only {', '.join(ASSEMBLED)}", elsewhere)
    if machine[:3] != ("Linux", "x86_64", "debian"):
        here = f"{machine.distribution} on {machine.processor} ({machine.system})"
        raise Unfit(f"one is assembled on Debian on x86_64 (Linux) only, and this is {here}", elsewhere)
    missing = [name for name in PROGRAMS if name not in machine.programs]
    if missing:
        raise Unfit(f"{', '.join(missing)} cannot be found on PATH", "install apt and dpkg, or put them on PATH")
    tag, version = f"cpython-{request.digits}-{TRIPLET}", request.version
    packages = (*(f"libpython{version}-{part}" for part in ("minimal", "stdlib", "dev")), f"python{version}-venv")
    return Recipe(request, f"cp{request.digits}", tag, f"freeze_core/bases/console-{tag}", packages, machine.codename)


class Package(NamedTuple):
    """A file that was downloaded and verified."""

    name: str
    version: str
    file: Path

    def record(self) -> dict[str, str]:
        """As the record of the prefix names it."""
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return {"name": self.name, "version": self.version, "file": self.file.name, "sha256": digest}


# ---- Debian's part: the library in Python, the headers, pip's wheel -------------------------------------------------

# apt with folders of its own and without the machine's hooks, pins and sources: of the system's, it reads the keys, the
# proxy and the list of installed packages, and it changes nothing. (As root it would hand downloads to a user who may
# not enter a private folder.)
APT_CONF = """\
Dir::Etc::sourcelist "{root}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "{root}/lists";
Dir::Cache "{root}/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
APT::Default-Release "";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""

APT_SOURCES = """\
Types: deb
URIs: {mirror}
Suites: {suites}
Components: main
Architectures: {architecture}
Targets: Packages
Signed-By: {keyring}
"""


def mirrors(printed: str, codename: str) -> list[str]:
    """Debian's mirrors among the addresses that `apt-get update --print-uris` prints for this machine's own sources.

    Other vendors name their suites after Debian's, so those that carry Debian's updates too come first. One that is no
    mirror of Debian is found out when it is read: it has no sid, and Debian's keys have not signed it.
    """
    found = re.findall(r"^'([^']+?)/dists/([^/']+)/InRelease'", printed, re.MULTILINE)
    suites = {codename, "stable", "testing", "unstable", "sid"}
    updated = {mirror for mirror, suite in found if suite.endswith("-updates")}
    return sorted(dict.fromkeys(m for m, suite in found if suite in suites), key=lambda mirror: mirror not in updated)


@dataclass(frozen=True)
class Debian:
    """apt in a folder of its own, reading Debian's newest suites from one mirror."""

    root: Path
    versions: dict[str, list[str]]
    environ: Mapping[str, str]

    @classmethod
    def connect(cls, search: Search, recipe: Recipe, root: Path) -> Debian:
        """The first of this machine's mirrors that has the packages, its lists fetched and verified."""
        wrong = []
        printed = run(["apt-get", "update", "--print-uris"], PROBE_SECONDS, search.environ)
        for mirror in mirrors(printed, recipe.codename):
            search.report(f"reading Debian's package lists ({SUITES})")
            try:
                return cls(root, {}, search.environ).update(mirror, recipe)
            except Unfit as unfit:
                wrong.append(f"{mirror}: {unfit}")
        remedy = "check that this machine's apt sources name a mirror of Debian, and the network to it"
        if any("is expired" in reason for reason in wrong):
            remedy = "set this machine's clock; or, if it is right and the mirror a frozen copy that you mean to use, "
            remedy += "set Acquire::Check-Valid-Until to false in apt's configuration"
        raise Unfit("\n".join(wrong) or "this machine's apt sources name no mirror of Debian", remedy)

    def update(self, mirror: str, recipe: Recipe) -> Debian:
        """Read the lists of a mirror."""
        for folder in ("lists/partial", "cache/archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        keyrings = [Path("/usr/share/keyrings", name) for name in KEYRINGS]
        keyring = next(filter(Path.is_file, keyrings), None)
        if keyring is None:
            raise Unfit(f"{keyrings[0]} is not there to verify packages by", "install debian-archive-keyring")
        sources = APT_SOURCES.format(mirror=mirror, suites=SUITES, architecture=ARCHITECTURE, keyring=keyring)
        (self.root / "debian.sources").write_text(sources, encoding="utf-8")
        (self.root / "apt.conf").write_text(APT_CONF.format(root=self.root), encoding="utf-8")
        self.apt("apt-get", "update")
        self.versions.clear()
        for line in self.apt("apt-cache", "madison", *recipe.packages, PIP_PACKAGE).splitlines():
            name, version, _ = (column.strip() for column in line.split("|", 2))
            self.versions.setdefault(name, []).append(version)
        if PIP_PACKAGE not in self.versions or not self.common(recipe):
            raise Unfit(f"{SUITES} do not have {', '.join(recipe.packages)} and {PIP_PACKAGE}")
        return self

    def common(self, recipe: Recipe) -> list[str]:
        """The versions in which every package of the recipe is to be had."""
        first, *rest = (self.versions.get(name, []) for name in recipe.packages)
        return [version for version in dict.fromkeys(first) if all(version in others for others in rest)]

    def apt(self, program: str, *words: str, folder: Path | None = None) -> str:
        """Run one of apt's programs."""
        return run([program, "-c", self.root / "apt.conf", *words], DOWNLOAD_SECONDS, self.environ, folder)

    def fetch(self, names: Sequence[str], version: str) -> list[Package]:
        """Download packages and unpack them, one over the other; nothing is installed."""
        folder = Path(tempfile.mkdtemp(dir=self.root))
        self.apt("apt-get", "--quiet", "download", *(f"{name}={version}" for name in names), folder=folder)
        packages = [Package(name, version, next(folder.glob(f"{name}_*.deb"))) for name in names]
        for package in packages:
            run(["dpkg-deb", "-x", package.file, self.root / "unpacked"], PROOF_SECONDS, self.environ)
        return packages

    @property
    def usr(self) -> Path:
        """What was unpacked."""
        return self.root / "unpacked" / "usr"

    @property
    def pip_wheel(self) -> Path:
        """pip, which ensurepip installs, and which runs from its wheel."""
        return next((self.usr / "share" / "python-wheels").glob("pip-*.whl"))


# ---- freeze-core's part: the executable and the extension modules ---------------------------------------------------


def pip_commands(search: Search, wheels: Iterable[Path]) -> Iterator[list[str]]:
    """Every way in which a machine may have pip: a module, a tool of uv's, a wheel that was put aside."""
    python = sys.executable or search.which("python3") or "python3"
    yield [python, "-m", "pip"]
    uv = search.which("uv")
    if uv:
        yield [uv, "tool", "run", "--quiet", "pip"]
    bundled, packaged = Path(os.__file__).parent / "ensurepip/_bundled", sysconfig.get_config_var("WHEEL_PKG_DIR")
    for wheel in (*bundled.glob("pip-*.whl"), *Path(packaged or os.devnull).glob("pip-*.whl"), *wheels):
        yield [python, str(wheel / "pip")]


def find_pip(search: Search, wheels: Iterable[Path]) -> list[str]:
    """The first pip that runs."""
    for command in pip_commands(search, wheels):
        with contextlib.suppress(Unfit):
            run([*command, "--version"], PROBE_SECONDS, {**search.environ, "UV_HTTP_RETRIES": "0"})
            return command
    raise Unfit("no pip of this machine runs", "install pip (python3-pip), or uv")


class Core(NamedTuple):
    """A CPython linked into one program, unpacked from freeze-core's wheel."""

    package: Package
    version: str
    folder: Path
    program: Path
    change: dict[str, str]


def download_core(search: Search, recipe: Recipe, pip: Sequence[str], root: Path, below: str = "") -> Core:
    """The newest release, or the newest below one, by pip from the index that it is set up with; `main` redirected."""
    folder = Path(tempfile.mkdtemp(dir=root))
    flags = ["--quiet", "--no-deps", "--no-input", "--disable-pip-version-check", "--retries=1", "--timeout=20"]
    flags += ["--only-binary=:all:", "--implementation=cp", f"--python-version={recipe.request.version}"]
    flags += [f"--abi={recipe.abi}", *(f"--platform={name}" for name in WHEEL_PLATFORMS), f"--dest={folder}"]
    try:
        run([*pip, "download", *flags, f"{WHEEL}<{below}" if below else WHEEL], DOWNLOAD_SECONDS, search.environ)
    except Unfit as unfit:
        raise Unfit(str(unfit), f"check that pip reaches its package index: pip download {WHEEL}") from None
    file = next(folder.glob("*.whl"))
    with zipfile.ZipFile(file) as wheel:
        wanted = (recipe.console, "freeze_core/lib/", "freeze_core.libs/")
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(wanted)])
    program = folder / recipe.console
    if not program.is_file():
        raise Unfit(f"{file.name} has no {recipe.console}")
    image, change = redirect_main(program.read_bytes())
    program.write_bytes(image)
    program.chmod(0o755)
    version = run([program, "--version"], PROBE_SECONDS, search.environ).split()[-1]  # answered without a library
    return Core(Package(WHEEL, file.name.split("-")[1], file), version, folder, program, change)


ELF64_LITTLE_ENDIAN, ET_EXEC, ET_DYN, EM_X86_64 = b"\x7fELF\2\1\1", 2, 3, 62
SHT_DYNSYM, STT_FUNC, PT_LOAD, PF_X = 11, 2, 1, 1
JUMP = struct.Struct("<Bi")  # E9 rel32, relative to the end of the instruction


def redirect_main(image: bytes) -> tuple[bytes, dict[str, str]]:
    """Turn the first instruction of a program's `main` into a jump to the `Py_BytesMain` that is linked into it.

    Both take (argc, argv) and return the exit status, so that a jump is all it takes. Only those five bytes change;
    whatever is not exactly as expected is refused. Also returns what was changed, for the record. (Layout: elf(5).)
    """
    try:
        header = struct.unpack_from("<7s9xHHIQQQIHHHHHH", image)
        if header[:3] not in ((ELF64_LITTLE_ENDIAN, ET_EXEC, EM_X86_64), (ELF64_LITTLE_ENDIAN, ET_DYN, EM_X86_64)):
            raise Unfit("the console program is no ELF executable for x86-64")
        functions = exported_functions(image, start=header[6], count=header[12])
        main, size = functions["main"]
        target, _ = functions["Py_BytesMain"]
        segments = [struct.unpack_from("<IIQQQQQQ", image, header[5] + 56 * index) for index in range(header[10])]
        place, _ = offset_of_code(segments, main, JUMP.size), offset_of_code(segments, target, JUMP.size)
        jump, before = JUMP.pack(0xE9, target - (main + JUMP.size)), image[place : place + JUMP.size]
    except KeyError as error:
        raise Unfit(f"the console program does not export {error}") from None
    except (struct.error, ValueError, IndexError):
        raise Unfit("the console program is damaged: its tables point outside of it") from None
    if size < JUMP.size or len(before) < JUMP.size:
        raise Unfit(f"main of the console program has {size} bytes, too few for a jump")
    change = {"main": hex(main), "Py_BytesMain": hex(target), "offset": hex(place)}
    change.update(before=before.hex(), after=jump.hex())
    return image[:place] + jump + image[place + JUMP.size :], change


def exported_functions(image: bytes, start: int, count: int) -> dict[str, tuple[int, int]]:
    """Name -> (address, size) of the functions that the dynamic symbol table says are defined in this file."""
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, start + 64 * index) for index in range(count)]
    functions = {}
    for _, kind, _, _, offset, length, link, *_ in sections:
        for place in range(offset, offset + length, 24) if kind == SHT_DYNSYM else ():
            name, info, _, section, address, size = struct.unpack_from("<IBBHQQ", image, place)
            if info & 0xF == STT_FUNC and section:
                name += sections[link][4]
                functions[image[name : image.index(b"\0", name)].decode("latin-1")] = (address, size)
    return functions


def offset_of_code(segments: Iterable[tuple[int, ...]], address: int, size: int) -> int:
    """Where in the file the code at an address lies."""
    for kind, flags, offset, base, _, length, *_ in segments:
        if kind == PT_LOAD and flags & PF_X and base <= address <= base + length - size:
            return offset + address - base
    raise ValueError(address)


# ---- Which library for which executable -----------------------------------------------------------------------------


def position(version: str) -> float:
    """Where a version stands among the patch releases of its series; a pre-release stands before its release."""
    match = re.match(r"\d+\.\d+\.(\d+)(.*)", version)
    if match is None:
        raise Unfit(f"{version!r} is not a version of CPython")
    return int(match[1]) - (0.5 if match[2] else 0)


def upstream(version: str) -> str:
    """CPython's version in that of a Debian package: 3.15.0rc2 in 3.15.0~rc2-1+b1."""
    return version.partition("-")[0].replace("~", "")


def nearest(core: str, libraries: Iterable[str]) -> str:
    """The library for an executable: of the same patch release, else of the nearest, and of two as near the older.

    An older library, and older headers, ask for nothing that the executable has not got yet; newer ones may.
    """
    places = {version: position(upstream(version)) for version in libraries}
    return min(places, key=lambda version: (abs(places[version] - position(core)), places[version]))


def pair(libraries: Sequence[str], download: Callable[[str], Core]) -> tuple[Core, str]:
    """The newest executable that has a library of exactly its version, or else the newest with the nearest library.

    Of executables it looks at the newest two: to be exact is worth one patch release, and not more.
    """
    core = download("")
    library = nearest(core.version, libraries)
    if upstream(library) != core.version:
        with contextlib.suppress(Unfit):  # there may be no release before it for this version of Python
            older = download(core.package.version)
            exact = nearest(older.version, libraries)
            if upstream(exact) == older.version:
                return older, exact
    return core, library


# ---- The two parts in one prefix ------------------------------------------------------------------------------------

# Debian's build, its ways of installing, and what it says of both.
NOT_WANTED = (
    "lib-dynload",
    "config-*",
    "_sysconfig*",
    "build-details*",
    "sitecustomize.py",
    "_distutils_system_mod.py",
)

SITE_PACKAGES = 'f"{implementation}{ver[0]}.{ver[1]}{abi_thread}",\n' + " " * 36 + '"%s-packages")'
DEFAULT_PATHS = "        self.set_default_verify_paths()\n"


class Edit(NamedTuple):
    """Where Debian, or the place that freeze-core was built in, shows in the library; what stands there instead."""

    file: str
    old: str
    new: str
    why: str


# An edit whose text is not found is left out, and the record says so: the proof decides whether that matters.
EDITS = (
    Edit(
        "sysconfig/__init__.py",
        "prefix_scheme = 'posix_local'",
        "prefix_scheme = 'posix_prefix'",
        "packages and library lie in this prefix, not in its local/ folder",
    ),
    Edit(
        "site.py",
        SITE_PACKAGES % "dist",
        SITE_PACKAGES % "site",
        "site.py agrees with the one frozen into the executable (-X frozen_modules=off uses it)",
    ),
    Edit(
        "ssl.py",
        DEFAULT_PATHS,
        f"{DEFAULT_PATHS}        if not {{'SSL_CERT_FILE', 'SSL_CERT_DIR'}} & os.environ.keys():\n"
        "            self.load_verify_locations(capath='/etc/ssl/certs')\n",
        "freeze-core's OpenSSL looks for certificates where it was built; Debian keeps them here",
    ),
)

SHARED = """\
[externally-managed]
Error=ungil assembled this interpreter for all projects of this user.
 Make a virtual environment from it, and install there.
"""

SYSCONFIG = """\
# Generated by ungil. The prefix is looked up when this is imported, so that it can be moved.
import sys

build_time_vars = {{
    name: value.replace("@prefix@", sys.base_prefix) if isinstance(value, str) else value
    for name, value in {variables}.items()
}}
"""


def build_variables(debian: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Debian's build variables, with what differs in this build and in this prefix, which is written as @prefix@."""
    request, program = recipe.request, recipe.request.program
    library = f"@prefix@/lib/{program}"
    values: dict[Any, str] = {
        "t" if request.free_threaded else "": "ABIFLAGS ABI_THREAD",
        int(request.free_threaded): "Py_GIL_DISABLED",
        recipe.tag: "SOABI",
        f".{recipe.tag}.so": "EXT_SUFFIX",
        request.text: "LDVERSION",
        "@prefix@": "prefix exec_prefix host_prefix host_exec_prefix",
        "@prefix@/bin": "BINDIR",
        f"@prefix@/bin/{program}": "EXENAME",
        "@prefix@/lib": "LIBDIR",
        library: "LIBDEST BINLIBDEST DESTLIB MACHDESTLIB",
        f"{library}/lib-dynload": "DESTSHARED",
        f"{library}/config-{request.text}-{TRIPLET}": "LIBPL",
        f"{library}/ensurepip/_bundled": "WHEEL_PKG_DIR",
        "@prefix@/include": "INCLUDEDIR CONFINCLUDEDIR",
        f"@prefix@/include/{program}": "INCLUDEPY CONFINCLUDEPY",
        f"lib{program}.a": "LDLIBRARY LIBRARY INSTSONAME",
        "gcc": "CC LINKCC MAINCC",
        "g++": "CXX",
        "ar": "AR",
        "gcc -shared": "LDSHARED BLDSHARED",
        "g++ -shared": "LDCXXSHARED",
    }
    ours = {name: value for value, names in values.items() for name in names.split()}
    return {**debian, **ours, "Py_ENABLE_SHARED": 0, "BLDLIBRARY": "", "LDFLAGS": ""}


def lay_out(recipe: Recipe, core: Core, debian: Debian, prefix: Path) -> list[str]:
    """Fill an empty prefix, and return why each edit that was found to apply was made."""
    program, python = recipe.request.program, f"python{recipe.request.version}"
    library = prefix / "lib" / program
    shutil.copytree(debian.usr / "lib" / python, library, ignore=shutil.ignore_patterns(*NOT_WANTED))
    shutil.copytree(core.folder / "freeze_core" / "lib", library / "lib-dynload")
    # The extension modules look for their libraries in $ORIGIN/../../freeze_core.libs.
    shutil.copytree(core.folder / "freeze_core.libs", prefix / "lib" / "freeze_core.libs")
    for folder in (library / "site-packages", library / "ensurepip" / "_bundled", prefix / "bin"):
        folder.mkdir()
    shutil.copy(debian.pip_wheel, library / "ensurepip" / "_bundled")
    (library / "EXTERNALLY-MANAGED").write_text(SHARED, encoding="utf-8")
    lay_out_headers(recipe, debian.usr / "include", python, prefix / "include" / program)
    variables = (debian.usr / "lib" / python / f"_sysconfigdata__linux_{TRIPLET}.py").read_text(encoding="utf-8")
    ours = build_variables(ast.literal_eval(variables.partition("build_time_vars = ")[2]), recipe)
    sysconfigdata = library / f"_sysconfigdata_{ours['ABIFLAGS']}_linux_{TRIPLET}.py"
    sysconfigdata.write_text(SYSCONFIG.format(variables=pprint.pformat(ours)), encoding="utf-8")
    shutil.copy2(core.program, prefix / "bin" / program)
    for alias in ("python3", "python"):
        (prefix / "bin" / alias).symlink_to(program)
    return [edit.why for edit in EDITS if substitute(library / edit.file, edit.old, edit.new)]


def lay_out_headers(recipe: Recipe, debian: Path, python: str, include: Path) -> None:
    """Debian's headers, with a pyconfig.h for this one build instead of the one that chooses an architecture."""
    shutil.copytree(debian / python, include)
    shutil.copy(debian / TRIPLET / python / "pyconfig.h", include / "pyconfig.h")
    undefined, defined = "/* #undef Py_GIL_DISABLED */", "#define Py_GIL_DISABLED 1"
    if recipe.request.free_threaded and not substitute(include / "pyconfig.h", undefined, defined):
        raise Unfit("Debian's pyconfig.h does not leave Py_GIL_DISABLED undefined in the one place expected")


def substitute(file: Path, old: str, new: str) -> bool:
    """Replace a text in a file, if it is there exactly once."""
    text = file.read_text(encoding="utf-8")
    once = text.count(old) == 1
    if once:
        file.write_text(text.replace(old, new), encoding="utf-8")
    return once


# ---- The proof of what was assembled --------------------------------------------------------------------------------

PROOF = """
import contextlib, importlib, importlib.machinery, io, json, os, pkgutil, site, sys, sysconfig, warnings
import bz2, ctypes, ensurepip, hashlib, lzma, sqlite3, ssl, zlib

warnings.simplefilter("ignore")
library = os.path.dirname(os.__file__)
dynload = os.path.join(library, "lib-dynload")
failed = {}

def modules(folders, package=""):
    for module in pkgutil.iter_modules(folders, package):
        if module.name not in ("antigravity", "this", "test") and not module.name.endswith("__main__"):
            yield module.name
            if module.ispkg:
                name = module.name.rpartition(".")[2]
                yield from modules([os.path.join(folder, name) for folder in folders], module.name + ".")

names = list(modules([library, dynload]))
for name in names:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(name)
    except Exception as error:
        failed[name] = "%s: %s" % (type(error).__name__, error)

disabled = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
with open(sysconfig.get_config_h_filename()) as file:
    header = sysconfig.parse_config_h(file)
right = {
    "sqlite3": sqlite3.connect(":memory:").execute("select 6 * 7").fetchone() == (42,),
    "ctypes": ctypes.CDLL(None).getpid() == os.getpid(),
    "ssl": ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED,
    "hashlib": hashlib.new("sha256", b"").hexdigest().startswith("e3b0c442"),
    "compression": all(m.decompress(m.compress(b"x")) == b"x" for m in (bz2, lzma, zlib)),
    "ensurepip": ensurepip.version()[:1].isdigit(),
    "EXT_SUFFIX": sysconfig.get_config_var("EXT_SUFFIX") == importlib.machinery.EXTENSION_SUFFIXES[0],
    "pyconfig.h": bool(header.get("Py_GIL_DISABLED")) == disabled,
    "the path of its library": sysconfig.get_path("stdlib") == library,
    "site-packages": sysconfig.get_path("purelib") in site.getsitepackages(),
    "the GIL, once all is imported": getattr(sys, "_is_gil_enabled", lambda: True)() != disabled,
}
print(json.dumps({"wrong": [what for what in right if not right[what]], "count": len(names), "failed": failed}))
"""

# Modules for other systems; and turtle, for Debian keeps tkinter apart.
NOT_HERE = {"_ios_support", "asyncio.windows_events", "asyncio.windows_utils", "encodings.mbcs", "encodings.oem"}
NOT_HERE |= {"multiprocessing.popen_spawn_win32"}
NOT_HERE |= {"_tkinter", "turtle"}  # Debian packages tkinter apart, and so what it links to


def prove_assembled(python: Path, search: Search) -> dict[str, Any]:
    """Import the whole standard library, and try what extensions and environments need of it; what does not import."""
    prove(python, search, "assemble")
    said: dict[str, Any] = json.loads(run([python, "-I", "-c", PROOF], PROOF_SECONDS, search.environ).splitlines()[-1])
    if said["wrong"]:
        raise Unfit(f"of the assembled interpreter, this does not work: {', '.join(said['wrong'])}")
    failed = {name: reason for name, reason in said["failed"].items() if name not in NOT_HERE}
    for name, reason in failed.items():
        search.report(f"note: {name} cannot be imported: {reason}")
    return {"imported": said["count"] - len(said["failed"]), "failed": failed}


# ---- Assembling: once, and whole or not at all ----------------------------------------------------------------------


@contextlib.contextmanager
def locked(file: Path, report: Report) -> Iterator[None]:
    """Hold a lock among all runs on this machine. The kernel lets go of it when its holder ends, however it ends."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another run is assembling the same interpreter; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # all that the other run does has a deadline
        yield
    finally:
        os.close(descriptor)


def by_assembly(search: Search) -> Interpreter:
    """Assemble one, unless another run has just done so."""
    recipe = plan(search.request, Machine.here(search))
    cache = search.cache
    remedy = f"make {cache} writable, with 500 MB free, or set XDG_CACHE_HOME to another folder"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / f".lock-{search.request.text}", search.report):
            try:
                return from_cache(search)
            except Unfit:
                return assemble(search, recipe)
    except OSError as error:
        what = f"{error.filename or cache} cannot be written: {error.strerror or str(error)[:240]}"
        raise Unfit(what, remedy) from None
    except (LookupError, StopIteration, SyntaxError, ValueError, zipfile.BadZipFile) as error:
        what = f"a package is not laid out as it used to be: {type(error).__name__}: {error}"
        raise Unfit(what, "install a newer ungil, which may know its new layout") from error
    except Unfit as unfit:
        full = os.strerror(errno.ENOSPC) in str(unfit)  # apt, pip and dpkg meet a full disk too
        raise Unfit(str(unfit), remedy if full else unfit.remedy) from None


def assemble(search: Search, recipe: Recipe) -> Interpreter:
    """Make one in a scratch folder beside its place, and move it there once it is proved. The lock is held."""
    partial = f".partial-{search.request.text}-"
    for leftover in search.cache.glob(f"{partial}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=partial, dir=search.cache))
    prefix = scratch / "prefix"
    try:
        record = make_prefix(search, recipe, scratch, prefix)
        text = json.dumps(record, indent=2) + "\n"
        (prefix / "ungil.json").write_text(text, encoding="utf-8")
        ingredients = json.dumps([RECIPE, record["executable"], record["library"]]).encode()
        name = f"{record['request']}-{record['executable']['python']}-{hashlib.sha256(ingredients).hexdigest()[:8]}"
        target = search.cache / name
        if target.exists():  # damaged, or a fresh one was asked for
            target.rename(scratch / "replaced")
        prefix.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return prove(target / "bin" / search.request.program, search, "assemble")


def make_prefix(search: Search, recipe: Recipe, scratch: Path, prefix: Path) -> dict[str, Any]:
    """Download both parts, lay them out and prove the result; the record of it."""
    debian = Debian.connect(search, recipe, scratch)
    packages = debian.fetch([PIP_PACKAGE], debian.versions[PIP_PACKAGE][0])
    pip = find_pip(search, [debian.pip_wheel])
    search.report(f"downloading {WHEEL} for {recipe.abi}")
    core, version = pair(debian.common(recipe), lambda below: download_core(search, recipe, pip, scratch, below))
    search.report(f"downloading {', '.join(recipe.packages)}")
    packages += debian.fetch(recipe.packages, version)
    edits = lay_out(recipe, core, debian, prefix)
    search.report("importing every module of its standard library")
    proof = prove_assembled(prefix / "bin" / search.request.program, search)
    same = core.version == upstream(version)
    search.report(
        f"the executable is {core.version} ({WHEEL} {core.package.version}), its library and headers are "
        f"{upstream(version)} (Debian's {version})" + ("" if same else ", the nearest to be had")
    )
    return {
        "version": 1,
        "recipe": RECIPE,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request": search.request.text,
        "executable": {"python": core.version, **core.package.record(), "main_redirected": core.change},
        "library": {"python": upstream(version), "packages": [package.record() for package in packages]},
        "same_version": same,
        "edits": edits,
        "edits_left_out": [edit.why for edit in EDITS if edit.why not in edits],
        "modules": proof,
    }


# ---- The search -----------------------------------------------------------------------------------------------------

FINDERS = dict(zip(WAYS, (by_name, on_path, from_uv, from_cache, by_uv_install, by_assembly)))  # noqa: B905  (Python 3.9)


def find(
    request: str,
    named: str | os.PathLike[str] = "",
    *,
    ways: Iterable[str] = WAYS,
    refresh: bool = False,
    report: Report = lambda _: None,
) -> Interpreter:
    """The first interpreter that one of the ways yields, proved to be what was asked for.

    Threads and processes may call it at the same time: one of them assembles, the others wait and use the result.

    Args:
        request: one of `SUPPORTED`; a final t asks for the free-threaded build.
        named: an interpreter that must be used, or the search fails.
        ways: those of `WAYS` that may be tried; their order is always that of `WAYS`.
        refresh: pass over what was assembled earlier.
        report: told, a line at a time, what is being done; by default nobody is.

    Raises:
        InterpreterError: the request is malformed, what was named will not do, or no way yields one.
    """
    search = Search(Request.parse(request), os.fspath(named), refresh, report, dict(os.environ))
    return try_ways(search, {*ways, "named"} if search.named else {*ways})


def try_ways(search: Search, chosen: set[str]) -> Interpreter:
    """What the first way yields that yields one, or `InterpreterError` with why each did not."""
    tried, remedies = [], []
    for way in filter(chosen.__contains__, WAYS):
        try:
            return FINDERS[way](search)
        except Unfit as unfit:
            tried.append(f"\n  {way:<10}" + str(unfit).replace("\n", "\n" + " " * 12))
            remedies.append(unfit.remedy)
    wanted = search.request.text
    remedies.append(f"set {search.request.variable} to the path of a {wanted} that you have")
    next_steps = "".join(f"\n  - {remedy}" for remedy in dict.fromkeys(filter(None, remedies)))
    raise InterpreterError(f"no {wanted} could be had:{''.join(tried)}", f"what may change that:{next_steps}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What both this file, run alone, and `ungil python` take."""
    parser.add_argument("request", help=f"one of {', '.join(SUPPORTED)}; t is the free-threaded build")
    parser.add_argument("path", nargs="?", default="", help="use this interpreter, if it is what was asked for")
    parser.add_argument("--way", action="append", choices=WAYS, help="try this way only (may be given more than once)")
    parser.add_argument("--refresh", action="store_true", help="assemble anew, whatever an earlier run has left")


def find_as_asked(options: argparse.Namespace, report: Report) -> Interpreter:
    """`find`, as the parsed command line says; how the interpreter was had is the last thing reported."""
    found = find(options.request, options.path, ways=options.way or WAYS, refresh=options.refresh, report=report)
    build = "free-threaded" if found.free_threaded else "GIL-enabled"
    report(f"CPython {found.version}, {build}, by way of '{found.way}'")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the path alone on stdout, and everything else on stderr."""
    parser = argparse.ArgumentParser(prog="interpreter.py", description="Find, install or assemble CPython.")
    add_arguments(parser)

    def report(line: str) -> None:
        print(f"ungil: {line}", file=sys.stderr, flush=True)  # noqa: T201  (it runs alone, without ungil.cli)

    try:
        found = find_as_asked(parser.parse_args(arguments), report)
    except InterpreterError as error:
        report(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        report("interrupted; a later run begins anew")
        return 130
    print(found.path)  # noqa: T201  (the result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
