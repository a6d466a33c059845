"""Which Cython functions nobody can meet: those whose callers hold a lock, or are the only ones who have the object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set

from ungil.facts.cython.model import CythonCall, CythonFunction, Role

__all__ = ["quiet_functions"]

_ROUNDS = 6  # helpers of helpers of helpers


def quiet_functions(functions: Sequence[CythonFunction], mentioned: Set[str], at_import: Set[str]) -> frozenset[int]:
    """The functions that Python cannot call and that every caller calls in quiet, as the ``id`` of each.

    Args:
        functions: all of the project.
        mentioned: names that are handed on instead of called, whose callers are unknown.
        at_import: names that are called while a module is imported.
    """
    callers: defaultdict[str, list[tuple[CythonFunction, CythonCall]]] = defaultdict(list)
    for function in functions:
        for call in function.calls:
            callers[call.last].append((function, call))
    quiet: set[int] = set()
    for _ in range(_ROUNDS):
        found = {
            id(one)
            for one in functions
            if not one.is_entry
            and id(one) not in quiet
            and one.name not in mentioned
            and (callers[one.name] or one.name in at_import)
            and all(_calls_in_quiet(one, caller, call, quiet) for caller, call in callers[one.name])
        }
        if not found:
            break
        quiet |= found
    return frozenset(quiet)


def _calls_in_quiet(callee: CythonFunction, caller: CythonFunction, call: CythonCall, quiet: Set[int]) -> bool:
    if caller is callee or call.guards or caller.guard:
        return True
    return caller.role is not Role.ORDINARY or id(caller) in quiet
