"""Can another thread reach an object? Only what a function made and has not handed out is known to be private."""

from __future__ import annotations

from collections.abc import Callable

from ungil import capi
from ungil.facts.model import Call, Function, Lock, Value

__all__ = ["is_locked", "is_private", "runs_alone"]

_KEYWORD_NAMES = frozenset({"kw", "kwds", "kwargs", "kwargs_dict", "keywds"})
_KEYWORDS_PARAMETER = 2  # of PyCFunctionWithKeywords, tp_new, tp_init and tp_call
_DEPTH = 3  # of calls that are followed, up to callers or down to helpers


def runs_alone(call: Call) -> bool:
    """Does ``call`` run where no second thread can be: while the module is initialised?"""
    return call.function.only_initialises


def is_private(value: Value, function: Function, depth: int = _DEPTH) -> bool:
    """Is the object in ``value``, an expression of ``function``, one that no other thread can reach there?

    True for an object that the function itself made, or had made by a helper, and has not handed out or stored before;
    for an argument that is private in every caller; and for the dict of keyword arguments, which the interpreter makes
    anew for each call.
    """
    if value.origin == "result":
        return _is_fresh(value.name, function, depth)
    if value.origin == "parameter":
        return _is_keywords(value, function) or _in_every_caller(_private_at, value, function, depth)
    if value.origin != "local" or value.stored or not value.producers:
        return False
    made_here = all(_is_fresh(producer, function, depth) for producer in value.producers)
    published = any(argument in capi.lookup(callee).publishes for callee, argument, _ in value.handed)
    return made_here and not published


def _is_fresh(callee: str, function: Function, depth: int) -> bool:
    """Does a call to ``callee`` return an object that nobody else has: one of the C API, or a helper of the project?"""
    if capi.lookup(callee).fresh:
        return True
    helpers = function.resolve(callee) if callee and depth else []
    return bool(helpers) and all(_returns_fresh(helper, depth - 1) for helper in helpers)


def _returns_fresh(helper: Function, depth: int) -> bool:
    returned = helper.returns
    made_there = (value.origin != "parameter" and is_private(value, helper, depth) for value in returned)
    return bool(returned) and all(made_there)


def _is_keywords(value: Value, function: Function) -> bool:
    by_role = function.takes_keywords and value.parameter == _KEYWORDS_PARAMETER
    return by_role or value.name in _KEYWORD_NAMES


def is_locked(value: Value, call: Call) -> bool:
    """Is ``call`` made while the object in ``value`` is locked, by its own function or by every caller of that?

    A critical section on that very object counts, and for a field one on the object that holds it. So does any mutex:
    which mutex guards which object cannot be told from one place, and a function that takes one has thought about it.
    """
    return _locked_at(value, call, _DEPTH)


def _covers(lock: Lock, value: Value) -> bool:
    owner = value.object.removesuffix(value.name).rstrip("->.") if value.origin == "field" else value.object
    return any(operand.object in {value.object, owner, owner.strip("()")} for operand in lock.operands)


type _Holds = Callable[[Value, Call, int], bool]


def _private_at(argument: Value, call: Call, depth: int) -> bool:
    return is_private(argument, call.function, depth)


def _locked_at(value: Value, call: Call, depth: int) -> bool:
    locked_here = any(not lock.is_critical_section or _covers(lock, value) for lock in call.locks)
    return locked_here or _in_every_caller(_locked_at, value, call.function, depth)


def _in_every_caller(holds: _Holds, value: Value, function: Function, depth: int) -> bool:
    """Does something hold for the argument behind ``value`` at every call of ``function``, all of which are known?"""
    if value.parameter < 0 or depth == 0 or not (function.is_static and function.is_called_only):
        return False
    given = [(call.arguments[value.parameter : value.parameter + 1], call) for call in function.callers]
    return bool(given) and all(argument and holds(argument[0], call, depth - 1) for argument, call in given)
