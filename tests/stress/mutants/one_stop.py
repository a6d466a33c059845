"""Mutants that one stop shows, or, inside one instruction, none."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.ext.extension import Extension
from tests.stress.mutants.mutant import Harm, Kind, Mutant, methods

from ungil.stress.hammer.models.model import Model, Operation, operation

COUNTERS = Extension("counters")
LOCKS = Extension("locks")
CACHES = Extension("caches")
CONTAINERS = Extension("containers")
MEMORY = Extension("memory")
SLOTS = Extension("slots")


def _suspended_section(module: ModuleType) -> Model:
    return methods("cs_suspended_cb", "SuspendedSection", ("update", module.breathe), state="get")(module)


class _Pair:
    """Two objects that move to each other."""

    def __init__(self, module: ModuleType) -> None:
        self.first, self.second = module.LockOrder(), module.LockOrder()

    def forth(self) -> None:
        self.first.move(self.second)

    def back(self) -> None:
        self.second.move(self.first)


def _lock_order(module: ModuleType) -> Model:
    return Model(
        name="lock_order",
        make=lambda: _Pair(module),
        operations=(operation("forth"), operation("back")),
        state=lambda pair: (pair.first.get(), pair.second.get()),
    )


def _function(name: str, function: str, first: int, second: int) -> Any:  # noqa: ANN401 - a describe
    """A function of the module, which needs no subject."""

    def describe(module: ModuleType) -> Model:
        called = getattr(module, function)
        operations = tuple(Operation(function, called, (value,), alone=True) for value in (first, second))
        return Model(name=name, make=object, operations=operations, state=lambda _: None)

    return describe


ONE_STOP = (
    Mutant(
        name="lost_update",
        extension=COUNTERS,
        describe=methods("lost_update", "LostUpdate", ("add", 1), state="get"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="lost_update_1insn",
        extension=COUNTERS,
        kind=Kind.INSTRUCTION,
        describe=methods("lost_update_1insn", "OneInstruction", "increment", state="get"),
        calls=((0,), (0,)),
    ),
    Mutant(
        name="check_then_act",
        extension=COUNTERS,
        describe=methods("check_then_act", "CheckThenAct", "claim", state="get"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="check_max",
        extension=COUNTERS,
        describe=methods("check_max", "CheckMax", ("raise_to", 5), ("raise_to", 9), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="torn_pair",
        extension=COUNTERS,
        describe=methods("torn_pair", "TornPair", ("set", 5), "get", ("set", 7), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="wrong_lock",
        extension=LOCKS,
        describe=methods("wrong_lock", "WrongLock", ("add", [1]), ("add", [2, 3]), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="cs_suspended_cb",
        extension=LOCKS,
        describe=_suspended_section,
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="lock_order",
        extension=LOCKS,
        describe=_lock_order,
        calls=((0,), (1,)),
        turns="A1 B A",
        harm=Harm.HANG,
    ),
    Mutant(
        name="lazy_cache",
        extension=CACHES,
        describe=methods("lazy_cache", "LazyCache", "get", state="computed"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="ready_before_table",
        extension=CACHES,
        describe=methods("ready_before_table", "ReadyBeforeTable", "get", state="get"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="refcnt1_reuse",
        extension=CACHES,
        describe=methods("refcnt1_reuse", "ReusedTuple", ("twice", 3), ("twice", 4), state=lambda _: None),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="static_buffer",
        extension=CACHES,
        describe=_function("static_buffer", "format_value", 11111, 7),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="errno_like",
        extension=CACHES,
        describe=_function("errno_like", "halve", 5, 8),
        calls=((0,), (1,)),
        turns="A1 B A",
    ),
    Mutant(
        name="borrowed_list",
        extension=CONTAINERS,
        describe=methods("borrowed_list", "BorrowedList", "get", ("set", 3), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="borrowed_dict",
        extension=CONTAINERS,
        describe=methods("borrowed_dict", "BorrowedDict", "get", ("set", 3), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="dict_next",
        extension=CONTAINERS,
        describe=methods("dict_next", "DictNext", "total", "clear", ("set", 3), state="total"),
        calls=((0,), (1,)),
        turns="A1 A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="shared_iterator",
        extension=CONTAINERS,
        describe=methods("shared_iterator", "SharedIterator", next, state=list),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="buffer_resize",
        extension=MEMORY,
        describe=methods("buffer_resize", "GrowingBuffer", ("append", 1), "total", state="total"),
        calls=((1,), (0,)),
        turns="A2 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="double_close",
        extension=MEMORY,
        describe=methods("double_close", "DoubleClose", "close", state="closed"),
        calls=((0,), (0,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="setter_decref",
        extension=MEMORY,
        describe=methods("setter_decref", "SetterDecref", ("set", 1), ("set", 2), "get", state="get"),
        calls=((2,), (0,)),
        turns="A2 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="freelist_pool",
        extension=SLOTS,
        describe=methods(
            "freelist_pool",
            "FreelistPool",
            "take",
            ("give", 9),
            state=lambda pool: [pool.take() for _ in range(5)],
        ),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="aba_stack",
        extension=SLOTS,
        describe=methods("aba_stack", "AbaStack", "take", "trim", state="left"),
        calls=((0,), (1,)),
        turns="A2 B A",
    ),
)
