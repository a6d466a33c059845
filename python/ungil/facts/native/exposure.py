"""What a function does to the state of a shared object, sorted into the hazards that rules name: each has one."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from ungil.facts.model import Exposure, Facts

__all__ = ["CHANGES", "Hazard", "exposed", "other_thread", "place"]

_MUTATIONS = frozenset({"write", "update", "deep", "pointer"})
CHANGES = _MUTATIONS | {"temporary", "lazy", "release"}
_MOST_PLACES_PER_GUARD = 1  # a field is guarded as a rule when it is guarded at least as often as not


class Hazard(StrEnum):
    """The hazards of fields, most specific first."""

    SWAP = "release"
    LAZY = "lazy"
    TEMPORARY = "temporary"
    EXPORT = "export"
    ITERATOR = "iterator"
    INCONSISTENT = "inconsistent"
    POINTER = "pointer"
    CONTENTS = "deep"
    PLAIN = "plain"
    FLAG = "flag"
    BORROW = "borrow"
    READ = "read"


def exposed(facts: Facts, hazard: Hazard) -> Iterator[Exposure]:
    """The exposures that are of this hazard and of no more specific one."""
    return (exposure for exposure in facts.exposures if _hazard(exposure) is hazard)


def _hazard(exposure: Exposure) -> Hazard:
    done = exposure.hazard
    if done in {"release", "lazy", "temporary"}:
        return Hazard(done)
    if done in _MUTATIONS and exposure.function.exports_buffer:
        return Hazard.EXPORT
    if done in _MUTATIONS and exposure.function.advances_iterator:
        return Hazard.ITERATOR
    if exposure.guarded > 1 and exposure.guarded >= exposure.unguarded * _MOST_PLACES_PER_GUARD:
        return Hazard.INCONSISTENT
    return Hazard.PLAIN if done in {"write", "update"} else Hazard(done)


def place(exposure: Exposure) -> str:
    """The field as a reader writes it, with the way to it: ``Shelf.items through resize()``."""
    way = f" through {exposure.via}()" if exposure.via else ""
    return f"'{exposure.type}.{exposure.field}'{way}"


def other_thread(exposure: Exposure) -> str:
    """What the other thread runs: another function that changes the field, or the same one."""
    return f"{exposure.other}()" if exposure.other else f"{exposure.function.name}() too"
