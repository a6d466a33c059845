"""What a rule may see of Cython: modules with what they declare, and what their build asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["CythonFacts", "CythonFile", "CythonModule", "CythonRequirement", "Place", "Stance"]


class Stance(StrEnum):
    """What a Cython module, or its build, says about the GIL: the directive ``freethreading_compatible``."""

    COMPATIBLE = "True"
    INCOMPATIBLE = "False"
    UNCLEAR = "a value that only the build knows"
    MISSING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of source, like ``Span``: lines and columns from 1, a column is a byte, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class CythonFile:
    """One file: Cython source, a template of it, or a file of the build.

    Attributes:
        path: relative to the project, with forward slashes.
        lines: how many it has.
        first: its first line.
    """

    path: str
    lines: int
    first: Place


@dataclass(frozen=True, slots=True)
class CythonModule:
    """A ``.pyx`` file that is compiled on its own: one that no other file includes.

    Attributes:
        file: where it is.
        stance: what it says, or else what the build says for it.
        is_shipped: False below folders of tests, examples, benchmarks and documentation.
    """

    file: CythonFile
    stance: Stance
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class CythonRequirement:
    """The version of Cython that ``[build-system]`` asks for.

    Attributes:
        file, place: of the requirement.
        text: as it is written.
        allows_old: a Cython before 3.1 would do.
        allows_new: some Cython since 3.1 would do.
    """

    file: CythonFile
    place: Place
    text: str
    allows_old: bool
    allows_new: bool


@dataclass(frozen=True, slots=True)
class CythonFacts:
    """All that is known of a project's Cython, joined over its files."""

    files: tuple[CythonFile, ...] = field(default=())
    modules: tuple[CythonModule, ...] = field(default=())
    requirements: tuple[CythonRequirement, ...] = field(default=())
