"""Findings that are known already."""

import json
from pathlib import Path

import pytest
from tests.audit.auditing import FUNCTION, audited, codes, project

from ungil.audit import Policy, baseline
from ungil.errors import BaselineError, OutputError
from ungil.finding import Severity
from ungil.lines import Lines

WRONG_ENTRY = b'{"version": 1, "findings": [{"path": "x", "code": 1, "fingerprint": ""}]}'
TWICE = FUNCTION % "" + (FUNCTION % "").replace("first", "second")


def known(folder: Path, code: str) -> baseline.Baseline:
    """The baseline in which all that is found in ``code`` is known, by way of its file."""
    baseline.write(folder / "known.json", audited(code).findings, Lines(project(code)))
    return baseline.read(folder / "known.json")


def test_what_is_known_is_not_reported_wherever_it_moved(tmp_path: Path) -> None:
    """Lines that come above a finding, and white space within its line, do not make it new."""
    policy = Policy(baseline=known(tmp_path, FUNCTION % ""))
    for code in (FUNCTION % "", "\n\n" + FUNCTION % "", (FUNCTION % "").replace("    return", "\treturn ")):
        result = audited(code, policy)
        assert (result.findings, result.known, result.gone) == ((), 1, ())


def test_a_second_finding_on_an_equal_line_is_new(tmp_path: Path) -> None:
    """One known finding lets one finding pass, not all that look like it."""
    result = audited(TWICE, Policy(baseline=known(tmp_path, FUNCTION % "")))
    assert (codes(result), result.known) == ([(9, "UG101")], 1)


def test_what_no_longer_occurs_is_named_where_it_was_looked_for(tmp_path: Path) -> None:
    """An entry without its finding is gone; of a rule that was not looked for, nobody knows."""
    both = known(tmp_path, TWICE)
    assert [(entry.path, entry.code) for entry in audited(FUNCTION % "", Policy(baseline=both)).gone] == [
        ("src/x.c", "UG101")
    ]
    assert audited(FUNCTION % "", Policy(baseline=both, ignore=("UG101",))).gone == ()


def test_what_is_hidden_is_not_gone(tmp_path: Path) -> None:
    """A known finding below the level still occurs."""
    result = audited(FUNCTION % "", Policy(baseline=known(tmp_path, FUNCTION % ""), level=Severity.ERROR))
    assert (result.known, result.gone, result.hidden) == (1, (), 0)


def test_the_file_is_sorted_and_the_same_every_time(tmp_path: Path) -> None:
    """Two baselines of the same findings are the same bytes, one finding a line, by path and code."""
    known(tmp_path, TWICE)
    first = (tmp_path / "known.json").read_bytes()
    known(tmp_path, TWICE)
    assert (tmp_path / "known.json").read_bytes() == first
    plain = json.loads(first)
    assert plain["version"] == 1
    assert plain["findings"] == sorted(
        plain["findings"], key=lambda one: (one["path"], one["code"], one["fingerprint"])
    )
    assert len(first.splitlines()) == len(plain["findings"]) + 5


def test_an_empty_baseline_is_one(tmp_path: Path) -> None:
    """A project without findings has a baseline without entries."""
    assert known(tmp_path, "int f(void) { return 0; }\n").entries == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "There is no baseline", id="not there"),
        pytest.param(b"{", "not JSON", id="cut short"),
        pytest.param(b"\xff", "not JSON", id="no text"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested too deeply"),
        pytest.param(b"[]", "without a version", id="a list"),
        pytest.param(b'{"version": 2, "findings": []}', "version 2, not 1", id="a newer one"),
        pytest.param(b'{"version": 1}', "an entry is not", id="no findings"),
        pytest.param(WRONG_ENTRY, "an entry is not", id="a wrong entry"),
        pytest.param(b'{"version": 1, "findings": ["x"]}', "an entry is not", id="no entry"),
    ],
)  # fmt: skip
def test_a_broken_baseline_is_an_error_that_names_it(tmp_path: Path, content: bytes | None, said: str) -> None:
    """What is not a baseline is refused with the way to write one."""
    path = tmp_path / "known.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BaselineError, match=said) as caught:
        baseline.read(path)
    assert "known.json" in caught.value.happened
    assert "--write-baseline" in caught.value.advice


def test_a_baseline_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A folder that does not exist is named, and nothing is left behind."""
    with pytest.raises(OutputError, match="no-such-folder"):
        baseline.write(tmp_path / "no-such-folder" / "known.json", (), Lines(project("")))
    assert list(tmp_path.iterdir()) == []
