"""A case as data, and the loop that it becomes."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import CodeType
from typing import Any

UNROLLED = 20  # statements in one turn of the loop: what the loop itself costs falls on twenty of them
KEYS = tuple(f"k{index}" for index in range(UNROLLED))

type Namespace = dict[str, Any]


class BenchmarkError(Exception):
    """The benchmark could not be done: what happened, and what to do."""


class Sharing(StrEnum):
    """Whose the object `o` is, and how a statement reaches it."""

    DISTINCT = "distinct"  # each thread made its own, and has it in a local variable
    SHARED = "shared"  # the main thread made one; each thread has it in a local variable
    GLOBAL = "global"  # one, found in the globals of a module
    ATTRIBUTE = "attribute"  # one, found in a slot of another object


@dataclass(frozen=True)
class Case:
    """One statement to be timed.

    Cases with the same operation are compared with each other. Where `keyed`, `{k}` stands in a statement for a key,
    another one each time, in random order. Where there is a `second` statement the first thread runs `statements` and
    the second thread `second`. A `blocking` case is one whose threads may wait for each other: no sample of it is
    dropped because one of them waited, for that is what it costs.
    """

    operation: str
    contender: str
    sharing: Sharing
    setup: str
    statements: tuple[str, ...]
    second: tuple[str, ...] = ()
    keyed: bool = False
    blocking: bool = False
    count: int = 1  # operations in one statement

    @property
    def name(self) -> str:
        """The case in one line, which no other case has."""
        return f"{self.operation} / {self.contender} / {self.sharing}"

    @property
    def threads(self) -> tuple[int, ...]:
        """On how many threads it is measured: a producer alone would fill the queue and stay there."""
        return (2,) if self.second else (1, 2)


@dataclass(frozen=True)
class Contender:
    """One side of a comparison: a case without its operation and its sharing."""

    name: str
    setup: str
    statement: str | tuple[str, ...]
    second: str = ""
    blocking: bool = False
    count: int = 1


def compare(operation: str, sharings: Iterable[Sharing], *contenders: Contender, keyed: bool = False) -> Iterator[Case]:
    """One operation, by every contender, in every way of sharing."""
    for sharing, one in itertools.product(sharings, contenders):
        statements = (one.statement,) if isinstance(one.statement, str) else one.statement
        second = (one.second,) if one.second else ()
        yield Case(operation, one.name, sharing, one.setup, statements, second, keyed, one.blocking, one.count)


@dataclass(frozen=True)
class Loop:
    """A case made ready for one thread: `run(times)` does `operations` of them for each of `times`."""

    run: Callable[[int], None]
    operations: int


def set_up(case: Case) -> Namespace:
    """The names that the setup binds, `o` among them; run by the thread that is to own the object.

    Raises:
        BenchmarkError: the setup failed.
    """
    namespace: Namespace = {}
    try:
        exec(_code(case.setup, case), namespace)  # noqa: S102 - the cases are this package's own
    except Exception as error:
        raise BenchmarkError(
            f"{case.name}: its setup failed with {type(error).__name__}: {error}. Either this build of ungil lacks "
            f"what the case names, or a peer is not installed: `make bench-sync` installs them"
        ) from error
    return namespace


def make_loop(case: Case, shared: Namespace | None, index: int, order: list[tuple[str, ...]]) -> Loop:
    """The loop that thread `index` runs; call it in that thread, which then owns what only it uses.

    Args:
        case: what to time.
        shared: what set_up() returned, where the object is shared.
        index: which of the threads.
        order: the keys of a keyed case, as many at once as there are statements in a turn.

    Raises:
        BenchmarkError: the setup failed.
    """
    namespace = set_up(case) if shared is None else shared
    reached = _reach(namespace, case.sharing)
    source = loop_source(case, index, reached)
    made: Namespace = {}
    exec(_code(source, case), namespace, made)  # noqa: S102 - see above
    function, values = made["run"], [reached[name] for name in _parameters(case, index, reached)]
    if case.keyed:
        return Loop(lambda times: function(times, order, *values), UNROLLED * len(order) * case.count)
    return Loop(lambda times: function(times, *values), UNROLLED * case.count)


def loop_source(case: Case, index: int, reached: Namespace) -> str:
    """The function `run`: its statements written out UNROLLED times, its names in local variables."""
    body = list(itertools.islice(itertools.cycle(_statements(case, index)), UNROLLED))
    names = _parameters(case, index, reached)
    if case.keyed:
        head = f"def run(times, order{''.join(', ' + name for name in names)}):\n    for _ in range(times):\n"
        head += f"        for {', '.join(KEYS)} in order:\n"
        body = [statement.replace("{k}", key) for statement, key in zip(body, KEYS, strict=True)]
        return head + textwrap.indent("\n".join(body), " " * 12)
    head = f"def run(times{''.join(', ' + name for name in names)}):\n    for _ in range(times):\n"
    return head + textwrap.indent("\n".join(body), " " * 8)


def _statements(case: Case, index: int) -> tuple[str, ...]:
    """What thread `index` runs, with `o` spelled the way in which it is reached."""
    chosen = case.second if index == 1 and case.second else case.statements
    if case.sharing is Sharing.ATTRIBUTE:
        return tuple(re.sub(r"\bo\b", "holder.o", statement) for statement in chosen)
    return chosen


def _parameters(case: Case, index: int, reached: Namespace) -> list[str]:
    """The names that the loop has in local variables: all that it uses and that the setup bound."""
    used = set(re.findall(r"\b[A-Za-z_]\w*\b", "\n".join(_statements(case, index))))
    return sorted(used & reached.keys())


class Holder:
    """An object with one slot, through which other objects are reached."""

    __slots__ = ("o",)

    def __init__(self, o: object) -> None:
        self.o = o


def _reach(namespace: Namespace, sharing: Sharing) -> Namespace:
    """The names that become local variables."""
    if sharing is Sharing.GLOBAL:
        return {name: value for name, value in namespace.items() if name != "o"}
    if sharing is Sharing.ATTRIBUTE:
        holder = namespace.setdefault("holder", Holder(namespace["o"]))
        return {name: value for name, value in namespace.items() if name != "o"} | {"holder": holder}
    return namespace


def _code(source: str, case: Case) -> CodeType:
    return compile(textwrap.dedent(source), f"<{case.name}>", "exec")
