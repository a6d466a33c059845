"""Runs the modules of a wheel in child processes, and says of each what the interpreter did about the GIL.

First each is imported, all in one process as long as the GIL stays off: then each of them has declared that it needs
none. Once a module turns it on, fails or crashes, the rest goes on in a new process. A module that cannot be imported,
or whose package turned the GIL on before it came to it, is created alone: the interpreter decides about the GIL when a
module is created, before it is executed. Where that turned the GIL on, the slots tell whether the module wants it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ungil.wheel.child import Ended, lines, run
from ungil.wheel.hosts import Host
from ungil.wheel.model import Method, Reading, Verdict

__all__ = ["Runnable", "readings"]

_PROBE = Path(__file__).parent / "probes" / "modules.py"
_GIL_SLOTS = {4, 87}  # Py_mod_gil, before 3.15 and since
_VERDICTS = {0: Verdict.GIL_USED, 1: Verdict.DECLARED}
_START_SECONDS = 30
_NO_SUCH = "it is not free-threaded, or its GIL is on"


@dataclass(frozen=True, slots=True)
class Runnable:
    """A module that can be run: its name, its file, and what follows PyInit in the name of its init function."""

    name: str
    file: Path
    mangled: str


class _Place(NamedTuple):
    host: Host
    folder: Path
    seconds: int


class _Result(NamedTuple):
    """What one module did in a child: what the child wrote, or why it wrote nothing."""

    said: dict[str, Any]
    died: str = ""


def readings(
    host: Host, folder: Path, modules: Sequence[Runnable], is_unclear: Callable[[str], bool], seconds: int
) -> dict[str, list[Reading]]:
    """What each module did, by name, the import last.

    Args:
        host: the interpreter.
        folder: where the wheel was unpacked to.
        modules: those that are to be run.
        is_unclear: whether what was read of a module, by name, does not say what it declares.
        seconds: for one module.
    """
    place = _Place(host, folder, seconds)
    imported = _import(place, modules)
    alone = [one for one in modules if imported[one.name].verdict is Verdict.UNKNOWN]
    created = _each(place, alone, "create", _created)
    unsaid = [one for one in modules if _is_on(imported, created, one.name) and is_unclear(one.name)]
    slots = _each(place, unsaid, "initialise", _initialised)
    return {
        one.name: [*(found[one.name] for found in (created, slots) if one.name in found), imported[one.name]]
        for one in modules
    }


def _is_on(imported: dict[str, Reading], created: dict[str, Reading], name: str) -> bool:
    return any(found[name].verdict.turns_gil_on for found in (imported, created) if name in found)


def _import(place: _Place, modules: Sequence[Runnable]) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    waiting = list(modules)
    names = {one.name for one in modules}
    while waiting:
        for module, result in zip(waiting, _batch(place, waiting, "import"), strict=False):
            by = tuple(result.said.get("by", ()))
            found[module.name] = _imported(place.host, module, result, by)
            found |= {one.name: found[module.name] for one in waiting if _is_in(result.said.get("in"), one)}
            for other in by:
                if other in names:  # another module of the wheel, which its package imports
                    found[other] = _turned_on(Method.IMPORTED, place.host)
        waiting = [one for one in waiting if one.name not in found]
    return found


def _each(
    place: _Place, modules: Sequence[Runnable], do: str, read: Callable[[Host, Runnable, _Result], Reading]
) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    waiting = list(modules)
    while waiting:
        results = _batch(place, waiting, do)
        found |= {
            module.name: read(place.host, module, result) for module, result in zip(waiting, results, strict=False)
        }
        waiting = waiting[len(results) :]
    return found


def _batch(place: _Place, modules: Sequence[Runnable], do: str) -> list[_Result]:
    """What the first modules did, at least one of them: as many as one process tells about."""
    request = {
        "do": do,
        "seconds": place.seconds,
        "folder": str(place.folder),
        "modules": [{"name": one.name, "file": str(one.file), "mangled": one.mangled} for one in modules],
    }
    with tempfile.TemporaryDirectory(prefix="ungil-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        asked, answered = scratch / ".request", scratch / ".results"
        asked.write_text(json.dumps(request), encoding="utf-8")
        command: list[str | Path] = [place.host.path, "-I", "-X", "utf8", _PROBE, asked, answered]
        ended = run(command, scratch, _START_SECONDS + place.seconds * len(modules))
        results = [_Result(said) for said in _said(answered)][: len(modules)]
    told_to_stop = bool(results) and (results[-1].said.get("gil") or "error" in results[-1].said)
    if len(results) < len(modules) and not told_to_stop:
        results.append(_Result({}, _why(ended, place.seconds)))
    return results


def _is_in(package: str | None, module: Runnable) -> bool:
    return package is not None and module.name.startswith(f"{package}.")


def _why(ended: Ended, seconds: int) -> str:
    if ended.code == 3:  # noqa: PLR2004 - the probe's own
        return _NO_SUCH
    return f"not done within {seconds} seconds" if "Timeout (" in ended.error else ended.why


def _said(path: Path) -> Iterator[dict[str, Any]]:
    """What the child wrote, as far as it is whole: a module may have written there too."""
    for line in lines(path):
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        yield said


def _imported(host: Host, module: Runnable, result: _Result, by: tuple[str, ...]) -> Reading:
    if module.name in by:
        return _turned_on(Method.IMPORTED, host)
    if why := _why_not(result):
        return _unknown(Method.IMPORTED, host, why, others=by, failed=not _lacks_something(result))
    if not result.said.get("gil"):
        return Reading(Method.IMPORTED, Verdict.DECLARED, "the GIL stayed off", host.version)
    others = ", ".join(by) or "something that it imports"
    return _unknown(Method.IMPORTED, host, f"{others} turned the GIL on meanwhile", others=by)


def _created(host: Host, module: Runnable, result: _Result) -> Reading:
    by = tuple(result.said.get("by", ()))
    if module.name in by:
        return _turned_on(Method.INITIALISED, host)
    if why := _why_not(result):
        return _unknown(Method.INITIALISED, host, why)
    if not result.said.get("gil"):
        return Reading(Method.INITIALISED, Verdict.DECLARED, "created alone, it left the GIL off", host.version)
    if by:
        return _unknown(Method.INITIALISED, host, f"{', '.join(by)} turned the GIL on")
    return _turned_on(Method.INITIALISED, host)


def _initialised(host: Host, module: Runnable, result: _Result) -> Reading:
    del module
    if why := _why_not(result):
        return _unknown(Method.INITIALISED, host, why)
    if "slots" not in result.said:
        return _unknown(Method.INITIALISED, host, "it is made in a single phase, without slots")
    values = {value for number, value in result.said["slots"] if number in _GIL_SLOTS}
    if not values:
        return Reading(Method.INITIALISED, Verdict.NOT_DECLARED, "it returns no Py_mod_gil slot", host.version)
    verdict = _VERDICTS.get(values.pop(), Verdict.UNKNOWN) if len(values) == 1 else Verdict.UNKNOWN
    return Reading(Method.INITIALISED, verdict, "the slots that it returns", host.version)


def _unknown(method: Method, host: Host, why: str, *, others: tuple[str, ...] = (), failed: bool = False) -> Reading:
    return Reading(method, Verdict.UNKNOWN, why, host.version, others, failed)


def _turned_on(method: Method, host: Host) -> Reading:
    how = "importing it turned the GIL on" if method is Method.IMPORTED else "created alone, it turned the GIL on"
    return Reading(method, Verdict.NOT_DECLARED, how, host.version)


def _why_not(result: _Result) -> str:
    """Why the module cannot be said to have been run; nothing if it can."""
    if result.died:
        return result.died
    error = result.said.get("error")
    if error is None:
        return ""
    kind, message, missing = error
    return f"it needs '{missing}', which is not installed" if missing else f"{kind}: {message}"


def _lacks_something(result: _Result) -> bool:
    """Whether it could not be run for want of a module, which says nothing about itself."""
    error = result.said.get("error")
    return error is not None and error[2] is not None
