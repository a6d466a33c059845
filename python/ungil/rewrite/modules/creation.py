"""Where a module is made, and what declares about it: words that several fixers share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ungil.facts.model import ModuleInit
from ungil.fixer import Site, Undecided, Version
from ungil.rewrite.conditions import null_test
from ungil.syntax.flow import always_leaves
from ungil.syntax.statements import Statement
from ungil.syntax.text import Text
from ungil.syntax.words import Words

__all__ = [
    "CLAIM",
    "Creation",
    "creation",
    "free_name",
    "is_sentinel",
    "macro_that_returns",
    "module_of",
    "pointer_to_object",
    "slot",
    "under",
]

CLAIM = (
    "the declaration holds only if all of the module's code does without the GIL: see what is left, and 'ungil hammer'"
)
"""What to look at where a module declares that it needs no GIL."""

_CREATES = {"PyModule_Create", "PyModule_Create2"}


@dataclass(frozen=True, slots=True)
class Creation:
    """The call that makes a module, in the function where it stands.

    Attributes:
        call: the word that is called.
        statement: that it stands in.
        variable: that gets the module; empty where it is returned on the spot.
        check: the statement by which the function is left if the module is NULL; None where none follows.
    """

    call: int
    statement: Statement
    variable: str
    check: Statement | None


def module_of(site: Site) -> ModuleInit | None:
    """The module of which a finding lies where it declares, or would have to declare, its stance."""
    where = site.finding.location
    for module in site.facts.modules:
        if (module.file.path, module.span.line, module.span.column) == (where.path, where.line, where.column):
            return module
    return None


def creation(site: Site) -> Creation:
    """What is known of the call where a finding lies.

    Raises:
        Undecided: it is no call that can be read there, or is part of something else.
    """
    words, statement = site.unit.words, site.statement
    if words[site.word].text not in _CREATES:
        raise Undecided("a macro makes the module: write it out first")
    if not words.is_whole(statement.words):
        raise Undecided("preprocessor directives stand inside the call that makes the module: move them out of it")
    if words[statement.words.first].text == "return" and statement.words.first + 1 == site.word:
        return Creation(site.word, statement, "", None)
    variable = words[site.word - 2]
    if words[site.word - 1].text != "=" or variable.kind != "name" or words[site.word - 3].text in {".", "->", "::"}:
        raise Undecided(
            "the module that is made goes neither to a variable nor to the caller: give it a variable first"
        )
    if site.function.facts.type_of(variable.text) not in {"PyObject", "auto"}:
        raise Undecided(
            f"'{variable.text}' is no plain PyObject pointer, but holds the module: see what it does with it"
        )
    end = words[site.word + 1].partner + 1
    if statement.kind == "plain" and end == statement.head.last:
        return Creation(site.word, statement, variable.text, _check_behind(site, statement, variable.text))
    if statement.kind == "if" and _leaves_if_null(site, statement, variable.text):
        return Creation(site.word, statement, variable.text, statement)
    raise Undecided("what becomes of the module that is made is not clear here: make it in a statement of its own")


def _check_behind(site: Site, statement: Statement, variable: str) -> Statement | None:
    if statement.is_bare:
        raise Undecided("the module is made on a condition: make it in any case, or leave before")
    behind = statement.siblings[statement.siblings.index(statement) + 1 :]
    return behind[0] if behind and _leaves_if_null(site, behind[0], variable) else None


def _leaves_if_null(site: Site, statement: Statement, variable: str) -> bool:
    """``if (m == NULL) return NULL;``, also with more reasons to leave than that."""
    words = site.unit.words
    if statement.kind != "if" or len(statement.parts) != 1 or not words.is_whole(statement.words):
        return False
    tests = (null_test(words.source(part), variable) is True for part in words.split(statement.head, "||"))
    branch = statement.parts[0]
    leaves = always_leaves(branch, words) or macro_that_returns(site, _last(branch)) is not None
    return leaves and any(tests)


def _last(branch: Statement) -> Statement:
    return branch.parts[-1] if branch.kind == "block" and branch.parts else branch


def macro_that_returns(site: Site, statement: Statement) -> list[str] | None:
    """The words of the file's macro that is a whole statement and leaves the function: ``#define FAIL return NULL``."""
    if statement.kind != "plain" or len(range(*statement.head)) != 1:
        return None
    names = site.unit.file.macro(site.unit.words[statement.head.first].text)
    return names if names and names[0] in {"return", "goto"} else None


def is_sentinel(entry: str) -> bool:
    """The last entry of a slot array: ``{0, NULL}``."""
    return re.fullmatch(r"\{\s*0?\s*(?:,\s*(?:NULL|0|nullptr)\s*)?,?\s*\}", entry) is not None


def under(condition: str, *lines: str) -> tuple[str, ...]:
    """Lines that only some builds compile."""
    return (f"#ifdef {condition}", *lines, "#endif")


def slot(site: Site, name: str, value: str, since: Version) -> tuple[str, ...]:
    """The lines of a slot, for the versions that have it."""
    entry = f"{{{name}, {value}}},"
    limited = any(b"limited_api" in source.data.lower() for source in site.tree.sources.values())
    return (entry,) if site.tree.min_python >= since and not limited else under(name, entry)


def free_name(words: Words, *candidates: str) -> str:
    """The first of some names that nothing in the file has.

    Raises:
        Undecided: there is none.
    """
    for name in candidates:
        if re.search(rf"\b{name}\b", words.text.all) is None:
            return name
    raise Undecided(f"'{candidates[0]}' is the name of something else already: make room for it")


def pointer_to_object(text: Text) -> str:
    """``PyObject *``, as the file writes it before a name."""
    return "PyObject* " if text.all.count("PyObject* ") > text.all.count("PyObject *") else "PyObject *"
