"""A walk over a dict runs in a critical section on the dict.

What it does
    Puts ``Py_BEGIN_CRITICAL_SECTION(dict)`` and its end around the loop that calls ``PyDict_Next()``, and around what
    follows as long as it uses a borrowed key or value. Every way out leads to the end of the section first. On a
    GIL-enabled build the section is empty.

What it leaves
    Loops that call what may run Python code, which can suspend the section: there a copy has to be walked. A dict that
    is named by more than a variable or a field, or that the loop itself replaces.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.sections import guard
from ungil.rewrite.walks import loop_around, plain_operand, up_to_last_use


def repair(site: Site) -> Repair:
    """A section around the loop in which the finding lies."""
    function, words = site.function, site.unit.words
    arguments = words.split(words.inside(site.word + 1))
    loop = loop_around(site)
    if len(arguments) < 4:  # noqa: PLR2004 - dict, position, key, value
        raise Undecided("the arguments of PyDict_Next() could not be read: put the section around the loop by hand")
    locked = plain_operand(site, words.source(arguments[0]), loop)
    borrowed = [words[part.last - 1].text for part in arguments[2:] if words[part.first].text == "&"]
    pen = Pen(site.path, site.unit)
    guard(pen, function, up_to_last_use(function, loop, borrowed), locked)
    return Repair(edits=pen.edits, needs=frozenset({"Py_BEGIN_CRITICAL_SECTION"}))


fixer = Fixer(
    slug="guarded-dict-walk",
    codes=frozenset({"UG202"}),
    repair=repair,
    doc=__doc__,
    examples=(),
)
