"""The releases that are fixed, built and tested: packages.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Package", "packages"]

FILE = Path(__file__).with_name("packages.toml")


@dataclass(frozen=True, kw_only=True)
class Package:
    """One of them.

    Attributes:
        name, version: on the package index.
        made_with: how its extension is written.
        modules: what has to be loaded from compiled code, not from a fallback in Python, by name.
        files: of the source distribution: what the tests need where they run, which is not in it.
        tests: what pytest is told to run.
        needs: what the tests need installed.
        build_needs: held against what builds it, where the newest cannot: ``setuptools<81``.
        deselect: tests that cannot pass here whatever is changed, each with the reason.
    """

    name: str
    version: str
    made_with: str
    modules: tuple[str, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...]
    needs: tuple[str, ...]
    build_needs: tuple[str, ...]
    deselect: Mapping[str, str]

    @property
    def release(self) -> str:
        """As `ungil audit` takes it."""
        return f"{self.name}=={self.version}"


def packages() -> tuple[Package, ...]:
    """All of them, by name."""
    return tuple(map(_package, tomllib.loads(FILE.read_text(encoding="utf-8"))["package"]))


def _package(read: Mapping[str, Any]) -> Package:
    lists = {key: tuple(read.get(key, ())) for key in ("modules", "files", "tests", "needs", "build_needs")}
    return Package(
        name=read["name"],
        version=read["version"],
        made_with=read["made_with"],
        deselect={one["test"]: one["why"] for one in read.get("deselect", ())},
        **lists,
    )
