"""A hunt as JSON, version 1.

``hammer.schema.json`` beside this file is its schema: what is added later is added to it, a change makes version 2.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ungil.audit.fingerprint import fingerprints
from ungil.finding import Finding
from ungil.lines import Lines
from ungil.report.hammer.driven import drives, gaps
from ungil.stress.hammer.findings.conclusion import Conclusion
from ungil.stress.hammer.findings.sighting import Sighting
from ungil.stress.hammer.runs.attempt import Attempt, Observation, Turn
from ungil.stress.hammer.scripts.confirm import Confirmation
from ungil.stress.hammer.telling.places import Place
from ungil.stress.hammer.telling.words import NAMES

__all__ = ["render"]

VERSION = 1


def render(conclusion: Conclusion) -> str:
    """One object: how it was done, what was found, what was driven, what never was."""
    audit = conclusion.audit
    report = {
        "version": VERSION,
        "module": conclusion.result.target.module,
        "files": list(conclusion.result.files),
        "level": audit.level,
        "how": _how(conclusion),
        "findings": _findings(conclusion),
        "suppressed": [asdict(one.finding) | {"reason": one.reason} for one in audit.suppressed],
        "not_reported": {"hidden": audit.hidden, "baseline": audit.known, "unchanged": audit.unchanged},
        "baseline_gone": [asdict(entry) for entry in audit.gone],
        "driven": [asdict(drive) for drive in drives(conclusion)],
        "never": [asdict(gap) for gap in gaps(conclusion)],
        "members": [asdict(reach) for reach in conclusion.coverage.reaches] if conclusion.coverage else [],
        "notes": list(conclusion.result.notes),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _how(conclusion: Conclusion) -> dict[str, Any]:
    result = conclusion.result
    return {
        "threads": result.threads,
        "stepping": result.stepping,
        "seed": result.seed,
        "executions": result.executions,
        "seconds": round(result.seconds, 3),
        "gil_kept_off": result.gil_off,
        "gil_came_on": result.gil,
        "interrupted": result.interrupted,
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
    }


def _findings(conclusion: Conclusion) -> list[dict[str, Any]]:
    """The most serious first; what is wrong with comments has no sighting."""
    prints = dict(zip(conclusion.audit.findings, _prints(conclusion), strict=True))
    rows: Sequence[tuple[Sighting | None, Finding]] = [
        *conclusion.reported,
        *((None, finding) for finding in conclusion.notices),
    ]
    return [
        asdict(finding) | {"fingerprint": prints[finding], "sighting": _sighting(one, conclusion) if one else None}
        for one, finding in rows
    ]


def _prints(conclusion: Conclusion) -> list[str]:
    return fingerprints(conclusion.audit.findings, Lines(conclusion.audit.project))


def _sighting(sighting: Sighting, conclusion: Conclusion) -> dict[str, Any]:
    return {
        "documented": sighting.documented,
        "confirmation": _confirmation(sighting.confirmation) if sighting.confirmation else None,
        "observations": [_observation(one, conclusion) for one in sighting.observations],
    }


def _confirmation(confirmation: Confirmation) -> dict[str, Any]:
    return asdict(confirmation)


def _observation(observation: Observation, conclusion: Conclusion) -> dict[str, Any]:
    attempt, (again, tries) = observation.attempt, observation.reproduced
    return _attempt(attempt, conclusion) | {
        "kind": observation.kind,
        "got": observation.got,
        "differs": sorted(observation.differs),
        "allowed": [{"order": order, "outcome": outcome} for order, outcome in observation.allowed],
        "again": again,
        "tries": tries,
        "orders_run": observation.sampled,
        "seconds": round(observation.seconds, 3),
        "executions": observation.executions,
        "stacks": list(observation.stacks),
    }


def _attempt(attempt: Attempt, conclusion: Conclusion) -> dict[str, Any]:
    return {
        "model": attempt.scenario.model.name,
        "threads": [[str(call) for call in calls] for calls in attempt.scenario.threads],
        "made_by": NAMES[attempt.owner],
        "method": attempt.method,
        "times": attempt.times,
        "turns": [_turn(turn, conclusion) for turn in attempt.turns],
    }


def _turn(turn: Turn, conclusion: Conclusion) -> dict[str, Any]:
    place = conclusion.places.known.get(turn.stop) if turn.stop else None
    return {"thread": NAMES[turn.thread], "stop": _place(place) if place else None, "time": turn.hit}


def _place(place: Place) -> dict[str, Any]:
    return {
        "file": place.spot.path,
        "offset": place.spot.offset,
        "function": place.function,
        "function_offset": place.offset,
        "path": place.origin.path if place.origin else "",
        "line": place.origin.line if place.origin else 0,
        "after_call": place.calls.after,
        "before_call": place.calls.before,
    }
