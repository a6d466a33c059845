"""What repairs use and older versions of Python lack, and how a file gets it.

``pythoncapi_compat.h`` has most of it, and is included where a project has it. Else what is missing is written into the
file, under the version that brought it: new versions never compile it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ungil.facts.model import File
from ungil.fixer import Edit, Undecided, Version
from ungil.source import Project, Source

__all__ = ["additions", "lacking"]

_HEADER = "pythoncapi_compat.h"
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^">\n]+)[">]', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Missing:
    """The keys of ``compat.toml`` are documented at its head."""

    name: str
    since: Version
    code: str
    macro: bool
    compat: bool


@cache
def _known() -> dict[str, _Missing]:
    tables = tomllib.loads(Path(__file__).with_name("compat.toml").read_text(encoding="utf-8"))
    return {name: _missing(name, **table) for name, table in tables.items()}


def _missing(name: str, *, since: str, code: str, compat: bool, macro: bool = False) -> _Missing:
    major, minor = since.split(".")
    return _Missing(name, (int(major), int(minor)), code, macro, compat)


def lacking(names: Iterable[str], oldest: Version) -> list[str]:
    """Those of the names that the oldest version to be supported does not have, sorted.

    Raises:
        KeyError: ``compat.toml`` does not know a name.
    """
    return sorted(name for name in set(names) if _known()[name].since > oldest)


def additions(source: Source, file: File, names: Iterable[str], oldest: Version, project: Project) -> list[Edit]:
    """What a file needs besides, so that it can use ``names`` from the oldest version on.

    Raises:
        Undecided: there is no ``#include`` behind which it could stand.
    """
    text = source.data.decode("latin-1")
    named, headers = _reached(text, project)
    wanted = [name for name in lacking(names, oldest) if not _has(name, text, headers)]
    carried = [name for name in wanted if _known()[name].compat]
    new = ""
    if carried and _has_header(project):
        new = "" if _HEADER in named else f'#include "{_HEADER}"\n'
        wanted = [name for name in wanted if name not in carried]
    new += "".join(_code(_known()[name]) for name in wanted)
    return [Edit(source.path, *[_behind_includes(text, file)] * 2, new)] if new else []


def _has_header(project: Project) -> bool:
    """A copy of pythoncapi_compat.h is in the project, read or passed over as somebody else's."""
    paths = (*project.by_path, *(skipped.path for skipped in project.skipped))
    return any(path.rpartition("/")[2] == _HEADER for path in paths)


def _reached(text: str, project: Project) -> tuple[set[str], list[str]]:
    """The files that a file includes, directly or through the project's own headers: their names, and the headers."""
    by_name: dict[str, list[str]] = {}
    for path, source in project.by_path.items():
        by_name.setdefault(path.rpartition("/")[2], []).append(source.data.decode("latin-1"))
    named: set[str] = set()
    headers: list[str] = []
    waiting = [text]
    while waiting:
        for match in _INCLUDE.finditer(waiting.pop()):
            name = match[1].rpartition("/")[2]
            if name not in named:
                named.add(name)
                headers += by_name.get(name, [])
                waiting += by_name.get(name, [])
    return named, headers


def _has(name: str, text: str, headers: Iterable[str]) -> bool:
    """The file, or a header of the project's own, defines the name already."""
    macro = re.compile(rf"#[ \t]*define[ \t]+{name}\b")
    written = re.compile(rf"^[\w \t*]*\b{name}\([^;{{]*\)\s*\{{", re.MULTILINE)
    return bool(macro.search(text)) or any(macro.search(one) or written.search(one) for one in headers)


def _code(missing: _Missing) -> str:
    major, minor = missing.since
    body = missing.code.strip("\n")
    if missing.macro:
        return f"\n#ifndef {missing.name} /* before Python {major}.{minor} */\n{body}\n#endif\n"
    condition = f"PY_VERSION_HEX < 0x{major:02X}{minor:02X}0000 && !defined({missing.name})"
    return f"\n#if {condition} /* Python {major}.{minor} has it */\n{body}\n#define {missing.name} compat_{missing.name}\n#endif\n"


def _behind_includes(text: str, file: File) -> int:
    """The beginning of the line behind the last ``#include`` that no ``#if`` encloses, include guards apart."""
    shallow = min((depth for _, _, depth in file.includes), default=0)
    lines = [span.line for _, span, depth in file.includes if depth == shallow]
    first = min((function.span.line for function in file.functions), default=None)
    lines = [line for line in lines if first is None or line < first]
    if not lines:
        raise Undecided(
            f"what older versions lack has no place: '{file.path}' includes nothing before its first function"
        )
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return starts[lines[-1]] if lines[-1] < len(starts) else len(text)
