"""Operations to try: each member of each class with several sets of arguments, the likeliest first.

What is returned is the same in every process for the same arguments, so that a trial in one process and a run in
another speak of the same operation by its number.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ungil.stress.hammer.models.literal import Writer
from ungil.stress.hammer.models.model import SUBJECT, Model, Operation
from ungil.stress.hammer.models.written import call_text
from ungil.stress.harvest.calls import Attribute, nothing
from ungil.stress.harvest.replay import function_of
from ungil.stress.introspect.denied import denied
from ungil.stress.introspect.examples import examples_for, plain_function
from ungil.stress.introspect.inventory import Class, Inventory, Member
from ungil.stress.introspect.protocols import PROTOCOLS
from ungil.stress.introspect.signatures import Parameter, Signature

__all__ = ["Made", "Pair", "Recipe", "constructors", "functions_model", "members_model"]

MOST_TRIED: Final = 24
"""Sets of arguments for one member."""

SOURCE: Final = "introspection"

_WRITTEN: Final[tuple[Any, ...]] = (1, "a", 1.5, True, None, b"a", [1], plain_function)
_GUESSED: Final[tuple[tuple[Any, ...], ...]] = (
    *((), (1,), ("a",), (b"abc",), ([1, 2, 3],), (SUBJECT,), ({"a": 1},), (plain_function,), (1.5,), ([("a", 1)],)),
    *((1, 1), ("a", 1), (0, 1), (b"abc", 1), (plain_function, [1, 2]), ("a", "b"), (1, 1, 1), ("a", 1, 1)),
)
"""Where nothing is known of what a function takes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an object is made by a call.

    Attributes:
        call: of the class.
    """

    call: Operation

    def __call__(self) -> object:
        """Make one."""
        function, args, kwargs = self.call.bind(None)
        return function(*args, **kwargs)

    def write_make(self, writer: Writer) -> list[str]:
        """The lines of a function that makes one."""
        return [f"return {self.expression(writer)}"]

    def expression(self, writer: Writer) -> str:
        """The call as an expression."""
        return call_text(self.call, writer)


@dataclass(frozen=True, slots=True)
class Made:
    """Stands among the arguments for a fresh object of a class of the extension."""

    owner: str
    recipe: Recipe | Pair

    def make(self) -> object:
        """Make it."""
        return self.recipe.second() if isinstance(self.recipe, Pair) else self.recipe()

    def expression(self, writer: Writer) -> str:
        """One that makes it."""
        return self.recipe.expression(writer)

    def __repr__(self) -> str:
        """For reports."""
        return f"{self.owner.rpartition(':')[2]}()"


@dataclass(frozen=True, slots=True)
class Pair:
    """How an object is made together with another that it gives: a container and its iterator.

    Attributes:
        make: the first.
        then: what is done to it; the result is the second.
    """

    make: Recipe
    then: Operation

    def __call__(self) -> tuple[object, object]:
        """Make both."""
        first = self.make()
        function, args, kwargs = self.then.bind(first)
        return first, function(*args, **kwargs)

    def second(self) -> object:
        """The second alone."""
        return self()[1]

    def write_make(self, writer: Writer) -> list[str]:
        """The lines of a function that makes both."""
        first = self.make.expression(writer)
        return [f"subject = {first}", f"return subject, {call_text(self.then, writer)}"]

    def expression(self, writer: Writer) -> str:
        """One that makes the second."""
        first = self.make.expression(writer)
        return f"(lambda subject: {call_text(self.then, writer)})({first})"


def constructors(one: Class, seed: int, others: Sequence[Made]) -> Model:
    """Calls of a class, without a subject; last, and in order, those with one other object."""
    member = next(member for member in one.members if member.kind == "constructor")
    calls = [
        _operation(member.name, one.type, args, kwargs, alone=True)
        for args, kwargs in (*_arguments(member.signatures, seed, ()), *_arguments((), seed, others))
        if not _on_itself(args, kwargs)
    ]
    return Model(name=one.name, make=nothing, operations=tuple(calls), source=SOURCE)


def functions_model(inventory: Inventory, seed: int, allowed: frozenset[str], others: Sequence[Made]) -> Model:
    """The functions, each with several sets of arguments."""
    calls = []
    for name, member in inventory.functions.items():
        if member.name in allowed or not denied(member.name, member.signatures, of_a_module=True):
            for args, kwargs in _arguments(member.signatures, seed, others):
                if not _on_itself(args, kwargs):
                    calls.append(_operation(member.name, function_of(name), args, kwargs, alone=True))
    name = inventory.target.name
    return Model(name=name, make=nothing, operations=tuple(calls), source=SOURCE, owners=(name,))


def members_model(
    one: Class, make: Callable[[], object], seed: int, allowed: frozenset[str], others: Sequence[Made]
) -> Model:
    """The members of a class on an object that ``make`` makes, each with several sets of arguments."""
    calls: list[Operation] = []
    for member in one.members:
        if member.name in allowed or not denied(member.name, member.signatures, of_a_module=False):
            calls += _member(one, member, seed, others)
    return Model(name=one.name, make=make, operations=tuple(calls), source=SOURCE, owners=(one.name,))


def _member(one: Class, member: Member, seed: int, others: Sequence[Made]) -> Iterator[Operation]:
    match member.kind:
        case "attribute":
            yield Operation(member.name, Attribute(member.name), source=SOURCE)
            for value in _WRITTEN:
                yield Operation(f"{member.name}=", setattr, (member.name, value), source=SOURCE)
        case "protocol" if member.name in PROTOCOLS:
            yield from _protocol(member)
        case "class method":
            yield from _calls(member, getattr(one.type, member.name), seed, others, alone=True)
        case "method" | "protocol":
            yield from _calls(member, member.name, seed, others)


def _protocol(member: Member) -> Iterator[Operation]:
    protocol = PROTOCOLS[member.name]
    if member.name == "__iter__":
        yield Operation("iter", iter, source=SOURCE)  # its result may be of a class that is found only so
    for args in protocol.arguments:
        yield Operation(protocol.call.__name__, protocol.call, args, source=SOURCE)


def _calls(
    member: Member, target: str | Callable[..., object], seed: int, others: Sequence[Made], *, alone: bool = False
) -> Iterator[Operation]:
    for args, kwargs in _arguments(member.signatures, seed, others):
        if not (alone and _on_itself(args, kwargs)):
            yield _operation(member.name, target, args, kwargs, alone=alone)


def _operation(
    name: str,
    target: str | Callable[..., object],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    alone: bool = False,
) -> Operation:
    made = any(isinstance(value, Made) for value in (*args, *kwargs.values()))
    fresh = _Fresh(args, kwargs) if made else None
    return Operation(name, target, args, kwargs, alone=alone, source=SOURCE, fresh=fresh)


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Makes the objects that are among the arguments, for each run."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        words = {word: _fresh(value) for word, value in self.kwargs.items()}
        return tuple(map(_fresh, self.args)), words

    def write_arguments(self, writer: Writer, subject: str) -> tuple[list[str], dict[str, str]]:
        """Expressions for them."""
        words = {word: _written(value, writer, subject) for word, value in self.kwargs.items()}
        return [_written(value, writer, subject) for value in self.args], words


def _written(value: object, writer: Writer, subject: str) -> str:
    if isinstance(value, Made):
        return value.expression(writer)
    return subject if value is SUBJECT else writer.value(value)


def _fresh(value: Any) -> Any:  # noqa: ANN401 - any value
    return value.make() if isinstance(value, Made) else copy.deepcopy(value)


# ---- Sets of arguments


def _values(parameter: Parameter, seed: int, others: Sequence[Made]) -> list[Any]:
    """An object whose class the annotation names comes first; without an annotation, objects come last."""
    named = [one for one in others if one.owner.rpartition(":")[2].rpartition(".")[2] in parameter.annotation]
    unnamed = [] if parameter.annotation else [SUBJECT, *others]
    return [*named, *examples_for(parameter, seed), *(unnamed or [SUBJECT])]


def _on_itself(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(value is SUBJECT for value in (*args, *kwargs.values()))


type _Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _arguments(signatures: Sequence[Signature], seed: int, others: Sequence[Made]) -> Iterator[_Arguments]:
    if not signatures:
        yield from ((args, {}) for args in (*_GUESSED, *((other,) for other in others)))
        return
    tried = itertools.chain.from_iterable(_of_signature(signature, seed, others) for signature in signatures)
    yield from itertools.islice(tried, MOST_TRIED)


def _of_signature(signature: Signature, seed: int, others: Sequence[Made]) -> Iterator[_Arguments]:
    """What must be given, in several ways; then also what may be."""
    required = [parameter for parameter in signature.parameters if not parameter.optional]
    yield from itertools.islice(_of_parameters(required, seed, others), MOST_TRIED * 2 // 3)
    optional = [parameter for parameter in signature.parameters if parameter.optional and not parameter.by_name]
    if optional:
        every = [parameter for parameter in signature.parameters if not parameter.by_name or not parameter.optional]
        yield from itertools.islice(_of_parameters(every, seed, others), 3)


def _of_parameters(parameters: Iterable[Parameter], seed: int, others: Sequence[Made]) -> Iterator[_Arguments]:
    """The likeliest value of each, then each parameter's other values beside the likeliest of the rest, then pairs."""
    given = list(parameters)
    values = [_values(parameter, seed, others) for parameter in given]
    chosen: list[tuple[Any, ...]] = [tuple(some[0] for some in values)]
    for place, some in enumerate(values):
        chosen += [(*chosen[0][:place], value, *chosen[0][place + 1 :]) for value in some[1:]]
    if len(values) > 1:
        chosen += itertools.islice(zip(*values, strict=False), 1, None)
    for values_of_one in chosen:
        if any(value is SUBJECT for value, parameter in zip(values_of_one, given, strict=True) if parameter.by_name):
            continue
        pairs = list(zip(given, values_of_one, strict=True))
        args = tuple(value for parameter, value in pairs if not parameter.by_name)
        yield args, {parameter.name: value for parameter, value in pairs if parameter.by_name}
