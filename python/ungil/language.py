"""Which front-end reads a file, and whether any does: by its name, and by where it lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from ungil import ci_files

__all__ = ["LANGUAGES", "PASSED_OVER", "Language", "is_source", "language_of", "suffix_of"]

PASSED_OVER = {"node_modules", "__pycache__", "site-packages"}
"""Folders that hold no source of the project, wherever they lie."""


class Language(Enum):
    """Which front-end reads a source."""

    C = "C"
    CXX = "C++"
    CYTHON = "Cython"
    PYTHON = "Python"
    BUILD = "what builds it"


LANGUAGES = {
    **dict.fromkeys((".c", ".h"), Language.C),
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".tpp"), Language.CXX),
    **dict.fromkeys((".pyx", ".pxd", ".pxi"), Language.CYTHON),
    ".py": Language.PYTHON,
}
_CYTHON_TEMPLATE = re.compile(r"\.(?:pyx|pxd|pxi)(?=\.(?:in|tp)$)")
# What may hand directives to Cython, or say which Cython is asked for.
_BUILD_FILE = re.compile(
    r"pyproject\.toml|setup\.cfg|meson\.build|CMakeLists\.txt|_?(?:setup|build|cythoni[sz]e)\w*\.py"
)
# Python that no user of the library runs: tests, documentation, examples, and at the top what it is worked on with.
_NOT_LIBRARY = re.compile(
    r"_?tests?|testing|docs?|examples?|samples?|tutorials?|demos?|bench|(?:asv_?)?benchmarks?", re.IGNORECASE
)
_NOT_LIBRARY_AT_TOP = re.compile(r"tools?|scripts?|ci|maint|packaging|build_?tools")
_NOT_LIBRARY_FILE = re.compile(r"(?:tasks|fabfile|versioneer|dodo|ez_setup)\.py")
_ROOT_OF_ARCHIVE = re.compile(r"[\w.]+-v?\d[\w.+-]*")
_CXX_HEADER = re.compile(rb"^\s*(?:namespace\s+\w|template\s*<|class\s+\w+[^;]*$|using\s+\w)", re.MULTILINE)


def language_of(path: str, data: bytes) -> Language:
    """The language of a source; of what is none, what builds it."""
    suffix = suffix_of(path.rpartition("/")[2])
    if suffix == ".h" and _CXX_HEADER.search(data):
        return Language.CXX
    if suffix == ".py" and (_BUILD_FILE.fullmatch(path.rpartition("/")[2]) or ci_files.is_ci(path)):
        return Language.BUILD
    return LANGUAGES.get(suffix, Language.BUILD)


def is_source(path: str, is_included: Callable[[str], bool]) -> bool:
    """A file that a front-end reads, outside hidden folders and environments."""
    *folders, name = path.split("/")
    if ci_files.is_workflow(path):
        return True
    if any(part in PASSED_OVER or (part.startswith(".") and part != ".") for part in folders):
        return False
    if _BUILD_FILE.fullmatch(name) is not None or ci_files.is_ci(path) or ci_files.is_test(path):
        return True
    if name.endswith(".py"):
        return _is_library(folders, name) or is_included(path)
    return suffix_of(name) in LANGUAGES


def _is_library(folders: list[str], name: str) -> bool:
    """Python that a user of the library may run, by where it lies."""
    below = folders[1:] if folders and _ROOT_OF_ARCHIVE.fullmatch(folders[0]) else folders
    if _NOT_LIBRARY_FILE.fullmatch(name) or any(_NOT_LIBRARY.fullmatch(part) for part in below):
        return False
    return not below or _NOT_LIBRARY_AT_TOP.fullmatch(below[0]) is None


def suffix_of(name: str) -> str:
    """What says the language: of a template, the suffix of what is made from it."""
    template = _CYTHON_TEMPLATE.search(name.lower())
    if template is not None:
        return template[0]
    stem, dot, suffix = name.rpartition(".")
    return (dot + suffix).lower() if stem else ""
