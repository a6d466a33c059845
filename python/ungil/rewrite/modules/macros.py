"""Macros of binding libraries that begin a module, and the options that they take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Declaration
from ungil.fixer import Repair, Site, Undecided
from ungil.rewrite.modules.creation import module_of
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range

__all__ = ["alias_of", "with_option"]


def with_option(site: Site, framework: str, macros: dict[str, int], option: str) -> Repair | None:
    """A first option for the macro where a finding lies; None if it is not one of the framework.

    Args:
        site: where the finding lies.
        framework: whose macro it is.
        macros: which take options, and how many arguments each has before them.
        option: to be passed before any other: pybind11 3.1 does not compile it behind one.

    Raises:
        Undecided: the macro is one of the project's, or is written under different conditions.
    """
    module = module_of(site)
    if module is None or module.entry.framework != framework or module.declaration is not Declaration.MISSING:
        return None
    words, name = site.unit.words, site.word
    if module.entry.macro not in macros or words[name].text != module.entry.macro or words[name + 1].text != "(":
        raise Undecided(f"the module begins with '{module.entry.macro}': see whether that can pass {option}, and where")
    arguments = words.split(words.inside(name + 1))[: macros[module.entry.macro]]
    if not words.is_whole(Range(name, words[name + 1].partner + 1)):
        raise Undecided(f"preprocessor directives stand inside '{module.entry.macro}()': pass {option} by hand")
    pen = Pen(site.path, site.unit)
    pen.insert(words.end(arguments[-1]), f", {option}")
    return Repair(edits=pen.edits)


def alias_of(site: Site, namespace: str) -> str:
    """What the file, or a header that it includes, calls a namespace outside all braces; its own name if nothing."""
    words, depth = site.unit.words, 0
    aliases = []
    for at in range(site.word):
        depth += (words[at].text == "{") - (words[at].text == "}")
        definition = [words[at + i].text for i in (0, 2, 3, 4)] == ["namespace", "=", namespace, ";"]
        if definition and depth == 0:
            aliases.append(words[at + 1].text)
    return next(iter([*aliases[-1:], *_included(site, namespace)]), namespace)


def _included(site: Site, namespace: str) -> Iterator[str]:
    """Aliases that begin a line of a header, and that the file uses."""
    defines = re.compile(rf"^namespace\s+(\w+)\s*=\s*{namespace}\s*;", re.MULTILINE)
    included = {path.rpartition("/")[2] for path, _, _ in site.unit.file.includes}
    for path, source in site.tree.sources.items():
        found = defines.search(source.data.decode("latin-1")) if path.rpartition("/")[2] in included else None
        if found is not None and re.search(rf"\b{found[1]}\s*::", site.text) is not None:
            yield found[1]
