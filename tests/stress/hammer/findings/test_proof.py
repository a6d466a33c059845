"""Scripts are left whether or not they are tried, and a finding is kept where none can be left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.stress.hammer.observed import EXTENSION, model, outcome, scenario, stopped

from ungil.stress.hammer.findings import conclusion as module
from ungil.stress.hammer.findings.conclusion import Conclusion, Proof, conclude
from ungil.stress.hammer.findings.proof import Untried, prove
from ungil.stress.hammer.findings.sighting import sightings
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.telling.places import Places

BOX = model("copy", "clear")
COPY = outcome(stopped(scenario(BOX, "copy", "copy"), 0x10), Part.STATE)
CLEAR = outcome(stopped(scenario(BOX, "clear", "clear"), 0x50), Part.ANSWER)
BOTH = ["UG904-Box-copy.py", "UG905-Box-clear.py"]


def concluded(root: Path, proof: Proof, *, interrupted: bool = False) -> Conclusion:
    """What is reported of both."""
    result = Result(
        target=Target(module="boxes"),
        seed=1,
        models=[BOX],
        files=[EXTENSION],
        observations=[COPY, CLEAR],
        interrupted=interrupted,
    )
    return conclude(result, root=root, proof=proof)


def left(folder: Path) -> list[str]:
    """The names of the scripts there."""
    return sorted(file.name for file in folder.iterdir())


def test_without_time_a_script_is_left_untried(tmp_path: Path) -> None:
    """The report says where it lies, and does not call it anything else."""
    (found,) = sightings([COPY], Places(Path()))
    told = prove(found, Places(Path()), name="a.py", seconds=0, folder=tmp_path / "scripts").confirmation
    assert told == Untried(script=(tmp_path / "scripts" / "a.py").as_posix(), text=told.text if told else "")
    assert told.text == (tmp_path / "scripts" / "a.py").read_text()
    assert str(told) == f"not tried: a script of plain Python threads: {told.script}"
    nowhere = prove(found, Places(Path()), name="a.py", seconds=0).confirmation
    assert str(nowhere) == "not tried: a script of plain Python threads"


@pytest.mark.parametrize(("seconds", "interrupted"), [(0, False), (60, True)])
def test_each_finding_has_its_script(tmp_path: Path, seconds: float, *, interrupted: bool) -> None:
    """Also where nobody wants to wait, or no longer."""
    done = concluded(tmp_path, Proof(seconds=seconds, folder=tmp_path / "scripts"), interrupted=interrupted)
    assert left(tmp_path / "scripts") == BOTH
    assert all("not tried: a script" in " ".join(finding.evidence) for _, finding in done.reported)
    assert done.result.interrupted is interrupted


def test_a_finding_is_told_where_no_script_can_be_left(tmp_path: Path) -> None:
    """Why there is none is said once."""
    (tmp_path / "file").write_text("")
    done = concluded(tmp_path, Proof(seconds=0, folder=tmp_path / "file" / "scripts"))
    assert len(done.reported) == 2
    assert all(one.confirmation and one.confirmation.text for one, _ in done.reported)
    (note,) = done.result.notes
    assert note.startswith("Scripts could not be left. ")
    assert "cannot be made" in note


@pytest.mark.thread_unsafe(reason="it puts another function into the module")
def test_ctrl_c_ends_the_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was being tried and what would have been next have their scripts, and the result says what happened."""

    def interrupting(*given: Any, seconds: float, **named: Any) -> object:  # noqa: ANN401 - of prove
        if seconds:
            raise KeyboardInterrupt
        return prove(*given, seconds=seconds, **named)

    monkeypatch.setattr(module, "prove", interrupting)
    done = concluded(tmp_path, Proof(seconds=60, folder=tmp_path / "scripts"))
    assert left(tmp_path / "scripts") == BOTH
    assert done.result.interrupted
