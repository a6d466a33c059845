"""Strong references in the place of borrowed ones, with a release on every way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ungil import capi
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_any, borrows_from_shared
from ungil.fixer import Repair, Site, Undecided
from ungil.rewrite.conditions import null_test
from ungil.rewrite.exits import error_exit
from ungil.rewrite.names import unused_name
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.fetch import Fetch, find, put
from ungil.rewrite.references.lifetime import Lifetime, lifetime
from ungil.rewrite.references.release import Held, Reference, release
from ungil.rewrite.references.strong import STRONG

__all__ = ["take_strong_references"]

_RAISES = "an item that another thread has taken away by then is an IndexError: decide whether callers should get that"
_GONE = (
    "another thread can take the item away before this one has it: look at the way out that was added for that case, "
    "and at what it should release"
)


def take_strong_references(site: Site, kind: capi.Kind, wanted: str) -> Repair:
    """Repairs all borrowing that one finding is about: the calls of one function on one container.

    Args:
        site: of the finding.
        kind: of the container.
        wanted: a name for a variable, where a new one is needed.

    Raises:
        Undecided: one of the calls cannot be repaired; then none of them is.
    """
    borrow = _borrow(site, kind)
    words = site.unit.words
    names = [words.at(site.unit.text.offset(call.span.line, call.span.column)) for call in borrow.calls]
    unknown = [words[name].text for name in names if words[name].text not in STRONG]
    if unknown:
        raise Undecided(f"{unknown[0]}() has no counterpart that every version has: {borrow.advice}")
    pen = Pen(site.path, site.unit)
    fetches = _named([find(site.function, name, STRONG[words[name].text]) for name in names], wanted)
    checks = [check for fetch in fetches if (check := _repair(pen, fetch, names))]
    needs = frozenset(fetch.strong.name for fetch in fetches) & _NEW
    return Repair(edits=pen.edits, needs=needs, check=checks[0] if checks else "")


_NEW = frozenset(strong.name for strong in STRONG.values()) - {"PyCell_Get"}


def _borrow(site: Site, kind: capi.Kind) -> Borrow:
    """What the rule saw: its finding is at the first of the calls."""
    where = site.finding.location
    found = site.facts.once(_BORROWS[kind]).get((site.path, where.line, where.column))
    if found is None:
        raise Undecided("the borrowed reference was not found again: take a strong one by hand")
    return found


type _ByPlace = Mapping[tuple[str, int, int], Borrow]


def _by_place(borrows: Sequence[Borrow]) -> _ByPlace:
    places = [(borrow.place[0].path, borrow.place[1].line, borrow.place[1].column) for borrow in borrows]
    return dict(zip(places, borrows, strict=True))


def _from_lists(facts: Facts) -> _ByPlace:
    return _by_place(list(borrows_from_shared(facts, capi.borrowing_from("list"))))


def _from_dicts(facts: Facts) -> _ByPlace:
    return _by_place(list(borrows_from_shared(facts, capi.borrowing_from("dict"))))


def _from_weakrefs(facts: Facts) -> _ByPlace:
    return _by_place(list(borrows_from_any(facts, capi.borrowing_from("weakref"))))


def _from_modules(facts: Facts) -> _ByPlace:
    return _by_place(list(borrows_from_any(facts, capi.borrowing_from("module"))))


def _from_cells(facts: Facts) -> _ByPlace:
    return _by_place(list(borrows_from_any(facts, capi.borrowing_from("cell"))))


_BORROWS = {
    "list": _from_lists,
    "dict": _from_dicts,
    "weakref": _from_weakrefs,
    "module": _from_modules,
    "cell": _from_cells,
}


def _named(fetches: list[Fetch], wanted: str) -> list[Fetch]:
    """With a name for each nested call, no two the same."""
    named, number = [], 0
    for fetch in fetches:
        if fetch.form == "nested":
            number += 1
            name = unused_name(fetch.function, wanted if number == 1 else f"{wanted}{number}")
            named.append(Fetch(fetch.function, fetch.strong, fetch.call, fetch.statement, fetch.form, name))
        else:
            named.append(fetch)
    return named


def _repair(pen: Pen, fetch: Fetch, names: Sequence[int]) -> str:
    """Repairs one call; returns what to look at where something happens now that did not before."""
    if fetch.form == "counted":
        return _replace_counted(pen, fetch)
    held = lifetime(fetch, names)
    anew = fetch.strong.fails_anew and not _is_tested(fetch, held)
    more: list[str] = []
    if anew:
        leave = error_exit(fetch.function, fetch.statement)
        more = [f"if ({fetch.variable} == NULL) {{", *(f"\t{line}" for line in leave), "}"]
    put(pen, fetch, more)
    call = fetch.call if fetch.form == "nested" else None
    state = Held.OBJECT if anew else Held.MAYBE
    reference = Reference(fetch.variable, state, call, held.lent)
    release(pen, fetch.function, reference, held.statements, at_end=held.counted is None)
    if held.counted is not None:
        pen.delete(held.counted)
    elif not held.statements:
        pen.after(fetch.statement, f"Py_XDECREF({fetch.variable});")
    return _GONE if anew else ""


def _replace_counted(pen: Pen, fetch: Fetch) -> str:
    """``Py_XNewRef(PyList_GetItem(a, i))`` is ``PyList_GetItemRef(a, i)``."""
    words = fetch.function.words
    certain = words[fetch.call.first].text == "Py_NewRef"
    if certain and fetch.statement.kind != "return":
        raise Undecided("the item may be gone by then: look at the result of a strong call before it is used")
    inner = words.source(words.inside(fetch.call.first + 1))
    pen.replace(fetch.call, fetch.strong.name + inner[inner.index("(") :])
    return _RAISES if certain and fetch.strong.fails_anew else ""


def _is_tested(fetch: Fetch, held: Lifetime) -> bool:
    """The code asks whether it got something before it does anything with it, or does only what NULL allows."""
    words = fetch.function.words
    if fetch.form == "tested" or (words[fetch.call.first].text == "PyList_GetItem" and _is_compared(fetch, held)):
        return True
    for statement in (*held.statements, *([held.counted] if held.counted is not None else [])):
        uses = words.uses(statement.words, fetch.variable)
        if uses:
            if statement.kind != "if" or uses[0] >= statement.head.last:
                return words[statement.words.first].text == "Py_XINCREF"
            first = words.split(words.split(statement.head, "||")[0], "&&")[0]
            return null_test(words.source(first), fetch.variable) is not None
    return not held.statements


def _is_compared(fetch: Fetch, held: Lifetime) -> bool:
    """Anywhere, the code asks whether it got something: what it does then stays as it is."""
    words = fetch.function.words
    uses = [use for one in held.statements for use in words.uses(one.words, fetch.variable)]
    return any(
        words[use - 1].text in {"!", "&&", "||"}
        or words[use + 1].text in {"?", "&&", "||"}
        or (words[use + 1].text in {"==", "!="} and words[use + 2].text in {"NULL", "0", "nullptr"})
        or (words[use - 2].text in {"if", "while"} and words[use + 1].text == ")")
        for use in uses
    )
