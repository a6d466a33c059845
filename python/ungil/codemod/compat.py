"""What repairs use and older versions of Python lack, and how a file gets it.

``pythoncapi_compat.h`` has most of it, and is included where a project has it. Else what is missing is written into the
file, under the version that brought it: new versions never compile it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ungil.facts.model import File
from ungil.fixer import Edit, Undecided, Version
from ungil.source import Project

__all__ = ["additions", "lacking"]

_HEADER = "pythoncapi_compat.h"
_LIMITS = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+Py_LIMITED_API\b", re.MULTILINE)
_LIMITED_BUILD = re.compile(rb"^[^#\n]*(?:\bPy_LIMITED_API\b|\bpy_limited_api\s*=\s*(?!False))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Missing:
    """The keys of ``compat.toml`` are documented at its head."""

    name: str
    since: Version | None
    condition: str
    code: str
    macro: bool
    compat: bool


@cache
def _known() -> dict[str, _Missing]:
    tables = tomllib.loads(Path(__file__).with_name("compat.toml").read_text(encoding="utf-8"))
    return {name: _missing(name, **table) for name, table in tables.items()}


def _missing(  # noqa: PLR0913 - a table has that many keys
    name: str, *, code: str, since: str = "", condition: str = "", compat: bool = False, macro: bool = False
) -> _Missing:
    major, _, minor = since.partition(".")
    return _Missing(name, (int(major), int(minor)) if since else None, condition, code, macro, compat)


def lacking(names: Iterable[str], oldest: Version) -> list[str]:
    """Those of the names that the oldest version to be supported does not have, or some platform, sorted.

    Raises:
        KeyError: ``compat.toml`` does not know a name.
    """
    known = [_known()[name] for name in set(names)]
    return sorted(one.name for one in known if one.since is None or one.since > oldest)


def additions(file: File, files: Sequence[File], names: Iterable[str], oldest: Version, project: Project) -> list[Edit]:
    """What a file needs besides, so that it can use ``names`` from the oldest version on.

    Raises:
        Undecided: there is no ``#include`` behind which it could stand, or the limited API keeps all that is new out.
    """
    sources = project.by_path
    text = sources[file.path].data
    named, paths = _reached(file, files)
    headers = [sources[path].data for path in paths]
    brought = sorted(name for name in set(names) if _known()[name].since is not None)
    if brought and _is_limited([text, *headers], project):
        raise Undecided(f"the limited API may lack {brought[0]}: see from which version it has it, or build without")
    wanted = [name for name in lacking(names, oldest) if not _has(name.encode(), text, headers)]
    carried = [name for name in wanted if _known()[name].compat]
    new = ""
    if carried and _has_header(project):
        new = "" if _HEADER in named else f'#include "{_HEADER}"\n'
        wanted = [name for name in wanted if name not in carried]
    new += "".join(_code(_known()[name]) for name in wanted)
    if not new:
        return []
    at = _behind_includes(text, file)
    apart = "\n" if new.endswith("#endif\n") and text[at : at + 1] not in {b"", b"\r", b"\n"} else ""
    return [Edit(file.path, at, at, new + apart)]


def _is_limited(texts: Iterable[bytes], project: Project) -> bool:
    """The file, one of its headers or the build asks for the limited API, on whatever condition."""
    build = [one.data for one in project.build_files if b"_limited_api" in one.data.lower()]
    some = [one for one in texts if b"Py_LIMITED_API" in one]  # to look for the line alone takes a hundred times longer
    return any(map(_LIMITS.search, some)) or any(map(_LIMITED_BUILD.search, build))


def _has_header(project: Project) -> bool:
    """A copy of pythoncapi_compat.h is in the project, read or passed over as somebody else's."""
    paths = (*project.by_path, *(skipped.path for skipped in project.skipped))
    return any(path.rpartition("/")[2] == _HEADER for path in paths)


def _reached(file: File, files: Sequence[File]) -> tuple[set[str], list[str]]:
    """The files that a file includes, directly or through the project's own: their names, and the project's paths."""
    by_name: dict[str, list[File]] = {}
    for one in files:
        by_name.setdefault(one.path.rpartition("/")[2], []).append(one)
    named: set[str] = set()
    paths: list[str] = []
    waiting = [file]
    while waiting:
        for path, _, _ in waiting.pop().includes:
            name = path.rpartition("/")[2]
            if name not in named:
                named.add(name)
                paths += [one.path for one in by_name.get(name, ())]
                waiting += by_name.get(name, ())
    return named, paths


def _has(name: bytes, text: bytes, headers: Iterable[bytes]) -> bool:
    """The file, or a header of the project's own, defines the name already."""
    having = [one for one in (text, *headers) if name in one]
    macro = re.compile(rb"#[ \t]*define[ \t]+%b\b" % name)
    written = re.compile(rb"^[\w \t*]*\b%b\([^;{]*\)\s*\{" % name, re.MULTILINE)
    return any(macro.search(one) or (one is not text and written.search(one)) for one in having)


def _code(missing: _Missing) -> str:
    name, body = missing.name, missing.code.strip("\n")
    if missing.since is None and missing.macro:
        return f"\n{body}\n"
    if missing.since is None:
        condition, why = missing.condition, f"it has no {name}()"
    else:
        major, minor = missing.since
        condition, why = f"PY_VERSION_HEX < 0x{major:02X}{minor:02X}0000", f"Python {major}.{minor} has it"
        if missing.macro:
            return f"\n#ifndef {name} /* before Python {major}.{minor} */\n{body}\n#endif\n"
    defined = f"#define {name} compat_{name}"
    return f"\n#if {condition} && !defined({name}) /* {why} */\n{body}\n{defined}\n#endif\n"


def _behind_includes(text: bytes, file: File) -> int:
    """The beginning of the line behind the last ``#include`` that no ``#if`` encloses, include guards apart."""
    shallow = min((depth for _, _, depth in file.includes), default=0)
    lines = [span.line for _, span, depth in file.includes if depth == shallow]
    first = min((function.span.line for function in file.functions), default=None)
    lines = [line for line in lines if first is None or line < first]
    if not lines:
        raise Undecided(
            f"what older versions lack has no place: '{file.path}' includes nothing before its first function"
        )
    before = text.split(b"\n", lines[-1])
    return len(text) - len(before[-1]) if len(before) > lines[-1] else len(text)
