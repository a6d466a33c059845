"""A workshop: built and installed once, found again by content, and the project is left as it is."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from ungil import interpreter
from ungil.errors import BuildError, OutputError, SourceError, ToolError, UsageError
from ungil.workshop import Wheel, Workshop, open_workshop, unpacked
from ungil.workshop.lending import own_version
from ungil.workshop.sources import copied, digest

BACKEND = """
import pathlib, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    source = pathlib.Path("spam.py").read_text()
    if "wrong" in source:
        raise SystemExit("x.c:1:10: fatal error: ffi.h: No such file or directory")
    print("spam.c:1:2: warning: it is only spam [-Wspam]")
    pathlib.Path("left_behind").touch()
    info = "spam-1.0.dist-info"
    name = "spam-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        wheel.writestr("spam.py", source)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: spam\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
SETTINGS = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"


class Made(NamedTuple):
    """A workshop, a project, and what became of it there."""

    shop: Workshop
    source: Path
    first: Wheel
    again: Wheel
    changed: Wheel
    printed: list[str]
    lent: str


def project(folder: Path, text: str) -> Path:
    """One that needs nothing to be built."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "spam.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Built, built again, changed and built; each wheel installed in place of the one before."""
    folder = tmp_path_factory.mktemp("workshop")
    source = project(folder / "spam", "word = 'first'")
    try:
        shop = open_workshop(folder / "shop", own_version(), python=sys.executable)
    except ToolError as error:
        pytest.skip(f"no environment can be made of this interpreter: {error.happened}")
    first = shop.build(source, deadline=300)
    again = shop.build(source, deadline=300)
    printed = []
    for wheel in (first, shop.build(project(source, "word = 'second'"), deadline=300)):
        shop.install(wheel.path, deadline=300)
        printed.append(shop.run("-c", "import spam; print(spam.word)", deadline=60).output.strip())
    script = "import ungil._scan, importlib.util; print(importlib.util.find_spec('lief'))"
    lent = shop.run("-c", script, deadline=60, environment=shop.lend_ungil()).output.strip()
    return Made(shop, source, first, again, wheel, printed, lent)


def test_a_wheel_is_built_once(made: Made) -> None:
    """The same sources are not built again; changed ones are."""
    assert (made.first.kept, made.again.kept, made.changed.kept) == (False, True, False)
    assert made.again.sha256 == made.first.sha256 != made.changed.sha256
    assert made.first.sha256 == hashlib.sha256(made.first.path.read_bytes()).hexdigest()


def test_warnings_of_the_compiler(made: Made) -> None:
    """They are kept with the wheel."""
    assert [warning.partition(": ")[2] for warning in made.again.warnings] == ["warning: it is only spam [-Wspam]"]


def test_a_wheel_takes_the_place_of_another(made: Made) -> None:
    """What is installed is what was installed last, though both have one version."""
    assert made.printed == ["first", "second"]


def test_the_project_is_left_alone(made: Made) -> None:
    """What its build writes, it writes in a copy."""
    assert sorted(path.name for path in made.source.iterdir()) == ["backend.py", "pyproject.toml", "spam.py"]
    assert not list(made.shop.folder.glob("scratch-*"))


def test_what_does_not_build(made: Made, tmp_path: Path) -> None:
    """The error has the last lines, and what to do."""
    with pytest.raises(BuildError, match=r"wrong does not build(.|\n)*ffi\.h") as caught:
        made.shop.build(project(tmp_path / "wrong", "wrong"), deadline=300)
    assert "libffi-dev" in caught.value.advice
    assert "fatal error" in caught.value.log


def test_ungil_can_be_lent(made: Made) -> None:
    """It is imported there with its native modules, and without what is installed beside it."""
    assert made.lent == "None"


def test_two_cannot_work_in_one_folder(made: Made) -> None:
    """The second one is told so."""
    if sys.platform == "win32":
        pytest.skip("there are no such locks on Windows")
    with pytest.raises(ToolError, match="Another ungil works in"):
        open_workshop(made.shop.folder, own_version(), python=sys.executable)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """It is an error that names the folder and the option."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"Nothing can be made in '.*file/shop'(.|\n)*--work"):
        open_workshop(tmp_path / "file" / "shop", own_version(), python=sys.executable)


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    """It is refused: what is in the way would be deleted there."""
    (tmp_path / "env").mkdir()
    with pytest.raises(UsageError, match="holds something else"):
        open_workshop(tmp_path, own_version(), python=sys.executable)
    assert (tmp_path / "env").exists()


def test_no_such_interpreter(tmp_path: Path) -> None:
    """It is an error of the tool's, with its remedy."""
    with pytest.raises(ToolError, match="names no-such-python"):
        open_workshop(tmp_path, "3.14t", python="no-such-python")


def test_what_is_not_copied(tmp_path: Path) -> None:
    """Environments, caches and what other builds have left is no source; history is lent."""
    source = project(tmp_path / "spam", "")
    left = ["spam.cpython-310-x86_64-linux-gnu.so", "build/lib/x.c", "__pycache__/x.pyc", "env/pyvenv.cfg", ".tox/x"]
    kept = ["libspam.so", "src/build/x.c", "spam.abi3.c"]
    before = digest(source)
    for name in [*left, *kept]:
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["git", "init", "--quiet", source], check=True, timeout=60)
    copied(source, tmp_path / "copy")
    there = {path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*")}
    assert there >= {*kept, "spam.py", ".git/objects/info/alternates"}
    assert not there & set(left)
    assert digest(source) != before
    assert digest(source) == digest(tmp_path / "copy")


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_an_archive_is_unpacked(tmp_path: Path, suffix: str) -> None:
    """The folder in it is the project."""
    source, file = project(tmp_path / "spam-1.0", ""), tmp_path / f"spam-1.0{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.write(source / "spam.py", "spam-1.0/spam.py")
    else:
        with tarfile.open(file, "w:gz") as tar:
            tar.add(source, "spam-1.0")
    assert (unpacked(str(file), tmp_path / "at") / "spam.py").exists()


def test_what_is_no_project(tmp_path: Path) -> None:
    """It is said what can be named."""
    with pytest.raises(SourceError, match="no folder, no source archive and no release"):
        unpacked(str(tmp_path / "nothing"), tmp_path / "at")
    (tmp_path / "damaged.tar.gz").write_bytes(b"no archive")
    with pytest.raises(SourceError, match="not a source archive that can be read"):
        unpacked(str(tmp_path / "damaged.tar.gz"), tmp_path / "at")
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w") as archive:
        archive.writestr("spam-1.0/spam.py", "word = 'spam'")
    data = (tmp_path / "damaged.zip").read_bytes()
    (tmp_path / "damaged.zip").write_bytes(data.replace(b"'spam'", b"'eggs'"))
    with pytest.raises(SourceError, match="is damaged"):
        unpacked(str(tmp_path / "damaged.zip"), tmp_path / "at")


def test_own_version() -> None:
    """It is one that can be asked for, or would be."""
    assert own_version().endswith("t") is bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    assert set(interpreter.SUPPORTED) >= {"3.14", "3.14t"}
