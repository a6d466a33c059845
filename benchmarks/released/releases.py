"""The packages, chosen before they were hammered: in several languages, with objects that threads can share."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

__all__ = ["RELEASES", "Release"]

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Release:
    """One of them.

    Attributes:
        name: on the package index.
        module: as it is imported; its model has the same name.
        made_with: how its extension is written.
    """

    name: str
    module: str
    made_with: str

    @property
    def model(self) -> Path:
        """The model file."""
        return MODELS / f"{self.module}.py"

    @property
    def version(self) -> str:
        """That is installed here."""
        return version(self.name)


RELEASES = (
    Release("bitarray", "bitarray", "C"),
    Release("blake3", "blake3", "Rust, PyO3"),
    Release("cachebox", "cachebox", "Rust, PyO3"),
    Release("frozenlist", "frozenlist", "Cython"),
    Release("hiredis", "hiredis", "C"),
    Release("kiwisolver", "kiwisolver", "C++, cppy"),
    Release("lru-dict", "lru", "C"),
    Release("marisa-trie", "marisa_trie", "Cython, C++"),
    Release("mmh3", "mmh3", "C"),
    Release("msgpack", "msgpack", "Cython"),
    Release("multidict", "multidict", "C"),
    Release("preshed", "preshed", "Cython"),
    Release("regex", "regex", "C"),
    Release("rpds-py", "rpds", "Rust, PyO3"),
    Release("wrapt", "wrapt", "C"),
    Release("xxhash", "xxhash", "C"),
)
