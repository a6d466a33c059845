"""A project's Python, joined over its files: which class, method or variable a name means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ungil.facts.python.model import Kind, PyAttribute, PyClass, PyFile, PyFunction, PyVariable

__all__ = ["PythonProject"]


@dataclass(frozen=True)
class PythonProject:
    """The classes, functions and variables of a project's Python, found by name.

    Attributes:
        files: every file that was read; ``classes`` and so on are of those that could matter.
        is_threaded: some file has a word of threads.
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
