"""Wheels that were built, kept in folders by what they were built from."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ungil.commands import Done
from ungil.files import write_whole

__all__ = ["Wheel", "keep", "kept", "name_of"]

_STAMP: Final = "built.json"
_MOST_WARNINGS: Final = 100
_WARNING: Final = re.compile(r"^.*?\S+?:\d+:(?:\d+:)? warning: .*$", re.MULTILINE)
_COMPILER: Final = re.compile(
    r"^-- The CX?X? compiler identification is (?P<cmake>.+)$"
    r"|^C(?:\+\+)? compiler for the host machine: .*\((?P<meson>.+?)\)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel that was built.

    Attributes:
        path: where it is.
        sha256: of its bytes.
        output: what the build printed.
        seconds: what it took, when it was done.
        warnings: of the compiler, at most a hundred, each once.
        compiler: as it names itself; empty where that is not known.
        kept: whether an earlier run has built it, from the same sources.
    """

    path: Path
    sha256: str
    output: str
    seconds: float
    warnings: tuple[str, ...] = ()
    compiler: str = ""
    kept: bool = False


def keep(wheel: Path, done: Done, folder: Path, compiler: str) -> Wheel:
    """Move a wheel to a folder, with what its build printed; the stamp, which makes it count, comes last.

    Args:
        wheel: where the build has left it.
        done: the build.
        folder: where it goes.
        compiler: what is taken for the compiler, if the output names none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = _COMPILER.search(done.output)
    made = Wheel(
        path=wheel.replace(folder / wheel.name),
        sha256=hashlib.sha256((folder / wheel.name).read_bytes()).hexdigest(),
        output=done.output,
        seconds=done.seconds,
        warnings=tuple(dict.fromkeys(_WARNING.findall(done.output)))[:_MOST_WARNINGS],
        compiler=(named["cmake"] or named["meson"]).strip() if named else compiler,
    )
    told = asdict(made) | {"path": wheel.name}
    write_whole(folder / _STAMP, json.dumps(told).encode())
    return made


def kept(folder: Path) -> Wheel | None:
    """What an earlier run has kept there; None if it did not come to its end, or the wheel is not what it was."""
    try:
        told = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
        path = folder / told["path"]
        found = Wheel(**told | {"path": path, "warnings": tuple(told["warnings"]), "kept": True})
        same = hashlib.sha256(path.read_bytes()).hexdigest() == found.sha256
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if same else None


def name_of(wheel: str | Path) -> str:
    """Of the project; empty for what is no wheel."""
    path = Path(wheel)
    return path.name.split("-")[0].replace("_", "-").lower() if path.suffix == ".whl" else ""
