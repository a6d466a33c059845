"""Which Python code threads share: classes with locks, objects of modules, what threads run; and who holds a lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ungil.facts.python_model import (
    Access,
    Decision,
    Kind,
    PyAttribute,
    PyClass,
    PyFile,
    PyFunction,
    PyVariable,
    Role,
    Touch,
)
from ungil.facts.python_names import is_lock_name

__all__ = ["PythonFacts", "Shared"]

_ROUNDS = 6
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


def _is_lock(name: str) -> bool:
    """A lock of an object, by its name, and not one of an event loop."""
    return name == "its caller's" or (name.startswith("self.") and is_lock_name(name))


@dataclass(frozen=True)
class PythonFacts:
    """All that is known of a project's Python, joined over its files.

    Attributes:
        files: every file that was read; ``classes`` and so on are of those that could matter.
        is_threaded: some file starts threads or makes locks.
        unread: per file, why it was not understood.
    """

    files: tuple[PyFile, ...] = ()
    classes: tuple[PyClass, ...] = ()
    functions: tuple[PyFunction, ...] = ()
    variables: tuple[PyVariable, ...] = ()
    is_threaded: bool = False
    unread: tuple[tuple[str, str], ...] = ()

    # Who is who.

    @cached_property
    def _classes_by_name(self) -> dict[str, list[PyClass]]:
        found: dict[str, list[PyClass]] = {}
        for one in self.classes:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def _methods(self) -> dict[tuple[str, str], dict[str, PyFunction]]:
        """By file and owner, the functions by name; those in others by theirs."""
        found: dict[tuple[str, str], dict[str, PyFunction]] = {}
        for one in self.functions:
            found.setdefault((one.file.path, one.owner), {})[one.name] = one
        return found

    def class_of(self, function: PyFunction) -> PyClass | None:
        """The class whose method it is."""
        several = self._classes_by_name.get(function.owner, ())
        return next((one for one in several if one.file.path == function.file.path), None)

    def base_classes(self, one: PyClass) -> Iterator[PyClass]:
        """The class and those of the project that it derives from."""
        waiting, seen = [one], set()
        while waiting:
            this = waiting.pop(0)
            if id(this) in seen:
                continue
            seen.add(id(this))
            yield this
            for base in this.bases:
                several = self._classes_by_name.get(base.rpartition(".")[2], [])
                near = [other for other in several if other.file.path == this.file.path]
                waiting.extend(near or (several if len(several) == 1 else []))

    def attribute(self, one: PyClass, name: str) -> PyAttribute | None:
        """An attribute of a class or of one that it derives from."""
        return next((c.attributes[name] for c in self.base_classes(one) if name in c.attributes), None)

    def method(self, one: PyClass, name: str) -> PyFunction | None:
        """A method of a class or of one that it derives from."""
        return next((found for c in self.base_classes(one) if (found := c.method(name)) is not None), None)

    def family_functions(self, one: PyClass) -> list[PyFunction]:
        """The methods of a class with those of the classes that it derives from."""
        return [function for c in self.base_classes(one) for function in c.methods]

    def kind(self, function: PyFunction, subject: str) -> Kind:
        """What is stored in a subject."""
        holder, _, name = subject.rpartition(".")
        if not holder:
            variable = self.variable(function.file.path, subject)
            return variable.kind if variable is not None else Kind.OTHER
        several = self._classes_by_name.get(function.owner if holder == "self" else holder, ())
        for one in several:
            if one.file.path == function.file.path:
                found = self.attribute(one, name)
                return found.kind if found is not None else Kind.OTHER
        return Kind.OTHER

    @cached_property
    def _variables(self) -> dict[tuple[str, str], PyVariable]:
        return {(one.file.path, one.name): one for one in self.variables}

    def variable(self, path: str, name: str) -> PyVariable | None:
        """A variable of a module."""
        return self._variables.get((path, name))

    def functions_of(self, path: str) -> list[PyFunction]:
        """The functions of one file."""
        return self._by_file.get(path, [])

    @cached_property
    def _by_file(self) -> dict[str, list[PyFunction]]:
        found: dict[str, list[PyFunction]] = {}
        for one in self.functions:
            found.setdefault(one.file.path, []).append(one)
        return found

    # Who shares.

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
        owner = self.class_of(function)
        for call in function.calls:
            if call.receiver == "self" and owner is not None:
                target = self.method(owner, call.method)
            elif not call.receiver:
                target = self._methods.get((function.file.path, ""), {}).get(call.name)
            else:
                target = None
            if target is not None:
                yield target

    # Who holds a lock.

    @cached_property
    def _callers(self) -> dict[int, list[tuple[PyFunction, frozenset[str]]]]:
        found: dict[int, list[tuple[PyFunction, frozenset[str]]]] = {}
        for function in self.functions:
            owner = self.class_of(function)
            for call in function.calls:
                target = None
                if call.receiver == "self" and owner is not None:
                    target = self.method(owner, call.method)
                elif not call.receiver:
                    target = self._methods.get((function.file.path, ""), {}).get(call.name)
                elif call.receiver == "super()" and owner is not None:
                    target = self.method(owner, call.method)
                if target is not None:
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
            here = locks | {"its caller's"} if caller.guard else locks
            if above == universe:
                if not here:
                    continue
                above = frozenset()
            both = here | above
            met = both if met is None else met & both
        return met

    def is_quiet(self, function: PyFunction) -> bool:
        """Nobody else can meet it: it runs while an object is made or unmade, at import, or with its caller's lock."""
        if function.role is not Role.ORDINARY or function.guard or function.name == "<module>":
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

    def is_guarded(self, function: PyFunction, act: Access) -> bool:
        """Some lock is held there."""
        return bool(act.held) or self.is_quiet(function)

    def is_together(self, function: PyFunction, decision: Decision) -> bool:
        """A lock is held from a test to what it decides."""
        return decision.is_together or self.is_quiet(function)

    def accesses(self, functions: Iterable[PyFunction], subject: str) -> Iterator[tuple[PyFunction, Access]]:
        """What these functions do to a subject."""
        return ((function, one) for function in functions for one in function.of(subject))

    # Which threads.

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

    def why(self, function: PyFunction, subject: str) -> tuple[str, bool]:
        """Why threads meet at what a function does to a subject, and whether that is likely; "" if they do not."""
        if subject.startswith("="):
            return "every call without the argument gets the same object", self.is_threaded
        if self._is_of_thread(function, subject):
            return "", False
        if not subject.startswith("self."):
            return ("it belongs to the whole process", self.is_threaded and not function.file.is_of_loop)
        shared = self.shared(function)
        one = self.class_of(function)
        if shared is None or one is None:
            return "", False
        users = [other for other in self.family_functions(one) if not self.is_quiet(other) and any(other.of(subject))]
        own = [other for other in users if id(other) in self.one_thread]
        if users and len(own) == len(users):
            return "", False
        if shared.by_lock and subject in self._guarded(one):
            return shared.why, True
        if shared.by_lock and not shared.by_thread:
            return f"{shared.why}, though not for this", False
        if not shared.by_thread:
            return shared.why, False
        many = [other for other in users if self.in_threads.get(id(other))]
        sides = {id(other) in self.in_threads for other in users}
        return (shared.why, True) if many or len(sides) > 1 else ("", False)

    def _is_of_thread(self, function: PyFunction, subject: str) -> bool:
        """Each thread has its own: an attribute of ``threading.local``, or of an object of a class derived from it."""
        holder = subject.rpartition(".")[0]
        if holder in {"", "self"}:
            one = self.class_of(function) if holder else None
            return one is not None and (
                self._is_local(one) or self.method(one, subject.removeprefix("self.")) is not None
            )
        if self.kind(function, holder) is Kind.LOCAL:
            return True
        made = ""
        if holder.startswith("self."):
            owner = self.class_of(function)
            attribute = self.attribute(owner, holder.removeprefix("self.")) if owner is not None else None
            made = attribute.made if attribute is not None else ""
        elif (variable := self.variable(function.file.path, holder)) is not None:
            made = variable.made
        return any(self._is_local(one) for one in self._classes_by_name.get(made, ()))

    def _is_local(self, one: PyClass) -> bool:
        return any(base.rpartition(".")[2] == "local" for c in self.base_classes(one) for base in c.bases)

    def _guarded(self, one: PyClass) -> frozenset[str]:
        """The attributes that some method uses while it holds a lock of the object."""
        if id(one) not in self._known_guarded:
            self._known_guarded[id(one)] = frozenset(
                act.subject
                for function in self.family_functions(one)
                if function.role is Role.ORDINARY
                for act in function.accesses
                if act.subject.startswith("self.")
                and any(map(_is_lock, (*(one.lock for one in act.held), *(self.entry_locks.get(id(function)) or ()))))
            )
        return self._known_guarded[id(one)]

    @cached_property
    def _known_guarded(self) -> dict[int, frozenset[str]]:
        return {}

    def changers(self, function: PyFunction, subject: str) -> list[tuple[PyFunction, Access]]:
        """Who changes a subject, while others may meet it."""
        if subject.startswith("self."):
            one = self.class_of(function)
            functions = self.family_functions(one) if one is not None else []
        else:
            functions = self.functions_of(function.file.path)
        changes = {Touch.STORE, Touch.UPDATE, Touch.DROP, Touch.EDIT, Touch.REVISE}
        return [
            (other, act)
            for other in functions
            if other.role is Role.ORDINARY
            and other.name != "<module>"
            and self.entry_locks.get(id(other), ()) is not None
            for act in other.of(subject)
            if act.touch in changes
        ]

    def meets_changer(self, function: PyFunction, subject: str) -> bool:
        """A thread in this function may meet one that changes the subject: in another function, or in this one."""
        shared = self.shared(function) if subject.startswith("self.") else None
        is_by_thread = shared is not None and shared.by_thread and not shared.by_lock
        for other, _ in self.changers(function, subject):
            if other is not function and self.may_meet(function, other):
                return True
            if other is function and (not is_by_thread or self.in_threads.get(id(function))):
                return True
        return False

    def has_lock(self, path: str) -> bool:
        """The module has a lock of its own: it is made for threads."""
        return any(one.file.path == path and one.kind.is_lock for one in self.variables)

    def is_handed_on(self, function: PyFunction) -> bool:
        """It is named without being called: who calls it, and with what held, cannot be seen."""
        return (function.file.path, function.name) in self._handed_on

    def is_one_writer(self, function: PyFunction, subject: str) -> bool:
        """All changes are made by one thread."""
        changers = self.changers(function, subject)
        return bool(changers) and all(id(other) in self.one_thread for other, _ in changers)
