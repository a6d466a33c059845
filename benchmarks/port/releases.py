"""What goes the road: chosen for how it is written and for what is known of it, before it had gone."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RELEASES", "Release"]


@dataclass(frozen=True)
class Release:
    """A source distribution on the package index.

    Attributes:
        name, version: there.
        made_with: how its extension is written.
        why: it was chosen.
    """

    name: str
    version: str
    made_with: str
    why: str

    @property
    def target(self) -> str:
        """As `ungil port` takes it."""
        return f"{self.name}=={self.version}"


RELEASES = (
    Release("lru-dict", "1.3.0", "C", "known to be unsafe: a linked list without a lock, and no declaration"),
    Release("pyahocorasick", "2.1.0", "C", "an automaton that is built and then searched, from before free threading"),
    Release("xxhash", "3.8.2", "C", "declares that it needs no GIL; one of the most downloaded"),
    Release("frozenlist", "1.8.0", "Cython", "declares that it needs no GIL; one small class"),
    Release("mapbox_earcut", "1.0.3", "C++, pybind11", "functions on arrays, without state"),
    Release("mysqlclient", "2.2.7", "C", "does not build where MySQL's library is not installed"),
)
