"""`ungil deps`, run as a user runs it, against indexes on the loopback interface."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.tags import platform_tags
from tests.deps.environments import environment, install, wheel
from tests.index.serving import Answer, page, projects, serve
from tests.programs import write_program

LINUX = "manylinux_2_17_x86_64"
PLATFORM = ("--platform", "manylinux_2_28_x86_64")
NAMES = ("good", "gilly", "pure")
DEPENDENCIES = ", ".join(f'{{ name = "{name}" }}' for name in NAMES)
LOCK = (
    f'version = 1\n[[package]]\nname = "app"\nsource = {{ virtual = "." }}\ndependencies = [{DEPENDENCIES}]\n'
    + "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "https://a.example/simple" }}\n'
        for name in NAMES
    )
)
INDEX = projects(
    good=[f"good-1.0-cp314-cp314t-{LINUX}.whl"],
    gilly=[f"gilly-1.0-cp314-cp314-{LINUX}.whl", "gilly-1.0.tar.gz", f"gilly-1.1-cp314-cp314t-{LINUX}.whl"],
    pure=["pure-1.0-py3-none-any.whl"],
)


slow = pytest.mark.thread_unsafe(reason="starts several commands, or pip, which takes its time")


@pytest.fixture(scope="module")
def caches() -> Iterator[Path]:
    """A cache folder with pip's answer in it, so that pip is asked once how it is set up; each test gets a copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = "from ungil.index.configuration import configuration as c; c()"
        subprocess.run([sys.executable, "-c", code], timeout=100, check=True, env=variables(folder))
        yield folder


def variables(cache: Path) -> dict[str, str]:
    """The environment, in which pip is set up to use an index that is not there, and there is no uv."""
    kept = {
        n: v for n, v in os.environ.items() if not n.startswith(("PIP_", "UV_")) and not n.lower().endswith("_proxy")
    }
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    return kept | pip | {"XDG_CACHE_HOME": str(cache), "PATH": os.defpath}


def deps(caches: Path, folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs `ungil deps` in a folder, in which it keeps what indexes answer."""
    cache = folder / ".cache"
    if not cache.exists():
        shutil.copytree(caches, cache)
    command = [sys.executable, "-m", "ungil", "deps", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False,
        env=variables(cache) | more,
    )  # fmt: skip


def lock(folder: Path, text: str = LOCK) -> Path:
    """A lock file in a folder."""
    path = folder / "uv.lock"
    path.write_text(text, encoding="utf-8")
    return path


@slow
def test_the_exit_code_says_whether_anything_was_found(tmp_path: Path, caches: Path) -> None:
    """1 for findings at or above the level to fail on, 0 where they are ignored, allowed or do not count."""
    lock(tmp_path)
    with serve(INDEX) as served:
        found = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM)
        again = [
            deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM, *more).returncode
            for more in (("--fail-on", "error"), ("--allow", "Gilly"))
        ]
    assert found.returncode == 1, found.stderr
    assert "uv.lock: 3 packages for CPython 3.14t on manylinux_2_28_x86_64" in found.stdout
    assert "gil-enabled-wheels-only (UG850)" in found.stdout
    assert "upgrade to 1.1, the first newer release with a wheel for it, if app can use it" in found.stdout
    assert again == [0, 0]
    assert sorted(served.paths) == ["/simple/gilly/", "/simple/good/", "/simple/pure/"]


def test_what_cannot_be_found_out_exits_with_2_and_loses_nothing(tmp_path: Path, caches: Path) -> None:
    """A project that does not exist and a broken page are told on standard error, all others in the report."""
    lock(tmp_path)
    answers = {path: answer for path, answer in INDEX.items() if "good" not in path} | {"/simple/pure/": Answer(b"{")}
    with serve(answers) as served:
        done = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM)
    assert done.returncode == 2
    assert "good 1.0: No index that was asked knows 'good'." in done.stderr
    assert "pure 1.0: What the package index at 127.0.0.1 says of 'pure' cannot be read" in done.stderr
    assert "(UG850)" in done.stdout
    assert "2 not known" in done.stdout


def test_without_network_there_is_one_error_for_all(tmp_path: Path, caches: Path) -> None:
    """An index that cannot be reached is told once, with the advice to run offline."""
    lock(tmp_path)
    done = deps(caches, tmp_path, "uv.lock", "--timeout", "5")
    assert done.returncode == 2
    assert done.stderr.count("The package index at 127.0.0.1 could not be read") == 1
    assert "gilly 1.0, good 1.0, pure 1.0: " in done.stderr
    assert "Traceback" not in done.stderr


def test_reports_go_where_they_are_asked_to(tmp_path: Path, caches: Path) -> None:
    """Each format has the finding; a file is written beside standard output."""
    lock(tmp_path)
    formats = ("json", "sarif", "github", "markdown")
    files = [part for name in formats for part in ("--format", f"{name}={name}.out")]
    with serve(INDEX) as served:
        done = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM, *files, "--output", "text.out")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert all("UG850" in (tmp_path / f"{name}.out").read_text(encoding="utf-8") for name in (*formats, "text"))
    told = json.loads((tmp_path / "json.out").read_text(encoding="utf-8"))
    assert [package["status"] for package in told["packages"]] == [
        "GIL-enabled wheel only", "free-threaded wheel", "wheel for any build",
    ]  # fmt: skip


@slow
def test_offline_the_kept_answers_and_the_lock_s_own_list_tell(tmp_path: Path, caches: Path) -> None:
    """After one run the network is not needed; without one, what the lock file lists is judged, which is said."""
    lock(tmp_path)
    with serve(INDEX) as served:
        online = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM)
    offline = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM, "--offline")
    assert (offline.returncode, offline.stdout) == (online.returncode, online.stdout)
    wheels = f'wheels = [{{ url = "https://files.example/good-1.0-cp314-cp314t-{LINUX}.whl" }}]\n'
    text = LOCK.replace(DEPENDENCIES, '{ name = "good" }')
    lock(tmp_path, text.replace('name = "good"\nversion = "1.0"\n', f'name = "good"\nversion = "1.0"\n{wheels}'))
    listed = deps(caches, tmp_path, "uv.lock", "--index-url", "http://127.0.0.1:9/other", *PLATFORM, "--offline")
    assert listed.returncode == 0, listed.stderr
    assert "Judged by the files that uv.lock lists, not by an index: good." in listed.stdout


@slow
def test_requirements_are_resolved_by_pip_without_a_build(tmp_path: Path, caches: Path) -> None:
    """Where there is no uv, pip chooses the versions, a package without a free-threaded wheel included."""
    wheel(tmp_path, f"gilly-1.0-cp314-cp314-{next(platform_tags())}.whl", "pure>=1")
    wheel(tmp_path, "pure-1.2-py3-none-any.whl")
    (tmp_path / "requirements.txt").write_text("--no-index\n--find-links .\ngilly<2\n", encoding="utf-8")
    done = deps(caches, tmp_path, "requirements.txt", "--format", "json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["tree"]["resolved_by"].startswith("pip ")
    assert [(one["name"], one["version"], one["needed_by"]) for one in told["packages"]] == [
        ("gilly", "1.0", []), ("pure", "1.2", ["gilly"]),
    ]  # fmt: skip
    assert [finding["location"]["line"] for finding in told["findings"]] == [3]


@slow
def test_a_project_is_resolved_by_pip_without_being_built(tmp_path: Path, caches: Path) -> None:
    """The extras that are asked for count, and a build backend that would fail is not run."""
    wheel(tmp_path, "pure-1.2-py3-none-any.whl")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\n[project.optional-dependencies]\nmore = ["pure"]\n'
        '[build-system]\nrequires = []\nbuild-backend = "no.such.backend"\n',
        encoding="utf-8",
    )
    done = deps(caches, tmp_path, ".", "--no-index", "--find-links", ".", "--extra", "more")
    assert (done.returncode, "pure" in done.stdout or "1 wheel for any build" in done.stdout) == (0, True), done.stderr
    assert "The versions are those that pip" in done.stdout


UV = """\
#!/bin/sh
echo "$@" >> "$0.log"
case "$1" in
--version) echo "uv 9.9.9 (test)" ;;
*) echo "gilly==1.0    # via -r requirements.in"; echo "pure==1.0 ; sys_platform == 'linux'  # via gilly"
   echo "winny==1.0 ; sys_platform == 'win32'  # via gilly" ;;
esac
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a shell script")
def test_requirements_are_resolved_by_uv_where_there_is_one(tmp_path: Path, caches: Path) -> None:
    """It is asked for every platform, without builds, with the indexes that were named; its answer is the tree."""
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    write_program(uv, UV)
    (tmp_path / "requirements.in").write_text("gilly\n", encoding="utf-8")
    with serve(INDEX) as served:
        done = deps(
            caches, tmp_path, "requirements.in", "--index-url", served.url, *PLATFORM,
            PATH=f"{uv.parent}{os.pathsep}{os.defpath}",
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "The versions are those that uv 9.9.9 chose now" in done.stdout
    assert "1 more package is for other platforms or versions alone." in done.stdout
    asked = (tmp_path / "bin" / "uv.log").read_text(encoding="utf-8")
    assert "pip compile requirements.in --universal --python-version 3.14 " in asked
    assert "--no-build" in asked
    assert f"--index-url {served.url}" in asked


@slow
def test_what_cannot_be_resolved_is_told_in_the_resolver_s_words(tmp_path: Path, caches: Path) -> None:
    """The error names the tool, repeats the end of what it said, and says what would help."""
    (tmp_path / "requirements.txt").write_text("--no-index\nnone-such>=1\n", encoding="utf-8")
    done = deps(caches, tmp_path, "requirements.txt", "--resolver", "pip")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip cannot resolve 'requirements.txt'" in done.stderr
    assert "No matching distribution found for none-such" in done.stderr
    assert "--allow-builds" in done.stderr


def test_an_environment_is_judged(tmp_path: Path, caches: Path) -> None:
    """What is installed there is asked about, and what came from a repository is told as not known."""
    site = environment(tmp_path / "venv")
    install(site, "gilly", "1.0")
    install(site, "mine", "0.1", direct_url='{"url": "file:///here"}')
    with serve(INDEX) as served:
        done = deps(caches, tmp_path, "venv", "--index-url", served.url, *PLATFORM)
    assert done.returncode == 1, done.stderr
    assert "venv: 2 packages" in done.stdout
    assert served.paths == ["/simple/gilly/"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.lock",), "There is no 'none.lock'"),
        (("uv.lock", "--python", "3.13t"), "'3.13t' is not a free-threaded build that ungil knows"),
        (("uv.lock", "--platform", "amiga"), "'amiga' is not a platform that ungil knows"),
        (("uv.lock", "--timeout", "0"), "'0' is not a time to wait"),
        (("uv.lock", "--fail-on", "note"), "What is less serious than 'warning' is not reported, and cannot fail."),
        (("uv.lock", "--allow", "../x"), "is not the name of a package"),
        (("uv.lock", "--offline", "--import"), "download wheels"),
        (("--extra", "x"), "An environment has no extras and groups to choose from"),
    ],
)
def test_what_makes_no_sense_is_an_error(tmp_path: Path, caches: Path, arguments: tuple[str, ...], said: str) -> None:
    """Each says what is wrong and what to do, exits with 2, and prints no report."""
    lock(tmp_path)
    done = deps(caches, tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_the_error_names_it(tmp_path: Path, caches: Path) -> None:
    """Where httpx is not installed, asking an index says what to install; nothing else needs it."""
    lock(tmp_path)
    (tmp_path / "httpx.py").write_text("raise ModuleNotFoundError('no httpx', name='httpx')\n", encoding="utf-8")
    done = deps(caches, tmp_path, "uv.lock", "--no-cache", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert "pip install 'ungil[deps]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_that_lists_nothing_is_a_missing_version(tmp_path: Path, caches: Path) -> None:
    """An index that knows the project and has no such version is told apart from one that does not know it."""
    lock(tmp_path)
    with serve(INDEX | {"/simple/pure/": Answer(page("pure-0.9-py3-none-any.whl"))}) as served:
        done = deps(caches, tmp_path, "uv.lock", "--index-url", served.url, *PLATFORM)
    assert done.returncode == 2
    assert "No index that was asked has pure 1.0.\n  The newest that there are: 0.9." in done.stderr
