"""What build files say to nanobind, f2py and SWIG."""

from __future__ import annotations

import pytest

from ungil.facts.build.read import BuildFacts, read
from ungil.source import Language, Source


def facts_of(path: str, text: str) -> BuildFacts:
    """Of a build of one file."""
    return read([Source(path, text.encode("latin-1"), Language.BUILD)])


def passed(path: str, text: str) -> list[tuple[str, str]]:
    """The text with an option passed to each generator in turn, and the tool."""
    made = facts_of(path, text).generators
    return [
        (one.tool, text[: one.option.offset] + one.option.form.format("X") + text[one.option.offset :])
        for one in made
        if one.option is not None
    ]


CASES = [
    ("CMakeLists.txt", "nanobind_add_module(a b.cpp)", "nanobind", "nanobind_add_module(a X b.cpp)"),
    ("CMakeLists.txt", "NANOBIND_ADD_MODULE (a\n b.cpp)", "nanobind", "NANOBIND_ADD_MODULE (a X\n b.cpp)"),
    (
        "CMakeLists.txt",
        "nanobind_add_module(\n  a\n  b.cpp\n)",
        "nanobind",
        "nanobind_add_module(\n  a\n  X\n  b.cpp\n)",
    ),
    ("CMakeLists.txt", "f(COMMAND f2py -m a a.f)", "f2py", "f(COMMAND f2py X -m a a.f)"),
    ("CMakeLists.txt", "f(COMMAND ${F2PY} a.pyf)", "f2py", "f(COMMAND ${F2PY} X a.pyf)"),
    (
        "CMakeLists.txt",
        "f(COMMAND ${SWIG_EXECUTABLE} -python a.i)",
        "SWIG",
        "f(COMMAND ${SWIG_EXECUTABLE} -python X a.i)",
    ),
    ("meson.build", "x = [f2py, '@INPUT@']  # f2py", "f2py", "x = [f2py, 'X', '@INPUT@']  # f2py"),
    ("meson.build", "generator(swig, arguments: ['-python'])", "SWIG", "generator(swig, arguments: ['-python', 'X'])"),
    ("setup.py", 'Extension("a", ["a.i"])', "SWIG", 'Extension("a", ["a.i"], swig_opts=["X"])'),
    ("setup.py", "Extension('a', ['a.i'], swig_opts=[])", "SWIG", "Extension('a', ['a.i'], swig_opts=['X'])"),
    ("setup.py", 'os.system("swig -python -c++ a.i")', "SWIG", 'os.system("swig -python X -c++ a.i")'),
    ("setup.py", 'run("python -m numpy.f2py -c a.f")', "f2py", 'run("python -m numpy.f2py X -c a.f")'),
]
NOTHING = [
    ("CMakeLists.txt", "# nanobind_add_module(a b.cpp)"),
    ("CMakeLists.txt", "#[[ nanobind_add_module(a b.cpp)\n]] message(b)"),
    ("CMakeLists.txt", 'message("nanobind_add_module(a b.cpp)")'),
    ("CMakeLists.txt", "find_program(F2PY f2py)"),
    ("CMakeLists.txt", "f(COMMAND f2py -h a.pyf a.f)"),
    ("CMakeLists.txt", "f(COMMAND ${SWIG_EXECUTABLE} -java a.i)"),
    ("meson.build", "incdir = run_command(py, ['-c', 'import numpy.f2py; print(1)'])"),
    ("setup.py", '"""Extension("a", ["a.i"])"""'),
    ("setup.py", 'print("run f2py -c a.f first")'),
    ("setup.py", 'Extension("a", ["a.c"])'),
    ("setup.cfg", "swig_opts = -c++"),
]
HOSTILE = ["#[[ ", '"\\', "'''x", "[", "(a,", "a(${", "Extension(['a.i'],"]


@pytest.mark.parametrize(("path", "text", "tool", "expected"), CASES)
def test_an_option_stands_where_the_tool_reads_it(path: str, text: str, tool: str, expected: str) -> None:
    """The option is put among the others, as these are written."""
    assert passed(path, text) == [(tool, expected)]
    assert [one.is_declared for one in facts_of(path, text).generators] == [False]


@pytest.mark.parametrize(("path", "text"), NOTHING)
def test_what_makes_no_module_is_none(path: str, text: str) -> None:
    """Comments, strings, questions and other languages."""
    assert facts_of(path, text).generators == ()


def test_a_variable_may_hold_the_option() -> None:
    """What cannot be seen is not taken for missing."""
    made = facts_of("CMakeLists.txt", "nanobind_add_module(a ${OPTIONS})").generators
    assert [one.is_declared for one in made] == [True]


def test_one_module_that_declares_says_nothing_of_another() -> None:
    """The option counts for its own command; where nobody knows whose it is, for all."""
    text = 'Extension("a", ["a.i"], swig_opts=["-nogil"]); Extension("b", ["b.i"])'
    assert [one.is_declared for one in facts_of("setup.py", text).generators] == [True, False]
    assert [one.is_declared for one in facts_of("setup.py", f"{text}; o = ['-nogil']").generators] == [True, True]


def test_what_lies_below_tests_and_examples_is_not_shipped() -> None:
    """As for Cython."""
    text = "nanobind_add_module(a b.cpp)"
    assert facts_of("CMakeLists.txt", text).generators[0].is_shipped
    assert not facts_of("tests/CMakeLists.txt", text).generators[0].is_shipped


@pytest.mark.parametrize("piece", HOSTILE)
def test_text_that_never_ends_is_read_in_time(piece: str) -> None:
    """Each character is looked at a few times at most: the limit of time of the tests is the assertion."""
    for path in ("CMakeLists.txt", "setup.py"):
        assert facts_of(path, piece * 50_000).generators == ()


def made(path: str, text: str, *more: tuple[str, str]) -> list[tuple[str, bool, int]]:
    """The modules of nanobind that a build makes: name, whether it is declared, and the line."""
    sources = [Source(name, said.encode(), Language.BUILD) for name, said in ((path, text), *more)]
    found = read(sources).generators
    return [(one.module, one.is_declared, one.place.line) for one in found if one.tool == "nanobind"]


def test_modules_of_nanobind_are_kept_declared_or_not() -> None:
    """A module that is declared is as much a module as one that is not."""
    text = "nanobind_add_module(a FREE_THREADED a.cpp)\nnanobind_add_module(b b.cpp)\n"
    assert made("CMakeLists.txt", text) == [("a", True, 1), ("b", False, 2)]


def test_a_variable_that_nobody_sets_may_hold_the_option() -> None:
    """What cannot be seen counts as declared; what the build sets is looked into."""
    module = "nanobind_add_module(a ${OPTIONS} a.cpp)"
    assert made("CMakeLists.txt", module) == [("a", True, 1)]
    assert made("CMakeLists.txt", f"set(OPTIONS FREE_THREADED)\n{module}") == [("a", True, 2)]
    assert made("CMakeLists.txt", f"set(OPTIONS LTO)\n{module}") == [("a", False, 2)]


@pytest.mark.parametrize("text", ["x = nanobind.source_dir()\n", "sources = ['nb_combined.cpp']\n"])
def test_nanobind_that_is_compiled_by_hand_is_seen(text: str) -> None:
    """Who compiles nanobind's own sources has to define the macro that declares."""
    assert made("setup.py", text) == [("", False, 1)]
    assert made("setup.py", f"# {text}") == []
    assert made("setup.py", text, ("meson.build", "args += '-DNB_FREE_THREADED'\n")) == []


def test_a_build_that_only_requires_nanobind_compiles_nothing() -> None:
    """Meson's wrap of nanobind declares by itself, and so does nobody who only asks where its headers are."""
    assert made("meson.build", "dep = dependency('nanobind')\n") == []
    assert made("setup.py", "include_dirs=[nanobind.include_dir()]\n") == []
