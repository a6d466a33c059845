"""Every mutant, for tests and benchmarks to go through."""

from __future__ import annotations

from tests.ext.extension import Extension
from tests.stress.mutants.bound import BOUND
from tests.stress.mutants.harder import CALLEES, THREE_THREADS, TWO_STOPS
from tests.stress.mutants.mutant import Mutant
from tests.stress.mutants.one_stop import ONE_STOP

MUTANTS: tuple[Mutant, ...] = (*ONE_STOP, *TWO_STOPS, *THREE_THREADS, *CALLEES, *BOUND)

EXTENSIONS: tuple[Extension, ...] = tuple(dict.fromkeys(mutant.extension for mutant in MUTANTS))


def named(name: str) -> Mutant:
    """The mutant of this name.

    Raises:
        KeyError: there is none.
    """
    return {mutant.name: mutant for mutant in MUTANTS}[name]
