"""What confirms a finding, and what does not: a script that fails for another reason shows nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stress.hammer.observed import crash, model, outcome, scenario, stopped

from ungil.errors import OutputError
from ungil.stress.hammer.findings.proof import prove
from ungil.stress.hammer.findings.sighting import sightings
from ungil.stress.hammer.runs.attempt import Kind
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.scripts.confirm import Confirmation, confirm
from ungil.stress.hammer.scripts.script import Script
from ungil.stress.hammer.telling.places import Places

SIGNAL = "import os, signal; os.kill(os.getpid(), signal.{})"
CAME_OUT = "print('Object 3:'); print('  came out: 1 | 1'); raise SystemExit(1)"
NOTHING = "print('5 objects in 1 s: nothing but what comes out in order.')"
HANGS = "import faulthandler, time; faulthandler.dump_traceback_later(0.2, exit=True); time.sleep(60)"


@pytest.mark.parametrize(
    ("text", "kind", "confirmed", "how"),
    [
        pytest.param(CAME_OUT, Kind.OUTCOME, True, "Object 3", id="an outcome"),
        pytest.param(CAME_OUT, Kind.CRASH, False, "Object 3", id="an outcome, for a crash"),
        pytest.param(NOTHING, Kind.OUTCOME, False, "5 objects in 1 s", id="nothing"),
        pytest.param(SIGNAL.format("SIGSEGV"), Kind.CRASH, True, "SIGSEGV", id="a crash"),
        pytest.param(SIGNAL.format("SIGSEGV"), Kind.OUTCOME, True, "SIGSEGV", id="a crash, for an outcome"),
        pytest.param(SIGNAL.format("SIGKILL"), Kind.CRASH, False, "SIGKILL", id="ended by somebody else"),
        pytest.param(f"{NOTHING}\n{SIGNAL.format('SIGSEGV')}", Kind.CRASH, False, "5 objects", id="a crash at exit"),
        pytest.param(HANGS, Kind.DEADLOCK, True, "calls do not come to an end", id="a hang"),
        pytest.param("import nothing_of_this_name", Kind.OUTCOME, False, "ModuleNotFoundError", id="a failed import"),
        pytest.param(
            f"import warnings; warnings.warn('x'); {CAME_OUT}", Kind.OUTCOME, True, "(Object 3)", id="a warning"
        ),
        pytest.param("import nothing_of_this_name", Kind.HANG, False, "ModuleNotFoundError", id="the same, for a hang"),
        pytest.param("raise SystemExit(1)", Kind.OUTCOME, False, "exit code 1", id="an exit code alone"),
        pytest.param(
            "print('what threads do uses up 30 blocks'); raise SystemExit(1)", Kind.GROWTH, True, "uses up", id="growth"
        ),
    ],
)
def test_what_a_script_shows(text: str, kind: Kind, *, confirmed: bool, how: str) -> None:
    """It counts if the script says what it is for, or crashes before it has come to its end."""
    found = confirm(Script(text), kind, seconds=1)
    assert found.confirmed is confirmed
    assert found.tries == 1
    assert how in str(found)
    assert str(found).startswith("confirmed in 1 try" if confirmed else "not confirmed in 1 try")


def test_a_script_that_shows_nothing_is_tried_again() -> None:
    """As often as there is time for tries of some length; the numbers are told."""
    found = confirm(Script(NOTHING), Kind.OUTCOME, seconds=7)
    assert found.tries == 2
    assert "2 tries" in str(found)


@pytest.mark.parametrize(("times", "confirmed"), [(1, False), (2, True)])
def test_a_hang_confirms_what_is_no_hang_if_it_comes_twice(tmp_path: Path, times: int, *, confirmed: bool) -> None:
    """A process that was stopped for a while only seems to hang; one whose memory is spoilt hangs again."""
    count = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')"
    text = f"{count}\nif len(open({str(tmp_path / 'runs')!r}).read()) > {times}: {NOTHING}; raise SystemExit\n{HANGS}"
    found = confirm(Script(text), Kind.OUTCOME, seconds=1)
    assert (found.confirmed, found.tries) == (confirmed, 2)


def test_a_script_that_cannot_begin_is_not() -> None:
    """What does not import will not the next time."""
    assert confirm(Script("import nothing_of_this_name"), Kind.OUTCOME, seconds=100).tries == 1


def test_a_script_imports_from_where_it_is_told(tmp_path: Path) -> None:
    """The extension may lie in a folder of its own."""
    (tmp_path / "of_the_extension.py").write_text(f"def show():\n    {CAME_OUT}\n")
    found = confirm(
        Script("import of_the_extension\nof_the_extension.show()"), Kind.OUTCOME, seconds=1, path=[str(tmp_path)]
    )
    assert found.confirmed


def test_a_missing_script_says_why() -> None:
    """The reason stands in the place of the numbers."""
    assert str(Confirmation(how="'<lambda>' cannot be imported")) == (
        "not confirmed: there is no script, for '<lambda>' cannot be imported"
    )


def test_a_finding_without_source_keeps_its_place() -> None:
    """It is not confirmed, and the report says that nobody could try."""
    local = model("copy", make=lambda: [0])
    (seen,) = sightings([outcome(stopped(scenario(local, "copy", "copy"), 0x10), Part.STATE)], Places(Path()))
    proved = prove(seen, Places(Path()), name="a.py", seconds=1)
    assert proved.confirmation is not None
    assert not proved.confirmation.tries
    assert "lambda" in proved.confirmation.how


@pytest.mark.thread_unsafe(reason="scripts need all cores for themselves")
def test_a_script_is_left_where_it_was_asked_for(tmp_path: Path) -> None:
    """Whether or not it showed anything; each try is counted."""
    boxes = model("copy", "clear")
    seen = [crash(stopped(scenario(boxes, "copy", other), 0x10)) for other in ("copy", "clear")]
    (found,) = sightings(seen, Places(Path()))
    folder = tmp_path / "scripts"
    proved = prove(found, Places(Path()), name="a.py", seconds=1, folder=folder)
    assert proved.confirmation is not None
    assert not proved.confirmation.confirmed
    assert proved.confirmation.tries >= 1
    assert [file.name for file in folder.iterdir()] == ["a.py"]
    assert proved.confirmation.script == (folder / "a.py").as_posix()
    assert proved.confirmation.text == (folder / "a.py").read_text()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """With the name of the folder, and no half-written script."""
    (tmp_path / "file").write_text("")
    boxes = model("copy")
    (found,) = sightings([outcome(stopped(scenario(boxes, "copy", "copy"), 0x10), Part.STATE)], Places(Path()))
    with pytest.raises(OutputError, match="cannot be made"):
        prove(found, Places(Path()), name="a.py", seconds=0.2, folder=tmp_path / "file" / "scripts")
