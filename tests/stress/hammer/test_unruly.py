"""Whatever an extension does to the process that tests it is handled and said, and the rest of it is hammered."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stress.hammer.hunting import HUNTS, built, unruly

from ungil.stress.hammer.processes.known import TargetError
from ungil.stress.hammer.processes.result import Result

pytestmark = HUNTS

FINE = "M = Model(name='unruly', make=object, operations=({}Operation('is_fine', is_fine, alone=True),))"


def with_operation(name: str) -> str:
    """A model with this function of the module beside one that is fine."""
    return FINE.format(f"Operation({name!r}, {name}, alone=True), ")


def driven(result: Result) -> set[str]:
    """The operations that ran beside others."""
    return {name for effort in result.effort.values() for names in effort.pairs for name in names}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("forks", "starts processes, or forks"),
        ("exits", "it ends the process: exit code 7"),
        (
            "takes_signals",
            "installs a handler for SIGTRAP or SIGSEGV, by which threads are stopped and crashes are told",
        ),
        ("crashes", "it crashes: SIGSEGV"),
        ("hangs", "it does not return: nothing has happened for 2 s"),
        ("waits", "it waits for ever: no thread is left to wake it"),
    ],
)
def test_an_operation_that_cannot_be_hammered_is_left_out(tmp_path: Path, name: str, reason: str) -> None:
    """With the reason; the others are hammered in the next process."""
    result = unruly(tmp_path, with_operation(name))
    assert [(one.what, one.reason) for one in result.left_out] == [(f"{name}()", reason)]
    assert result.observations == []
    assert driven(result) == {"is_fine"}


@pytest.mark.parametrize("name", ["prints", "reads", "closes"])
def test_standard_streams_are_the_extensions(tmp_path: Path, name: str) -> None:
    """It may print, read and close them: what it prints is not taken for the hammer's, and what it reads is empty."""
    result = unruly(tmp_path, with_operation(name))
    assert (result.left_out, result.observations) == ([], [])
    assert driven(result) == {name, "is_fine"}


def test_an_operation_that_does_not_bind_is_left_out(tmp_path: Path) -> None:
    """A method that there is not is no exception that every order raises."""
    result = unruly(tmp_path, FINE.format("operation('no_method'), "))
    assert [one.what for one in result.left_out] == ["no_method()"]
    assert result.left_out[0].reason.startswith("getting it ready raises AttributeError")
    assert driven(result) == {"is_fine"}


@pytest.mark.parametrize(
    ("maker", "reason"),
    [
        ("lambda: 1 / 0", "making the object raises ZeroDivisionError: division by zero"),
        ("unruly.crashes", "it crashes: SIGSEGV"),
        ("unruly.exits", "it ends the process: exit code 7"),
    ],
)
def test_a_model_whose_object_cannot_be_made_is_left_out(tmp_path: Path, maker: str, reason: str) -> None:
    """And the other models are hammered."""
    other = f"O = Model(name='other', make={maker}, operations=(Operation('reads', reads, alone=True),))"
    result = unruly(tmp_path, f"{other}\n{with_operation('reads')}")
    assert [(one.model, one.what, one.reason) for one in result.left_out] == [("other", "", reason)]
    assert set(result.effort) == {"unruly"}


@pytest.mark.parametrize(
    ("defined", "said"),
    [
        ("FAILS", "'unruly' cannot be imported: RuntimeError: it has no mind to"),
        ("CRASHES", "Importing 'unruly' crashes: SIGSEGV"),
        ("EXITS", "Importing 'unruly' ends the process: exit code 7"),
    ],
)
def test_an_import_that_fails_is_an_error(tmp_path: Path, defined: str, said: str) -> None:
    """The job could not be done, and it is said why and what to do."""
    with pytest.raises(TargetError) as caught:
        unruly(tmp_path, FINE.format(""), defined)
    assert caught.value.happened.startswith(said)
    assert "import unruly" in caught.value.advice


def test_an_import_that_hangs_is_an_error(tmp_path: Path) -> None:
    """It is ended after its time, and the stack says where it hung."""
    with pytest.raises(TargetError) as caught:
        unruly(tmp_path, FINE.format(""), "HANGS", start=4.0)
    assert caught.value.happened.startswith("Importing 'unruly' does not return: nothing has happened for 4 s")


def test_a_module_that_turns_the_gil_on_is_not_hammered(tmp_path: Path) -> None:
    """Threads would take turns; it is said when the GIL came on."""
    result = unruly(tmp_path, FINE.format(""), "TURNS_GIL_ON")
    assert result.gil == "when 'unruly' was imported"
    assert result.executions == 0


def test_a_module_that_turns_the_gil_on_can_be_hammered_nevertheless(tmp_path: Path) -> None:
    """With the GIL kept off against its word, which the result says."""
    result = unruly(tmp_path, FINE.format(""), "TURNS_GIL_ON", gil_off=True)
    assert (result.gil, result.gil_off) == ("", True)
    assert driven(result) == {"is_fine"}


def test_an_operation_that_turns_the_gil_on_is_left_out(tmp_path: Path) -> None:
    """Because it imports something that does; the others are hammered in a process without it."""
    text = f"""
import sys
def load():
    sys.path.insert(0, {built("unruly", "TURNS_GIL_ON")!r})
    del sys.modules["unruly"]
    import unruly
"""
    result = unruly(tmp_path, text + FINE.format("Operation('load', load, alone=True), "))
    assert [(one.what, one.reason) for one in result.left_out] == [("load()", "turns the GIL on")]
    assert driven(result) == {"is_fine"}


def test_a_module_that_handles_signals_is_hammered(tmp_path: Path) -> None:
    """Threads are stopped by signals nevertheless; that crashes may look different is said."""
    result = unruly(tmp_path, with_operation("reads"), "TAKES_SIGNALS")
    assert driven(result) == {"reads", "is_fine"}
    assert [note for note in result.notes if "handles SIGSEGV itself" in note]
    stopped = sum(stopped for effort in result.effort.values() for _, stopped in effort.pairs.values())
    assert stopped > 0


def test_what_keeps_the_hammer_from_going_on_is_no_crash(tmp_path: Path) -> None:
    """A maker that fails after some time ends its process, which is said, and is nothing that threads did."""
    text = """
import itertools
made = itertools.count()
def make():
    if next(made) > 30:
        raise RuntimeError("that is enough")
"""
    result = unruly(tmp_path, text + FINE.format("").replace("make=object", "make=make"))
    assert result.observations == []
    assert any("could not go on: RuntimeError: that is enough" in note for note in result.notes)


def test_somebody_else_may_end_a_process(tmp_path: Path) -> None:
    """A process that is killed, for lack of memory perhaps, has not crashed."""
    text = """
import itertools, os, signal
calls = itertools.count()
def is_killed():
    if next(calls) > 20:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    result = unruly(tmp_path, text + FINE.format("Operation('is_killed', is_killed, alone=True), "))
    assert result.observations == []
    assert any("somebody else ended the process: SIGKILL" in note for note in result.notes)


def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    """The limit for such files is one byte, less than any has."""
    text = """
import resource
open({!r}, "w").write(str(resource.getrlimit(resource.RLIMIT_CORE)))
"""
    unruly(tmp_path, text.format(str(tmp_path / "limit")) + FINE.format(""))
    assert (tmp_path / "limit").read_text() == "(1, 1)"


def test_processes_have_the_same_models(tmp_path: Path) -> None:
    """Whatever their addresses and hashes are: an operation reads the same in each."""
    taking = "Operation('take', lambda *_: None, ({'one', 'two', 'three'}, lambda: None), alone=True), "
    result = unruly(tmp_path, FINE.format(taking))
    assert driven(result) == {"take", "is_fine"}
    assert " at 0x" not in str(result.models[0].operations[0])
