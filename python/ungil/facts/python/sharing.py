"""Which Python code threads share, and whether they can meet there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ungil.facts.python.model import Access, Decision, Kind, PyClass, PyFile, PyFunction, Role
from ungil.facts.python.names import is_lock_name
from ungil.facts.python.threads import CALLERS_LOCK, PythonThreads

__all__ = ["PythonFacts"]

_LOCAL = re.compile(r"_?(?:thread_?)?local(?:base)?", re.IGNORECASE)  # what modules call threading.local


@dataclass(frozen=True)
class PythonFacts(PythonThreads):
    """All that is known of a project's Python."""

    def is_together(self, function: PyFunction, decision: Decision) -> bool:
        """A lock is held from a test to what it decides."""
        return decision.is_together or self.is_quiet(function)

    def why(self, function: PyFunction, subject: str) -> tuple[str, bool]:  # noqa: PLR0911 - one for each reason
        """Why threads meet at what a function does to a subject, and whether that is likely; "" if they do not."""
        if subject.endswith("__"):
            return "", False  # what makes a class is done while it is made
        if subject.startswith("="):
            return "every call without the argument gets the same object", self.is_threaded
        if self._is_of_thread(function, subject):
            return "", False
        if not subject.startswith("self."):
            return "it belongs to the whole process", self._is_met(function.file, subject)
        shared = self.shared(function)
        one = self.class_of(function)
        if shared is None or one is None:
            return "", False
        users = [other for other in self.family_functions(one) if not self.is_quiet(other) and any(other.of(subject))]
        own = [other for other in users if id(other) in self.one_thread]
        if users and len(own) == len(users):
            return "", False
        if shared.by_lock and subject in self._guarded[id(one)]:
            return shared.why, True
        if shared.by_lock and not shared.by_thread:
            return f"{shared.why}, though not for this", False
        if not shared.by_thread:
            return shared.why, False
        many = [other for other in users if self.in_threads.get(id(other))]
        sides = {id(other) in self.in_threads for other in users}
        return (shared.why, True) if many or len(sides) > 1 else ("", False)

    def _is_met(self, file: PyFile, subject: str) -> bool:
        """What a class holds, where nothing speaks of threads, is mostly set up before there are any."""
        is_likely = file.is_of_threads or "." not in subject
        return is_likely and self.is_threaded and not file.is_of_loop

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
        return any(_LOCAL.fullmatch(base.rpartition(".")[2]) for c in self.base_classes(one) for base in c.bases)

    @cached_property
    def _guarded(self) -> dict[int, frozenset[str]]:
        """Of each class that holds a lock, by ``id``, the attributes that some method uses while it holds one."""
        by_lock = [one for one in self.classes if id(one) in self.shared_classes and self.locks_of(one)]
        return {id(one): frozenset(self._used_under_lock(one)) for one in by_lock}

    def _used_under_lock(self, one: PyClass) -> Iterator[str]:
        for function in self.family_functions(one):
            entry = self.entry_locks.get(id(function)) or frozenset()
            for act in function.accesses if function.role is Role.ORDINARY else ():
                if act.subject.startswith("self.") and any(map(_is_lock, {held.lock for held in act.held} | entry)):
                    yield act.subject

    def changers(self, function: PyFunction, subject: str) -> list[tuple[PyFunction, Access]]:
        """Who changes a subject, while others may meet it."""
        if subject.startswith("self."):
            one = self.class_of(function)
            functions = self.family_functions(one) if one is not None else []
        else:
            functions = self.functions_of(function.file.path)
        return [
            (other, act)
            for other in functions
            if other.role is Role.ORDINARY
            and other.name != "<module>"
            and self.entry_locks.get(id(other), ()) is not None
            for act in other.of(subject)
            if act.touch.is_change
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


def _is_lock(name: str) -> bool:
    """A lock of an object, by its name, and not one of an event loop."""
    return name == CALLERS_LOCK or (name.startswith("self.") and is_lock_name(name))
