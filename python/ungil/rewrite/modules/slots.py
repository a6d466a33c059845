"""A further slot in the array that a module has."""

from __future__ import annotations

from ungil.fixer import Site, Undecided
from ungil.rewrite.modules.creation import is_sentinel
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range

__all__ = ["put_slot", "slot_array"]


def slot_array(site: Site) -> Range | None:
    """What stands between the braces of the array whose name a finding lies on; None if that is none."""
    words = site.unit.words
    opening = next((at for at in range(site.word, min(site.word + 8, len(words))) if words[at].text == "{"), None)
    if opening is None or words[site.word].kind != "name" or words[site.word - 1].text == ".":
        return None
    return words.inside(opening)


def put_slot(pen: Pen, array: Range, lines: tuple[str, ...]) -> None:
    """Puts the lines of a slot before the last entry.

    Raises:
        Undecided: that is not the one that ends the array.
    """
    entries = [part for part in pen.words.split(array) if part.last > part.first]
    if not entries or not is_sentinel(pen.words.source(entries[-1])):
        raise Undecided(
            "the slot array does not end in {0, NULL}: put {Py_mod_gil, Py_MOD_GIL_NOT_USED} where it belongs"
        )
    sentinel = entries[-1]
    start = pen.words.start(sentinel)
    indent = pen.text.indentation(start)
    if pen.text.begins_line(start):
        pen.insert(pen.text.line_start(start), "".join(f"{pen.indented(line, indent)}\n" for line in lines))
    elif len(lines) == 1:
        pen.insert(start, f"{lines[0]} ")
    else:
        indent += pen.text.unit
        pen.delete_stretch(pen.words[sentinel.first - 1].end, start)
        pen.insert(start, "".join(f"\n{pen.indented(line, indent)}" for line in lines) + f"\n{indent}")
