"""What YAML consists of: mappings, sequences and scalars, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "YamlError"]


class YamlError(ValueError):
    """The text is no YAML, or none that is read here; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts.

    Attributes:
        value: what it says.
        raw: as it stands in the text, quotes and indentation included.
        start, end: where, the end exclusive.
    """

    value: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in the order of the text. Of keys that stand there twice, the last counts."""

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int

    def get(self, name: str) -> Node | None:
        """The value of a key."""
        return next((value for key, value in reversed(self.pairs) if key.value == name), None)

    def key(self, name: str) -> Scalar | None:
        """The key itself: where it stands."""
        return next((key for key, _ in reversed(self.pairs) if key.value == name), None)

    def text(self, name: str) -> str:
        """The value of a key that is a scalar; empty where it is missing or something else."""
        found = self.get(name)
        return found.value if isinstance(found, Scalar) else ""

    def mapping(self, name: str) -> Mapping:
        """The value of a key that is a mapping; an empty one where it is missing or something else."""
        found = self.get(name)
        return found if isinstance(found, Mapping) else Mapping((), self.start, self.start)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in their order."""

    items: tuple[Node, ...]
    start: int
    end: int


type Node = Scalar | Mapping | Sequence
