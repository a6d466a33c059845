"""How long a variable holds what it was given: the statements behind the fetch, up to the last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ungil.fixer import Undecided
from ungil.rewrite.references.fetch import Fetch
from ungil.rewrite.references.lending import Lent, lent_by
from ungil.syntax.flow import always_leaves, labels, span
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["Lifetime", "is_not_entered", "lifetime", "up_to_last"]

_COUNTED = {"Py_INCREF", "Py_XINCREF"}
_NEW_REFERENCES = {"Py_NewRef", "Py_XNewRef"}
_RELEASES = {"Py_DECREF", "Py_XDECREF", "Py_CLEAR", "Py_SETREF", "Py_XSETREF"}
_TAKES_REFERENCE = {"PyTuple_SET_ITEM", "PyList_SET_ITEM", "PyTuple_SetItem", "PyList_SetItem", "PyModule_AddObject"}


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Where a variable holds a borrowed reference.

    Attributes:
        fetch: that gave it to the variable.
        statements: consecutive ones from the fetch's own, or the next, to the last that needs the object.
        counted: the statement that takes a reference by hand, if that is the first thing that is done with the object.
        lent: what else is used there, and lives in the object.
    """

    fetch: Fetch
    statements: tuple[Statement, ...]
    counted: Statement | None
    lent: tuple[Lent, ...] = ()


def lifetime(fetch: Fetch, others: Sequence[int]) -> Lifetime:
    """Follows a variable from its fetch to its last use.

    Args:
        fetch: whose variable is followed; of a nested call, the statement itself is the first use.
        others: the names of other calls that are repaired with this one: their variable may be this one.

    Raises:
        Undecided: the object is used where it cannot be followed, or leaves the function without a reference.
    """
    function, variable = fetch.function, fetch.variable
    siblings = fetch.statement.siblings
    at = siblings.index(fetch.statement)
    own = fetch.form in {"nested", "tested"}
    rest = siblings[at if own else at + 1 :]
    if fetch.form == "nested":
        held, lent = up_to_last(function, rest, [], fetch.call)
        _is_whole(fetch, held)
        return Lifetime(fetch, tuple(held), None, lent)
    _is_simple(fetch, others)
    rest = _until_assigned(fetch, rest, own=own)
    counted = _counted_first(fetch, rest)
    if counted is not None:
        _is_whole(fetch, rest[: rest.index(counted) + 1])
        return Lifetime(fetch, tuple(rest[: rest.index(counted)]), counted)
    _stays(fetch, rest)
    held, lent = up_to_last(function, rest, [variable])
    _is_whole(fetch, held)
    return Lifetime(fetch, tuple(held), None, lent)


def _is_whole(fetch: Fetch, held: Sequence[Statement]) -> None:
    """Neither a directive nor a jump from elsewhere divides the statements."""
    if not fetch.function.words.is_whole(span([fetch.statement, *held])):
        what = f"'{fetch.variable}'" if fetch.form != "nested" else "the object"
        raise Undecided(f"preprocessor directives stand where {what} is used: take a strong reference by hand")
    is_not_entered(fetch.function, held)


def _is_simple(fetch: Fetch, others: Sequence[int]) -> None:
    """The variable is a local pointer to an object, and all that it is ever given is borrowed, or nothing."""
    function, variable = fetch.function, fetch.variable
    local = function.local(variable)
    if local is None or local.is_static or local.type.replace("*", " *").split() != ["PyObject", "*"]:
        raise Undecided(f"'{variable}' is not a plain local PyObject *: take a strong reference by hand")
    words, targets = function.words, _targets(fetch, others)
    for use in words.uses(function.body.words, variable):
        if words[use - 1].text == "&" and words[use - 2].kind == "punctuator" and words[use - 2].text != ")":
            raise Undecided(f"the address of '{variable}' is taken: take a strong reference by hand")
        if use not in targets and words[use + 1].text == "=" and use != local.word:
            _check_other_value(fetch, use)


def _targets(fetch: Fetch, others: Sequence[int]) -> set[int]:
    """The names to which the calls that are repaired together give what they fetch."""
    words, found = fetch.function.words, set[int]()
    for call in (fetch.call.first, *others):
        at = call
        while at > fetch.function.body.words.first and words[at].text not in {"=", ";", "{", "}"}:
            at -= 1
        if words[at].text == "=":
            found.add(at - 1)
    return found


def _check_other_value(fetch: Fetch, use: int) -> None:
    """Another value for the variable is none of this fetch's business if no use of this one comes after it."""
    words, function = fetch.function.words, fetch.function
    statement = function.statement_at(use)
    siblings = fetch.statement.siblings
    if words[use + 2].text in {"NULL", "0", "nullptr"} and use < fetch.call.first:
        return
    if statement is not None and statement in siblings and statement.words.first == use:
        return  # the object is followed up to there
    block = fetch.statement.parent
    inside = block is not None and block.words.first <= use < block.words.last
    if use < fetch.call.first and not inside and not any(one.kind == "loop" for one in fetch.statement.around()):
        return
    raise Undecided(
        f"'{fetch.variable}' also holds what is not borrowed: give each its own variable, or release it by hand"
    )


def _until_assigned(fetch: Fetch, rest: list[Statement], *, own: bool) -> list[Statement]:
    """Up to the statement that gives the variable something else."""
    words = fetch.function.words
    for index, statement in enumerate(rest):
        first = statement.words.first
        again = words[first].text == fetch.variable and words[first + 1].text == "="
        if again and not (own and index == 0):
            if words.uses(Range(first + 1, statement.words.last), fetch.variable):
                raise Undecided(f"'{fetch.variable}' is replaced by what is worked out from it: release it by hand")
            return rest[:index]
    _ends_here(fetch)
    return rest


def _ends_here(fetch: Fetch) -> None:
    """No use of the variable comes behind the block in which it was set, before it is set anew."""
    words, function, block = fetch.function.words, fetch.function, fetch.statement.parent
    end = block.words.last if block is not None and block.kind == "block" else fetch.statement.words.last
    later = words.uses(Range(end, function.body.words.last), fetch.variable)
    if (
        later
        and not (block is not None and always_leaves(block, words))
        and not _is_set_anew(function, fetch.statement, later[0])
    ):
        raise Undecided(f"'{fetch.variable}' is used behind the block in which it was set: release it by hand")
    if _is_used_next_round(function, fetch.statement, fetch.variable, fetch.statement.words.first):
        raise Undecided(f"'{fetch.variable}' is used in the next round of a loop: release it by hand")


def _counted_first(fetch: Fetch, rest: Sequence[Statement]) -> Statement | None:
    """``Py_INCREF(x);``, with nothing but tests before it."""
    words = fetch.function.words
    for statement in rest:
        first = statement.words.first
        if words[first].text in _COUNTED and words[first + 2].text == fetch.variable and statement.kind == "plain":
            return statement if words[first + 3].text == ")" else None
        uses = words.uses(statement.words, fetch.variable)
        tested = statement.kind == "if" and all(statement.head.first <= use < statement.head.last for use in uses)
        if uses and not (tested and not _called_with(fetch, uses)):
            return None
    return None


def _called_with(fetch: Fetch, uses: Sequence[int]) -> bool:
    words = fetch.function.words
    return any(
        words[use - 1].text in {"(", ","} and words[use - 2].kind == "name" and words[use - 2].text != "if"
        for use in uses
    )


def _stays(fetch: Fetch, rest: Sequence[Statement]) -> None:
    """No other name keeps the object without counting it."""
    if not rest:
        return
    words, variable = fetch.function.words, fetch.variable
    whole = span(rest)
    counted = any(
        words[at].text in _COUNTED | _NEW_REFERENCES and words[at + 2].text == variable
        for at in range(whole.first, whole.last)
    )
    for use in words.uses(whole, variable):
        if words[use - 2].text in _RELEASES and words[use - 1].text == "(" and not counted:
            raise Undecided(f"'{variable}' is released although it was borrowed: decide who owns it")
        stored = words[use - 1].text == "=" and words[use + 1].text in {";", ","}
        taken = words[use + 1].text == ")" and _callee(fetch, use) in _TAKES_REFERENCE
        if (stored or taken) and not counted:
            raise Undecided(f"'{variable}' is stored without a reference of its own: decide who owns it")


def _callee(fetch: Fetch, use: int) -> str:
    """The function that gets the variable as an argument."""
    words, at = fetch.function.words, use
    while at > fetch.function.body.words.first and words[at].text not in {";", "{", "}"}:
        at -= 1
        if words[at].text == ")":
            at = words[at].partner
        elif words[at].text == "(":
            return words[at - 1].text
    return ""


def up_to_last(
    function: WrittenFunction, rest: Sequence[Statement], names: list[str], call: Range | None = None
) -> tuple[list[Statement], tuple[Lent, ...]]:
    """The statements up to the last that needs what the names hold, or what was got from it and lives in it; and that.

    The first of them always belongs to it where ``call`` is given: a nested call, whose result has no name yet.

    Raises:
        Undecided: what lives in it is used further on.
    """
    words, lent, last = function.words, list[Lent](), -1
    for index, statement in enumerate(rest):
        nested = call is not None and statement.words.first <= call.first < statement.words.last
        if nested or any(words.uses(statement.words, name) for name in [*names, *(one.name for one in lent)]):
            last = index
            lent += lent_by(function, statement, [*names, *(one.name for one in lent)], call)
    _lent_ends(function, rest, lent)
    return list(rest[: last + 1]), tuple(lent)


def _lent_ends(function: WrittenFunction, rest: Sequence[Statement], lent: Sequence[Lent]) -> None:
    """What lives in the object is not used behind these statements, nor in the next round of a loop."""
    if not rest:
        return
    for one in lent:
        local = function.local(one.name)
        if local is None or local.is_static:
            raise Undecided(f"'{one.name}' points into the object and is no local variable: decide how long it lives")
        later = function.words.uses(Range(rest[-1].words.last, function.body.words.last), one.name)
        again = _is_used_next_round(function, rest[0], one.name, one.word)
        if (later and not _is_set_anew(function, rest[0], later[0])) or again:
            raise Undecided(f"'{one.name}' points into the object and is used later: decide how long the object lives")


def _is_set_anew(function: WrittenFunction, before: Statement, use: int) -> bool:
    """A use is an assignment that is always made once control has left the block of an earlier statement."""
    statement = function.statement_at(use)
    plain = statement is not None and statement.words.first == use and function.words[use + 1].text == "="
    return plain and statement is not None and statement.parent in list(before.around())


def _is_used_next_round(function: WrittenFunction, first: Statement, name: str, until: int) -> bool:
    """A loop that leads back to a statement uses the variable before a word, and does not declare it."""
    words, local = function.words, function.local(name)
    for loop in first.around():
        declared_inside = local is not None and loop.words.first < local.word
        if loop.kind == "loop" and not declared_inside:
            earlier = words.uses(Range(loop.words.first, until), name)
            if any(words[at + 1].text != "=" for at in earlier):
                return True
    return False


def is_not_entered(function: WrittenFunction, held: Sequence[Statement]) -> None:
    """No ``goto`` or ``case`` leads into the midst of consecutive statements.

    Raises:
        Undecided: one does.
    """
    if not held:
        return
    words, inside = function.words, span(held)
    named = labels(held, words)
    if any(words[one.words.first].text in {"case", "default"} for one in held if one.kind == "label"):
        raise Undecided("a case of the switch lies among the statements to be changed: change them by hand")
    for statement in function.body.within():
        outside = not inside.first <= statement.words.first < inside.last
        if statement.kind == "goto" and outside and words[statement.words.first + 1].text in named:
            raise Undecided("a goto leads into the midst of the statements to be changed: change them by hand")
