"""Can another thread reach an object? Only what a function made and has not handed out is known to be private."""

from __future__ import annotations

from ungil import capi
from ungil.facts.model import Call, Lock, Value

__all__ = ["held_by_lock", "is_private", "runs_alone"]

_KEYWORD_NAMES = frozenset({"kw", "kwds", "kwargs", "kwargs_dict", "keywds"})
_KEYWORDS_PARAMETER = 2  # of PyCFunctionWithKeywords, tp_new, tp_init and tp_call


def is_private(value: Value, call: Call) -> bool:
    """Is the object in ``value`` one that no other thread can reach when ``call`` is made?

    True for an object that the function itself made and has not handed out or stored before the call, and for the
    dict of keyword arguments, which the interpreter makes anew for each call.
    """
    if value.origin == "result":
        return capi.lookup(value.name).fresh
    if value.origin == "parameter":
        return _is_keywords(value, call)
    if value.origin != "local" or value.stored or not value.producers:
        return False
    made_here = all(capi.lookup(producer).fresh for producer in value.producers)
    published = any(argument in capi.lookup(callee).publishes for callee, argument, _ in value.handed)
    return made_here and not published


def _is_keywords(value: Value, call: Call) -> bool:
    by_role = call.function.takes_keywords and value.parameter == _KEYWORDS_PARAMETER
    return by_role or value.name in _KEYWORD_NAMES


def runs_alone(call: Call) -> bool:
    """Does ``call`` run where no second thread can be: while the module is initialised?"""
    return call.function.only_initialises


def held_by_lock(value: Value, call: Call) -> bool:
    """Is ``call`` made while the object in ``value`` is locked?

    A critical section on that very object counts, and for a field one on the object that holds it. So does any mutex:
    which mutex guards which object cannot be told from one place, and a function that takes one has thought about it.
    """
    return any(not lock.is_critical_section or _covers(lock, value) for lock in call.locks)


def _covers(lock: Lock, value: Value) -> bool:
    owner = value.object.removesuffix(value.name).rstrip("->.") if value.origin == "field" else value.object
    return any(operand.object in {value.object, owner, owner.strip("()")} for operand in lock.operands)
