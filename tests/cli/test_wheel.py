"""``ungil wheel check``: its words, its formats, its exit codes."""

import json
import os
from pathlib import Path

import pytest
from tests.cli.running import ungil
from tests.test_index import serve, settings
from tests.wheel.libraries import dll
from tests.wheel.making import make_wheel, packed

WINDOWS = "spam-1.0-cp314-cp314t-win_amd64.whl"
CLASSIFIER = "Classifier: Programming Language :: Python :: Free Threading :: 2 - Beta\n"
FORMS = ("text", "json", "sarif", "github", "markdown")


def good(folder: Path, filename: str = WINDOWS) -> Path:
    """A wheel that is as it should be."""
    module = filename.rpartition("-")[2].removesuffix(".whl")
    files = {f"spam/spam.cp314t-{module}.pyd": dll([(4, 1)])}
    return make_wheel(folder, files, filename, metadata=CLASSIFIER)


def bad(folder: Path, filename: str = "eggs-1.0-cp314-cp314t-win_amd64.whl") -> Path:
    """A wheel whose module declares nothing."""
    unstable = CLASSIFIER.replace("2 - Beta", "1 - Unstable")
    return make_wheel(folder, {"spam/spam.cp314t-win_amd64.pyd": dll([(3, 1)])}, filename, metadata=unstable)


def test_a_wheel_without_findings_exits_with_0(tmp_path: Path) -> None:
    """It says what its modules declare, how that was found out, and that it proves nothing."""
    done = ungil(tmp_path, "wheel", "check", good(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "declared      spam.spam (C)\n        read: the slots of 'spam': Py_MOD_GIL_NOT_USED" in done.stdout
    assert "Its modules were not run: it is for another platform than this machine's." in done.stdout
    assert "No findings. 1 module in 1 wheel: 1 declared." in done.stdout
    assert "A declaration is a claim" in done.stdout


def test_findings_exit_with_1(tmp_path: Path) -> None:
    """Each names the file in the wheel, what happens, what was seen and what to do."""
    done = ungil(tmp_path, "wheel", "check", bad(tmp_path), good(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    assert "spam/spam.cp314t-win_amd64.pyd: error: undeclared-module (UG801)" in done.stdout
    assert "2 modules in 2 wheels: 1 declared, 1 not declared." in done.stdout


def test_every_format_tells_the_same_in_a_file_of_its_own(tmp_path: Path) -> None:
    """The finding, by its code, and the wheel; --output takes the one without a file."""
    every = [f"--format={form}=report.{form}" for form in FORMS]
    done = ungil(tmp_path, "wheel", "check", bad(tmp_path), *every, "--output", "report.default")
    assert (done.returncode, done.stdout) == (1, "")
    for form in FORMS:
        report = (tmp_path / f"report.{form}").read_text(encoding="utf-8")
        assert "UG801" in report
        assert "eggs-1.0-cp314-cp314t-win_amd64.whl" in report
    assert (tmp_path / "report.default").read_text() == (tmp_path / "report.text").read_text()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--ignore", "UG801"], 0),
        (["--select", "UG802,UG81"], 0),
        (["--select", "undeclared-module", "--level", "error"], 1),
    ],
)
def test_rules_and_levels_choose_what_is_reported(tmp_path: Path, options: list[str], code: int) -> None:
    """As those of the audit do."""
    assert ungil(tmp_path, "wheel", "check", bad(tmp_path), *options).returncode == code


def test_one_wheel_that_is_refused_does_not_lose_the_others(tmp_path: Path) -> None:
    """The rest is reported, the refusal said on standard error, and the exit code is 2."""
    (tmp_path / "evil-1.0-py3-none-any.whl").write_bytes(packed({"../evil.py": b""}))
    done = ungil(tmp_path, "wheel", "check", "evil-1.0-py3-none-any.whl", bad(tmp_path), "--format", "json")
    assert done.returncode == 2
    assert "'../evil.py' has a name that leads out of the archive" in done.stderr
    report = json.loads(done.stdout)
    assert [one["name"] for one in report["refused"]] == ["evil-1.0-py3-none-any.whl"]
    assert [one["code"] for one in report["findings"]] == ["UG801"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.whl"], "There is nothing at 'absent.whl'."),
        (["."], "'.' is a folder."),
        (["notes.txt"], "'notes.txt' is not a wheel's name"),
        ([WINDOWS], "is no wheel that can be read"),
        ([WINDOWS, "--select", "UG999"], "--select: there is no rule 'UG999'"),
        ([WINDOWS, "--python", "absent"], "'absent' does not answer as a Python interpreter does."),
        ([WINDOWS, "--timeout", "0"], "'0' is no number of seconds from 1 on"),
        ([WINDOWS, "--format", "yaml"], "there is no format 'yaml'"),
        ([], "the following arguments are required: WHEEL"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(tmp_path: Path, arguments: list[str], said: str) -> None:
    """It exits with 2 and without a traceback."""
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / WINDOWS).write_text("no archive")
    done = ungil(tmp_path, "wheel", "check", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_readers_it_says_what_to_install(tmp_path: Path) -> None:
    """Lief and capstone are an extra of their own."""
    for name in ("lief", "capstone"):
        (tmp_path / f"{name}.py").write_text("raise ImportError")
    hide = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name in ('lief', 'capstone') else find(name, *a)"
    )
    (tmp_path / "sitecustomize.py").write_text(hide)
    done = ungil(tmp_path, "wheel", "check", good(tmp_path), PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert "lief and capstone, which read the binaries in a wheel, are not installed." in done.stderr
    assert "pip install 'ungil[wheel]'" in done.stderr


def release(folder: Path, *filenames: str) -> dict[str, bytes]:
    """The pages of an index with wheels of spam 1.0."""
    wheels = {name: good(folder, name).read_bytes() for name in filenames}
    files = [{"filename": name, "url": f"../../files/{name}", "hashes": {}} for name in wheels]
    files.append({"filename": "spam-1.0.tar.gz", "url": "x", "hashes": {}})
    return {"/simple/spam/": json.dumps({"files": files}).encode()} | {f"/files/{n}": d for n, d in wheels.items()}


def from_index(folder: Path, url: str, *arguments: str) -> tuple[int, str, str]:
    """What the command says of a release on this index."""
    environment = settings(index_url=url)
    hidden = dict.fromkeys((name for name in os.environ if name not in environment), "")
    done = ungil(folder, "wheel", "check", *arguments, **(hidden | environment))
    return done.returncode, done.stdout, done.stderr


def test_a_release_is_checked_from_the_index(tmp_path: Path) -> None:
    """Those of its wheels that are asked for; nothing of them is left behind."""
    pages = release(tmp_path, WINDOWS, "spam-1.0-cp314-cp314t-win_arm64.whl")
    folder = tmp_path / "here"
    folder.mkdir()
    with serve(pages) as url:
        code, said, error = from_index(folder, url, "spam==1.0", "--match", "*win_amd64*")
    assert (code, error) == (0, "")
    assert "1 module in 1 wheel" in said
    assert [path.name for path in folder.iterdir() if path.name != ".cache"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spam==1.0"], "there is no free-threaded one for this machine"),
        (["spam==1.0", "--match", "*musl*"], "there is none that matches '*musl*'"),
        (["spam==2.0"], "The index has no wheel of spam 2.0."),
        (["eggs==1.0"], "The index has no wheel of 'eggs'."),
    ],
)
def test_a_release_without_such_a_wheel_is_told(tmp_path: Path, arguments: list[str], said: str) -> None:
    """With those that there are."""
    with serve(release(tmp_path, "spam-1.0-cp314-cp314t-aix_7_2_ppc64.whl")) as url:
        code, _, error = from_index(tmp_path, url, *arguments)
    assert code == 2
    assert said in error


def test_its_rules_are_explained_and_listed(tmp_path: Path) -> None:
    """Beside those about sources."""
    assert "# undeclared-module (UG801)" in ungil(tmp_path, "explain", "UG801").stdout
    assert "UG801  error    undeclared-module" in ungil(tmp_path, "rules", "--select", "UG8").stdout
