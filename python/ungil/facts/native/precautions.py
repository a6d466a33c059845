"""Whether a project does anything about threads at all, and what it has that threads can change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ungil.facts.model import Facts, File, Function, Variable
from ungil.facts.native.exposure import CHANGES

__all__ = ["UnguardedState", "takes_precautions", "unguarded_state"]

_ATOMIC_CALLS = ("atomic", "Atomic", "Interlocked", "__sync_", "call_once", "CriticalSection", "CRITICAL_SECTION")
_ATOMIC_METHODS = frozenset({"fetch_add", "fetch_sub", "compare_exchange_strong", "compare_exchange_weak"})
_MOST_CALLERS = 256  # that are followed; with more, some of them will be Python's


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
    """What the functions of ``files`` that Python can get to change, that threads share and that no lock guards."""
    paths = {file.path for file in files}
    exposures = [e for e in facts.exposures if e.hazard in CHANGES and e.function.file.path in paths]
    exposures = [e for e in exposures if _is_entered(e.function)]
    members = [u for u in facts.member_uses if u.kind != "read" and not u.is_locked and u.method.file.path in paths]
    members = [u for u in members if u.method.is_bound]
    writes = [(s, w) for s in facts.shared_statics for w in s.writes if w.function.file.path in paths]
    writes = [(s, w) for s, w in writes if _is_entered(w.function)]
    writers = [*(e.function for e in exposures), *(u.method for u in members), *(w.function for _, w in writes)]
    return UnguardedState(
        _unique([f"{e.type}.{e.field}" for e in exposures] + [f"{u.type}.{u.field}" for u in members]),
        _unique(s.variable.name for s, _ in writes),
        _unique(writer.name for writer in writers),
    )


def _is_entered(function: Function) -> bool:
    """Is there a way from a table or a binding to the function?"""
    seen = {function.key}
    work = [function]
    while work and len(seen) < _MOST_CALLERS:
        callee = work.pop()
        if callee.is_in_table or callee.is_bound:
            return True
        callers = [call.function for call in callee.callers if call.function.key not in seen]
        seen.update(caller.key for caller in callers)
        work += callers
    return bool(work)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
