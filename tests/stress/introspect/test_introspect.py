"""What an extension offers is found and tried, and what cannot be run is told of with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ungil.errors import TrialError
from ungil.stress.coverage import Coverage
from ungil.stress.introspect.introspect import Introspected, introspect
from ungil.stress.sources import Gathered, Sources, gather
from ungil.stress.trial import How, Maker, ask, try_models


@pytest.fixture(scope="session")
def described(introspected: Introspected) -> dict[str, dict[str, Any]]:
    """The models by name, and what each operation gives."""
    made = introspected.maker
    found = ask(Maker("tests.stress.harvest.describe:of_introspection", made.arguments))
    return {model["name"]: model for model in found}


def test_what_there_is(introspected: Introspected) -> None:
    """Classes, their members of each kind, and functions are found, with whether a signature is known."""
    box = {name: kind for name, (kind, _) in introspected.offered["harvested:Box"].items()}
    assert box["put"] == "method"
    assert box["copy"] == "method"
    assert box["limit"] == "attribute"
    assert box["of"] == "class method"
    assert box["__getitem__"] == "protocol"
    assert box["Box"] == "constructor without a signature"
    functions = introspected.offered["harvested"]
    assert functions["sum_of"] == ["function", ""]
    assert functions["abort_all"] == ["function without a signature", "its name says abort: see --allow"]


def test_each_class_has_a_model(described: dict[str, dict[str, Any]]) -> None:
    """A class is made by trying, one that needs an object of another too, and one that no module exports is found."""
    assert set(described) == {"harvested", "harvested:Box", "harvested:Tag", "harvested:Box and its Cursor"}
    assert described["harvested:Box and its Cursor"]["owners"] == ["harvested:Box", "harvested:Cursor"]
    assert "next()" in described["harvested:Box and its Cursor"]["calls"]
    assert "put(1)" in described["harvested:Box and its Cursor"]["calls"]


def test_operations(described: dict[str, dict[str, Any]]) -> None:
    """Methods, protocols and attributes are operations with values that fit."""
    calls = described["harvested:Box"]["calls"]
    assert calls["put(1)"] == "None"
    assert calls["len()"] == "1"
    assert calls["limit()"] == "100"
    assert calls["limit=('limit', 1)"] == "None"
    assert described["harvested"]["calls"]["sum_of(1, 1)"] == "2"
    assert described["harvested:Tag"]["calls"]["length()"].isdigit()


def test_source(described: dict[str, dict[str, Any]]) -> None:
    """What is written for a script makes the same objects and calls."""
    assert described["harvested:Box and its Cursor"]["source"].startswith("def make():\n    subject = harvested.Box(")
    for model in described.values():
        assert model["from_source"] == model["calls"]


def test_what_cannot_be_run(introspected: Introspected) -> None:
    """What prints, exits, crashes or hangs alone is left out, with that reason."""
    why = {name: reason for (_, name), reason in introspected.left_out.items()}
    assert why["shout"] == "prints"
    assert why["leave"] == "ends the process: exit code 3"
    assert why["fall"] == "crashes, alone and in one thread: SIGSEGV"
    assert why["stall"] == "does not come back, alone and in one thread"
    assert "not writable" in why["length="]
    assert "warn" not in why


def test_coverage(introspected: Introspected) -> None:
    """The record says of each member whether it was driven, from where, or why not."""
    driven = [("harvested:Box", "put", "harvest test_box.py:1"), ("harvested:Box", "iterate", "introspection")]
    coverage = Coverage.of(introspected, driven, {("harvested:Box", "extend"): "a value was too large"})
    by_name = {(reach.owner, reach.member): reach for reach in coverage.reaches}
    assert by_name["harvested:Box", "put"].sources == ("harvest",)
    assert by_name["harvested:Box", "__iter__"].sources == ("introspection",)
    assert (
        by_name["harvested:Box", "extend"].why
        == "its arguments in the tests cannot be made again: a value was too large"
    )
    assert by_name["harvested", "abort_all"].why == "its name says abort: see --allow"
    assert by_name["harvested:Box", "copy"].why == "nothing drove this method"
    there_is = f"{len(coverage.reaches)} functions, methods, attributes and protocols"
    assert coverage.summary == f"2 of {there_is}: 1 from harvest, 1 from introspection"


@pytest.fixture(scope="session")
def gathered(extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """What is gathered from a model file and introspection."""
    assert extension.exists()
    path = tmp_path_factory.mktemp("model") / "model.py"
    path.write_text("from harvested import Box\nmake = Box\nops = [('put', 1), 'stall', len]\n")
    return gather(Sources("harvested", model=path))


def test_all_sources_together(gathered: Gathered) -> None:
    """A model file comes first, and introspection adds what it does not cover."""
    model, introspected = gathered.makers
    by_hand = ask(Maker("ungil.stress.sources:operations", (model.function, model.arguments)))
    assert by_hand == [["harvested:Box", name, "model"] for name in ("put", "stall", "len")]
    added = ask(Maker("ungil.stress.sources:operations", (introspected.function, introspected.arguments)))
    of_box = {name for owner, name, _ in added if owner == "harvested:Box"}
    assert {"getitem", "extend"} <= of_box
    assert not {"put", "stall", "len"} & of_box
    coverage = gathered.coverage(map(tuple, [*by_hand, *added]), {})
    sources = {reach.member: reach.sources for reach in coverage.reaches if reach.owner == "harvested:Box"}
    assert (sources["put"], sources["extend"]) == (("model",), ("introspection",))


def test_what_is_allowed(extension: Path) -> None:
    """A name that would be denied is tried where that is asked for."""
    assert extension.exists()
    offered = ask(Maker("ungil.stress.introspect.introspect:offered", ("harvested", ["abort_all"])))
    assert offered["harvested"]["abort_all"] == ["function without a signature", ""]


@pytest.mark.parametrize("name", ["no_such_module_at_all", "antigravity.nothing"])
def test_no_such_module(name: str) -> None:
    """A module that cannot be imported is an error that says why."""
    with pytest.raises(TrialError, match=f"{name} cannot be used: ModuleNotFoundError"):
        introspect(name)


def test_an_import_that_ends_the_process(tmp_path: Path) -> None:
    """A maker whose process ends is an error that says how."""
    with pytest.raises(TrialError, match="ends the process: exit code 7"):
        ask(Maker("os:_exit", (7,)))
    with pytest.raises(TrialError, match="SystemExit: 3"):
        ask(Maker("sys:exit", (3,)))
    assert not list(tmp_path.iterdir())


def made_for_trial(kind: str) -> Any:  # noqa: ANN401 - models
    """Models whose operations behave in ways of their own."""
    from ungil.stress.hammer.models.model import Model, Operation  # noqa: PLC0415 - this runs in another process

    def fork(_: object) -> None:
        import os  # noqa: PLC0415 - as above

        if os.fork() == 0:
            return
        os.wait()

    broken = Model(name="broken", make=lambda: 1 / 0, operations=(Operation("clear", "clear"), Operation("pop", "pop")))
    calls = (Operation("fork", fork), Operation("len", len), Operation("exit", lambda _: exit(4)))  # noqa: PLR1722
    return [broken, Model(name=kind, make=dict, operations=calls)]


def test_trial() -> None:
    """Each operation has its verdict, also where no subject can be made, or a process forks or is told to exit."""
    broken, plain = try_models(Maker("tests.stress.introspect.test_introspect:made_for_trial", ("plain",)))
    assert {verdict.how for verdict in broken.verdicts} == {How.UNMADE}
    assert "ZeroDivisionError" in broken.verdicts[1].detail
    assert plain.calls == ["fork", "len", "exit"]
    assert [verdict.how for verdict in plain.verdicts[1:]] == [How.OK, How.EXITS]
