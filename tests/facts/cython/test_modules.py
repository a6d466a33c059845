"""Which Cython modules a project has, and who says what about the GIL."""

from pathlib import Path

import pytest

from ungil import source
from ungil.audit import audit
from ungil.facts.cython import read as cython
from ungil.facts.cython.model import Stance
from ungil.rules import cython_missing_directive, old_cython
from ungil.source import Language, Source

CODE = "def half(int number):\n    return number // 2\n"
YES = "# cython: freethreading_compatible=True\n"


def stances(files: dict[str, str], build: dict[str, str] | None = None) -> dict[str, Stance]:
    """What is said for each module of a project."""
    sources = [Source(path, code.encode(), Language.CYTHON) for path, code in files.items()]
    built = [Source(path, code.encode(), Language.BUILD) for path, code in (build or {}).items()]
    return {module.file.path: module.stance for module in cython.read(sources, built).modules}


@pytest.mark.parametrize(
    ("head", "stance"),
    [
        (YES, Stance.COMPATIBLE),
        ("\ufeff#cython:freethreading_compatible = true\n", Stance.COMPATIBLE),
        ("# a comment\n\n# cython: language_level=3, freethreading_compatible=True\n", Stance.COMPATIBLE),
        ("# cython: freethreading_compatible=False\n", Stance.INCOMPATIBLE),
        ("# freethreading_compatible=True\n", Stance.MISSING),
        ("'''doc'''\n" + YES, Stance.MISSING),
        ("# cython: language_level=3\n", Stance.MISSING),
    ],
)
def test_a_directive_is_read_where_cython_reads_it(head: str, stance: Stance) -> None:
    """Only a comment for Cython, above everything but comments, gives a directive."""
    assert stances({"a.pyx": head + CODE}) == {"a.pyx": stance}


@pytest.mark.parametrize(
    ("path", "said", "stance"),
    [
        ("setup.py", "cythonize(m, compiler_directives={'freethreading_compatible': True})", Stance.COMPATIBLE),
        ("setup.py", "directives['freethreading_compatible'] = 'True'", Stance.COMPATIBLE),
        ("setup.py", "directives = dict(freethreading_compatible=True)", Stance.COMPATIBLE),
        ("setup.py", "d = {'freethreading_compatible': FREE}", Stance.UNCLEAR),
        ("setup.py", "    # d = {'freethreading_compatible': True}", Stance.MISSING),
        ("setupinfo.py", "d['freethreading_compatible'] = True", Stance.COMPATIBLE),
        ("tools/build_ext.py", "d['freethreading_compatible'] = True", Stance.COMPATIBLE),
        ("meson.build", "cython_args += ['-Xfreethreading_compatible=True']", Stance.COMPATIBLE),
        ("src/meson.build", "cython_args += ['-Xfreethreading_compatible=True']", Stance.COMPATIBLE),
        ("other/meson.build", "cython_args += ['-Xfreethreading_compatible=True']", Stance.MISSING),
        ("CMakeLists.txt", "cython_transpile(a.pyx CYTHON_ARGS -X freethreading_compatible=True)", Stance.COMPATIBLE),
        ("pyproject.toml", "[tool.cython]\nfreethreading_compatible = false", Stance.INCOMPATIBLE),
    ],
)
def test_a_build_speaks_for_the_modules_below_it(path: str, said: str, stance: Stance) -> None:
    """A build file gives the directive to every module in or below its folder, in each way of writing it."""
    assert stances({"src/a.pyx": CODE}, {path: said}) == {"src/a.pyx": stance}


def test_a_module_may_differ_from_its_build() -> None:
    """What a module says itself goes before what the build says for all."""
    build = {"setup.py": "d = {'freethreading_compatible': True}"}
    no = "# cython: freethreading_compatible=False\n"
    assert stances({"a.pyx": no, "b.pyx": CODE}, build) == {"a.pyx": Stance.INCOMPATIBLE, "b.pyx": Stance.COMPATIBLE}


def test_what_another_file_includes_is_no_module() -> None:
    """Included files, declarations and the result of a template do not count; a template alone does."""
    files = {
        "a.pyx": 'include "parts/b.pyx"\ninclude "c.pxi"\n',
        "parts/b.pyx": CODE,
        "c.pxi": CODE,
        "d.pxd": "cdef int x\n",
        "e.pyx": CODE,
        "e.pyx.in": CODE,
        "f.pyx.tp": CODE,
    }
    assert set(stances(files)) == {"a.pyx", "e.pyx", "f.pyx.tp"}


def test_a_project_of_cython_alone_is_audited(tmp_path: Path) -> None:
    """A folder without any C is read: the module, its template and the files of the build, with findings in each."""
    (tmp_path / "tests").mkdir()
    for name, text in {
        "a.pyx": CODE,
        "b.pyx.in": CODE,
        "tests/c.pyx": CODE,
        "pyproject.toml": '[build-system]\nrequires = ["Cython<3.1"]\n',
        "setup.py": "",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    project = source.read(str(tmp_path))
    assert [s.path for s in project.sources] == ["a.pyx", "b.pyx.in", "tests/c.pyx"]
    assert [s.path for s in project.build_files] == ["pyproject.toml", "setup.py"]
    result = audit(project, [cython_missing_directive.rule, old_cython.rule])
    found = [(f.location.path, f.location.line, f.code, f.severity.value) for f in result.findings]
    assert found == [
        ("a.pyx", 1, "UG601", "error"),
        ("b.pyx.in", 1, "UG601", "error"),
        ("pyproject.toml", 2, "UG602", "warning"),
        ("tests/c.pyx", 1, "UG601", "note"),
    ]
    assert (result.modules, result.lines) == (3, 6)


@pytest.mark.parametrize(
    "text",
    [
        "not = [toml",
        "build-system = 3",
        "[build-system]\nrequires = 3",
        '[build-system]\nrequires = [1, "=="]',
        "\udcff",
    ],
)
def test_a_broken_pyproject_is_no_requirement(text: str) -> None:
    """Nothing in a file of the build stops an audit."""
    data = text.encode(errors="surrogateescape")
    assert cython.read([], [Source("pyproject.toml", data, Language.BUILD)]).requirements == ()


def test_directives_are_kept_with_their_place_also_where_they_do_nothing() -> None:
    """A module keeps what its file says beside what the build says; a header's directive is idle."""
    files = {"a.pyx": "\n# cython: freethreading_compatible=False\n" + CODE, "b.pxd": YES, "c.pxi": "x = 1\n"}
    sources = [Source(path, code.encode(), Language.CYTHON) for path, code in files.items()]
    build = [Source("setup.py", b"d = {'freethreading_compatible': True}", Language.BUILD)]
    facts = cython.read(sources, build)
    (module,) = facts.modules
    assert module.directive is not None
    assert (module.directive.stance, module.directive.place.line) == (Stance.INCOMPATIBLE, 2)
    assert (module.stance, module.build) == (Stance.INCOMPATIBLE, Stance.COMPATIBLE)
    assert [(one.file.path, one.stance) for one in facts.idle_directives] == [("b.pxd", Stance.COMPATIBLE)]
