"""Which Python code runs in which thread, and what is held whenever a function is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ungil.facts.python.model import Kind, PyCall, PyClass, PyFunction, Role, Touch
from ungil.facts.python.project import PythonProject

__all__ = ["CALLERS_LOCK", "PythonThreads", "Shared"]

CALLERS_LOCK = "its caller's"
"""The lock that a function says to be held, which has no name there."""

_ROUNDS = 6  # calls through which a lock is followed
_THREADS = {"Thread", "Timer", "_Timer"}


@dataclass(frozen=True, slots=True)
class Shared:
    """Why threads share the objects of a class.

    Attributes:
        why: one clause: "it holds a lock, self._lock".
        by_lock: it says so itself: it holds a lock.
        by_thread: some of it runs in a thread of its own.
    """

    why: str
    by_lock: bool
    by_thread: bool


@dataclass(frozen=True)
class PythonThreads(PythonProject):
    """The project, with who calls whom from where."""

    def locks_of(self, one: PyClass) -> list[str]:
        """The locks that objects of a class, or the class, hold."""
        return [a.name for c in self.base_classes(one) for a in c.attributes.values() if a.kind.is_lock]

    @cached_property
    def shared_classes(self) -> dict[int, Shared]:
        """Why, for each class whose objects threads share, by ``id``."""
        singletons = {one.made: one for one in self.variables if one.kind is Kind.INSTANCE}
        found: dict[int, Shared] = {}
        for one in self.classes:
            locks = self.locks_of(one)
            roots = list(self.roots_in(one))
            single = singletons.get(one.name)
            if not locks and any(method.is_async for method in one.methods):
                continue  # an event loop's
            if locks:
                found[id(one)] = Shared(f"the class holds a lock, {locks[0]}", by_lock=True, by_thread=bool(roots))
            elif roots:
                found[id(one)] = Shared(f"its {roots[0][0].name}() runs in a thread", by_lock=False, by_thread=True)
            elif single is not None and single.file.path == one.file.path:
                found[id(one)] = Shared(
                    f"the module has one object of the class, {single.name}", by_lock=False, by_thread=False
                )
        return found

    def shared(self, function: PyFunction) -> Shared | None:
        """Why threads share the object whose method it is."""
        one = self.class_of(function)
        return self.shared_classes.get(id(one)) if one is not None else None

    def roots_in(self, one: PyClass) -> Iterator[tuple[PyFunction, bool]]:
        """The functions of a class that are handed to threads, and whether several may run them at once."""
        if any(base.rpartition(".")[2] in _THREADS for c in self.base_classes(one) for base in c.bases):
            run = one.method("run")
            if run is not None:
                yield run, False
        for function in one.methods:
            for spawn in function.spawns:
                name = spawn.target.rpartition(".")[2]
                is_own = spawn.target.count(".") == 1 or not spawn.target.count(".")
                target = next((m for m in one.methods if m.name == name), None) if is_own else None
                if target is not None and target is not function:
                    yield target, spawn.is_many

    @cached_property
    def in_threads(self) -> dict[int, bool]:
        """The functions that run in threads which the project starts, by ``id``; True where several may at once."""
        found: dict[int, bool] = {}
        waiting: list[tuple[PyFunction, bool]] = []
        for one in self.classes:
            waiting.extend(self.roots_in(one))
        for function in self.functions:
            for spawn in function.spawns:
                here = self._methods.get((function.file.path, ""), {}).get(spawn.target)
                nested = self._methods.get((function.file.path, function.owner), {}).get(spawn.target)
                target = nested if nested is not None and nested.outer else here
                if target is not None:
                    waiting.append((target, spawn.is_many))
        while waiting:
            function, is_many = waiting.pop()
            if id(function) in found and (found[id(function)] or not is_many):
                continue
            found[id(function)] = is_many
            waiting.extend((called, is_many) for called in self.called_by(function))
        return found

    def called_by(self, function: PyFunction) -> Iterator[PyFunction]:
        """The functions of the same class or file that it calls."""
        return (target for target, _ in self._calls(function))

    def _calls(self, function: PyFunction) -> Iterator[tuple[PyFunction, PyCall]]:
        """What it calls, and how; whose method ``super()`` finds depends on the object, and is not followed."""
        owner = self.class_of(function)
        for call in function.calls:
            target = None
            if owner is not None and call.receiver in {"self", owner.name}:
                target = self.method(owner, call.method)
            elif not call.receiver:
                target = self._methods.get((function.file.path, ""), {}).get(call.name)
            if target is not None:
                yield target, call

    @cached_property
    def _callers(self) -> dict[int, list[tuple[PyFunction, frozenset[str]]]]:
        found: dict[int, list[tuple[PyFunction, frozenset[str]]]] = {}
        for function in self.functions:
            for target, call in self._calls(function):
                locks = frozenset(one.lock for one in call.held)
                found.setdefault(id(target), []).append((function, locks))
        return found

    @cached_property
    def _handed_on(self) -> set[tuple[str, str]]:
        """Methods and functions that are named without being called: who calls them is unknown."""
        found: set[tuple[str, str]] = set()
        for function in self.functions:
            for one in function.accesses:
                if one.touch is Touch.READ:
                    found.add((function.file.path, one.subject.rpartition(".")[2]))
            for spawn in function.spawns:
                found.add((function.file.path, spawn.target.rpartition(".")[2]))
            for call in function.calls:
                if call.method.startswith("_") and call.receiver not in {"", "self", "super()", function.owner}:
                    found.add((function.file.path, call.method))  # another object's
        return found

    @cached_property
    def entry_locks(self) -> dict[int, frozenset[str] | None]:
        """What is held whenever a private function is called, by ``id``; None where only initialisers call it."""
        known: dict[int, frozenset[str] | None] = {}
        candidates = [
            one
            for one in self.functions
            if not one.name.endswith("__")
            and id(one) in self._callers
            and not one.is_property
            and (one.name.startswith("_") or (one.file.path, one.name) not in self._handed_on)
        ]
        universe = frozenset({"*"})
        for one in candidates:
            known[id(one)] = universe
        private = {id(one) for one in candidates if one.name.startswith("_")}
        for _ in range(_ROUNDS):
            for one in candidates:
                known[id(one)] = self._met(one, known, universe)
        none: frozenset[str] = frozenset()
        return {
            key: none if locks == universe or (locks is None and key not in private) else locks
            for key, locks in known.items()
        }

    def _met(
        self, function: PyFunction, known: dict[int, frozenset[str] | None], universe: frozenset[str]
    ) -> frozenset[str] | None:
        met: frozenset[str] | None = None
        for caller, locks in self._callers[id(function)]:
            if caller.role is Role.INITIALISER or caller is function:
                continue
            above = known.get(id(caller), frozenset())
            if caller.outer and id(caller) not in self.in_threads and not locks:
                continue  # who calls that cannot be seen
            if above is None:
                continue
            here = locks | {CALLERS_LOCK} if caller.is_guarded else locks
            if above == universe:
                if not here:
                    continue
                above = frozenset()
            both = here | above
            met = both if met is None else met & both
        return met

    def is_quiet(self, function: PyFunction) -> bool:
        """Nobody else can meet it: it runs while an object is made or unmade, at import, or with its caller's lock."""
        if function.role is not Role.ORDINARY or function.is_guarded or function.name == "<module>":
            return True
        if self.begins_anew(function):
            return True
        if function.outer and id(function) not in self.in_threads:
            return True  # who calls it, and with what held, cannot be seen
        locks = self.entry_locks.get(id(function), frozenset())
        return locks is None or bool(locks)

    def begins_anew(self, function: PyFunction) -> bool:
        """It gives the object a new lock, that nobody has: after a fork, or in a part of ``__init__``."""
        stores = any(act.touch is Touch.STORE and act.kind.is_lock and not act.held for act in function.accesses)
        return stores and not any(one.act.kind.is_lock for one in function.decisions)

    def may_meet(self, function: PyFunction, other: PyFunction) -> bool:
        """Two threads may be in these two at once."""
        shared = self.shared(function)
        if shared is None or shared.by_lock or not shared.by_thread:
            return True
        if self.in_threads.get(id(function)) or self.in_threads.get(id(other)):
            return True
        return (id(function) in self.in_threads) is not (id(other) in self.in_threads)

    @cached_property
    def one_thread(self) -> set[int]:
        """The functions that one thread of the object's own runs, and nobody else, by ``id``."""
        found = {id(root) for one in self.classes for root, is_many in self.roots_in(one) if not is_many}
        found -= {key for key, is_many in self.in_threads.items() if is_many}
        for _ in range(_ROUNDS):
            for one in self.functions:
                callers = self._callers.get(id(one), ())
                is_known = (one.file.path, one.name) not in self._handed_on
                if is_known and callers and all(id(caller) in found for caller, _ in callers):
                    found.add(id(one))
        return found
