"""Scripts for what was seen, each run until it shows the same or its time is over, or only left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from ungil.errors import OutputError
from ungil.stress.hammer.findings.sighting import Sighting
from ungil.stress.hammer.models.literal import UnwritableError
from ungil.stress.hammer.runs.attempt import Kind
from ungil.stress.hammer.scripts.confirm import Confirmation, confirm
from ungil.stress.hammer.scripts.script import Need, Script, script
from ungil.stress.hammer.telling.places import Places

__all__ = ["Untried", "prove"]

SCENARIOS: Final = 3
"""Of a defect, scenarios that are tried: the second or third may be the one that shows it in plain threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried(Confirmation):
    """There is a script, and nobody has run it."""

    def __str__(self) -> str:
        """For people."""
        return f"not tried: a script of plain Python threads{': ' if self.script else ''}{self.script}"


def prove(  # noqa: PLR0913 - all but two have their names
    sighting: Sighting,
    places: Places,
    *,
    name: str,
    seconds: float,
    folder: Path | None = None,
    path: Sequence[str] = (),
    gil_off: bool = False,
) -> Sighting:
    """The same with a confirmation, or with the numbers of what was tried.

    Args:
        sighting: what was seen.
        places: of the instructions in it.
        name: of the script.
        seconds: for all tries together; with 0, the script is only left.
        folder: where the script is left, before it is tried; it is made if it is not there.
        path: folders from which scripts import.
        gil_off: the GIL has to be kept off against the module's word.

    Raises:
        OutputError: the script cannot be written.
    """
    try:
        candidates = _candidates(sighting, places, name, [Need.GIL_OFF] * gil_off)
    except UnwritableError as error:
        return replace(sighting, confirmation=Confirmation(how=str(error)))
    best = candidates[0].script
    confirmation: Confirmation = Untried()
    left = _left(best, folder, name) if folder else ""
    if seconds > 0:
        best, confirmation = _confirmed(candidates, seconds, path)
    if folder and best is not candidates[0].script:
        left = _left(best, folder, name)
    return replace(sighting, confirmation=replace(confirmation, script=left, text=best.text))


class _Candidate(NamedTuple):
    script: Script
    kind: Kind
    debug_allocator: bool


def _candidates(sighting: Sighting, places: Places, name: str, needs: list[Need]) -> list[_Candidate]:
    """A script for each scenario; of crashes, then also with an allocator that overwrites what is freed.

    Raises:
        UnwritableError: there is no source for any of them.
    """
    found, why = [], UnwritableError()
    ways = [needs, [*needs, Need.DEBUG_ALLOCATOR]] if sighting.simplest.kind is Kind.CRASH else [needs]
    for way in ways:
        for one in sighting.observations[:SCENARIOS]:
            try:
                text = script(one, sighting.message, places, name=name, needs=way)
            except UnwritableError as error:
                why = error
            else:
                found.append(_Candidate(text, one.kind, Need.DEBUG_ALLOCATOR in way))
    if not found:
        raise why
    return found


def _confirmed(candidates: Sequence[_Candidate], seconds: float, path: Sequence[str]) -> tuple[Script, Confirmation]:
    """The first script that fails, or the first of all, and what came of them together."""
    tries, begin = 0, time.monotonic()
    tried = Confirmation()
    for number, (one, kind, debug_allocator) in enumerate(candidates):
        left = seconds - (time.monotonic() - begin)
        tried = confirm(one, kind, seconds=left / (len(candidates) - number), path=path)
        tries += tried.tries
        tried = replace(tried, tries=tries, seconds=time.monotonic() - begin, debug_allocator=debug_allocator)
        if tried.confirmed:
            return one, tried
        if tried.seconds >= seconds:
            break
    return candidates[0].script, tried


def _left(script: Script, folder: Path, name: str) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"'{folder}' cannot be made: {error.strerror}.", "Name another folder for scripts."
        ) from error
    script.write(folder / name)
    return (folder / name).as_posix()
