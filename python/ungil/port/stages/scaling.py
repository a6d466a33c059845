"""How much more two threads do than one, beside the GIL-enabled build of the same sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ungil.errors import BuildError, UngilError
from ungil.port import machine
from ungil.port.driving.hunting import harvest_folder
from ungil.port.driving.there import environment_of, last_json, probed
from ungil.port.evidence import Point, Reached, Scaled, Stage, Step
from ungil.port.fragment import Fragment
from ungil.port.order import SkippedError, Work
from ungil.port.scaling.measure import Bench, Candidate, chosen, measured
from ungil.port.words import count
from ungil.stress.harvest.run import is_harvest
from ungil.workshop import tests_of

__all__ = ["run"]

GIL_ENABLED: Final = "3.14"
CHEAP: Final = 60.0
"""Seconds of a build that is done once more for the GIL-enabled interpreter."""

CHOOSING: Final = 0.3
"""Of the time, for choosing what is timed."""

LITTLE: Final = 1.5
"""Times what one thread does, below which two threads stand in each other's way."""

_CANDIDATES_DEADLINE: Final = 60.0


def run(work: Work) -> Fragment:
    """Choose an operation that can be made again and again, and time it.

    Raises:
        SkippedError: there is none, or the machine has one core.
        ToolError: ungil cannot be run in that environment.
    """
    if machine.cores() < 2:  # noqa: PLR2004 - two threads
        raise SkippedError("The machine has one core: two threads can do no more than one.", "Use one with two.")
    shop = work.shop()
    shop.install(work.wheel(), deadline=work.seconds)
    found = probed(shop, work.modules)
    lent = environment_of(shop, gil_on=found["gil_on"])
    own = Bench(shop, {name: value for name, value in lent.items() if name != "PYTHONPATH"})
    candidate = _candidate(work, found["targets"], own, lent)
    notes = ["The GIL was kept off with PYTHON_GIL=0, against what the module says."] if found["gil_on"] else []
    other, why_not = _gil_enabled(work)
    if why_not:
        notes.append(why_not)
    work.report(f"timing {candidate['what']}")
    every = measured(candidate, [own, *([other] if other else [])], work.seconds * (1 - CHOOSING))
    free, gil = every[0].points, every[1].points if other else ()
    if not free:
        raise SkippedError(f"{candidate['what']} ran once, and then no more.", "Look at what the hammer found.")
    if other and not gil:
        notes.append("On the GIL-enabled build the operation did not run.")
    notes += _doubts(candidate, free, max(one.waited for one in every))
    return Fragment(
        step=Step(stage=Stage.SCALING, reached=Reached.DONE, why=_words(free, gil)),
        scaled=Scaled(
            what=f"{candidate['what']}, each thread on an object of its own",
            free_threaded=free,
            gil_enabled=gil,
            cores=machine.cores(),
            notes=tuple(notes),
        ),
    )


def _doubts(candidate: Candidate, free: tuple[Point, ...], waited: float) -> Iterator[str]:
    """What else than the extension the numbers may come from."""
    if "pickle" in candidate["imports"]:
        yield "Each call makes its arguments from a pickle, which is timed as well, and scales less than others."
    if waited:
        yield (
            f"Others used the machine: threads waited {100 * waited:.0f} % of the time for a core, and two of them "
            "seem to do less than they can. Do it again when it is quiet."
        )
    elif free[-1].median < LITTLE * free[0].median:
        yield (
            "The threads have no argument in common, and still stand in each other's way: all calls share a lock, or "
            "an object whose references they count. It may be Python's own: decimal.Decimal does not scale either."
        )


def _candidate(work: Work, targets: list[str], bench: Bench, lent: dict[str, str]) -> Candidate:
    """The operation that is timed.

    Raises:
        SkippedError: there is none.
    """
    candidates: list[Candidate] = []
    for target in targets:
        harvest = harvest_folder(work, target)
        given: list[str | Path] = [target, harvest] if is_harvest(harvest) else [target]
        work.report(f"looking for an operation of {target} to time")
        done = bench.shop.run(
            *("-P", "-m", "ungil.port.scaling.candidates", *given), deadline=_CANDIDATES_DEADLINE, environment=lent
        )
        candidates += last_json(done.output) or []
    candidate = chosen(candidates, bench, work.seconds * CHOOSING)
    if candidate is None:
        raise SkippedError(
            f"Nothing can be made again and again by a plain script: {count(len(candidates), 'operation')} tried.",
            "Time one that matters to your users by hand, on 1 and 2 threads.",
        )
    return candidate


def _gil_enabled(work: Work) -> tuple[Bench | None, str]:
    """The same sources on the GIL-enabled build, or why not."""
    build = work.earlier[Stage.BUILD].step
    if build.seconds > (min(CHEAP, work.seconds * (1 - CHOOSING)) if work.order.budget else CHEAP):
        return None, f"It was not built for {GIL_ENABLED} to compare: that takes {build.seconds:.0f} s once more."
    try:
        shop = work.shops.open(GIL_ENABLED, work.seconds)
        wheel = shop.build(work.source, deadline=max(work.seconds, CHEAP))
        shop.install(wheel.path, deadline=max(work.seconds, CHEAP))
        with suppress(BuildError):  # whatever lacks: it may not be needed for this operation
            shop.install(*tests_of(work.source).requirements, deadline=max(work.seconds, CHEAP))
    except UngilError as error:
        return None, f"There is no {GIL_ENABLED} to compare with: {error.happened.partition(chr(10))[0]}"
    return Bench(shop, {"PYTHONSAFEPATH": "1"}), ""


def _words(free: tuple[Point, ...], gil: tuple[Point, ...]) -> str:
    beside = f", {_ratio(gil)} with the GIL" if gil else ""
    return f"two threads do {_ratio(free)} what one does{beside}"


def _ratio(points: tuple[Point, ...]) -> str:
    return f"{points[-1].median / points[0].median:.2f} times"
