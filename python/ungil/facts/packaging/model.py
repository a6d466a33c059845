"""What rules may see of the files that say how a project is built and what it promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ungil.facts.ci.model import Spot

__all__ = ["BuildCode", "Classifier", "Dependency", "PackagingFacts", "Seen"]


class Seen(StrEnum):
    """What is looked for in the code and the configuration of a build."""

    LIMITED_API = "the limited API is asked for"
    DEFINED = "Py_GIL_DISABLED is defined"
    MISREAD = "the build's kind is asked for in a way that does not tell it"
    ASKS_NOW = "whether the GIL is on now is asked, in place of the build's kind"
    OLD_ABI3T = "the stable ABI of free-threaded builds, from before it was there"
    OLD_FIND_PYTHON = "Python is looked for by a module that knows no free-threaded builds"
    CFFI = "a module that cffi writes"
    PYO3 = "a module that PyO3 makes"
    SWIG_THREADS = "SWIG is told to detach around each call"


@dataclass(frozen=True, slots=True)
class BuildCode:
    """One place in the code or the configuration of a build.

    Attributes:
        text: what stands there.
    """

    seen: Seen
    spot: Spot
    text: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """A requirement for a tool or a library of which only later versions know free threading.

    Attributes:
        name, text: of what, and as it is written.
        first: the first version that knows it.
        lacks: what those before it lack.
    """

    spot: Spot
    name: str
    text: str
    first: str
    lacks: str


@dataclass(frozen=True, slots=True)
class Classifier:
    """``Programming Language :: Python :: Free Threading``, and how much it promises.

    Attributes:
        level: 0 where it says none, to 4.
    """

    spot: Spot
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class PackagingFacts:
    """What is known of the packaging.

    Attributes:
        code: places, in the order of the files.
        outdated: requirements that only versions meet that know nothing of free threading.
        outdated_crates: the same in Cargo files.
        classifier: of the project; None where it has none.
        unread: files that could not be read, and why.
    """

    code: tuple[BuildCode, ...] = field(default=())
    outdated: tuple[Dependency, ...] = field(default=())
    outdated_crates: tuple[Dependency, ...] = field(default=())
    classifier: Classifier | None = None
    unread: tuple[tuple[str, str], ...] = field(default=())

    def seen(self, *what: Seen) -> list[BuildCode]:
        """Where one of these is."""
        return [one for one in self.code if one.seen in what]
