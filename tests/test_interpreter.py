"""An interpreter is found, installed or assembled, in that order, and none is used that was not run and found fit."""

import ast
import dataclasses
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ungil import interpreter
from ungil.interpreter import InterpreterError, Machine, Request, Search, Unfit

FILE = Path(interpreter.__file__)
DEADLINE = 110
TOOLS = os.pathsep.join([os.fspath(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
CMAKE_PROGRAM, NINJA_PROGRAM = shutil.which("cmake", path=TOOLS), shutil.which("ninja", path=TOOLS)
DEBIAN = Machine("Linux", "x86_64", "debian", "trixie", frozenset(interpreter.PROGRAMS))


def search(request: str = "3.14t", **environ: str) -> Search:
    """A search with an environment of its own, which reports to nobody."""
    return Search(Request.parse(request), named="", refresh=False, report=lambda _: None, environ=environ)


def why_not_here() -> str:
    """Why nothing can be assembled on this machine, or nothing."""
    try:
        interpreter.plan(Request.parse("3.14t"), Machine.here(search(PATH=os.environ["PATH"])))
    except Unfit as unfit:
        return f"nothing can be assembled here: {unfit}"
    return ""


WHY_NOT = why_not_here()
needs_debian = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
needs_shell = pytest.mark.skipif(
    sys.platform == "win32", reason="shell scripts stand for interpreters, and paths are POSIX paths"
)
needs_gcc = pytest.mark.skipif(
    bool(WHY_NOT) or not shutil.which("gcc"), reason="it takes gcc for x86-64 to build what is redirected"
)


def alone(*arguments: str | Path, **environ: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the file as a script, by itself, with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "-I", FILE, *arguments],
        env={name: str(value) for name, value in environ.items()},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@dataclass(frozen=True)
class Answer:
    """What a search came to: a path and the way, or an error."""

    path: str = ""
    way: str = ""
    error: str = ""


def ask(request: str, *ways: str, named: str | Path = "", **environ: str | Path) -> Answer:
    """Search with nothing in the environment but what is given."""
    asked = search(request, **{name: str(value) for name, value in environ.items()})
    try:
        found = interpreter.try_ways(dataclasses.replace(asked, named=str(named)), set(ways or interpreter.WAYS))
    except InterpreterError as error:
        return Answer(error=str(error))
    return Answer(str(found.path), found.way)


def executable(file: Path, content: bytes) -> Path:
    """A program, written by a child: a file that this process wrote could be open in another thread's (ETXTBSY)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["sh", "-c", 'cat > "$1" && chmod 755 "$1"', "sh", file], input=content, check=True, timeout=DEADLINE
    )
    return file


def program(file: Path, body: str) -> Path:
    """A shell script."""
    return executable(file, f"#!/bin/sh\n{body}\n".encode())


def python(file: Path, found: str = "3.14t", **said: object) -> Path:
    """A program that answers the probe as an interpreter does."""
    answer = {
        "implementation": "cpython",
        "version": f"{found.rstrip('t')}.0",
        "found": found,
        "gil": not found.endswith("t"),
        "include": "/usr/include/python",
        "missing": [],
        "base": "",
        **said,
    }
    return program(file, f"echo '{json.dumps(answer)}'")


# ---- The request ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", ["", "3", "3.13t", "3.11", "3.14T", "3.14.1", "python3.14t", "3.14t ", "../3.14t"])
def test_what_cannot_be_had_is_refused_with_what_can(request_: str) -> None:
    """A malformed or unknown request fails before anything is tried, and the error lists those that are known."""
    with pytest.raises(InterpreterError) as caught:
        interpreter.find(request_)
    assert repr(request_) in caught.value.what
    assert all(supported in caught.value.remedy for supported in interpreter.SUPPORTED)
    assert caught.value.exit_code == 2


def test_a_script_that_asks_wrongly_gets_exit_code_2_and_no_path() -> None:
    """Alone, the file says what it supports on stderr, prints nothing on stdout, and exits with 2."""
    ran = alone("3.13t", PATH="")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "3.14t" in ran.stderr


# ---- The ways that find ---------------------------------------------------------------------------------------------


@needs_shell
def test_the_most_telling_name_on_path_wins(tmp_path: Path) -> None:
    """python3.14t is preferred to a python3 that is the same build and comes earlier on PATH."""
    python(tmp_path / "a" / "python3")
    told = python(tmp_path / "b" / "python3.14t")
    got = ask("3.14t", "path", PATH=f"{tmp_path}/a:{tmp_path}/b")
    assert (got.path, got.way) == (str(told), "path")


@needs_shell
def test_a_plain_python3_is_used_if_it_proves_to_be_the_build(tmp_path: Path) -> None:
    """Names prove nothing: a python3.14t that is another build is passed over for a python3 that is the right one."""
    python(tmp_path / "a" / "python3.14t", "3.14")
    right = python(tmp_path / "b" / "python3")
    got = ask("3.14t", "path", PATH=f"{tmp_path}/a:{tmp_path}/b")
    assert got.path == str(right)


@needs_shell
def test_of_a_virtual_environment_the_interpreter_beneath_is_used(tmp_path: Path) -> None:
    """An environment on PATH leads to its base, which outlives it."""
    base = python(tmp_path / "base" / "python3.14t")
    python(tmp_path / "venv" / "python3", base=str(base))
    got = ask("3.14t", "path", PATH=tmp_path / "venv")
    assert got.path == str(base)


WRONG = {
    "another version": ({"found": "3.13t"}, "it is 3.13t, not 3.14t"),
    "the GIL-enabled build": ({"found": "3.14", "gil": True}, "it is 3.14, not 3.14t"),
    "the GIL turned on": ({"gil": True}, "it was built as 3.14t but runs with the GIL on"),
    "PyPy": ({"implementation": "pypy"}, "it is pypy, not CPython"),
    "no headers": ({"missing": ["/x/Python.h"]}, "it has no /x/Python.h"),
}


@needs_shell
@pytest.mark.parametrize(("said", "reason"), WRONG.values(), ids=WRONG)
def test_a_candidate_that_is_not_fit_is_passed_over_with_the_reason(
    tmp_path: Path, said: dict[str, object], reason: str
) -> None:
    """Each property that an extension depends on is checked; the error says what is wrong with which program."""
    wrong = python(tmp_path / "python3.14t", **{"found": "3.14t", **said})  # type: ignore[arg-type]  # mixed values
    got = ask("3.14t", "path", PATH=tmp_path)
    assert not got.path
    assert f"{wrong}: {reason}" in got.error
    assert "UNGIL_PYTHON_3_14T" in got.error


@needs_shell
def test_without_headers_the_error_says_what_to_install(tmp_path: Path) -> None:
    """Missing headers can be installed, so the remedy names their package."""
    python(tmp_path / "python3.14t", missing=["/x/Python.h"])
    assert "install the headers of python3.14t" in ask("3.14t", "path", PATH=tmp_path).error


@needs_shell
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo hello", "does not answer as a Python interpreter does"),
        ("echo '[]'", "does not answer as a Python interpreter does"),
        ("exit 0", "does not answer as a Python interpreter does"),
        ("echo 'pyenv: python3.14t: command not found' >&2; exit 127", "failed (127): pyenv"),
        ("sleep 60", "still running after 0.3 seconds"),
        ("sleep 60 & sleep 60", "still running after 0.3 seconds"),
    ],
)
def test_a_program_that_is_no_interpreter_is_passed_over(tmp_path: Path, body: str, reason: str) -> None:
    """A candidate may print anything, fail or hang; the answer is a reason, in bounded time."""
    file = program(tmp_path / "python3.14t", body)
    with pytest.raises(Unfit, match=reason.replace("(", r"\(").replace(")", r"\)")):
        interpreter.prove(file, search(PATH="/bin:/usr/bin"), "path", deadline=0.3 if "sleep" in body else 20)


@needs_shell
def test_one_that_is_named_wins_over_path(tmp_path: Path) -> None:
    """The variable of a request comes before PATH, and the argument before the variable."""
    on_path, in_variable, given = (python(tmp_path / name / "python3.14t") for name in "abc")
    path = on_path.parent
    assert ask("3.14t", PATH=path).path == str(on_path)
    assert ask("3.14t", PATH=path, UNGIL_PYTHON_3_14T=in_variable).path == str(in_variable)
    assert ask("3.14t", named=given, PATH=path, UNGIL_PYTHON_3_14T=in_variable).path == str(given)


@needs_shell
@pytest.mark.parametrize(("name", "reason"), [("wrong", "it is 3.14, not 3.14t"), ("absent", "cannot be run")])
def test_a_wrong_one_that_is_named_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    """What the user named is used or refused: a fit one on PATH does not replace it."""
    fit = python(tmp_path / "bin" / "python3.14t")
    python(tmp_path / "wrong", "3.14")
    got = ask("3.14t", PATH=fit.parent, UNGIL_PYTHON_3_14T=tmp_path / name)
    assert not got.path
    assert f"UNGIL_PYTHON_3_14T names {tmp_path / name}" in got.error
    assert reason in got.error


def fake_uv(folder: Path) -> Path:
    """A uv that has no interpreter until it is told to install one."""
    there = python(folder / "managed" / "python3.14t")
    return program(
        folder / "bin" / "uv",
        f"""
        case "$2" in
        find) if [ -e "{folder}/installed" ]; then echo {there}; else echo "error: none found" >&2; exit 2; fi ;;
        install) : > "{folder}/installed" ;;
        esac
        """,
    )


@needs_shell
def test_uv_is_asked_to_install_only_what_it_has_not(tmp_path: Path) -> None:
    """The first search has uv install an interpreter; the second finds the one that is there."""
    path = fake_uv(tmp_path).parent
    ways = ("install", "uv")  # the order is not the user's
    first, second = (ask("3.14t", *ways, PATH=path) for _ in range(2))
    assert first.path == second.path == f"{tmp_path}/managed/python3.14t"
    assert (first.way, second.way) == ("install", "uv")


@needs_shell
def test_the_error_says_what_was_tried_for_each_way(tmp_path: Path) -> None:
    """Where uv cannot reach its host and nothing else is there, each way has a line with its reason."""
    failing = "echo 'error: Failed to install' >&2; echo '  cause: dns error' >&2; exit 1"
    uv = program(tmp_path / "bin" / "uv", failing)
    got = ask("3.15t", *interpreter.WAYS[:-1], PATH=uv.parent, XDG_CACHE_HOME=tmp_path)
    assert not got.path
    for line in (
        "  named     no path was given, and UNGIL_PYTHON_3_15T is not set",
        "  path      there is no Python on PATH",
        "  uv        uv failed (1): error: Failed to install; cause: dns error",
        f"  cache     there is none in {tmp_path}/ungil/python",
        "  install   uv failed (1)",
    ):
        assert line in got.error


# ---- The cache ------------------------------------------------------------------------------------------------------


def prefix(cache: Path, name: str, record: str) -> Path:
    """A prefix in the cache, with a program that proves fit."""
    folder = cache / "ungil" / "python" / name
    python(folder / "bin" / "python3.14t")
    (folder / "ungil.json").write_text(record, encoding="utf-8")
    return folder


@needs_shell
def test_the_newest_prefix_of_this_recipe_is_used(tmp_path: Path) -> None:
    """Of several assembled interpreters the newest wins; those of another recipe, however new, do not count."""
    made = {"recipe": interpreter.RECIPE, "made": "2026-01-01T00:00:00Z"}
    prefix(tmp_path, "3.14t-a", json.dumps(made))
    newest = prefix(tmp_path, "3.14t-b", json.dumps({**made, "made": "2026-02-01T00:00:00Z"}))
    prefix(tmp_path, "3.14t-c", json.dumps({"recipe": -1, "made": "2026-03-01T00:00:00Z"}))
    got = ask("3.14t", "cache", PATH="", XDG_CACHE_HOME=tmp_path)
    assert got.path == f"{newest}/bin/python3.14t"


@needs_shell
@pytest.mark.parametrize("record", ["", "{", "[]", "null", '{"recipe": 1}'])
def test_a_prefix_with_a_broken_record_is_no_prefix(tmp_path: Path, record: str) -> None:
    """Whatever stands in a record that is not whole, the prefix is passed over without a traceback."""
    prefix(tmp_path, "3.14t-a", record)
    got = ask("3.14t", "cache", PATH="", XDG_CACHE_HOME=tmp_path)
    assert not got.path
    assert "there is none in" in got.error


@needs_shell
def test_a_damaged_prefix_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    """A prefix whose program was deleted is not used, and the error says why."""
    folder = prefix(tmp_path, "3.14t-a", json.dumps({"recipe": interpreter.RECIPE, "made": "2026"}))
    (folder / "bin" / "python3.14t").unlink()
    got = ask("3.14t", "cache", PATH="", XDG_CACHE_HOME=tmp_path)
    assert not got.path
    assert "python3.14t cannot be run: No such file or directory" in got.error


@needs_shell
def test_a_relative_cache_folder_is_ignored(tmp_path: Path) -> None:
    """The XDG specification has a relative XDG_CACHE_HOME ignored, so that the cache is not the current folder."""
    ran = alone("3.14t", "--way", "cache", PATH="", XDG_CACHE_HOME="here", HOME=tmp_path)
    assert f"{tmp_path}/.cache/ungil/python" in ran.stderr


@needs_debian
def test_a_cache_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Where the cache folder cannot be made, the error names it and the variable that moves it."""
    (tmp_path / "file").touch()
    ran = alone("3.14t", "--way", "assemble", PATH=os.environ["PATH"], XDG_CACHE_HOME=tmp_path / "file")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"{tmp_path}/file" in ran.stderr
    assert "set XDG_CACHE_HOME" in ran.stderr


@needs_debian
def test_the_lock_of_a_run_that_was_killed_is_free(tmp_path: Path) -> None:
    """A lock excludes another process for as long as its holder lives, and no longer."""
    lock = tmp_path / "lock"
    hold = textwrap.dedent(f"""
        import sys, time
        sys.path.insert(0, {str(FILE.parent)!r})
        import interpreter
        with interpreter.locked(interpreter.Path({str(lock)!r}), lambda line: print("waiting", flush=True)):
            print("held", flush=True)
            time.sleep({DEADLINE})
    """)
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "waiting\n"
            assert second.poll() is None
            first.kill()
            assert second.stdout.readline() == "held\n"
            second.kill()


# ---- What is planned where ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "machine", "reason"),
    [
        ("3.12", DEBIAN, "3.12 is not assembled"),
        ("3.14t", DEBIAN._replace(system="Darwin", distribution="unknown"), "this is unknown on x86_64 (Darwin)"),
        ("3.14t", DEBIAN._replace(system="Windows", processor="AMD64"), "AMD64 (Windows)"),
        ("3.14t", DEBIAN._replace(processor="aarch64"), "this is debian on aarch64 (Linux)"),
        ("3.14t", DEBIAN._replace(distribution="fedora"), "this is fedora"),
        ("3.14t", DEBIAN._replace(programs=frozenset({"dpkg-deb"})), "apt-get, apt-cache cannot be found on PATH"),
    ],
)
def test_a_machine_on_which_nothing_can_be_assembled_is_told_why(request_: str, machine: Machine, reason: str) -> None:
    """Another system, processor or distribution, or one without apt, is refused before anything is downloaded."""
    with pytest.raises(Unfit) as caught:
        interpreter.plan(Request.parse(request_), machine)
    assert reason in str(caught.value)
    assert caught.value.remedy


def test_the_recipe_of_a_build_names_its_own_wheel_and_packages() -> None:
    """The wheel is of the build that was asked for; Debian's packages have only the one of the version."""
    recipe = interpreter.plan(Request.parse("3.15t"), DEBIAN)
    assert recipe.abi == "cp315t"
    assert recipe.console == "freeze_core/bases/console-cpython-315t-x86_64-linux-gnu"
    assert recipe.packages == (*(f"libpython3.15-{part}" for part in ("minimal", "stdlib", "dev")), "python3.15-venv")


def test_the_mirror_is_the_one_that_this_machine_uses() -> None:
    """Of what apt says it would fetch, Debian's archive comes before a vendor that borrows its suite's name."""
    printed = textwrap.dedent("""\
        'https://vendor.example/apt/dists/trixie/InRelease' vendor.example_apt_dists_trixie_InRelease 0
        'https://flat.example/./InRelease' flat.example_InRelease 0
        'http://mirror.example/debian/dists/trixie/InRelease' mirror.example_debian_dists_trixie_InRelease 0
        'http://mirror.example/debian/dists/trixie-updates/InRelease' mirror.example_debian_dists_trixie-updates 0
        'http://mirror.example/debian-security/dists/trixie-security/InRelease' mirror.example_security 0
        'https://other.example/dists/nodistro/InRelease' other.example_dists_nodistro_InRelease 0
        'http://mirror.example/debian/dists/trixie/main/binary-amd64/Packages.xz' mirror.example_Packages 0
    """)
    assert interpreter.mirrors(printed, "trixie") == ["http://mirror.example/debian", "https://vendor.example/apt"]


@pytest.mark.parametrize(
    ("core", "libraries", "expected"),
    [
        ("3.14.9", ["3.14.10-1", "3.14.9-2", "3.14.8-1"], "3.14.9-2"),
        ("3.14.9", ["3.14.10-1", "3.14.8-1"], "3.14.8-1"),
        ("3.14.9", ["3.14.10-1", "3.14.2-1"], "3.14.10-1"),
        ("3.15.0rc3", ["3.15.0-1", "3.15.0~rc3-1"], "3.15.0~rc3-1"),
        ("3.15.1", ["3.15.2-1", "3.15.0~rc3-1"], "3.15.2-1"),
    ],
)
def test_the_library_is_the_nearest_to_the_executable(core: str, libraries: list[str], expected: str) -> None:
    """The same patch release is taken if it is there, else the nearest, and of two as near the older."""
    assert interpreter.nearest(core, libraries) == expected
    assert interpreter.nearest(core, libraries[::-1]) == expected


@pytest.mark.parametrize(
    ("libraries", "expected"),
    [
        (["3.14.9-1"], ("3.14.9", "3.14.9-1")),
        (["3.14.10-1", "3.14.8-1"], ("3.14.8", "3.14.8-1")),
        (["3.14.10-1", "3.14.7-1"], ("3.14.9", "3.14.10-1")),
    ],
)
def test_an_exact_pair_is_worth_one_patch_release(libraries: list[str], expected: tuple[str, str]) -> None:
    """The executable before the newest is taken only if it has a library of exactly its version."""
    cores = {"": ("0.8.1", "3.14.9"), "0.8.1": ("0.8.0", "3.14.8"), "0.8.0": ("0.7.6", "3.14.7")}

    def download(below: str) -> interpreter.Core:
        release, version = cores[below]
        return interpreter.Core(interpreter.Package("core", release, Path()), version, Path(), Path(), {})

    core, library = interpreter.pair(libraries, download)
    assert (core.version, library) == expected


def test_a_package_index_that_cannot_be_reached_is_named_as_the_reason(tmp_path: Path) -> None:
    """Without network pip gives up soon, and the remedy is to make it reach its index."""
    environ = {**os.environ, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    environ = {name: value for name, value in environ.items() if name not in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS")}
    recipe = interpreter.plan(Request.parse("3.14t"), DEBIAN)
    with pytest.raises(Unfit, match="failed") as caught:
        interpreter.download_core(search(**environ), recipe, [sys.executable, "-m", "pip"], tmp_path)
    assert "pip reaches its package index" in caught.value.remedy


@needs_debian
def test_a_mirror_that_cannot_be_reached_is_named_as_the_reason(tmp_path: Path) -> None:
    """Without network apt fails instead of going on with no lists; the error says so, and nothing is left behind."""
    (tmp_path / "apt.conf").write_text('Acquire::http::Proxy "http://127.0.0.1:9/";\n', encoding="utf-8")
    environ: dict[str, str | Path] = {
        "PATH": os.environ["PATH"],
        "APT_CONFIG": tmp_path / "apt.conf",
        "XDG_CACHE_HOME": tmp_path,
    }
    ran = alone("3.14t", "--way", "assemble", **environ)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "apt-get failed (100): E: " in ran.stderr
    assert "check that this machine's apt sources name a mirror of Debian" in ran.stderr
    assert [entry.name for entry in (tmp_path / "ungil" / "python").iterdir()] == [".lock-3.14t"]


# ---- The executable -------------------------------------------------------------------------------------------------

SOURCE = """
__attribute__((used, visibility("default"))) int Py_BytesMain(int argc, char **argv) { return 40 + argc; }
int main(int argc, char **argv) { __builtin_printf("not redirected\\n"); return argc > 100; }
"""


def compiled(folder: Path, source: str, *flags: str) -> bytes:
    """A program that exports its symbols, as freeze-core's does."""
    (folder / "program.c").write_text(source, encoding="utf-8")
    command: list[str | Path] = ["gcc", "-rdynamic", *flags, "-o", folder / "program", folder / "program.c"]
    subprocess.run(command, check=True, timeout=DEADLINE)
    return (folder / "program").read_bytes()


@needs_gcc
@pytest.mark.parametrize(
    "flags", [("-no-pie",), ("-pie", "-fPIE", "-O2"), ("-no-pie", "-fcf-protection=full")], ids=str
)
def test_main_is_redirected_by_five_bytes(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """The program does what Py_BytesMain does, with its arguments, and differs from the original in one jump."""
    original = compiled(tmp_path, SOURCE, *flags)
    image, change = interpreter.redirect_main(original)
    place = int(change["offset"], 16)
    assert image[:place] + original[place : place + 5] + image[place + 5 :] == original
    assert (change["before"], change["after"]) == (original[place : place + 5].hex(), image[place : place + 5].hex())
    redirected = executable(tmp_path / "redirected", image)
    ran = subprocess.run([redirected, "one argument"], capture_output=True, timeout=DEADLINE, check=False)
    assert (ran.returncode, ran.stdout) == (42, b"")


@needs_gcc
@pytest.mark.parametrize(
    ("source", "flags", "reason"),
    [
        ("int main(void) { return 0; }", (), "does not export 'Py_BytesMain'"),
        ("int Py_BytesMain = 1; int main(void) { return 0; }", (), "does not export 'Py_BytesMain'"),
        (
            'int Py_BytesMain(){return 0;} __asm__(".globl main\\n.type main,@function\\nmain: ret\\n.size main,1");',
            (),
            "too few",
        ),
        (SOURCE, ("-c",), "no ELF executable"),
    ],
    ids=["no target", "a variable", "a short main", "an object file"],
)
def test_a_program_that_is_not_as_expected_is_refused(
    tmp_path: Path, source: str, flags: tuple[str, ...], reason: str
) -> None:
    """Where a jump could not be written with certainty, nothing is written."""
    image = compiled(tmp_path, source, *flags)
    with pytest.raises(Unfit, match=reason):
        interpreter.redirect_main(image)


@pytest.mark.parametrize("image", [b"", b"\x7fELF", b"MZ" * 100, bytes(4096), b"\x7fELF\2\1\1" + bytes(4096)], ids=len)
def test_what_is_no_program_is_refused(image: bytes) -> None:
    """Any bytes may come out of a download; what is not an ELF executable is refused, without a traceback."""
    with pytest.raises(Unfit):
        interpreter.redirect_main(image)


@needs_gcc
def test_a_damaged_program_is_refused_or_changed_in_one_place(tmp_path: Path) -> None:
    """Whichever byte of its tables is wrong, wherever it is cut off: no other error, no other change."""
    original = compiled(tmp_path, SOURCE, "-no-pie")
    chance = random.Random(0)  # noqa: S311 - to be repeatable is the point
    refused = 0
    for _ in range(400):
        image = bytearray(original[: chance.choice([len(original), chance.randrange(len(original))])])
        image[chance.randrange(min(len(image), 1024) or 1)] = chance.randrange(256)
        try:
            changed, _change = interpreter.redirect_main(bytes(image))
        except Unfit:
            refused += 1
        else:
            assert sum(a != b for a, b in zip(changed, image, strict=True)) <= 5
    assert refused > 100


# ---- The library ----------------------------------------------------------------------------------------------------


def test_a_text_is_replaced_only_where_there_is_no_doubt(tmp_path: Path) -> None:
    """A text that is absent, or there twice, is left as it is."""
    file = tmp_path / "file"
    file.write_text("once twice twice", encoding="utf-8")
    assert interpreter.substitute(file, "once", "1")
    assert not interpreter.substitute(file, "twice", "2")
    assert not interpreter.substitute(file, "never", "0")
    assert file.read_text(encoding="utf-8") == "1 twice twice"


@pytest.mark.parametrize("request_", interpreter.ASSEMBLED)
def test_the_build_variables_are_of_the_build_and_of_the_prefix(request_: str) -> None:
    """What extensions are built by names this build, and nothing that Debian says of its own place is left of it."""
    recipe = interpreter.plan(Request.parse(request_), DEBIAN)
    debian = {
        "EXT_SUFFIX": ".cpython-314-x86_64-linux-gnu.so",
        "INCLUDEPY": "/usr/include/python3.14",
        "SIZEOF_LONG": 8,
    }
    ours = interpreter.build_variables(debian, recipe)
    assert ours["EXT_SUFFIX"] == f".cpython-{request_.replace('.', '')}-x86_64-linux-gnu.so"
    assert ours["INCLUDEPY"] == f"@prefix@/include/python{request_}"
    assert ours["Py_GIL_DISABLED"] == request_.endswith("t")
    assert ours["SIZEOF_LONG"] == 8
    assert not [name for name, value in ours.items() if str(value).startswith("/usr")]


# ---- The file itself ------------------------------------------------------------------------------------------------


def test_the_file_needs_nothing_but_the_standard_library_of_python_3_9() -> None:
    """It is what installs everything else, so it parses as Python 3.9 and imports nothing that is not always there."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_no_host_is_named_in_the_file() -> None:
    """The index and the mirror are those that the machine is set up with."""
    assert "://" not in FILE.read_text(encoding="utf-8")


# ---- One that is assembled ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assembly:
    """What came of assembling one: a run that was killed half-way, what was found after it, and two runs at once."""

    cache: str
    killed_with_partial: bool
    after_the_kill: int
    codes: list[int]
    paths: list[str]
    messages: list[str]

    @property
    def python(self) -> Path:
        """The interpreter."""
        return Path(self.paths[0])

    @property
    def prefix(self) -> Path:
        """Where it was assembled."""
        return self.python.parent.parent

    def run(self, *arguments: str | Path) -> str:
        """Run it, and return what it printed."""
        return subprocess.run(
            [self.python, *arguments], capture_output=True, text=True, timeout=DEADLINE, check=True
        ).stdout


def kill_half_way(command: list[str | Path], environ: dict[str, str], cache: Path) -> bool:
    """Start a run, kill it once its scratch folder has something in it, and say whether the folder is left."""
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + DEADLINE
        while not list(cache.glob(".partial-*/lists")) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    return bool(list(cache.glob(".partial-*")))


def assemble(root: Path) -> Assembly:
    """The experiment on which the tests below report."""
    environ = {**os.environ, "XDG_CACHE_HOME": str(root)}
    cache = root / "ungil" / "python"
    command: list[str | Path] = [sys.executable, "-I", FILE, "3.14t", "--way", "assemble"]
    left = kill_half_way(command, environ, cache)
    after = subprocess.run([*command[:-1], "cache"], env=environ, capture_output=True, check=False, timeout=DEADLINE)
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    outputs = [run.communicate(timeout=DEADLINE) for run in runs]
    codes, paths = [run.returncode for run in runs], [out.strip() for out, _ in outputs]
    return Assembly(str(cache), left, after.returncode, codes, paths, [err for _, err in outputs])


@pytest.fixture(scope="session")
def assembly(pytestconfig: pytest.Config) -> Assembly:
    """One that this very text of the file assembled: kept from one session to the next, for it takes 15 seconds.

    The outcome of the run that was killed is kept with it, until the file changes.
    """
    if WHY_NOT:
        pytest.skip(WHY_NOT)
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]
    root = pytestconfig.cache.mkdir(f"interpreter-{digest}")
    kept = root / "experiment.json"
    if kept.exists():
        done = Assembly(**json.loads(kept.read_text(encoding="utf-8")))
        if done.python.exists():
            return done
    for other in root.parent.glob("interpreter-*"):  # of other texts of the file, 100 MB each, and what is left of this
        shutil.rmtree(other)
    done = assemble(root)
    if any("check that" in message for message in done.messages):
        pytest.skip(f"the index or the mirror cannot be reached: {done.messages[0]}")
    if done.codes == [0, 0]:
        kept.write_text(json.dumps(vars(done)), encoding="utf-8")
    return done


def test_a_run_that_was_killed_leaves_nothing_that_is_mistaken_for_whole(assembly: Assembly) -> None:
    """After SIGKILL half-way its scratch folder is left, no interpreter is found, and the next run clears it away."""
    assert assembly.killed_with_partial
    assert assembly.after_the_kill == 2
    assert not list(Path(assembly.cache).glob(".partial-*"))


def test_of_two_runs_at_once_one_assembles_and_both_have_it(assembly: Assembly) -> None:
    """Both succeed with the same path, and only one of them did the work."""
    assert assembly.codes == [0, 0], assembly.messages
    assert assembly.paths[0] == assembly.paths[1]
    assert sorted("importing every module" in message for message in assembly.messages) == [False, True]


def test_it_is_a_free_threaded_build_and_says_so(assembly: Assembly) -> None:
    """`-VV` names the build, and the GIL is off."""
    assert "free-threading build" in assembly.run("-VV")
    assert assembly.run("-c", "import sys; print(sys._is_gil_enabled())") == "False\n"


def test_its_record_says_what_it_is_made_of(assembly: Assembly) -> None:
    """The record names each ingredient with version and hash, the jump that is in the program, and every edit."""
    record = json.loads((assembly.prefix / "ungil.json").read_text(encoding="utf-8"))
    version = assembly.run("-c", "import platform; print(platform.python_version())").strip()
    assert record["executable"]["python"] == version
    assert record["same_version"] == (record["library"]["python"] == version)
    assert len(record["library"]["packages"]) == 5
    assert all(len(part["sha256"]) == 64 for part in (record["executable"], *record["library"]["packages"]))
    jump = record["executable"]["main_redirected"]
    place = int(jump["offset"], 16)
    assert assembly.python.read_bytes()[place : place + 5].hex() == jump["after"]
    assert (record["edits_left_out"], record["modules"]["failed"]) == ([], {})
    assert record["modules"]["imported"] > 500


def test_nothing_is_found_anew_once_it_is_there(assembly: Assembly) -> None:
    """A later run takes the one in the cache, without asking any index or mirror."""
    ran = alone("3.14t", PATH="", XDG_CACHE_HOME=Path(assembly.cache).parent.parent)
    assert ran.stdout == f"{assembly.python}\n"
    assert "'cache'" in ran.stderr


def test_its_paths_are_its_own_with_the_library_frozen_or_not(assembly: Assembly) -> None:
    """Neither Debian's dist-packages nor its /usr shows where packages and headers are looked for."""
    code = "import site, sys, sysconfig; print(*sysconfig.get_paths().values(), *sys.path[1:], sep='\\n')"
    for flags in ((), ("-X", "frozen_modules=off")):
        paths = assembly.run("-I", *flags, "-c", code).split()
        assert all(path.startswith(str(assembly.prefix)) for path in paths), paths
        assert f"{assembly.prefix}/lib/python3.14t/site-packages" in paths


@dataclass(frozen=True)
class Environment:
    """A virtual environment with pip, an extension built in it, and what CMake found of it."""

    python: Path
    pip: str
    extension: str
    cmake: str


EXTENSION = """
#include <Python.h>
#ifndef Py_GIL_DISABLED
#error "these are the headers of another build"
#endif
static PyObject *answer(PyObject *self, PyObject *ignored) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "answers", NULL, 0, methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_answers(void) { return PyModuleDef_Init(&module); }
"""

BUILD = """
import importlib.util, shlex, subprocess, sys, sysconfig
var = sysconfig.get_config_var
target = sys.argv[1] + "/answers" + var("EXT_SUFFIX")
flags = [*shlex.split(var("CFLAGS")), *shlex.split(var("CCSHARED")), "-I" + var("INCLUDEPY")]
subprocess.run([*shlex.split(var("LDSHARED")), *flags, sys.argv[1] + "/answers.c", "-o", target], check=True)
sys.path.insert(0, sys.argv[1])
import answers
print(answers.answer(), sys._is_gil_enabled())
"""

CMAKE = """
cmake_minimum_required(VERSION 3.26)
project(found LANGUAGES C)
find_package(Python 3.14 REQUIRED COMPONENTS Interpreter Development.Module)
message(STATUS "${Python_EXECUTABLE}|${Python_SOABI}|${Python_INCLUDE_DIRS}")
"""


@pytest.fixture(scope="session")
def environment(assembly: Assembly, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What `python -m venv`, gcc and CMake make of the assembled interpreter."""
    root = tmp_path_factory.mktemp("environment")
    assembly.run("-m", "venv", root / "venv")
    python = root / "venv" / "bin" / "python"

    def output(*command: str | Path) -> str:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
        return ran.stdout + ran.stderr

    (root / "answers.c").write_text(EXTENSION, encoding="utf-8")
    (root / "CMakeLists.txt").write_text(CMAKE, encoding="utf-8")
    built = output(python, "-c", BUILD, root)
    generator = ("-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={NINJA_PROGRAM}") if NINJA_PROGRAM else ()
    configure = (*generator, f"-DPython_EXECUTABLE={python}", "-B", root / "b", "-S", root)
    cmake = output(CMAKE_PROGRAM, *configure) if CMAKE_PROGRAM else ""
    return Environment(python, output(python, "-m", "pip", "--version"), built, cmake)


def test_a_virtual_environment_made_from_it_has_pip(assembly: Assembly, environment: Environment) -> None:
    """`python -m venv` finds pip's wheel where ensurepip looks, and pip is the environment's own."""
    assert environment.pip.startswith("pip ")
    assert str(environment.python.parent.parent) in environment.pip
    assert assembly.prefix.is_dir()


@needs_gcc
def test_an_extension_builds_and_leaves_the_gil_off(environment: Environment) -> None:
    """The build variables, the headers and the suffix fit together."""
    assert environment.extension == "42 False\n"


@pytest.mark.skipif(not CMAKE_PROGRAM, reason="no cmake beside this Python or on PATH to look for it")
def test_cmake_finds_it_through_an_environment(assembly: Assembly, environment: Environment) -> None:
    """FindPython, which nanobind builds by, finds the environment's interpreter and the headers of this build."""
    found = f"{environment.python}|cpython-314t-x86_64-linux-gnu|{assembly.prefix}/include/python3.14t"
    assert found in environment.cmake.replace("bin/python3.14t|", "bin/python|")
