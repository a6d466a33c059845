"""Mutants of the binding libraries."""

from __future__ import annotations

from tests.ext.extension import Extension, Language
from tests.stress.mutants.mutant import Harm, Mutant, methods

NANOBIND = Extension("bound_nanobind", Language.NANOBIND)
PYBIND11 = Extension("bound_pybind11", Language.PYBIND11)
CYTHON = Extension("bound_cython", Language.CYTHON)

BOUND = (
    Mutant(
        name="nanobind_counter",
        extension=NANOBIND,
        describe=methods("nanobind_counter", "Counter", "increment", state="get"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="nanobind_series",
        extension=NANOBIND,
        describe=methods("nanobind_series", "Series", ("append", 3), "total", state="total"),
        calls=((1,), (0,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="nanobind_holder",
        extension=NANOBIND,
        describe=methods("nanobind_holder", "Holder", "get", ("set", 1), state="get"),
        calls=((0,), (1,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
    Mutant(
        name="pybind11_account",
        extension=PYBIND11,
        describe=methods("pybind11_account", "Account", ("withdraw", 60), state="balance"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="pybind11_names",
        extension=PYBIND11,
        describe=methods(
            "pybind11_names",
            "Names",
            ("number_of", "one"),
            ("number_of", "other"),
            state=lambda names: names.number_of("one"),
        ),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="pybind11_cursor",
        extension=PYBIND11,
        describe=methods("pybind11_cursor", "Cursor", next, state=list),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="cython_counter",
        extension=CYTHON,
        describe=methods("cython_counter", "Counter", "increment", state="get"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="cython_stack",
        extension=CYTHON,
        describe=methods("cython_stack", "Stack", "pop", ("push", "more"), state="left"),
        calls=((0,), (0,)),
        turns="A1 B A",
    ),
    Mutant(
        name="cython_buffer",
        extension=CYTHON,
        describe=methods("cython_buffer", "Buffer", ("append", 3), "total", state="total"),
        calls=((1,), (0,)),
        turns="A1 B A",
        harm=Harm.MEMORY,
    ),
)
