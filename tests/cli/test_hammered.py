"""What is done with the findings of a hunt where it was interrupted, or where files cannot be written."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from tests.stress.hammer.observed import EXTENSION, model, outcome, scenario, stopped

from ungil.cli.hammered import add_reporting, refuse_scripts, report
from ungil.errors import ExitCode, OutputError, UsageError
from ungil.stress.hammer.findings.conclusion import Conclusion, conclude
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.runs.difference import Part

pytestmark = pytest.mark.thread_unsafe(reason="it looks at what is printed")

BOX = model("put", "take")
PUT = outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE)
FOUND = "corrupted-state"


def options(*given: str | Path) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    add_reporting(parser)
    return parser.parse_args([str(one) for one in given])


def concluded(root: Path, *, interrupted: bool = False) -> Conclusion:
    """One finding."""
    result = Result(
        target=Target(module="boxes"),
        seed=1,
        models=[BOX],
        files=[EXTENSION],
        observations=[PUT],
        interrupted=interrupted,
    )
    return conclude(result, root=root)


def test_an_interrupted_hunt_writes_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would say that there is nothing else; what was found is reported."""
    known = tmp_path / "known.json"
    given = options("--write-baseline", known)
    assert report(given, concluded(tmp_path, interrupted=True)) is ExitCode.INTERRUPTED
    said = capsys.readouterr()
    assert said.err == "ungil: interrupted, so no baseline is written\n"
    assert FOUND in said.out
    assert not known.exists()
    assert report(given, concluded(tmp_path)) is ExitCode.CLEAN
    assert known.exists()


@pytest.mark.parametrize(
    "given",
    [
        ["--write-baseline", "nowhere/known.json"],
        ["--output", "nowhere/report.txt"],
        ["--format", "json=nowhere/report.json"],
        ["--format", "json=nowhere/report.json", "--format", "markdown=there.md", "--output", "nowhere/report.txt"],
    ],
    ids=" ".join,
)
def test_what_was_found_is_printed_where_a_file_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    """Files that can be are written as well."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        report(options(*given), concluded(tmp_path))
    assert capsys.readouterr().out.count(f"error: {FOUND}") == 1
    assert (tmp_path / "there.md").exists() == any("there.md" in one for one in given)


def test_a_folder_for_scripts_need_not_be_there(tmp_path: Path) -> None:
    """It is not made before there is a script; where it cannot be, the option is named."""
    refuse_scripts(options("--scripts", tmp_path / "new" / "scripts"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "scripts"):
        with pytest.raises(UsageError, match="is no folder") as caught:
            refuse_scripts(options("--scripts", folder))
        assert "--scripts" in caught.value.advice


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that is read-only."""
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UsageError, match="cannot be written to"):
        refuse_scripts(options("--scripts", tmp_path / "scripts"))
