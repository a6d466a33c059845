"""What is hammered: how an object is made, what is done to it, and what can be seen of it.

A model is written by a user, harvested from a test suite, or put together from signatures; what runs it sees no
difference.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from itertools import permutations
from operator import methodcaller
from typing import Any, Final

__all__ = ["SUBJECT", "Bound", "Contract", "Model", "Operation", "Scenario", "Written", "operation"]

type Bound = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
"""A call that is ready to be made: of what, with which arguments."""

_IMMUTABLE = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis), range, type)


class _Subject(Enum):
    SUBJECT = "the subject itself"

    def __repr__(self) -> str:
        return "SUBJECT"


SUBJECT: Final = _Subject.SUBJECT
"""Stands among the arguments of an operation for the object that it is done to: ``("extend", SUBJECT)``."""


class Contract(StrEnum):
    """What the documentation of a class promises to threads."""

    ANY = "any"  # any calls at the same time, each as a whole
    READERS = "readers"  # calls that change nothing at the same time; who changes needs a lock around all


@dataclass(frozen=True, slots=True)
class Written:
    """Python source for what a model does, for scripts that have nothing else.

    Attributes:
        text: the source; empty if there is none.
        imports: the modules that it needs.
        data: pickles that are too long to be read, by the names by which the source finds them in ``DATA``.
        file: a Python file that has to be run before, and whose names the source finds in ``FILE``.
        why_not: why there is no source.
    """

    text: str = ""
    imports: frozenset[str] = frozenset()
    data: Mapping[str, bytes] = field(default_factory=dict)
    file: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One call on a subject. Two that look alike are two: their arguments may differ in what cannot be compared.

    Attributes:
        name: what reports and ``relaxed`` call it: ``append``.
        target: the name of a method, or a function whose first argument is the subject.
        args, kwargs: of the call. What can change is copied for each run, so that no run sees what another left.
        alone: a function that is called without the subject: one of the module.
        source: where it comes from, for the report: ``model``, ``harvest tests/test_map.py:12``, ``signature``.
        fresh: makes the arguments of a run, where copying them would not do.
        part: which object of a subject that is a tuple of objects it is done to: a container, or its iterator.
        written: the call as an expression on ``subject``, once ``ungil.stress.hammer.models.written`` has found one.
    """

    name: str
    target: str | Callable[..., object]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    source: str = "model"
    fresh: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]] | None = None
    part: int | None = None
    written: Written | None = None
    _as_they_are: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        """Look once whether the arguments can change: binding is done before each run."""
        object.__setattr__(self, "_as_they_are", _immutable(self.args) and not self.kwargs)

    def bind(self, subject: object) -> Bound:
        """The call on this subject, arguments of its own included.

        Raises:
            AttributeError: the subject has no such method.
        """
        args, kwargs = self._arguments()
        if self.part is not None:
            subject = subject[self.part]  # type: ignore[index]
        if any(value is SUBJECT for value in args):
            args = tuple(subject if value is SUBJECT else value for value in args)
        if isinstance(self.target, str):
            if not hasattr(type(subject), self.target):
                getattr(subject, self.target)
            return methodcaller(self.target, *args, **kwargs), (subject,), {}  # looked up when it is called
        return (self.target, args, kwargs) if self.alone else (self.target, (subject, *args), kwargs)

    def _arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if self.fresh:
            return self.fresh()
        return (self.args, {}) if self._as_they_are else (_own(self.args), _own(dict(self.kwargs)))

    def __str__(self) -> str:
        """As a call: ``append(1)``."""
        given = [repr(value) for value in self.args] + [f"{key}={value!r}" for key, value in self.kwargs.items()]
        return f"{self.name}({', '.join(given)})"


def operation(written: object) -> Operation:
    """An operation as a model file writes it: ``"clear"``, ``("append", 1)``, ``(operator.getitem, 0)``.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(written, Operation):
        return written
    target, *args = written if isinstance(written, tuple | list) and written else (written,)
    if isinstance(target, str):
        return Operation(target, target, tuple(args))
    if callable(target):
        return Operation(getattr(target, "__name__", repr(target)), target, tuple(args))
    raise TypeError(f"an operation is a name or a function, or a tuple that begins with one, and not {written!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of object and what threads may do to it.

    Attributes:
        name: of the class or module, for reports.
        make: makes a fresh subject; it is called before each run, sometimes in another thread than the first.
        operations: what is done to it.
        state: what can be seen of a subject after a run, to be compared with the states that sequential runs leave
            behind; ``None`` for what the hammer can see by itself.
        relaxed: names of operations that are documented to be less than atomic, with the reason: what they return, or
            leave behind, beside others is then a note; a crash never is.
        contract: what the class promises.
        source: where the model comes from, for the report.
        owners: the class of the subject, or of each part, as ``module:name``, or the name of a module; for coverage.
        written, written_state: definitions of ``make`` and of ``state``, likewise; of a model without an observer of
            its own, nothing defines ``state``.
    """

    name: str
    make: Callable[[], object]
    operations: tuple[Operation, ...]
    state: Callable[[Any], object] | None = None
    relaxed: Mapping[str, str] = field(default_factory=dict)
    contract: Contract = Contract.ANY
    source: str = "model"
    owners: tuple[str, ...] = ()
    written: Written | None = None
    written_state: Written | None = None

    def owner(self, operation: Operation) -> str:
        """The class or module that an operation of the model belongs to, the name of the model if that is not known."""
        return self.owners[operation.part or 0] if self.owners else self.name


@dataclass(frozen=True, slots=True)
class Scenario:
    """What each thread does, one after the other, to one subject of a model."""

    model: Model = field(repr=False)
    threads: tuple[tuple[Operation, ...], ...]

    @property
    def calls(self) -> int:
        """How many, of all threads together."""
        return sum(map(len, self.threads))

    def contains(self, other: Scenario) -> bool:
        """Whether threads of this one make all the calls of the other's, each in its order, and perhaps others."""
        few, many = len(other.threads), len(self.threads)
        return few <= many and any(
            all(_in_order(calls, self.threads[thread]) for calls, thread in zip(other.threads, chosen, strict=True))
            for chosen in permutations(range(many), few)
        )

    def __str__(self) -> str:
        """``A: append(1) | B: pop()``."""
        named = zip("ABCDEFGH", self.threads, strict=False)
        return " | ".join(f"{name}: {'; '.join(map(str, calls))}" for name, calls in named)


def _in_order(few: Sequence[Operation], many: Sequence[Operation]) -> bool:
    """Whether the first calls are among the second ones, in the same order."""
    left = iter(many)
    return all(any(one is call for one in left) for call in few)


def _own[T](value: T) -> T:
    """The value itself where nothing can change it, else a copy; what cannot be copied is shared."""
    if _immutable(value):
        return value
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - whatever its class does when asked for a copy
        return value


def _immutable(value: object) -> bool:
    if type(value) in (tuple, frozenset):
        return all(_immutable(item) for item in value)  # type: ignore[attr-defined]
    return isinstance(value, _IMMUTABLE) or callable(value)
