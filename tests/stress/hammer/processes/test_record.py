"""What was found can be saved and read again, and a model that has changed meanwhile is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ungil.errors import OutputError
from ungil.stress.hammer.models.model import Contract, Model, operation
from ungil.stress.hammer.processes.catalogue import Catalogue, ChangedModelError, described, description
from ungil.stress.hammer.processes.record import (
    Record,
    RecordError,
    attempt_from,
    attempt_json,
    fingerprints,
    observation_from,
    observation_json,
)
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, Turn
from ungil.stress.hammer.runs.text import Spot

MODEL = Model(
    name="list",
    make=list,
    operations=tuple(map(operation, [("append", 1), "clear", ("append", 1)])),
    relaxed={"clear": "it says so"},
    contract=Contract.READERS,
    source="a test",
)
OTHER = replace(MODEL, operations=(operation("sort"),))
CATALOGUE = Catalogue([OTHER, MODEL])

ATTEMPT = Attempt(
    scenario=CATALOGUE.scenario(1, ((2, 1), (0,))),
    method=Method.STOPS,
    owner=1,
    turns=(Turn(0, 2, Spot("/lib/a.so", 0x4A10), 2), Turn(1, 1), Turn(0, 2)),
)
OBSERVATION = Observation(
    kind=Kind.CRASH,
    attempt=ATTEMPT,
    got="SIGSEGV",
    allowed=(("A B", "A: 1 | B: 2"),),
    reproduced=(3, 5),
    sampled=12,
    seconds=0.5,
    executions=77,
    stacks=("A:\n  /lib/a.so+0x12",),
)


def test_an_observation_is_read_as_it_was_written() -> None:
    """Through JSON, and with the very operations that it was about: two may read the same."""
    plain = json.loads(json.dumps(observation_json(OBSERVATION, CATALOGUE)))
    again = observation_from(plain, CATALOGUE)
    assert replace(again, attempt=ATTEMPT) == OBSERVATION
    assert (again.attempt.turns, again.attempt.owner) == (ATTEMPT.turns, 1)
    assert CATALOGUE.calls(again.attempt.scenario) == ((2, 1), (0,))


def test_models_of_one_name_are_told_apart() -> None:
    """The second one has a number in its name, and its scenarios are found again."""
    assert [model.name for model in CATALOGUE.models] == ["list", "list (2)"]
    assert attempt_from(attempt_json(ATTEMPT, CATALOGUE), CATALOGUE).scenario.model is CATALOGUE.models[1]


def test_a_model_reads_the_same_where_it_cannot_be_run() -> None:
    """All that is said of it crosses to another process; it cannot be made there."""
    again = described(json.loads(json.dumps(description(MODEL))))
    assert list(map(str, again.operations)) == ["append(1)", "clear()", "append(1)"]
    assert (again.name, again.source, again.contract, again.relaxed) == (
        "list",
        "a test",
        Contract.READERS,
        MODEL.relaxed,
    )
    with pytest.raises(RuntimeError, match="tested process"):
        again.make()


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([OTHER], "There is no model 'list (2)' any more."),
        ([OTHER, replace(MODEL, operations=MODEL.operations[:1])], "'list (2)' has no operation 3 any more"),
        (
            [OTHER, replace(MODEL, operations=tuple(map(operation, [("append", 1), "clear", ("append", 2)])))],
            "Operation 3 of 'list (2)' is append(2) now, and was append(1).",
        ),
    ],
    ids=["no model", "no operation", "another operation"],
)
def test_a_model_that_has_changed_is_noticed(models: list[Model], said: str) -> None:
    """A scenario whose operations are not what they were is not made with others."""
    with pytest.raises(ChangedModelError) as caught:
        attempt_from(attempt_json(ATTEMPT, CATALOGUE), Catalogue(models))
    assert caught.value.happened.startswith(said)


def record() -> Record:
    """One with one observation."""
    observations = [observation_json(OBSERVATION, CATALOGUE)]
    return Record(module="a", files={"/lib/a.so": "12"}, observations=observations, seed=7)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The module, the seed, the files and the observations; a file without a seed is one nevertheless."""
    file = tmp_path / "saved.json"
    record().write(file)
    assert Record.read(file) == record()
    plain = json.loads(file.read_text())
    plain.pop("seed")
    file.write_text(json.dumps(plain))
    assert Record.read(file) == replace(record(), seed=None)


def test_a_record_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """And no part of it is left."""
    with pytest.raises(OutputError):
        record().write(tmp_path / "nowhere" / "saved.json")
    assert list(tmp_path.iterdir()) == []


def _spoil(change: Callable[[dict[str, Any]], object]) -> str:
    plain = {"version": 1, "module": "a", "files": {}, "observations": [observation_json(OBSERVATION, CATALOGUE)]}
    change(plain)
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("[]", "without a version"),
        (_spoil(lambda plain: plain.update(version=2)), "version 2, not 1"),
        (_spoil(lambda plain: plain.pop("module")), "KeyError"),
        (_spoil(lambda plain: plain.update(files=[1])), "TypeError"),
        (_spoil(lambda plain: plain.update(seed="soon")), "ValueError"),
        (_spoil(lambda plain: plain["observations"][0].update(kind="bad")), "ValueError: 'bad'"),
        (_spoil(lambda plain: plain["observations"][0].update(reproduced=[1])), "ValueError"),
        (_spoil(lambda plain: plain["observations"][0]["attempt"].update(threads=[[{}]])), "KeyError: 'text'"),
        (_spoil(lambda plain: plain["observations"][0]["attempt"]["turns"][0].update(stop={"path": "x"})), "offset"),
        (_spoil(lambda plain: plain["observations"].append("x")), "TypeError"),
    ],
)
def test_what_is_no_record_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    """Whatever is wrong with the file, it is said, and that --save writes one."""
    file = tmp_path / "saved.json"
    file.write_text(text)
    with pytest.raises(RecordError) as caught:
        Record.read(file)
    assert said in caught.value.happened
    assert "--save" in caught.value.advice


def test_a_record_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """With the reason that the system gives."""
    with pytest.raises(RecordError, match="No such file"):
        Record.read(tmp_path / "saved.json")


def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    """By its content; one that is gone has none."""
    file = tmp_path / "a.so"
    file.write_bytes(b"one")
    before = fingerprints([str(file)])
    file.write_bytes(b"two")
    assert fingerprints([str(file)]) != before
    assert fingerprints([str(file), str(tmp_path / "gone")]).keys() == {str(file)}
