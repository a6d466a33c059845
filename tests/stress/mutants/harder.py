"""Mutants that one stop in the extension's own code does not show."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from tests.ext.extension import Extension
from tests.stress.mutants.mutant import Harm, Kind, Mutant, methods

from ungil.stress.hammer.models.model import Model, operation

FLAGS = Extension("two_flags")
READERS = Extension("two_readers")
THREE = Extension("three_threads")
ROLES = Extension("three_roles")
CALLEE = Extension("callee", linked="bundled", opened="plugin")


def _late_version(module: ModuleType) -> Model:
    def make() -> object:
        subject = module.LateVersion()
        subject.set(1)
        return subject

    operations = (operation("get"), operation(("set", 5)))
    return Model(name="late_version", make=make, operations=operations, state=lambda subject: subject.get())


TWO_STOPS = (
    Mutant(
        name="owner_check",
        extension=FLAGS,
        kind=Kind.TWO_STOPS,
        describe=methods("owner_check", "OwnerCheck", ("add", 1), ("add", 10), state="get"),
        calls=((0,), (1,)),
        turns="A1 B4 A B",
    ),
    Mutant(
        name="scratch_buffer",
        extension=FLAGS,
        kind=Kind.TWO_STOPS,
        describe=methods("scratch_buffer", "ScratchBuffer", ("format", 11111), ("format", 7), state=lambda _: None),
        calls=((0,), (1,)),
        turns="A1 B3 A B",
    ),
    Mutant(
        name="late_version",
        extension=READERS,
        kind=Kind.TWO_STOPS,
        describe=_late_version,
        calls=((0,), (1,)),
        turns="A8 B5 A B",
    ),
    Mutant(
        name="early_reader_check",
        extension=READERS,
        kind=Kind.TWO_STOPS,
        describe=methods("early_reader_check", "EarlyReaderCheck", ("set", 5), "get", state="get"),
        calls=((0,), (1,)),
        turns="A1 B5 A B",
        harm=Harm.MEMORY,
    ),
)

THREE_THREADS = (
    Mutant(
        name="aba_third_thread",
        extension=THREE,
        kind=Kind.THREE_THREADS,
        describe=methods("aba_third_thread", "AbaThirdThread", "take", "borrow", state="left"),
        calls=((0,), (1,), (0,)),
        turns="A2 B5 C B A",
    ),
    Mutant(
        name="stranded_item",
        extension=THREE,
        kind=Kind.THREE_THREADS,
        describe=methods("stranded_item", "StrandedItem", "submit", state="counts"),
        calls=((0,), (0,), (0,)),
        turns="A4 B A4 C A",
    ),
    Mutant(
        name="lock_cycle",
        extension=THREE,
        kind=Kind.THREE_THREADS,
        describe=methods("lock_cycle", "LockCycle", ("use", 0), ("use", 1), ("use", 2), state="uses"),
        calls=((0,), (1,), (2,)),
        turns="A1 B1 C B A",
        harm=Harm.HANG,
    ),
    Mutant(
        name="reader_writer_cleaner",
        extension=ROLES,
        kind=Kind.THREE_THREADS,
        describe=methods("reader_writer_cleaner", "ReaderWriterCleaner", "get", ("set", 5), "collect", state="get"),
        calls=((2,), (0,), (1,)),
        turns="A6 B2 C A B",
        harm=Harm.MEMORY,
    ),
)


def _callee(name: str, describe: Callable[[ModuleType], Model], turns: str = "", harm: Harm = Harm.RESULT) -> Mutant:
    calls = ((0,), (0,))
    return Mutant(name=name, extension=CALLEE, kind=Kind.CALLEE, describe=describe, calls=calls, turns=turns, harm=harm)


CALLEES = (
    _callee(
        "bundled_library",
        methods("bundled_library", "BundledLibrary", ("add", 1), state="sum"),
        "A100 B A",
    ),
    _callee(
        "loaded_plugin",
        methods("loaded_plugin", "LoadedPlugin", ("append", 1), "sum", state="sum"),
        "A100 B A",
        Harm.MEMORY,
    ),
    _callee("libc_random", methods("libc_random", "LibcRandom", "next", state="next")),
    _callee("unicode_writer", methods("unicode_writer", "UnicodeWriter", ("write", "ab"), state="finish")),
)
