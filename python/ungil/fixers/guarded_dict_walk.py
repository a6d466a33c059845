"""A walk over a dict runs in a critical section on it, or over a copy.

What it does
    Where nothing that may run Python code is called in the loop that calls ``PyDict_Next()``, puts
    ``Py_BEGIN_CRITICAL_SECTION(dict)`` and its end around the loop, and around what follows as long as it uses a borrowed
    key or value. Every way out leads to the end of the section first. On a GIL-enabled build the section is empty. Where
    something may run Python code, the section would be suspended: there the loop walks a copy, which is released on
    every way out.

What to look at
    A copy costs memory and time, and the loop does not see what it adds to the dict itself.

What it leaves
    Walks without a loop around them, and a dict that is named by more than a variable or a field, or that the loop
    itself replaces.
"""

from __future__ import annotations

from collections.abc import Sequence

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.exits import error_exit
from ungil.rewrite.names import can_declare_before, declared, unused_name
from ungil.rewrite.pen import Pen
from ungil.rewrite.release import Held, release
from ungil.rewrite.sections import guard
from ungil.rewrite.walks import loop_around, may_run_python, plain_operand, up_to_last_use
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

_CHECK = "a copy of the dict is walked now: it costs memory and time, and what the loop adds to the dict is not in it"


def repair(site: Site) -> Repair:
    """A section where that holds, else a copy."""
    words = site.unit.words
    arguments = words.split(words.inside(site.word + 1))
    loop = loop_around(site)
    if len(arguments) < 4:  # noqa: PLR2004 - dict, position, key, value
        raise Undecided("the arguments of PyDict_Next() could not be read: put the section around the loop by hand")
    locked = plain_operand(site, words.source(arguments[0]), loop)
    borrowed = [words[part.last - 1].text for part in arguments[2:] if words[part.first].text == "&"]
    held = up_to_last_use(site.function, loop, borrowed)
    pen = Pen(site.path, site.unit)
    if may_run_python(site.function, held):
        _walk_a_copy(pen, site, arguments[0], held)
        return Repair(edits=pen.edits, check=_CHECK)
    guard(pen, site.function, held, locked)
    return Repair(edits=pen.edits, needs=frozenset({"Py_BEGIN_CRITICAL_SECTION"}))


def _walk_a_copy(pen: Pen, site: Site, walked: Range, held: Sequence[Statement]) -> None:
    function, step = site.function, pen.text.unit
    if held[0].is_bare:
        raise Undecided("the loop stands where no copy can be made before it: give the branch its braces")
    can_declare_before(held[0])
    copy = unused_name(function, "copy")
    made = declared(pen, function, "PyObject *", copy, f"PyDict_Copy({pen.words.source(walked)})")
    leave = [f"{step}{line}" for line in error_exit(function, held[0])]
    pen.before(held[0], *made, f"if ({copy} == NULL) {{", *leave, "}")
    pen.replace(walked, copy)
    release(pen, function, copy, held, Held.OBJECT)


fixer = Fixer(
    slug="guarded-dict-walk",
    codes=frozenset({"UG202"}),
    repair=repair,
    doc=__doc__,
    examples=(),
)
