"""Tests that are harvested do what they did, and what they do to the extension can be done again."""

from __future__ import annotations

import pickle
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.stress.harvest.conftest import OPTIONS
from tests.stress.harvest.suites import CRASHING, HANGING, IMPORTS_NOTHING, NO_TESTS, write

from ungil.errors import HarvestError, SourceError
from ungil.stress.harvest.corpus import Life, Op
from ungil.stress.harvest.replay import Process, load
from ungil.stress.harvest.run import Harvested, harvest
from ungil.stress.trial import Maker, ask


@pytest.fixture(scope="session")
def process(harvested: Harvested) -> Process:
    """What the one process of the suite did."""
    (process,) = load(harvested.folder)
    return process


@pytest.fixture(scope="session")
def described(harvested: Harvested) -> dict[str, Any]:
    """The models of the harvest, and what each operation gives."""
    answer: dict[str, Any] = ask(Maker("tests.stress.harvest.describe:of_harvest", (str(harvested.folder),)))
    return answer


def names(process: Process, owner: str) -> set[str]:
    """Of the operations on a class, or functions of a module."""
    return {op.call.name.rpartition(":")[2] for op in process.ops.values() if op.owner == owner}


def test_the_tests_end_as_without(harvested: Harvested) -> None:
    """Every test has the outcome that it has without the harvest, whatever it looks at."""
    assert harvested.differences() == []
    assert harvested.plain is not None
    outcomes = harvested.plain.outcomes.ended
    assert outcomes["test_box.py::test_warnings"] == "passed"
    assert outcomes["test_box.py::test_fork"] in {"passed", "skipped"}
    assert [test for test, outcome in outcomes.items() if outcome == "failed"] == ["test_box.py::test_failing"]
    assert "test_box.py::test_box" in outcomes, "the doctests"


def test_a_failure_says_what_it_says_without(harvested: Harvested) -> None:
    """A failed assertion is explained as it is without the harvest."""
    assert harvested.plain is not None
    shown = [line for line in harvested.plain.output.splitlines() if line.startswith("E  ")]
    assert any(line.endswith("assert Box([1]) == [2]") for line in shown)
    assert [line for line in harvested.tests.output.splitlines() if line.startswith("E  ")] == shown


def test_what_is_written_down(process: Process) -> None:
    """Calls, operators, loops and attributes are operations on the class, whatever the syntax."""
    assert names(process, "harvested:Box") >= {
        *("put", "extend", "copy", "Box", "Box.of"),
        *("len", "getitem", "setitem", "delitem", "contains", "eq", "not_", "add", "iadd", "repr"),
        *("iterate", "iter", "getattr", "setattr", "enter_and_exit", "__getitem__"),
        "size_of",
    }
    assert names(process, "harvested:Cursor") >= {"next", "list"}
    assert names(process, "harvested:Tag") == {"Tag", "getattr"}
    assert names(process, "harvested") >= {"sum_of", "warn"}


def test_arguments(process: Process) -> None:
    """An operation has the arguments of the call, by name where they were given by name."""
    written = defaultdict(set)
    for op in process.ops.values():
        if not any(b"(K" in data and b"Q" in data for data in op.args):
            words = {word: pickle.loads(data) for word, data in op.kwargs}  # noqa: S301 - of the suite
            values = [data if b"Q." in data else pickle.loads(data) for data in op.args]  # noqa: S301 - of the suite
            written[op.call.name].add(repr((values, words)))
    assert "([[1]], {'limit': 7})" in written["harvested:Box"]
    assert "([1, 6], {})" in written["operator:setitem"], "a value that is computed before the key"
    assert "([1, 2], {})" in written["harvested:sum_of"]


def test_raising_calls_are_written_down(process: Process) -> None:
    """A call that raises is an operation, also one that pytest.raises and assertRaises make."""
    puts = {op.args[0] for op in process.ops.values() if op.call.name == "put"}
    assert puts >= {pickle.dumps(31), pickle.dumps(32)}


def test_interleaved_calls(process: Process) -> None:
    """Calls whose arguments wait for others, or make calls themselves, or raise, are told apart."""
    puts = {op.args[0] for op in process.ops.values() if op.call.name == "put"}
    assert puts >= {pickle.dumps(n) for n in (61, 62, 64, 65, 68)} | {pickle.dumps(None)}
    extended = [op.args for op in process.ops.values() if op.call.name == "extend"]
    assert (pickle.dumps([66, 2]),) in extended


def test_every_place_is_known(process: Process) -> None:
    """Operations come from the test module, the helper beside it and conftest.py, each with its line."""
    places = {op.path for op in process.ops.values()}
    assert places >= {"test_box.py", "helper.py", "conftest.py", "test_loops.py"}
    assert all(op.line > 0 for op in process.ops.values())


def test_a_loop_is_cut_short(process: Process) -> None:
    """What a test does thousands of times is written down some hundred times."""
    loop = [op for op in process.ops.values() if op.path == "test_loops.py" and op.call.name == "put"]
    assert 20 < len(loop) < 200


def test_what_cannot_be_done_again(process: Process) -> None:
    """A call is dropped with its reason: a value that is too large, or that the tests define."""
    reasons = " ".join(drop.why for drop in process.dropped)
    assert "a list of a length over 1000" in reasons
    assert "<lambda>, which the tests define" in reasons
    assert "Sub, which the tests define" in reasons


def test_a_file_that_cannot_be_rewritten(process: Process, harvested: Harvested) -> None:
    """A test module that is too deep for the rewriting runs as it is, and is told of."""
    why = {file.path: file.why_not for file in process.rewritten}
    assert why["test_box.py"] == ""
    assert "RecursionError" in why["test_too_deep.py"]
    assert [one.partition(":")[0] for one in harvested.untaken] == ["test_too_deep.py"]


def test_objects_are_made_again(described: dict[str, Any]) -> None:
    """Models have subjects of different sizes, and an iterator comes with what it iterates over."""
    subjects = defaultdict(set)
    for model in described["models"]:
        subjects[model["name"]].add(model["subject"])
    assert "Box([])" in subjects["Box"]
    assert len(subjects["Box"]) > 2
    assert all(subject.startswith("(Box(") for subject in subjects["Box and its Cursor"])
    assert set(subjects) >= {"Box", "Box and its Cursor", "harvested"}


def test_operations_are_done_again(described: dict[str, Any]) -> None:
    """Operations give what they give on a fresh subject, and say where in the tests they come from."""
    (empty,) = [model for model in described["models"] if model["subject"] == "Box([])"]
    assert empty["calls"]["len()"] == "0"
    assert empty["calls"]["getitem(0)"] == "IndexError"
    assert empty["calls"]["iterate()"] == "[]"
    assert empty["calls"]["extend(SUBJECT)"] == "None"
    assert empty["calls"]["limit()"] == "100"
    assert {source.partition(":")[0] for source in empty["sources"]} >= {"harvest test_box.py", "harvest helper.py"}
    (functions,) = [model for model in described["models"] if model["name"] == "harvested"]
    assert functions["calls"]["sum_of(1, 2)"] == "3"


def test_source(described: dict[str, Any]) -> None:
    """What is written for a script makes the same objects and calls, also where an object takes several steps."""
    for model in described["models"]:
        assert model["from_source"] == model["calls"]
    steps = [model["source"] for model in described["models"] if model["name"] == "Box and its Cursor"]
    assert any("iter(box" in source for source in steps)


def test_few_examples_of_each(described: dict[str, Any]) -> None:
    """Of operations that differ only in values there are at most three."""
    for model in described["models"]:
        puts = [call for call in model["calls"] if call.startswith("put(") and call[4:-1].isdigit()]
        assert len(puts) <= 3


def test_an_end_before_the_end(extension: Path, tmp_path: Path) -> None:
    """A suite that crashes leaves what it did until then, and the run says in which test it ended."""
    write(tmp_path, extension, {"pytest.ini": "[pytest]\n", "test_it.py": CRASHING})
    found = harvest("harvested", ["."], tmp_path / "corpus", options=OPTIONS, cwd=tmp_path)
    assert found.operations == 1
    assert found.tests.ended.startswith("killed by SIGSEGV in test_it.py::test_second")
    assert found.tests.outcomes.ended == {"test_it.py::test_first": "passed"}


def test_a_deadline(extension: Path, tmp_path: Path) -> None:
    """A suite that hangs is ended at the deadline, and what it did until then is kept."""
    write(tmp_path, extension, {"pytest.ini": "[pytest]\n", "test_it.py": HANGING})
    found = harvest("harvested", ["."], tmp_path / "corpus", options=OPTIONS, cwd=tmp_path, deadline=20)
    assert found.operations > 0
    assert found.tests.ended == "ended at the deadline of 20 s in test_it.py::test_second"


@pytest.mark.parametrize(
    ("text", "said", "advice"),
    [
        (IMPORTS_NOTHING, "The tests did nothing to harvested that was seen: all tests passed.", "what they import"),
        (NO_TESTS, "The tests did nothing to harvested that was seen: no tests were collected.", "runs no test"),
        ("import nothing", "that was seen: it was interrupted", "No module named 'nothing'"),
    ],
    ids=["other_module", "no_tests", "broken"],
)
def test_nothing_was_seen(text: str, said: str, advice: str, extension: Path, tmp_path: Path) -> None:
    """Without a single operation, the error says how the tests ended and what to look at."""
    write(tmp_path, extension, {"pytest.ini": "[pytest]\n", "test_it.py": text})
    with pytest.raises(HarvestError) as caught:
        harvest("harvested", ["."], tmp_path / "corpus", options=OPTIONS, cwd=tmp_path)
    assert said in caught.value.happened
    assert advice in caught.value.advice


def test_a_second_harvest(harvested: Harvested) -> None:
    """A folder that has a harvest in it is not written to."""
    with pytest.raises(HarvestError, match="has a harvest in it already"):
        harvest("harvested", ["."], harvested.folder)


def test_no_harvest(tmp_path: Path) -> None:
    """A folder without a harvest, and a file that is none, are told of."""
    with pytest.raises(SourceError, match="has no harvest in it"):
        load(tmp_path)
    (tmp_path / "1.harvest").write_bytes(b"something else")
    with pytest.raises(SourceError, match="is not a harvest of this version"):
        load(tmp_path)


def test_half_a_record(harvested: Harvested, tmp_path: Path) -> None:
    """A file whose writer was ended in the middle of a record is read up to there."""
    (path,) = harvested.folder.glob("*.harvest")
    data = path.read_bytes()
    (tmp_path / "1.harvest").write_bytes(data[: len(data) // 2])
    (half,) = load(tmp_path)
    assert 0 < len(half.ops) < len(load(harvested.folder)[0].ops)
    assert all(isinstance(op, Op) for op in half.ops.values())
    assert all(isinstance(life, Life) for life in half.lives.values())
