"""What can be audited, and what is said of everything else."""

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ungil import source
from ungil.errors import SourceError
from ungil.source import Language, Wanted

CODE = b"int f(void) { return 0; }\n"


def make_tar(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """A .tar.gz with these files and symbolic links."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return path


def test_a_folder_is_read_whole_and_in_order(tmp_path: Path) -> None:
    """Every C and C++ file below a folder is read, with its path relative to it and its language."""
    for name in ("b.c", "a/deep/x.cpp", "a/y.h", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(CODE)
    project = source.read(str(tmp_path))
    assert [s.path for s in project.sources] == ["a/deep/x.cpp", "a/y.h", "b.c"]
    assert [s.language for s in project.sources] == [Language.CXX, Language.C, Language.C]
    assert project.root == tmp_path


def test_what_a_build_or_a_tool_left_behind_is_not_read(tmp_path: Path) -> None:
    """Hidden folders, environments, and build folders at the top hold no source of the project."""
    for folder in ("build", "dist", ".git", ".venv", "src/site-packages", "src/build"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.c").write_bytes(CODE)
    assert [s.path for s in source.read(str(tmp_path)).sources] == ["src/build/x.c"]


def test_a_cxx_header_is_told_from_a_c_header(tmp_path: Path) -> None:
    """A .h file with a namespace, a class or a template is C++."""
    (tmp_path / "a.h").write_bytes(b"#pragma once\nnamespace spam { int f(); }\n")
    (tmp_path / "b.h").write_bytes(b"struct a { int class_; };\n")
    assert [s.language for s in source.read(str(tmp_path)).sources] == [Language.CXX, Language.C]


def test_one_file_is_a_project(tmp_path: Path) -> None:
    """A source file by itself is read, relative to its folder."""
    (tmp_path / "one.c").write_bytes(CODE)
    project = source.read(str(tmp_path / "one.c"))
    assert [s.path for s in project.sources] == ["one.c"]
    assert project.root == tmp_path


@pytest.mark.parametrize("name", ["test_it.py", "conftest.py", "tasks.py"])
def test_a_test_that_is_named_itself_is_read(tmp_path: Path, name: str) -> None:
    """Whoever names one file wants to know of that one."""
    (tmp_path / name).write_text("import threading\n")
    assert [one.path for one in source.read(str(tmp_path / name)).sources] == [name]


def test_archives_are_read_without_being_unpacked(tmp_path: Path) -> None:
    """Members of archives are read; one that would leave the archive writes nothing, a link is not followed."""
    members = {"spam-1.0/src/spam.c": CODE, "../../escape.c": CODE}
    tar = make_tar(tmp_path / "spam-1.0.tar.gz", members, {"spam-1.0/link.c": "/etc/passwd"})
    with zipfile.ZipFile(tmp_path / "spam-1.0.zip", "w") as archive:
        archive.writestr("spam-1.0/src/spam.c", CODE)
    assert "spam-1.0/src/spam.c" in [s.path for s in source.read(str(tar)).sources]
    assert "spam-1.0/link.c" not in [s.path for s in source.read(str(tar)).sources]
    assert [s.path for s in source.read(str(tmp_path / "spam-1.0.zip")).sources] == ["spam-1.0/src/spam.c"]
    assert not any(folder.joinpath("escape.c").exists() for folder in tmp_path.parents)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spam-1.0.tar.gz", "spam-1.0.zip"]


@pytest.mark.parametrize(
    "name", ["spam-1.0.tar.gz", "spam-1.0.zip", "spam-1.0.tar.bz2", "spam-1.0.tar.xz", "spam-1.0.tar"]
)
@pytest.mark.parametrize("keep", [0, 1, 100, -20])
def test_a_corrupt_archive_is_refused(tmp_path: Path, name: str, keep: int) -> None:
    """An archive cut short, or garbage with its name, gives an error that names it."""
    good = make_tar(tmp_path / "good.tar.gz", {"spam-1.0/spam.c": os.urandom(4000)}).read_bytes()
    (tmp_path / name).write_bytes(good[:keep] if keep else b"not an archive")
    with pytest.raises(SourceError, match=name):
        source.read(str(tmp_path / name))


def test_a_huge_file_in_an_archive_is_passed_over(tmp_path: Path) -> None:
    """A member over the limit is named as skipped; the rest is read."""
    bomb = tmp_path / "bomb-1.0.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bomb-1.0/small.c", CODE)
        archive.writestr("bomb-1.0/big.c", bytes(65 << 20))
    project = source.read(str(bomb))
    assert [s.path for s in project.sources] == ["bomb-1.0/small.c"]
    assert [(s.path, s.reason) for s in project.skipped] == [("bomb-1.0/big.c", "larger than 64 MiB (65 MiB)")]


def test_an_archive_that_unpacks_to_more_than_any_extension_is_refused(tmp_path: Path) -> None:
    """A header that announces three gigabytes is believed, and nothing of it is read."""
    info = tarfile.TarInfo("bomb-1.0/x.c")
    info.size = 3 << 30
    (tmp_path / "bomb-1.0.tar").write_bytes(info.tobuf())
    with pytest.raises(SourceError, match="unpacks to more"):
        source.read(str(tmp_path / "bomb-1.0.tar"))


def test_what_is_not_text_or_is_generated_is_skipped_with_its_reason(tmp_path: Path) -> None:
    """Binary files and Cython's output are named as skipped; generated code is read when asked for."""
    (tmp_path / "a.c").write_bytes(CODE)
    (tmp_path / "b.c").write_bytes(b"\0\1\2")
    (tmp_path / "c.c").write_bytes(b"/* Generated by Cython 3.1.0 */\n" + CODE)
    skipped = [(s.path, s.reason) for s in source.read(str(tmp_path)).skipped]
    assert skipped == [("b.c", "not text"), ("c.c", "generated by Cython")]
    assert "c.c" in [s.path for s in source.read(str(tmp_path), Wanted(generated=True)).sources]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nothing.c", None, "There is nothing at"),
        ("notes.txt", b"hello", "is not a C, C\\+\\+, Cython or Python source file"),
        ("empty", b"", "is not a C, C\\+\\+, Cython or Python source file"),
    ],
)
def test_what_cannot_be_audited_is_named_with_advice(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """A path that is not there, and a file of another kind, each get an error that names it and says what would do."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        source.read(str(tmp_path / name))
    assert name in caught.value.happened
    assert caught.value.advice


@pytest.mark.parametrize("name", [None, "notes.txt"])
def test_a_folder_without_source_is_an_error(tmp_path: Path, name: str | None) -> None:
    """An audit of nothing is not a clean audit: an empty folder, and one that holds no program, cannot be read."""
    if name is not None:
        (tmp_path / name).write_text("pass")
    with pytest.raises(SourceError, match="neither C, C\\+\\+, Cython or Python source nor a Python project"):
        source.read(str(tmp_path))


@pytest.mark.parametrize("name", ["pyproject.toml", "spam/__init__.py", "setup.py"])
def test_a_python_project_without_c_has_no_native_sources(tmp_path: Path, name: str) -> None:
    """There is nothing wrong with a pure Python project: it is read, as a folder and as an archive."""
    (tmp_path / "spam" / name).parent.mkdir(parents=True)
    (tmp_path / "spam" / name).write_text("")
    assert all(one.language is Language.PYTHON for one in source.read(str(tmp_path / "spam")).sources)
    archive = make_tar(tmp_path / "spam-1.0.tar.gz", {f"spam-1.0/{name}": b""})
    assert all(one.language is Language.PYTHON for one in source.read(str(archive)).sources)


def test_of_python_what_users_run_is_read(tmp_path: Path) -> None:
    """Tests, documentation, examples, tools at the top and vendored or generated copies are not; included ones are."""
    own = ["spam/core.py", "spam/deps/graph.py", "spam/tools/one.py", "src/spam/builders.py"]
    others = ["tests/test_core.py", "spam/tests/helper.py", "spam/_vendor/six.py", "docs/conf.py", "tools/release.py"]
    others += ["noxfile.py", "spam/conftest.py", "spam/made_pb2.py", "examples/demo.py"]
    for name in (*own, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (
            b"# Generated by the protocol buffer compiler.  DO NOT EDIT!\n" if name.endswith("_pb2.py") else b"x = 1\n"
        )
        (tmp_path / name).write_bytes(text)
    project = source.read(str(tmp_path))
    assert [one.path for one in project.sources] == own[:3]
    assert [one.path for one in project.build_files] == ["noxfile.py", *own[3:]]  # says how tests are run
    wanted = Wanted(is_included=lambda path: path.startswith("tests/"))
    assert "tests/test_core.py" in [one.path for one in source.read(str(tmp_path), wanted).sources]


def test_lines_are_counted_from_one_and_survive_any_bytes() -> None:
    """A line of a source is its bytes without the end; past the last line there is nothing."""
    one = source.Source("x.c", b"a\r\n\xff\xfe\n", Language.C)
    assert [one.line(n) for n in (1, 2, 3, 4)] == [b"a", b"\xff\xfe", b"", b""]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file's name is text")
def test_a_file_whose_name_is_no_text_is_named_as_skipped(tmp_path: Path) -> None:
    """A name that is not UTF-8 cannot be reported as a place; the file is skipped, and the rest is read."""
    (tmp_path / "a.c").write_bytes(CODE)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.c")).write_bytes(CODE)
    project = source.read(str(tmp_path))
    assert [s.path for s in project.sources] == ["a.c"]
    assert [s.reason for s in project.skipped] == ["its name is not UTF-8"]


def test_workflows_are_read_although_their_folder_is_hidden(tmp_path: Path) -> None:
    """In a folder and in an archive, and nothing else that is hidden; a nested project's are not this one's."""
    text = b"on: push\njobs: {}\n"
    names = [
        ".github/workflows/ci.yml",
        "tox.ini",
        ".github/setup.py",
        ".hidden/setup.py",
        "sub/.github/workflows/x.yml",
    ]
    for name in (*names, "setup.py"):
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_bytes(text)
    expected = [".github/workflows/ci.yml", "setup.py", "tox.ini"]
    assert [one.path for one in source.read(str(tmp_path / "p")).build_files] == expected
    archive = make_tar(tmp_path / "p-1.0.tar.gz", {f"p-1.0/{name}": text for name in (*names, "setup.py")})
    assert [one.path for one in source.read(str(archive)).build_files] == [f"p-1.0/{name}" for name in expected]


def test_a_folder_with_workflows_alone_is_an_error(tmp_path: Path) -> None:
    """What tests a program is not a program."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {}\n")
    (tmp_path / "tox.ini").write_text("[tox]\n")
    with pytest.raises(SourceError, match="neither C"):
        source.read(str(tmp_path))


def test_of_tests_those_that_start_threads_are_kept_as_evidence(tmp_path: Path) -> None:
    """They are no sources: nothing is reported of them."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("import threading\nthreading.Thread(target=print).start()\n")
    (tmp_path / "tests" / "test_two.py").write_text("assert True\n")
    project = source.read(str(tmp_path))
    assert [one.path for one in project.tests] == ["tests/test_one.py"]
    assert "tests/test_one.py" not in project.by_path
