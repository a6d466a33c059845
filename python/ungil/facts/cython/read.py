"""Cython: the modules of a project with what each declares, and through Cython's parser what their functions touch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from ungil.facts.build.read import is_shipped
from ungil.facts.cython import parser as cython_parser
from ungil.facts.cython.build import cython_file, requirements, stance_of_value, stances_by_folder
from ungil.facts.cython.classes import joined
from ungil.facts.cython.foreign import foreign_names, seen_from
from ungil.facts.cython.model import CythonDirective, CythonFacts, CythonModule, CythonVariable, Place, Stance
from ungil.facts.cython.sharing import quiet_functions
from ungil.facts.cython.tree import Lines
from ungil.facts.cython.units import Names, Unit, collect_names, read_unit, variables_of
from ungil.source import Source

__all__ = ["read"]

_TEMPLATE = re.compile(r"\.(?:in|tp)$")
_DIRECTIVES = re.compile(rb"#\s*cython\s*:\s*(.*)")
_DIRECTIVE = re.compile(rb"(?:^|,)\s*freethreading_compatible\s*=\s*(\w+)")
_INCLUDE = re.compile(rb"(?m)^[ \t]*include[ \t]+[\"']([^\"'\n]+)[\"']")


def read(sources: Iterable[Source], build_files: Iterable[Source]) -> CythonFacts:
    """Reads Cython sources, and the files that build them, as one project."""
    listed = tuple(sources)
    build = tuple(build_files)
    modules = tuple(_modules(listed, stances_by_folder(build)))
    of_modules = {module.file.path for module in modules}
    facts = CythonFacts(
        files=tuple(cython_file(source) for source in listed),
        modules=modules,
        idle_directives=tuple(one for source in listed if source.path not in of_modules if (one := _directive(source))),
        requirements=tuple(requirements(build)),
    )
    if not listed:
        return facts
    if not cython_parser.is_installed():
        return replace(facts, unread=((listed[0].path, cython_parser.MISSING),))
    return _parsed(facts, listed)


def _parsed(facts: CythonFacts, sources: tuple[Source, ...]) -> CythonFacts:
    """What Cython's parser adds."""
    files = {file.path: file for file in facts.files}
    lines = {source.path: Lines(source.data) for source in sources}
    unread: dict[str, str] = {}
    trees: dict[str, Any] = {}
    names = Names()
    variables: dict[str, CythonVariable] = {}
    for source in sources:
        tree = cython_parser.parse(source)
        if isinstance(tree, str):
            unread[source.path] = tree
        else:
            trees[source.path] = tree
            collect_names(tree, names)
    units: list[Unit] = []
    for path, tree in trees.items():
        with _within_the_stack(path, unread):
            variables |= {one.name: one for one in variables_of(tree, files[path], lines[path], names)}
    for path, tree in trees.items():
        with _within_the_stack(path, unread):
            units.append(read_unit(tree, files[path], lines[path], names, set(variables)))
    functions = tuple(function for unit in units for function in unit.functions)
    foreign = {path: foreign_names(tree) for path, tree in trees.items()}
    mentioned, at_import = _union(units)
    return replace(
        facts,
        classes=joined(one for unit in units for one in unit.classes),
        functions=functions,
        variables=variables,
        foreign={path: seen_from(path, foreign) for path in trees},
        quiet=quiet_functions(functions, mentioned, at_import),
        unread=tuple(sorted(unread.items())),
    )


@contextmanager
def _within_the_stack(path: str, unread: dict[str, str]) -> Iterator[None]:
    """A file whose expressions are deeper than the stack is noted and left out."""
    try:
        yield
    except RecursionError:
        unread[path] = cython_parser.TOO_DEEP


def _union(units: list[Unit]) -> tuple[set[str], set[str]]:
    mentioned = set().union(*(unit.mentioned for unit in units))
    return mentioned, set().union(*(unit.called_at_import for unit in units))


def _modules(sources: tuple[Source, ...], build: Mapping[PurePosixPath, Stance]) -> Iterator[CythonModule]:
    included = {name for source in sources for name in _included(source)}
    paths = {source.path for source in sources}
    for source in sources:
        written = _TEMPLATE.sub("", source.path)  # what a template becomes
        is_made_of_template = written != source.path and written in paths
        if not written.endswith(".pyx") or PurePosixPath(written).name in included or is_made_of_template:
            continue
        own, said = _directive(source), _from_build(PurePosixPath(written), build)
        stance = own.stance if own is not None else said
        yield CythonModule(cython_file(source), stance, is_shipped=is_shipped(written), directive=own, build=said)


def _included(source: Source) -> Iterator[str]:
    """The names of the files that it includes; the folders that they are looked for in are the build's to know."""
    for name in _INCLUDE.findall(source.data):
        yield PurePosixPath(name.decode(errors="replace")).name


def _directive(source: Source) -> CythonDirective | None:
    """What the comments say that come before anything else, as Cython reads them."""
    for number, line in enumerate(source.data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        text = line.strip()
        if text and not text.startswith(b"#"):
            break
        directives = _DIRECTIVES.match(text)
        found = _DIRECTIVE.search(directives[1]) if directives else None
        if found:
            column = line.index(text) + 1
            place = Place(number, column, number, column + len(text))
            return CythonDirective(cython_file(source), place, stance_of_value(found[1].decode(errors="replace")))
    return None


def _from_build(path: PurePosixPath, build: Mapping[PurePosixPath, Stance]) -> Stance:
    """What the nearest file of the build says."""
    return next((build[folder] for folder in path.parents if folder in build), Stance.MISSING)
