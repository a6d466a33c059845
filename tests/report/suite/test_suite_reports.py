"""Reports of a project's tests: one result, made by hand, in each format."""

from __future__ import annotations

import importlib.resources
import json
import re
from pathlib import Path

import jsonschema
import pytest

from ungil.audit import Policy
from ungil.finding import Severity
from ungil.report.suite.formats import render
from ungil.report.terminal import Style
from ungil.stress.suite.findings import Conclusion, conclude
from ungil.stress.suite.model import Asked, Gil, Stressed, TestTold, Verdict

PLAIN = Style(colour=False)
TESTS = """\
def test_racy(): ...
def test_crashes(): ...  # ungil: allow(test-crashes) a known one
def test_alone(): ...
"""


def told(name: str, verdict: Verdict, line: int, **more: object) -> TestTold:
    """A test."""
    return TestTold(name=f"tests/test_it.py::{name}", verdict=verdict, path="tests/test_it.py", line=line, **more)  # type: ignore[arg-type]


def conclusion(root: Path, level: Severity = Severity.WARNING) -> Conclusion:
    """Of a project with a test of several kinds."""
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests" / "test_it.py").write_text(TESTS)
    stacks = "thread 1, which crashed:\n  grow (buffer.c:7)\n  test_crashes (tests/test_it.py:2)"
    every = (
        told("test_racy", Verdict.RACY, 1, threaded=(3, 16), serially=(0, 17), said="E   assert 1 == 2"),
        told(
            "test_crashes",
            Verdict.CRASHES,
            2,
            threaded=(1, 9),
            serially=(0, 1),
            said="killed by SIGSEGV",
            stacks=stacks,
            again=(1, 1),
        ),
        told("test_alone", Verdict.ALONE, 3, serially=(0, 1), said="calls gc.collect"),
        told("test_flaky", Verdict.FLAKY, 3, serially=(1, 2)),
        told("test_passes", Verdict.PASSED, 3, serially=(0, 1)),
    )
    stressed = Stressed(
        project=str(root),
        root=root,
        runner="pytest",
        python="3.14.8 free-threaded",
        asked=Asked(),
        every=every,
        proof=Gil(proved=True, modules=("spam._spam",)),
        notes=("A note.",),
        command="pytest -p ungil.stress.parallel",
        threaded_names=frozenset({every[0].name, every[1].name, every[4].name}),
    )
    return conclude(stressed, policy=Policy(level=level))


def test_text(tmp_path: Path) -> None:
    """Findings with their evidence, then how many tests ran, which did not in threads, and what nobody may conclude."""
    text = render(conclusion(tmp_path), "text", PLAIN)
    assert "tests/test_it.py:1:1: error: test-races (UG912)" in text
    assert "seen: failed in 3 of 16 runs in 4 threads, in none of 17 in one\n        seen: assert 1 == 2" in text
    assert "Not reported: 1 below level warning (--level note shows them), 1 suppressed by comments." in text
    assert "5 tests; 4 passed alone, 1 failed now and then alone." in text
    assert "In 4 threads x 2 iterations, 2 times: 3 ran, 1 passed, 1 ended the process, 1 failed there only" in text
    assert "in one thread: calls gc.collect: tests/test_it.py::test_alone" in text
    assert "GIL: off in a fresh process that has imported spam._spam" in text
    assert "no proof that there are no races" in " ".join(text.split())


def test_json(tmp_path: Path) -> None:
    """It is what its schema says, and names the test of each finding."""
    report = json.loads(render(conclusion(tmp_path, Severity.NOTE), "json", PLAIN))
    file = importlib.resources.files("ungil.report.suite") / "suite.schema.json"
    jsonschema.validate(report, json.loads(file.read_text(encoding="utf-8")))
    assert {finding["test"].rpartition(":")[2] for finding in report["findings"]} == {"test_racy", "test_flaky"}
    assert [test["verdict"] for test in report["tests"]] == ["racy", "crashes", "alone", "flaky"]


@pytest.mark.parametrize("name", ["markdown", "github", "sarif"])
def test_other_formats(tmp_path: Path, name: str) -> None:
    """Each says what fails, where, and what to do."""
    report = render(conclusion(tmp_path), name, PLAIN)
    assert "test_it.py" in report
    assert "test-races" in report
    assert "find what its threads share" in report


def test_no_promise(tmp_path: Path) -> None:
    """No format says of anything that it is safe."""
    for name in ("text", "json", "markdown", "github", "sarif"):
        assert not re.search(r"\bsafe\b", render(conclusion(tmp_path, Severity.NOTE), name, PLAIN))
