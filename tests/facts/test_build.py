"""What build files say to nanobind."""

import pytest

from ungil.facts import build
from ungil.source import Language, Source


def made(path: str, text: str, *more: tuple[str, str]) -> list[tuple[str, bool, int]]:
    """The modules of nanobind that a build makes: name, whether it is declared, and the line."""
    sources = [Source(name, said.encode(), Language.BUILD) for name, said in ((path, text), *more)]
    found = build.read(sources).generators
    return [(one.module, one.is_declared, one.place.line) for one in found if one.tool == "nanobind"]


def test_modules_of_nanobind_are_kept_declared_or_not() -> None:
    """A module that is declared is as much a module as one that is not."""
    text = "nanobind_add_module(a FREE_THREADED a.cpp)\nnanobind_add_module(b b.cpp)\n"
    assert made("CMakeLists.txt", text) == [("a", True, 1), ("b", False, 2)]


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
