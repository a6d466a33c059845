"""``if (cache == NULL) { ... }``: what fills a static variable on first use, and whether it may be done elsewhere."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from ungil.facts.model import Access, Function, Role
from ungil.facts.native.statics import SharedStatic, holds_object, is_write, places
from ungil.fixer import Site, Undecided
from ungil.rewrite.conditions import null_test
from ungil.syntax.flow import always_leaves, exits
from ungil.syntax.functions import Local, WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

__all__ = ["FirstUse", "first_use"]

_DEPTH = 3  # of calls that are followed
_CALLS = re.compile(
    r"Py(?:Unicode|Bytes|ByteArray|Long|Float|Complex|Tuple|List|Dict|Set|FrozenSet|Object|Number|Sequence|Mapping|Slice"
    r"|Capsule|Mem|Err)_\w+|Py_(?:X?INCREF|X?DECREF|X?NewRef|CLEAR|BuildValue)|PyImport_ImportModule|_Py_cast"
    r"|(?:m|c|re)alloc|free|mem(?:set|cpy|cmp|move)|str\w+|is\w+|to(?:upper|lower)|f?abs|sqrt|pow|exp|log|sin|cos|tan"
    r"|sizeof|assert"
)
_IMPORTS = {"PyImport_ImportModule"}
_KEYWORDS = {
    *("if", "else", "for", "while", "do", "switch", "case", "default", "break", "continue", "return", "goto", "sizeof"),
    *("const", "unsigned", "signed", "int", "long", "char", "short", "double", "float", "void", "struct", "static"),
    *("size_t", "true", "false", "nullptr", "auto", "bool"),
}
_STANDARD_NAME = re.compile(r"_?Py\w*|[A-Z_][A-Z0-9_]*|u?int\d+_t")


@dataclass(frozen=True, slots=True)
class FirstUse:
    """What fills one variable, or a flag and what it announces.

    Attributes:
        function: where it stands.
        statement: the ``if``.
        name: of the variable that is tested.
        is_object: it is a pointer to a Python object, which is NULL where it could not be made.
        is_checked: the function is left in the end if the variable is NULL still.
        moved: the locals of the function that only this uses.
        failures: the words of the results by which the function is left.
    """

    function: WrittenFunction
    statement: Statement
    name: str
    is_object: bool
    is_checked: bool
    moved: tuple[Local, ...]
    failures: tuple[Range, ...]


def first_use(site: Site) -> tuple[FirstUse, SharedStatic]:
    """What a finding of lazily-filled-static is about.

    Raises:
        Undecided: it is not such a statement, or needs what is not there while the module is initialised.
    """
    test, filled = _concerned(site)
    tested = next((one for one in filled if any(_same(test, access) for access in one.accesses)), filled[0])
    name = tested.variable.name
    function, statement = _statement(site, test, name)
    announced = [one for one in site.facts.shared_statics if one.role is Role.LAZY and not one.places]
    filled += [one for one in announced if _names(function, statement) >= {one.variable.name}]
    for static in filled:
        _is_filled_here(static, function, statement)
    if any(_only_initialises(access.function) for static in filled for access in static.variable.accesses):
        raise Undecided(f"'{name}' is used while the module is initialised: fill it before that")
    until = Range(function.body.words.first, statement.words.last)
    if function.words.hides(function.body.words, name) or not function.words.is_whole(until):
        raise Undecided(f"preprocessor directives stand where '{name}' is filled: {_ADVICE}")
    moved = _needs(site, function, statement, {static.variable.name for static in filled})
    failures = tuple(_failures(function, statement, name))
    is_object = holds_object(tested.variable)
    if failures and not (is_object or function.returns == "PyObject *"):
        raise Undecided(f"{function.name}() fails without an exception where '{name}' cannot be filled: {_ADVICE}")
    is_checked = _is_checked(function, statement, name)
    return FirstUse(function, statement, name, is_object, is_checked, tuple(moved), failures), tested


_ADVICE = "fill it while the module is initialised, or guard test and store by one lock"


def _concerned(site: Site) -> tuple[Access, list[SharedStatic]]:
    """The test and the variables of the finding, as the rule puts them together."""
    where = site.finding.location
    for test, filled in places(site.facts.shared_statics, Role.LAZY):
        variable = filled[0].variable
        is_local = variable.is_local and test.given_by is None
        path = variable.file.path if is_local else test.function.file.path
        span = variable.span if is_local else test.span
        if (path, span.line, span.column) == (where.path, where.line, where.column):
            return test, filled
    raise Undecided(f"which variable is meant cannot be told: {_ADVICE}")


def _same(one: Access, other: Access) -> bool:
    return (one.function.key, one.span.line, one.span.column) == (
        other.function.key,
        other.span.line,
        other.span.column,
    )


def _statement(site: Site, test: Access, name: str) -> tuple[WrittenFunction, Statement]:
    """The ``if`` that is left out once the variable is filled."""
    offset = site.unit.text.offset(test.span.line, test.span.column)
    function = site.unit.function_at(offset)
    statement = function.statement_at(site.unit.words.at(offset)) if function is not None else None
    simple = statement is not None and statement.kind == "if" and len(statement.parts) == 1
    if function is None or statement is None or not simple or test.given_by is not None:
        raise Undecided(f"how '{name}' is filled could not be read: {_ADVICE}")
    words = site.unit.words
    if null_test(words.source(statement.head), name) is not True or "=" in _texts(words, statement.head):
        raise Undecided(f"more than '{name}' is tested where it is filled: {_ADVICE}")
    if function.facts.scope or statement.is_bare:
        raise Undecided(f"'{name}' is filled inside something else: {_ADVICE}")
    return function, statement


def _texts(words: Words, some: Range) -> list[str]:
    return [words[at].text for at in range(some.first, some.last)]


def _only_initialises(function: Function, depth: int = _DEPTH) -> bool:
    """It does nothing else, or is also called by one that does."""
    called = any(_only_initialises(call.function, depth - 1) for call in function.callers) if depth else False
    return function.only_initialises or called


def _names(function: WrittenFunction, statement: Statement) -> set[str]:
    return set(_texts(function.words, statement.words))


def _is_filled_here(static: SharedStatic, function: WrittenFunction, statement: Statement) -> None:
    """Nothing else sets the variable while the module is in use."""
    words, name = function.words, static.variable.name
    inside = range(statement.words.first, statement.words.last)
    for access in static.variable.accesses:
        here = access.function.key == function.facts.key
        at = words.at(words.text.offset(access.span.line, access.span.column)) if here else -1
        changes = is_write(access) or access.kind == "address"
        if (changes and not access.runs_alone and at not in inside) or access.given_by is not None:
            raise Undecided(f"'{name}' is also set in {access.function.name}(): guard every use by one lock")


def _failures(function: WrittenFunction, statement: Statement, name: str) -> list[Range]:
    """The results of the ``return`` statements in it, each of which says that it failed."""
    words, found = function.words, []
    good = {"-1"} if function.returns == "int" else {"NULL", "nullptr", "0"} if "*" in function.returns else set()
    for leaving in exits([statement], words):
        result = Range(leaving.words.first + 1, leaving.words.last - 1)
        if leaving.kind != "return" or words.source(result) not in good:
            raise Undecided(f"{function.name}() is left in another way where '{name}' cannot be filled: {_ADVICE}")
        found.append(result)
    return found


def _is_checked(function: WrittenFunction, statement: Statement, name: str) -> bool:
    last = statement.parts[0].parts[-1:] if statement.parts[0].kind == "block" else []
    return any(
        one.kind == "if"
        and len(one.parts) == 1
        and null_test(function.words.source(one.head), name) is True
        and always_leaves(one.parts[0], function.words)
        for one in last
    )


def _needs(site: Site, function: WrittenFunction, statement: Statement, filled: set[str]) -> list[Local]:
    """Nothing in it needs what is not there while the module is initialised. Returns the locals that go with it."""
    words, moved = function.words, dict[str, Local]()
    for call in function.facts.calls:
        at = words.at(words.text.offset(call.span.line, call.span.column))
        if statement.words.first <= at < statement.words.last:
            _may_run(site, call.function, call.name, _DEPTH)
            if call.name in _IMPORTS and not _is_standard(call.arguments[0].text if call.arguments else ""):
                raise Undecided(f"{call.arguments[0].text} would be imported while this module is: is that in order?")
    for at in range(statement.words.first, statement.words.last):
        word = words[at]
        named = word.kind == "name" and words[at - 1].text not in {".", "->", "goto"} and words[at + 1].text != "("
        if not named or word.text in filled | _KEYWORDS or words[at + 1].text == ":":
            continue
        local = function.local(word.text)
        if local is not None and local.statement.words.first not in range(*statement.words):
            moved[word.text] = _may_move(function, statement, word.text, local)
        elif local is None and not _is_known(site, function, statement, at):
            raise Undecided(f"'{word.text}' may not be there while the module is initialised: {_ADVICE}")
    return list(moved.values())


def _may_run(site: Site, caller: Function, name: str, depth: int) -> None:
    """A call that needs nothing but its arguments: of the C API, the C library, or a function made of such."""
    macro = next((body for file in site.facts.files if (body := file.macro(name)) is not None), None)
    if macro is not None and {"return", "goto"} & set(macro):
        raise Undecided(f"{name}() may leave the function: {_ADVICE}")
    found = caller.resolve(name)
    known = _CALLS.fullmatch(name) or (macro and all(_CALLS.fullmatch(part) for part in macro))
    if known and not found and name != "PyErr_Clear":
        return
    touched = {access.function.key for static in site.facts.shared_statics for access in static.accesses}
    if len(found) != 1 or depth == 0 or found[0].key in touched:
        raise Undecided(f"{name}() may need what is not there while the module is initialised: {_ADVICE}")
    for call in found[0].calls:
        _may_run(site, found[0], call.name, depth - 1)


def _is_standard(text: str) -> bool:
    """The name of a module that can be imported at any time, since it is of the standard library."""
    return text[:1] == '"' and text.strip('"').partition(".")[0] in sys.stdlib_module_names


def _may_move(function: WrittenFunction, statement: Statement, name: str, local: Local) -> Local:
    words = function.words
    uses = words.uses(function.body.words, name)
    outside = [at for at in uses if at != local.word and at not in range(*statement.words)]
    value = words[local.word + 2].text if local.has_initializer else "NULL"
    if outside or not local.is_alone or local.is_static or value not in {"NULL", "0", "nullptr"}:
        raise Undecided(f"'{name}' of {function.name}() is needed to fill it: {_ADVICE}")
    return local


def _is_known(site: Site, function: WrittenFunction, statement: Statement, at: int) -> bool:
    """A name of the C API, a constant, a type, or a variable of the project that never changes."""
    words, name = function.words, function.words[at].text
    if any(one.name == name for one in function.parameters):
        return False
    declared = [one for file in site.facts.files for one in file.variables if one.name == name and not one.is_local]
    if declared:
        return all(one.is_const or "const" in one.declaration.split() for one in declared)
    is_type = words[at + 1].kind == "name" or (words[at + 1].text == "*" and words[at - 1].text in {"{", ";", "}", "("})
    own = any(
        words[use - 1].text in {"*", "int", "long", "char", "size_t", "Py_ssize_t", "double", "unsigned"}
        for use in words.uses(statement.words, name)[:1]
    )
    return _STANDARD_NAME.fullmatch(name) is not None or is_type or own
