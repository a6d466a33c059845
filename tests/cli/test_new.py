"""``ungil new``: what cookiecutter makes, whole or not at all, and nothing beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.running import INTERRUPTIBLE, ungil

from ungil.errors import OutputError, UsageError
from ungil.project import bindings, create

pytestmark = pytest.mark.timeout(600)  # projects are made, and a wheel is built, beside whatever else the machine does

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

QUESTIONS = ("binding", "summary", "repository")

with_cookiecutter = pytest.mark.skipif(
    sys.version_info[:2] != (3, 14), reason="only the environments of 3.14 have cookiecutter"
)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rendered(folder: Path, **answers: str) -> dict[str, bytes]:
    """What cookiecutter itself makes of the template, in a home of its own."""
    home = folder / "home"
    home.mkdir()
    given = [f"{question}={answer}" for question, answer in answers.items()]
    command = [
        sys.executable,
        "-m",
        "cookiecutter",
        str(TEMPLATE),
        "--no-input",
        "--output-dir",
        str(folder / "theirs"),
    ]
    settings = os.environ | {"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(home)}
    subprocess.run([*command, *given], env=settings, capture_output=True, timeout=60, check=True)
    return tree(folder / "theirs" / answers["name"])


@dataclass(frozen=True)
class Made:
    """What one command made, and what it left where else."""

    done: subprocess.CompletedProcess[str]
    folder: Path
    ours: dict[str, bytes]
    theirs: dict[str, bytes]


def make(top: Path, **answers: str) -> Made:
    """Run the command in a folder whose path has blanks and Unicode in it, and cookiecutter elsewhere."""
    folder = top / "mes câbles ünd 線"
    folder.mkdir()
    name, version, *rest = (answers.get(question) for question in ("name", "version", *QUESTIONS))
    given = [f"--first-version={version}"] if version else []
    given += [f"--{question}={answer}" for question, answer in zip(QUESTIONS, rest, strict=True) if answer]
    done = ungil(folder, "new", str(name), *given, HOME=str(top), USERPROFILE=str(top), TMPDIR=str(top))
    ours = tree(folder / str(name))
    return Made(done, folder, ours, rendered(top, **answers))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """A project for each binding, by its name."""
    return {
        binding: make(tmp_path_factory.mktemp(binding), name="Shared-Numbers", binding=binding)
        for binding in bindings()
    }


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project for which every question was answered, not in plain words."""
    summary = 'A "quoted" \\d $HOME 線 😀 & <b> it\'s'
    return make(
        tmp_path_factory.mktemp("answered"),
        name="ok.Name",
        version="2.0rc1",
        binding="c",
        summary=summary,
        repository="https://example.org/x?y=z&a=b",
    )


@with_cookiecutter
@pytest.mark.parametrize("binding", bindings())
def test_the_project_is_what_cookiecutter_makes(made: dict[str, Made], binding: str) -> None:
    """Every file is the same, byte for byte, whatever the binding."""
    assert made[binding].ours
    assert made[binding].ours == made[binding].theirs


@with_cookiecutter
def test_every_answer_arrives(answered: Made) -> None:
    """Quotes, backslashes and Unicode in answers come out as they went in."""
    assert answered.ours == answered.theirs
    project = tomllib.loads(answered.ours["pyproject.toml"].decode())["project"]
    assert (project["name"], project["version"]) == ("ok.Name", "2.0rc1")
    assert project["description"] == 'A "quoted" \\d $HOME 線 😀 & <b> it\'s'
    assert project["urls"] == {"Repository": "https://example.org/x?y=z&a=b"}
    assert "src/_core.c" in answered.ours


@with_cookiecutter
def test_the_command_says_what_comes_next(answered: Made) -> None:
    """On success standard output is what to type next, and standard error is empty."""
    assert (answered.done.returncode, answered.done.stderr) == (0, "")
    assert answered.done.stdout == "Made ok.Name. What comes next:\n\n  cd ok.Name\n  uv run pytest\n"


@with_cookiecutter
def test_nothing_is_kept_elsewhere(answered: Made) -> None:
    """Beside the project there is nothing, and nothing in the user's home or in the folder for temporary files."""
    assert [path.name for path in answered.folder.iterdir()] == ["ok.Name"]
    assert {path.name for path in answered.folder.parent.iterdir()} == {answered.folder.name, "theirs", "home"}


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        ({"name": "two words"}, "ASCII letters and digits"),
        ({"name": "../elsewhere"}, "ASCII letters and digits"),
        ({"name": "json"}, "choose another one"),
        ({"name": "ok", "version": "1.0-beta"}, "0.1.0, 1.2rc1"),
        ({"name": "ok", "summary": "two\nlines"}, "one line"),
        ({"name": "ok", "summary": "{{ 7 * 7 }}"}, "one line"),
        ({"name": "ok", "repository": "git@example.org:me/it"}, "https://"),
    ],
)
def test_what_would_not_work_is_refused(tmp_path: Path, answers: dict[str, str], right: str) -> None:
    """An answer that would not work is named with what would be right, before anything is written."""
    with pytest.raises(UsageError, match=right):
        create(tmp_path, answers)
    assert list(tmp_path.iterdir()) == []


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Two answers that would not work make two lines, exit code 2, and nothing else."""
    done = ungil(tmp_path, "new", "two words", "--first-version", "one")
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert done.stderr.startswith("ungil: error: name 'two words': ")
    assert "\n  version 'one': " in done.stderr


def test_an_unknown_binding_is_refused(tmp_path: Path) -> None:
    """The error names the bindings that there are."""
    done = ungil(tmp_path, "new", "ok", "--binding", "rust")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert all(binding in done.stderr for binding in bindings())


@pytest.mark.parametrize("what", ["folder", "empty folder", "file", "link to nothing"])
def test_what_is_there_stays(tmp_path: Path, what: str) -> None:
    """Nothing that has the project's name already is changed, be it what it may."""
    there = tmp_path / "ok"
    if what == "file":
        there.write_text("mine", encoding="utf-8")
    elif what == "link to nothing":
        there.symlink_to("nothing")
    else:
        there.mkdir()
        if what == "folder":
            (there / "mine").touch()

    def seen() -> tuple[int, int, int, dict[str, bytes]]:
        """Which file it is, of what kind, when it was changed (when it was read changes here), and its content."""
        status = there.lstat()
        return status.st_ino, status.st_mode, status.st_mtime_ns, tree(tmp_path)

    before = seen()
    with pytest.raises(OutputError, match="stays as it is"):
        create(tmp_path, {"name": "ok"})
    assert (seen(), list(tmp_path.iterdir())) == (before, [there])


@with_cookiecutter
@pytest.mark.parametrize("folder", ["missing", "file", pytest.param("/proc", marks=on_linux)])
def test_a_folder_that_cannot_be_written_to(tmp_path: Path, folder: str) -> None:
    """A folder that is none, or takes no files, is an error that names the project and the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"'.*ok' cannot be made: .*directory"):
        create(tmp_path / folder, {"name": "ok"})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# A file system that is full, as far as a process can tell: no file may become longer than a few bytes.
SHORT_FILES = """
import resource, signal, sys
from pathlib import Path
from ungil.project import create
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
create(Path(sys.argv[1]), {"name": "ok"})
"""


@with_cookiecutter
@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit for the length of files")
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """When writing fails in the middle, the error says why, and nothing is left."""
    command = [sys.executable, "-B", "-c", SHORT_FILES, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "OutputError: " in done.stderr
    assert "ok' cannot be made: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_when_cookiecutter_fails(tmp_path: Path) -> None:
    """What cookiecutter said last is the error, and nothing is left."""
    package = tmp_path / "path" / "cookiecutter"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("raise SystemExit('one line\\nno more memory')", encoding="utf-8")
    (tmp_path / "projects").mkdir()
    done = ungil(tmp_path / "projects", "new", "ok", PYTHONPATH=str(tmp_path / "path"))
    assert (done.returncode, done.stdout, list((tmp_path / "projects").iterdir())) == (2, "", [])
    assert "error: cookiecutter failed: no more memory\n" in done.stderr


@with_cookiecutter
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal")
def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while cookiecutter works ends the command with 130, and nothing is left."""
    with subprocess.Popen(
        [*INTERRUPTIBLE, "new", "ok"], cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        while process.poll() is None and not list(tmp_path.iterdir()):
            pass
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, list(tmp_path.iterdir())) == (130, [])
    assert b"ungil: interrupted" in said


def test_without_cookiecutter_it_says_what_to_install(tmp_path: Path) -> None:
    """Where cookiecutter is not installed, the error is what to type."""
    code = """
import sys
from importlib.machinery import PathFinder
from ungil.cli import main
found = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "cookiecutter" else found(name, *rest)
sys.exit(main(["new", "ok"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "pip install 'ungil[new]'" in done.stderr


@with_cookiecutter
@pytest.mark.thread_unsafe(reason="it builds ungil where its work tree builds it")
def test_the_wheel_has_the_template(tmp_path: Path) -> None:
    """Installed from a wheel, far from the repository, `ungil new` makes the same project."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), "-Ccmake.define.UNGIL_WERROR=ON"]
    subprocess.run([*pip, "wheel", *built, str(ROOT)], timeout=300, check=True)
    (wheel,) = tmp_path.glob("ungil-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {name.removeprefix("ungil/template/") for name in archive.namelist() if "ungil/template/" in name}
    assert carried == {name for name in tree(TEMPLATE) if "__pycache__" not in name}

    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], timeout=100, check=True)
    scripts = environment / Path(sysconfig.get_path("scripts")).name
    python = str(scripts / Path(sys.executable).name)
    subprocess.run([*pip, "--python", python, "install", f"{wheel}[new]"], timeout=300, check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([scripts / "ungil", "new", "ok"], cwd=elsewhere, capture_output=True, timeout=60, check=True)
    assert tree(elsewhere / "ok") == rendered(tmp_path, name="ok")
    if FREE_THREADED:
        code = "import cookiecutter.main, sys; sys.exit(sys._is_gil_enabled())"
        subprocess.run([python, "-W", "error", "-c", code], timeout=60, check=True)
