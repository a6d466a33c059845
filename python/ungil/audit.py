"""The audit: sources to facts to findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ungil.facts import c, cython
from ungil.facts.model import Facts
from ungil.rule import Finding, Rule
from ungil.rules import catalogue
from ungil.source import Language, Project

__all__ = ["Audit", "audit"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit read and what it found.

    Attributes:
        project: what was read.
        rules: what was looked for.
        findings: what was found, by place.
        modules: how many extension modules were found and followed to the place that makes them.
        functions: how many function bodies were understood.
        lines: how many lines were read.
        understood: the share of the tokens that were, among those that a free-threaded build may compile.
        unread: per file, why part of it was not understood.
    """

    project: Project
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    modules: int
    functions: int
    lines: int
    understood: float
    unread: tuple[tuple[str, str], ...]


def audit(project: Project, rules: Sequence[Rule] | None = None) -> Audit:
    """Applies rules (all of them unless given) to a project. May be called from several threads at once."""
    chosen = tuple(rules) if rules is not None else catalogue()
    facts = _read(project)
    findings = sorted((f for rule in chosen for f in rule.check(facts)), key=lambda f: (f.location, f.code))
    return Audit(
        project=project,
        rules=chosen,
        findings=tuple(findings),
        modules=len(facts.modules) + len(facts.cython.modules),
        functions=sum(len(file.functions) for file in facts.files) + len(facts.cython.functions),
        lines=sum(file.lines for file in facts.files) + sum(file.lines for file in facts.cython.files),
        understood=_understood(facts),
        unread=tuple(_unread(facts)),
    )


def _read(project: Project) -> Facts:
    written = [source for source in project.sources if source.language is Language.CYTHON]
    native = [source for source in project.sources if source.language is not Language.CYTHON]
    return replace(c.read(native), cython=cython.read(written, project.build_files))


def _understood(facts: Facts) -> float:
    there = sum(file.tokens + file.unread_tokens for file in facts.files)
    lost = sum(file.unread_tokens + file.unclear_tokens for file in facts.files)
    return 1 - lost / there if there else 1.0


def _unread(facts: Facts) -> list[tuple[str, str]]:
    notes = list(facts.cython.unread)
    for file in facts.files:
        if file.unterminated:
            notes.append((file.path, f"literals or comments that never end: {file.unterminated}"))
        if file.lone_brackets:
            notes.append((file.path, f"brackets without a partner: {file.lone_brackets}"))
        if file.unclear_braces:
            what = f"braces at file scope that were not recognised: {file.unclear_braces}"
            notes.append((file.path, f"{what}, with {file.unclear_tokens} tokens inside"))
        if file.unread_tokens * 20 > file.tokens:
            notes.append((file.path, f"tokens in preprocessor alternatives that were not read: {file.unread_tokens}"))
    return notes
