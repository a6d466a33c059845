"""Attempts and observations as JSON: for the other process, and in a file for another day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ungil.errors import UngilError
from ungil.files import write_whole
from ungil.stress.hammer.processes.catalogue import Catalogue, text_of
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, Turn
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot

__all__ = [
    "Record",
    "RecordError",
    "attempt_from",
    "attempt_json",
    "fingerprints",
    "observation_from",
    "observation_json",
]

VERSION: Final = 1

type Json = dict[str, Any]


class RecordError(UngilError):
    """The file is not there, or is not what ``--save`` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What ``--save`` writes and ``--replay`` reads.

    Attributes:
        module: what was hammered.
        files: the extension's files, with what stands for their content: stops are places in these.
        observations: as JSON.
        seed: of the hunt: arguments that nobody gave are chosen by it. None in a file that says nothing of it.
    """

    module: str
    files: Mapping[str, str]
    observations: Sequence[Json]
    seed: int | None = None

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        plain = {
            "version": VERSION,
            "module": self.module,
            "seed": self.seed,
            "files": self.files,
            "observations": self.observations,
        }
        write_whole(path, (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace"))

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read such a file.

        Raises:
            RecordError: there is none, or it is none.
        """
        advice = "Write one: ungil hammer MODULE --save FILE"
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RecordError(f"'{path}' cannot be read: {error.strerror}.", advice) from error
        except (ValueError, RecursionError) as error:
            raise RecordError(f"'{path}' is not what --save writes: it is not JSON.", advice) from error
        version = plain.get("version") if isinstance(plain, dict) else None
        if version != VERSION:
            said = f"version {version}" if isinstance(version, int) else "without a version"
            raise RecordError(f"'{path}' is not a file that this ungil replays: it is {said}, not {VERSION}.", advice)
        return _checked(plain, path, advice)


def _checked(plain: Json, path: Path, advice: str) -> Record:
    try:
        seed = plain.get("seed")
        record = Record(
            module=plain["module"],
            files=dict(plain["files"]),
            observations=list(plain["observations"]),
            seed=None if seed is None else int(seed),
        )
        for one in record.observations:
            _check(one)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"'{path}' is not what --save writes: {type(error).__name__}: {error}.", advice) from error
    return record


def _check(plain: Json) -> None:
    """Raise KeyError, TypeError or ValueError if this is no observation, whatever its model is."""
    Kind(plain["kind"])
    Method(plain["attempt"]["method"])
    str(plain["attempt"]["model"])
    int(plain["attempt"]["owner"])
    for thread in plain["attempt"]["threads"]:
        for call in thread:
            str(call["text"]), int(call["index"])
    for turn in plain["attempt"]["turns"]:
        _turn(turn)
    observation_rest(plain)


def attempt_json(attempt: Attempt, catalogue: Catalogue) -> Json:
    """The attempt as JSON; its model is one of the catalogue's."""
    calls = catalogue.calls(attempt.scenario)
    texts = [[text_of(call) for call in thread] for thread in attempt.scenario.threads]
    return {
        "model": attempt.scenario.model.name,
        "threads": [
            [{"index": index, "text": text} for index, text in zip(*pair, strict=True)]
            for pair in zip(calls, texts, strict=True)
        ],
        "method": str(attempt.method),
        "owner": attempt.owner,
        "turns": [_turn_json(turn) for turn in attempt.turns],
        "times": attempt.times,
    }


def attempt_from(plain: Json, catalogue: Catalogue) -> Attempt:
    """The attempt again.

    Raises:
        ChangedModelError: its model is not in this catalogue, or not as it was.
    """
    return Attempt(
        scenario=catalogue.find(plain["model"], plain["threads"]),
        method=Method(plain["method"]),
        owner=int(plain["owner"]),
        turns=tuple(map(_turn, plain["turns"])),
        times=int(plain["times"]),
    )


def _turn_json(turn: Turn) -> Json:
    stop = {"path": turn.stop.path, "offset": turn.stop.offset} if turn.stop else None
    return {"thread": turn.thread, "calls": turn.calls, "stop": stop, "hit": turn.hit}


def _turn(plain: Json) -> Turn:
    stop = plain["stop"]
    spot = Spot(str(stop["path"]), int(stop["offset"])) if stop else None
    return Turn(int(plain["thread"]), int(plain["calls"]), spot, int(plain["hit"]))


def observation_json(observation: Observation, catalogue: Catalogue) -> Json:
    """The observation as JSON."""
    return {
        "kind": str(observation.kind),
        "attempt": attempt_json(observation.attempt, catalogue),
        "got": observation.got,
        "allowed": [list(pair) for pair in observation.allowed],
        "reproduced": list(observation.reproduced),
        "sampled": observation.sampled,
        "seconds": round(observation.seconds, 3),
        "executions": observation.executions,
        "differs": sorted(observation.differs),
        "stacks": list(observation.stacks),
    }


def observation_from(plain: Json, catalogue: Catalogue) -> Observation:
    """The observation again.

    Raises:
        ChangedModelError: its model is not in this catalogue, or not as it was.
    """
    return Observation(attempt=attempt_from(plain["attempt"], catalogue), **observation_rest(plain))


def observation_rest(plain: Json) -> Json:
    """All of an observation but its attempt."""
    again, tries = plain["reproduced"]
    return {
        "kind": Kind(plain["kind"]),
        "got": str(plain["got"]),
        "allowed": tuple((str(order), str(outcome)) for order, outcome in plain["allowed"]),
        "reproduced": (int(again), int(tries)),
        "sampled": int(plain["sampled"]),
        "seconds": float(plain["seconds"]),
        "executions": int(plain["executions"]),
        "differs": frozenset(map(Part, plain["differs"])),
        "stacks": tuple(map(str, plain["stacks"])),
    }


def fingerprints(files: Sequence[str]) -> dict[str, str]:
    """What stands for the content of each file that can be read."""
    found = {}
    for file in files:
        try:
            found[file] = sha256(Path(file).read_bytes()).hexdigest()[:16]
        except OSError:
            continue
    return found
