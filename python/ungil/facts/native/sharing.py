"""Can another thread reach an object? Only what a function made and has not handed out is known to be private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ungil import capi
from ungil.facts.model import Call, Facts, Function, Lock, Member, Value
from ungil.facts.native.containers import Containers, runs_alone

__all__ = ["Place", "Sharing", "covers", "runs_alone"]

_KEYWORD_NAMES = frozenset({"kw", "kwds", "kwargs", "kwargs_dict", "keywds"})
_KEYWORDS_PARAMETER = 2  # of PyCFunctionWithKeywords, tp_new, tp_init and tp_call
_MOST_CALLERS = 64  # a helper with more is used in too many ways for all to be told
_DEPTH = 8  # of calls that are followed, up to callers or down to helpers

type Place = Call | Member  # where something is done with an object: it knows its function and the locks held
type _Question = tuple[tuple[int, int], int]


@dataclass(slots=True)
class _EveryCall:
    """Does something hold of an argument at every call of a helper?

    A helper that calls itself does not stand in its own way: what is still being asked counts as yes, and answers that
    rest on it are kept only when it turns out so. Helpers that nobody but each other calls prove nothing.
    """

    holds: Callable[[Value, Place, int], bool]
    _known: dict[_Question, bool] = field(default_factory=dict)
    _asked: set[_Question] = field(default_factory=set)
    _likely: list[_Question] = field(default_factory=list)
    _proofs: int = 0  # calls at which it holds, whatever the answer to what is still being asked
    _assumptions: int = 0

    def ask(self, function: Function, parameter: int, depth: int) -> bool:
        question = (function.key, parameter)
        if question in self._known:
            return self._known[question]
        if question in self._asked or question in self._likely:
            self._assumptions += 1
            return True
        if not self._asked:
            self._proofs = 0
        self._asked.add(question)
        before = len(self._likely)
        answer = depth > 0 and self._at_every_call(function, parameter, depth - 1)
        self._asked.remove(question)
        return self._note(question, before, answer=answer and (self._proofs > 0 or bool(self._asked)))

    def _note(self, question: _Question, before: int, *, answer: bool) -> bool:
        if answer:
            self._likely.append(question)
        else:
            del self._likely[before:]
            self._known[question] = False
        if not self._asked:
            self._known.update(dict.fromkeys(self._likely, True))
            self._likely.clear()
        return answer

    def _at_every_call(self, function: Function, parameter: int, depth: int) -> bool:
        if not (function.is_static and function.is_called_only):
            return False
        calls = function.callers
        if not 0 < len(calls) <= _MOST_CALLERS:
            return False
        given = [(call.arguments[parameter : parameter + 1], call) for call in calls]
        return all(bool(argument) and self._holds(argument[0], call, depth) for argument, call in given)

    def _holds(self, argument: Value, call: Place, depth: int) -> bool:
        before = self._assumptions
        answer = self.holds(argument, call, depth)
        self._proofs += answer and self._assumptions == before
        return answer


class Sharing:
    """Who else can reach an object, asked of one project.

    Answers about helpers and parameters are kept, so that each is worked out once however many places ask. One instance
    serves one thread.
    """

    def __init__(self, facts: Facts) -> None:
        self.containers = facts.once(Containers)
        self._fresh: dict[tuple[int, int], bool] = {}
        self._filled_here: dict[str, bool] = {}
        self._guarded = _EveryCall(self._is_guarded)
        self._in_frame = _EveryCall(self._is_in_frame)

    def is_guarded(self, value: Value, call: Place) -> bool:
        """Is the object in ``value`` out of every other thread's reach, or locked, when ``call`` is made?

        Out of reach is an object that the function made, or had made by a helper, and has not handed out or stored
        before, the same in a struct of a caller's frame, and the dict of keyword arguments, which the interpreter makes
        anew for each call. A critical section on
        that very object is a lock, and for a field one on the object that holds it. So is any mutex: which mutex guards
        which object cannot be told from one place, and a function that takes one has thought about it; so has one
        that every caller enters with a mutex, or whose name says that it is entered locked. An argument is guarded,
        and so is a field of one, if the argument is at every call of the function.
        """
        return self._is_guarded(value, call, _DEPTH)

    def _is_guarded(self, value: Value, call: Place, depth: int) -> bool:
        if any(not lock.is_critical_section or covers(lock, value) for lock in call.locks):
            return True
        if call.function.is_called_under_mutex or call.function.says_locked:
            return True
        if self._is_private(value, call.function, depth) or self._by_every_caller(value, call.function, depth):
            return True
        direct = value.origin == "field" and _owner(value).strip("()").isidentifier()
        return direct and self._is_filled_here(value.name) and self._is_in_frame(value, call, depth)

    def _is_in_frame(self, value: Value, call: Place, depth: int) -> bool:
        """Is the struct that ``value`` points to or is part of in the frame of this function, or of every caller?"""
        return value.on_stack or (value.parameter >= 0 and self._in_frame.ask(call.function, value.parameter, depth))

    def _is_filled_here(self, name: str) -> bool:
        """Do fields of that name only ever get objects that the project has just made?"""
        if name not in self._filled_here:
            stores = [store for store in self.containers.stores(name) if not store.is_null]
            made = (
                self._is_fresh(way, store.function, _DEPTH) for store in stores for way in store.value.reached or [""]
            )
            self._filled_here[name] = bool(stores) and all(made)
        return self._filled_here[name]

    def _is_private(self, value: Value, function: Function, depth: int) -> bool:
        if value.origin == "result":
            return self._is_fresh(value.name, function, depth)
        if value.stored or _is_published(value):
            return False
        if value.origin == "parameter":
            return not value.producers and _is_keywords(value, function)
        made_here = value.origin == "local" and bool(value.producers)
        return made_here and all(self._is_fresh(producer, function, depth) for producer in value.producers)

    def _is_fresh(self, callee: str, function: Function, depth: int) -> bool:
        """Does a call to ``callee`` return an object that nobody else has: of the C API, or a helper of the project?"""
        if capi.lookup(callee).fresh:
            return True
        helpers = function.resolve(callee) if callee and depth else []
        return bool(helpers) and all(self._returns_fresh(helper, depth - 1) for helper in helpers)

    def _returns_fresh(self, helper: Function, depth: int) -> bool:
        if helper.key not in self._fresh:
            self._fresh[helper.key] = False  # what a recursive helper returns is not known
            returned = helper.returns
            private = (v.origin != "parameter" and self._is_private(v, helper, depth) for v in returned)
            self._fresh[helper.key] = bool(returned) and all(private)
        return self._fresh[helper.key]

    def _by_every_caller(self, value: Value, function: Function, depth: int) -> bool:
        """Is the parameter that ``value`` is, or is a field of, guarded at every call of the function?"""
        reassigned = value.origin == "parameter" and (value.producers or value.stored or _is_published(value))
        if value.parameter < 0 or reassigned or not _owner(value).strip("()").isidentifier() or not depth:
            return False
        return self._guarded.ask(function, value.parameter, depth)


def _is_published(value: Value) -> bool:
    return any(argument in capi.lookup(callee).publishes for callee, argument, _ in value.handed)


def _is_keywords(value: Value, function: Function) -> bool:
    by_role = function.takes_keywords and value.parameter == _KEYWORDS_PARAMETER
    return by_role or value.name in _KEYWORD_NAMES


def _owner(value: Value) -> str:
    """The object that holds a field, or the object itself."""
    return value.object.removesuffix(value.name).rstrip("->.") if value.origin == "field" else value.object


def covers(lock: Lock, value: Value) -> bool:
    """Is the object in ``value``, or the one that holds it, what a critical section locks, or may a macro hide it?"""
    covered = {value.object, _owner(value), _owner(value).strip("()")}
    operands = lock.operands
    hidden = not operands and (not lock.name or lock.name.startswith("_"))  # a variable of the macro's own
    return hidden or lock.name in covered or any(operand.object in covered for operand in operands)
