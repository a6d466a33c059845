"""Whether a project does anything about threads at all, and what it has that threads can change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ungil.facts.exposure import CHANGES
from ungil.facts.model import Facts, File, Variable

__all__ = ["UnguardedState", "takes_precautions", "unguarded_state"]

_ATOMIC_CALLS = ("atomic", "Atomic", "Interlocked", "__sync_", "call_once", "CriticalSection", "CRITICAL_SECTION")
_ATOMIC_METHODS = frozenset({"fetch_add", "fetch_sub", "compare_exchange_strong", "compare_exchange_weak"})


@dataclass(frozen=True, slots=True)
class UnguardedState:
    """What threads share and change without a lock.

    Attributes:
        fields: of objects, each as ``Type.field``.
        statics: the names of variables with static storage.
        writers: the functions that change them.
    """

    fields: tuple[str, ...]
    statics: tuple[str, ...]
    writers: tuple[str, ...]

    def __bool__(self) -> bool:
        """Is there any?"""
        return bool(self.fields or self.statics)


def takes_precautions(facts: Facts) -> bool:
    """Does some code take a lock, use an atomic or keep something for each thread?"""
    return any(_locks(file) or _has_atomic(file) or _declares_any(file) for file in facts.files)


def _locks(file: File) -> bool:
    return bool(file.locks) or any(binding.locked_arguments for binding in file.bindings)


def _has_atomic(file: File) -> bool:
    return bool(file.calls_like(_ATOMIC_CALLS)) or bool(file.calls_to(set(_ATOMIC_METHODS)))


def _declares_any(file: File) -> bool:
    fields = (variable for record in file.records for variable in record.fields)
    return any(map(_is_precaution, file.variables)) or any(map(_is_precaution, fields))


def _is_precaution(variable: Variable) -> bool:
    return variable.is_thread_local or variable.is_atomic or variable.is_synchroniser


def unguarded_state(facts: Facts, files: Iterable[File]) -> UnguardedState:
    """What the functions of ``files`` change that threads share and no lock guards."""
    paths = {file.path for file in files}
    exposures = [e for e in facts.exposures if e.hazard in CHANGES and e.function.file.path in paths]
    statics = [s for s in facts.shared_statics if any(w.function.file.path in paths for w in s.writes)]
    members = [u for u in facts.member_uses if u.kind != "read" and not u.is_locked and u.method.file.path in paths]
    writers = [u.method.name for u in members] + [e.function.name for e in exposures]
    writers += [w.function.name for s in statics for w in s.writes if w.function.file.path in paths]
    return UnguardedState(
        _unique([f"{e.type}.{e.field}" for e in exposures] + [f"{u.type}.{u.field}" for u in members]),
        _unique(s.variable.name for s in statics),
        _unique(writers),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
