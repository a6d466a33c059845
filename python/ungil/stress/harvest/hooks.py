"""What the rewritten tests call before and after each operation: returns what it is given, and never raises."""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Concatenate, Final

from ungil.stress.harvest.corpus import Call
from ungil.stress.harvest.interest import First, Interest, Wish
from ungil.stress.harvest.opened import Kept, Opened, Seen
from ungil.stress.harvest.recorder import Recorder

__all__ = ["Hooks"]

_WITHOUT_RESULT: Final = frozenset({"contains", "delattr", "delitem", "setattr", "setitem"})
_OF_BUILTINS: Final = frozenset({"delattr", "getattr", "setattr"})
_NO_REFLECTION: Final = frozenset({*_OF_BUILTINS, "contains", "delitem", "getitem"})
_ITERATE: Final = Call("function", "ungil.stress.harvest.calls:iterate")
_ENTER: Final = Call("function", "ungil.stress.harvest.calls:enter_and_exit")


type _Given = list[tuple[str | None, object]]


def _unseen[**P](hook: Callable[Concatenate[Hooks, P], None]) -> Callable[Concatenate[Hooks, P], None]:
    """What goes wrong in the harvest must not go wrong in the tests."""

    @functools.wraps(hook)
    def run(self: Hooks, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.off:
            return
        try:
            hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - including a RecursionError, which the test is about to see itself
            if not isinstance(error, RecursionError):
                self.failures.append(f"{type(error).__name__}: {error}")

    return run


class Hooks:
    """The hooks of one process. For any number of threads.

    Attributes:
        failures: defects of the harvest itself.
        off: this is a fork of the process that is harvested: its locks may be held by threads that are not there.
    """

    slice = builtins.slice

    def __init__(self, recorder: Recorder) -> None:
        self.failures: list[str] = []
        self.off = False
        self.opened = Opened()
        self._recorder = recorder
        self._target = recorder.target
        self._interest = Interest(recorder.target)
        self._looks = recorder.looks

    # ---- What the tests call. The parameters are positional, so as not to be in the way of keywords.

    def calling(self, site: int, count: int, function: Any, /, *args: object, **kwargs: object) -> Any:  # noqa: ANN401
        """Before a call, with all arguments, or with none and ``count`` more to come."""
        if self._looks[site] > 0:
            self._looks[site] -= 1
            self._calling(sys._getframe(1), site, count, function, args, kwargs)  # noqa: SLF001 - the frame tells
        return function

    def argument(self, site: int, value: Any, word: str | None = None, /, *known: object) -> Any:  # noqa: ANN401
        """An argument was evaluated; ``known`` are those after it."""
        if self._looks[site] > 0 and self.opened:
            self._arguments(sys._getframe(1), site, [(word, value), *((None, other) for other in known)])  # noqa: SLF001
        return value

    def starred(self, site: int, values: Any, /) -> Any:  # noqa: ANN401
        """``*values`` was evaluated, among the arguments."""
        if self._looks[site] > 0 and self.opened:
            given: _Given | None = [(None, value) for value in values] if type(values) in {list, tuple} else None
            self._arguments(sys._getframe(1), site, given)  # noqa: SLF001
        return values

    def mapping(self, site: int, values: Any, /) -> Any:  # noqa: ANN401
        """``**values`` was evaluated, among the arguments."""
        if self._looks[site] > 0 and self.opened:
            self._arguments(sys._getframe(1), site, list(values.items()) if type(values) is dict else None)  # noqa: SLF001
        return values

    def result(self, site: int, value: Any, /) -> Any:  # noqa: ANN401
        """The operation came to an end."""
        if self._looks[site] > 0 and self.opened:
            self._result(sys._getframe(1), site, value)  # noqa: SLF001
        return value

    def operand(self, site: int, count: int, name: str, value: Any, /, *known: object) -> Any:  # noqa: ANN401
        """Before an operation on ``value``, with the other operands, or with ``count`` more to come."""
        if self._looks[site] > 0:
            self._looks[site] -= 1
            self._operand(sys._getframe(1), site, count, name, (value, *known))  # noqa: SLF001
        return value

    def kept(self, site: int, value: Any, /) -> Any:  # noqa: ANN401
        """A value was evaluated that the next ``operand`` of this place needs."""
        if self._looks[site] > 0:
            self.opened.push(sys._getframe(1), Kept(site, value))  # noqa: SLF001
        return value

    def augmented(self, site: int, name: str, before: object, value: Any, /) -> Any:  # noqa: ANN401
        """Before ``before += value``."""
        if self._looks[site] > 0:
            self._looks[site] -= 1
            self._whole(site, before, Call("function", f"operator:{name}"), value)
        return value

    def iterated(self, site: int, value: Any, /) -> Any:  # noqa: ANN401
        """Before a loop over ``value``."""
        if self._looks[site] > 0:
            self._looks[site] -= 1
            self._whole(site, value, _ITERATE)
        return value

    def entered(self, site: int, value: Any, /) -> Any:  # noqa: ANN401
        """Before ``with value``."""
        if self._looks[site] > 0:
            self._looks[site] -= 1
            self._whole(site, value, _ENTER)
        return value

    # ---- What they stand for

    @_unseen
    def _calling(  # noqa: PLR0913, PLR0917 - a step of one caller
        self, frame: FrameType, site: int, count: int, function: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        wish = self._interest.of(function)
        if wish is None:
            if self.opened:
                self.opened.take(frame, site)
            return
        seen = Seen(site, wish, self._recorder.lives.of(wish.subject), count)
        self.opened.push(frame, seen)
        for arg in args:
            self._add(seen, arg)
        for word, arg in kwargs.items():
            self._add(seen, arg, word)
        if not count:
            self._recorder.complete(seen)

    @_unseen
    def _arguments(self, frame: FrameType, site: int, given: _Given | None) -> None:
        seen = self.opened.find(frame, site)
        if not isinstance(seen, Seen):
            return
        if given is None:
            seen.why = seen.why or "arguments from an iterator"
        for word, value in given or ():
            self._add(seen, value, word)
        seen.missing -= 1
        if not seen.missing:
            self._recorder.complete(seen)

    @_unseen
    def _result(self, frame: FrameType, site: int, value: object) -> None:
        seen = self.opened.take(frame, site)
        if isinstance(seen, Seen):
            self._recorder.result(seen, value)

    @_unseen
    def _operand(self, frame: FrameType, site: int, count: int, name: str, operands: tuple[object, ...]) -> None:
        kept = self.opened.take(frame, site) if self.opened else None
        if isinstance(kept, Kept):
            operands = (*operands, kept.value)
        wish = self._operator(name, operands)
        if wish is None:
            return
        seen = Seen(site, wish, self._recorder.lives.of(wish.subject), count)
        seen.reverse = bool(count) and isinstance(kept, Kept)
        for place, operand in enumerate(operands):
            if place != wish.call.place:
                self._recorder.add(seen, operand)
        if count or name not in _WITHOUT_RESULT:
            self.opened.push(frame, seen)
        if not count:
            self._recorder.complete(seen)

    @_unseen
    def _whole(self, site: int, subject: object, call: Call, *args: object) -> None:
        """An operation of which everything is known at once, and of which no result will be told."""
        owner = self._target.owner_of(subject)
        if owner is None:
            return
        seen = Seen(site, Wish(owner.name, call), self._recorder.lives.of(subject))
        for arg in args:
            self._recorder.add(seen, arg)
        self._recorder.complete(seen)

    def _operator(self, name: str, operands: tuple[object, ...]) -> Wish | None:
        """What an operator is to be written down as; its subject may be the right operand."""
        call = Call("function", f"{'builtins' if name in _OF_BUILTINS else 'operator'}:{name}")
        subject, *others = operands
        if owner := self._target.owner_of(subject):
            if name == "getattr" and not _is_data(type(subject), str(others[0])):
                return None
            return Wish(owner.name, call, subject=subject)
        if len(others) == 1 and name not in _NO_REFLECTION and (owner := self._target.owner_of(others[0])):
            return Wish(owner.name, call._replace(place=1), subject=others[0])
        return None

    def _add(self, seen: Seen, value: object, word: str | None = None) -> None:
        """The next argument, which may say what the call is."""
        first, seen.first = seen.first, First.ARGUMENT
        owner = None if first is First.ARGUMENT or word else self._target.owner_of(value)
        if first is First.IGNORED:
            seen.first = First.CALLED
        elif first is First.CALLED:
            self._relay(seen, value)
        elif owner is not None:
            how = seen.call._replace(how="method" if first is First.RECEIVER else "function", place=len(seen.args))
            seen.of_subject(owner.name, how, self._recorder.lives.of(value))
        elif first is First.SUBJECT and seen.call.name.startswith("operator:") and not seen.args:
            self._recorder.add(seen, value)
            seen.first = First.RIGHT
        elif first in {First.SUBJECT, First.RECEIVER, First.RIGHT}:
            seen.off = True
        else:
            self._recorder.add(seen, value, word)

    def _relay(self, seen: Seen, function: object) -> None:
        wish = self._interest.of(function)
        if wish is None:
            seen.off = True
        else:
            seen.become(wish, self._recorder.lives.of(wish.subject))
            seen.relayed = True


def _is_data(kind: type, name: str) -> bool:
    """Whether reading the attribute reads something, rather than binding a method."""
    found = next((vars(base)[name] for base in type.mro(kind) if name in vars(base)), None)
    return hasattr(type(found), "__set__")
