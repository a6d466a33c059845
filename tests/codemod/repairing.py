"""One way for these tests to repair a few lines."""

from __future__ import annotations

from collections.abc import Mapping

from ungil.audit import Policy
from ungil.codemod import Order, Outcome, repair
from ungil.finding import Severity
from ungil.rules import catalogue
from ungil.source import Language, Project, Skipped, Source, language_of

CODES = frozenset(rule.code for rule in catalogue())


def project(files: Mapping[str, str], skipped: tuple[Skipped, ...] = ()) -> Project:
    """A project of these files."""
    every = [Source(path, text.encode("latin-1"), language_of(path, b"")) for path, text in files.items()]
    sources = tuple(file for file in every if file.language is not Language.BUILD)
    return Project("demo", None, sources, skipped, tuple(file for file in every if file.language is Language.BUILD))


def repaired(  # noqa: PLR0913 - an order has that many parts, and all are named
    what: Project,
    *,
    codes: frozenset[str] = CODES,
    unsafe: bool = True,
    min_python: tuple[int, int] = (3, 9),
    policy: Policy | None = None,
    level: Severity = Severity.WARNING,
) -> Outcome:
    """What becomes of a project."""
    order = Order(codes=codes, level=level, policy=policy or Policy(), unsafe=unsafe, min_python=min_python)
    return repair(what, catalogue(), order)


def text_of(outcome: Outcome, path: str) -> str:
    """A file after the repairs."""
    return outcome.after.project.by_path[path].data.decode("latin-1")
