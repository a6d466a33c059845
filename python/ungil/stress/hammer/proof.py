"""Scripts for what was seen, each run until it shows the same or its time is over."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from ungil.stress.hammer.attempt import Kind, Observation
from ungil.stress.hammer.confirm import Confirmation, confirm
from ungil.stress.hammer.places import Places
from ungil.stress.hammer.script import Script, script
from ungil.stress.hammer.sighting import Sighting
from ungil.stress.hammer.literal import UnwritableError

__all__ = ["prove"]

SCENARIOS: Final = 3
"""Of a defect, scenarios that are tried: the second or third may be the one that shows it in plain threads."""


def prove(
    sighting: Sighting, places: Places, *, seconds: float, folder: Path | None = None, path: Sequence[str] = ()
) -> Sighting:
    """The same with a confirmation, or with the numbers of what was tried.

    Args:
        sighting: what was seen.
        places: of the instructions where threads stopped.
        seconds: for all tries together.
        folder: where the script is left, in a file named after the finding; it is made if it is not there.
        path: folders from which scripts import.

    Raises:
        OutputError: the script cannot be written.
    """
    name = f"{sighting.hazard.code}-{re.sub(r'[^0-9A-Za-z_]+', '-', sighting.subject).strip('-')}.py"
    try:
        scripts = list(islice(_scripts(sighting, places, name), SCENARIOS * 2))
    except UnwritableError as error:
        return replace(sighting, confirmation=Confirmation(False, 0, 0.0, str(error)))
    best, outcome = scripts[0][1], Confirmation(False, 0, 0.0, "")
    for number, (observation, one, allocator) in enumerate(scripts):
        left = (seconds - outcome.seconds) / (len(scripts) - number)
        begin = time.monotonic()
        tried = confirm(one, observation.kind, seconds=left, path=path)
        outcome = replace(
            tried, tries=outcome.tries + tried.tries, seconds=outcome.seconds + time.monotonic() - begin
        )
        if tried.confirmed:
            best, outcome = one, replace(outcome, debug_allocator=allocator)
            break
    return replace(sighting, confirmation=replace(outcome, script=_left(best, folder, name), text=best.text))


def _scripts(sighting: Sighting, places: Places, name: str) -> Iterator[tuple[Observation, Script, bool]]:
    """For each scenario, with the usual allocator; of crashes, then also with one that overwrites what is freed."""
    for debug_allocator in (False, True) if sighting.simplest.kind is Kind.CRASH else (False,):
        for one in sighting.observations[:SCENARIOS]:
            text = script(one, sighting.message, places.known, sighting.files, name=name, debug_allocator=debug_allocator)
            yield one, text, debug_allocator


def _left(script: Script, folder: Path | None, name: str) -> str:
    if folder is None:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    script.write(folder / name)
    return (folder / name).as_posix()
