"""A ``PyModuleDef`` as it stands, and the slots that it gets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ungil.fixer import Site, Undecided
from ungil.rewrite.modules.creation import pointer_to_object, slot
from ungil.rewrite.pen import Pen
from ungil.rewrite.trim import comment_above, lines_of
from ungil.syntax.words import Range

__all__ = ["Definition", "Slots", "definition_named", "give_slots"]

_MEMBERS = ("m_base", "m_name", "m_doc", "m_size", "m_methods", "m_slots", "m_traverse", "m_clear", "m_free")
_NULL = {"NULL", "0", "nullptr"}
_SIZE = re.compile(r"0|[1-9]\d*|sizeof\b.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a module.

    Attributes:
        name: of the variable.
        start: where its declaration begins.
        values: what stands for each member that is initialised, by its name.
        last: the last entry of the initializer.
    """

    name: str
    start: int
    values: dict[str, Range]
    last: Range


@dataclass(frozen=True, slots=True)
class Slots:
    """What is to stand in the slot array.

    Attributes:
        name: of the array.
        function: runs as ``Py_mod_exec``; none where it is empty.
        parameter: of that.
        stance: what the module declares about the GIL; nothing where it is empty.
    """

    name: str
    function: str
    parameter: str
    stance: str


def definition_named(site: Site, name: str) -> Definition:
    """The definition of that name in the file, as it may become that of a multi-phase module.

    Raises:
        Undecided: it is not in the file, cannot be read, or says what needs a decision.
    """
    found = [one for one in site.unit.file.variables if one.name == name and one.entries]
    if len(found) != 1 or found[0].is_local:
        raise Undecided(f"the definition '{name}' does not stand in this file, outside its functions: move it there")
    words = site.unit.words
    at = words.at(site.unit.text.offset(found[0].span.line, found[0].span.column))
    opening = at + 1 + (words[at + 1].text == "=")
    first = at
    while first > 0 and words[first - 1].text not in {";", "}", "{", ")"}:
        first -= 1
    if words[opening].text != "{" or not words.is_whole(Range(first, words[opening].partner + 1)):
        raise Undecided(f"preprocessor directives stand inside the definition '{name}': move them out of it")
    entries = [part for part in words.split(words.inside(opening)) if part.last > part.first]
    definition = Definition(name, words[first].start, _values(site, entries), entries[-1])
    _refuse(site, definition)
    return definition


def _values(site: Site, entries: list[Range]) -> dict[str, Range]:
    words, values = site.unit.words, dict[str, Range]()
    for position, entry in enumerate(entries):
        if words[entry.first].text == ".":
            values[words[entry.first + 1].text] = Range(entry.first + 3, entry.last)
        elif position < len(_MEMBERS):
            values[_MEMBERS[position]] = entry
    return values


def _refuse(site: Site, definition: Definition) -> None:
    words = site.unit.words
    given = {name: words.source(value) for name, value in definition.values.items()}
    if given.get("m_slots", "NULL") not in _NULL:
        raise Undecided(f"'{definition.name}' has slots already, and the module is made in one phase nevertheless")
    if re.sub(r"\s", "", given.get("m_size", "0")) == "-1":
        if any(given.get(name, "NULL") not in _NULL for name in ("m_traverse", "m_clear", "m_free")):
            raise Undecided(
                "the module gives up what it keeps in C globals when it is freed, and in several phases it can be made "
                "again: move that to the module's state first"
            )
    elif _SIZE.fullmatch(given.get("m_size", "0")) is None:
        raise Undecided(f"the size of the module's state, '{given['m_size']}', must not be negative in several phases")


def give_slots(site: Site, pen: Pen, definition: Definition, slots: Slots) -> None:
    """Writes the slot array before a definition, and names it there."""
    size = definition.values.get("m_size")
    if size is not None and pen.words[size.first].text == "-":
        _replace_aligned(pen, size, "0")
    _name_slots(pen, definition, slots.name)
    cast = "(void *)" if site.path.endswith((".cc", ".cpp", ".cxx", ".c++")) else ""
    lines = [f"{{Py_mod_exec, {cast}{slots.function}}},"] if slots.function else []
    not_supported = "Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED"  # as it is with one phase
    lines += slot(site, "Py_mod_multiple_interpreters", not_supported, (3, 12))
    lines += slot(site, "Py_mod_gil", slots.stance, (3, 13)) if slots.stance else ()
    _write_array(pen, definition, slots, [*lines, "{0, NULL},"])


def _write_array(pen: Pen, definition: Definition, slots: Slots, entries: list[str]) -> None:
    text = pen.text
    above = comment_above(text, definition.start)
    start = above[0] if above is not None else text.line_start(definition.start)
    indent = text.indentation(definition.start)
    pointer = pointer_to_object(text)
    lines = [f"static int {slots.function}({pointer}{slots.parameter});", ""] if slots.function else []
    lines += [f"static PyModuleDef_Slot {slots.name}[] = {{"]
    lines += [*(pen.indented(entry, text.unit) for entry in entries), "};", ""]
    pen.insert(start, "".join(f"{pen.indented(line, indent)}\n" for line in lines))


def _name_slots(pen: Pen, definition: Definition, name: str) -> None:
    words, values = pen.words, definition.values
    old = values.get("m_slots")
    if old is not None:
        _replace_aligned(pen, old, name)
        end = pen.text.line_end(words.end(old))
        stale = re.compile(r"m_reload|reload").search(pen.text.all, words.end(old), end)
        if stale is not None and pen.text.is_comment(stale.start()):
            pen.replace_stretch(stale.start(), stale.end(), "m_slots" if stale[0] == "m_reload" else "slots")
        return
    before = [values[member] for member in _MEMBERS[:5] if member in values]
    last = max(before, key=lambda entry: entry.first)
    if words[last.first - 1].text == "=" or words[definition.last.first].text == ".":
        _add(pen, last, f".m_slots = {name}")
    else:
        _add(pen, last, *["NULL"] * (5 - len(before)), name)


def _replace_aligned(pen: Pen, value: Range, new: str) -> None:
    """Puts a value in the place of another, and leaves a comment behind it in its column."""
    start, end = pen.words.start(value), pen.words.end(value)
    gap = re.compile(r",( {2,})(?=/[*/])").match(pen.text.all, end)
    if gap is None:
        pen.replace_stretch(start, end, new)
    else:
        blanks = len(gap[1]) + end - start - len(new)
        pen.replace_stretch(start, gap.end(), f"{new},{' ' * max(blanks, 1)}")


def _add(pen: Pen, last: Range, *entries: str) -> None:
    """More entries, each in its own line where the last one has its own."""
    words, text = pen.words, pen.text
    start = words[last.first - 3].start if words[last.first - 1].text == "=" else words.start(last)
    comma = words[last.last].text == ","
    lines = lines_of(text, start, words[last.last].end if comma else words.end(last))
    if lines is None:
        pen.insert(words.end(last), "".join(f", {entry}" for entry in entries))
        return
    if not comma:
        pen.insert(words.end(last), ",")
    written = ",\n".join(f"{text.indentation(start)}{entry}" for entry in entries)
    pen.insert(lines[1], f"{written}{',' * comma}\n")
