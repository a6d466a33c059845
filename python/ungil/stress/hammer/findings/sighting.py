"""Observations as findings: those that one defect explains are one finding, and it says how serious it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ungil.description import Description
from ungil.finding import Confidence, Finding, Location, Severity
from ungil.hazards import (
    corrupted_state,
    crash_under_threads,
    deadlock_under_threads,
    growth_under_threads,
    hang_under_threads,
    lost_result,
    weak_atomicity,
)
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Observation
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.scripts.confirm import Confirmation
from ungil.stress.hammer.telling.places import Place, Places
from ungil.stress.hammer.telling.standing import stacks_of
from ungil.stress.hammer.telling.words import tell

__all__ = ["Sighting", "hazard_of", "sightings"]

SHOWN: Final = 3
"""Further scenarios that are named one by one."""

_HAZARDS: Final = {
    Kind.CRASH: crash_under_threads.hazard,
    Kind.DEADLOCK: deadlock_under_threads.hazard,
    Kind.HANG: hang_under_threads.hazard,
    Kind.GROWTH: growth_under_threads.hazard,
}
_MESSAGES: Final = {
    "UG901": "{} ends the process",
    "UG902": "{} never ends: they wait for each other",
    "UG903": "{} does not come to an end",
    "UG904": "{} leaves a state that no order of them leaves",
    "UG905": "{} gives answers that no order of them gives",
    "UG906": "{} is not atomic",
    "UG907": "{} uses up memory that no order of them uses up",
}
_LOCK: Final = (
    "hold one lock, a critical section on the object for instance, from the first read to the last write here and in "
    "every function that touches the same data"
)
_FIXES: Final = {
    "UG902": "take the locks in one order everywhere, both at once with Py_BEGIN_CRITICAL_SECTION2 (Python 3.13), and "
    "detach the thread state around what waits",
    "UG906": "hold the object's lock over the whole call, or document it and name the operation in the model's "
    "'relaxed'",
    "UG907": "replace a pointer and take what it held in one step, under the object's lock",
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One defect, as it was seen.

    Attributes:
        hazard: what it is.
        observations: in what it showed, the simplest first.
        place: where the first thread stopped in the simplest one, else where it crashed; None if nobody knows.
        documented: the sentence by which it is meant to be so.
        confirmation: what came of the script in plain threads; None if there was none.
    """

    hazard: Description
    observations: tuple[Observation, ...]
    place: Place | None
    documented: str = ""
    confirmation: Confirmation | None = None

    @property
    def simplest(self) -> Observation:
        """The one that a person should look at."""
        return self.observations[0]

    @property
    def subject(self) -> str:
        """The function in which a thread stopped if it is known, else its call."""
        stopped = self.place if self.simplest.attempt.first_stop else None
        return f"{stopped.function}()" if stopped and stopped.function else _called(self.simplest.attempt)

    @property
    def partner(self) -> str:
        """What ran beside it; where a thread stopped, any call may be that, and the message says so."""
        attempt = self.simplest.attempt
        return "another thread's call" if attempt.first_stop else _called(attempt, thread=1)

    @property
    def message(self) -> str:
        """What happens; the same from run to run."""
        return _MESSAGES[self.hazard.code].format(f"{self.subject} beside {self.partner}")

    def finding(self, places: Places, module: str) -> Finding:
        """The same, for reports, suppressions and baselines.

        Args:
            places: in which everything of this sighting has been found out.
            module: the path that is reported where no source is known.
        """
        origin = self.place.origin if self.place else None
        path, line = (origin.path, origin.line) if origin else (module, 1)
        return Finding(
            code=self.hazard.code,
            slug=self.hazard.slug,
            message=self.message,
            location=Location(path, line, 1, line, 1),
            severity=Severity.NOTE if self.documented else self.hazard.severity,
            confidence=self._confidence(),
            evidence=tuple(self._evidence(places)),
            fix=_FIXES.get(self.hazard.code, _LOCK),
        )

    def _confidence(self) -> Confidence:
        if self.confirmation and self.confirmation.confirmed:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.simplest.reproduced[0] else Confidence.LOW

    def _evidence(self, places: Places) -> Iterator[str]:
        yield from tell(self.simplest, places)
        others = [str(other.attempt.scenario) for other in self.observations[1:]]
        if others:
            more = f"; and {len(others) - SHOWN:,} more" if len(others) > SHOWN else ""
            yield f"also in {'; '.join(others[:SHOWN])}{more}"
        if self.documented:
            yield f"documented: {self.documented}"
        if self.confirmation:
            yield str(self.confirmation)


def hazard_of(observation: Observation) -> Description:
    """What an observation is: for an outcome, what of it no order comes to decides."""
    if observation.kind is not Kind.OUTCOME:
        return _HAZARDS[observation.kind]
    if _documented(observation) or observation.differs == {Part.REFUSAL}:
        return weak_atomicity.hazard
    if observation.differs & {Part.STATE, Part.INTERNAL}:
        return corrupted_state.hazard
    return lost_result.hazard


def sightings(observations: Iterable[Observation], places: Places) -> list[Sighting]:
    """The defects behind these observations, the most serious first; without confirmations yet.

    Args:
        observations: of one hunt.
        places: where instructions are found out.
    """
    every = sorted(observations, key=_complexity)
    places.find(spot for one in every for spot in _spots(one, places))
    groups: list[list[Observation]] = []
    for one in every:
        group = next((group for group in groups if _Pair(group[0], one, places).is_one_defect), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    found = [_sighting(group, places) for group in groups]
    return sorted(found, key=lambda one: (bool(one.documented), one.hazard.code, _complexity(one.simplest)))


def _sighting(group: Iterable[Observation], places: Places) -> Sighting:
    ordered = sorted(group, key=lambda one: (hazard_of(one).code, _complexity(one)))
    spot = _spot(ordered[0], places)
    place = places[spot] if spot else None
    return Sighting(hazard_of(ordered[0]), tuple(ordered), place, _documented(ordered[0]))


def _spots(observation: Observation, places: Places) -> Iterator[Spot]:
    yield from (turn.stop for turn in observation.attempt.turns if turn.stop)
    yield from (spot for stack in stacks_of(observation) for spot in stack.wanted(places))


def _spot(observation: Observation, places: Places) -> Spot | None:
    """Where a thread stopped first; else the extension's innermost frame in the thread that crashed, or that hangs."""
    frames = (spot for stack in stacks_of(observation) for spot in stack.own(places)[:1])
    return observation.attempt.first_stop or next(frames, None)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two observations, the first of which is not the more complex one."""

    one: Observation
    other: Observation
    places: Places

    @property
    def is_one_defect(self) -> bool:
        """Whether they are of one hazard, and a thread stopped in one function, or in the same call beside the same.

        A wrong answer and a wrong state are of one defect. Where a file names no functions, or no thread had to stop,
        it is the calls that tell: the other has all those of this one.
        """
        if _family(self.one) != _family(self.other):
            return False
        spot, other_spot = _spot(self.one, self.places), _spot(self.other, self.places)
        if spot and other_spot and self._are_the_same:
            return True
        if spot and other_spot:
            function, other_function = self.places[spot].function, self.places[other_spot].function
            if function and other_function:
                return (spot.path, function) == (other_spot.path, other_function)
            return spot == other_spot or self._are_alike(_stopped)
        return self._are_alike(_calls)

    @property
    def _are_the_same(self) -> bool:
        """Whether the same call stopped beside the same ones, with other arguments, or in something that it calls."""
        one, other = self.one.attempt, self.other.attempt
        models = one.scenario.model.name, other.scenario.model.name
        return models[0] == models[1] and (_stopped(one), _calls(one)) == (_stopped(other), _calls(other))

    def _are_alike(self, calls: Callable[[Attempt], frozenset[str]]) -> bool:
        attempt, other = self.one.attempt, self.other.attempt
        return attempt.scenario.model.name == other.scenario.model.name and calls(attempt) <= calls(other)


def _family(observation: Observation) -> tuple[str, bool]:
    """Its hazard, and whether it is documented: what is meant to be so does not stand for what is not."""
    code = hazard_of(observation).code
    code = corrupted_state.hazard.code if code == lost_result.hazard.code else code
    return code, bool(_documented(observation))


def _called(attempt: Attempt, thread: int | None = None) -> str:
    """The calls of a thread, of the one that stops first unless it is given, as they are named: ``List.append()``."""
    model = attempt.scenario.model
    calls = attempt.scenario.threads[_stopping(attempt) if thread is None else thread]
    prefix = "" if calls[0].alone else f"{model.name}."
    return " or ".join(dict.fromkeys(f"{prefix}{call.name}()" for call in calls))


def _stopping(attempt: Attempt) -> int:
    """The thread that stops first; A if none does."""
    return next((turn.thread for turn in attempt.turns if turn.stop), 0)


def _stopped(attempt: Attempt) -> frozenset[str]:
    return frozenset(call.name for call in attempt.scenario.threads[_stopping(attempt)])


def _calls(attempt: Attempt) -> frozenset[str]:
    return frozenset(call.name for calls in attempt.scenario.threads for call in calls)


def _documented(observation: Observation) -> str:
    """Why an outcome is meant to be so; of a crash, nothing is."""
    if observation.kind is not Kind.OUTCOME:
        return ""
    relaxed = observation.attempt.scenario.model.relaxed
    return next((relaxed[name] for name in sorted(_calls(observation.attempt)) if name in relaxed), "")


def _complexity(observation: Observation) -> tuple[int, int, int, int, int]:
    """What makes a scenario hard to read, and then how surely and how soon it shows."""
    attempt = observation.attempt
    calls = sum(map(len, attempt.scenario.threads))
    return (len(attempt.scenario.threads), calls, attempt.stops, -observation.reproduced[0], observation.executions)
