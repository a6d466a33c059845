"""What `make bench-port` keeps of a run, and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.audit.measure import BenchmarkError
from benchmarks.port import page
from benchmarks.port.releases import RELEASES
from benchmarks.port.results import Results, dump, load, summary
from tests.port.roads import CLEAN, HAMMERED, STRESSED, seen, step

from ungil.port.evidence import Evidence, Point, Scaled, Stage
from ungil.port.verdict import judged

MODULE = judged(CLEAN[Stage.WHEEL].modules[0], (), list(CLEAN.values()), CLEAN[Stage.HAMMER].members)
EVIDENCE = Evidence(
    project="spam",
    version="1.2",
    command="ungil port spam==1.2",
    made="2026-01-01T00:00:00+00:00",
    machine="one",
    tools={},
    seed=7,
    budget=120,
    seconds=99.5,
    steps=tuple(step(stage) for stage in Stage),
    modules=(MODULE,),
    findings=(seen(Stage.AUDIT), seen(Stage.AUDIT, line=9)),
    stressed=STRESSED,
    hammered=HAMMERED,
    scaled=Scaled(
        what="spam",
        free_threaded=(Point(1, 100.0, 90.0, 110.0), Point(2, 190.0, 180.0, 200.0)),
        gil_enabled=(),
        cores=2,
        notes=("Others used 90 % of the machine.",),
    ),
)


def results() -> Results:
    """Of one release."""
    return {
        "version": 1,
        "ungil": "0.1.0",
        "python": "CPython 3.14",
        "compiler": "cc",
        "cpu": "one",
        "cpus": 2,
        "system": "Linux",
        "load": 0.1,
        "budget": 120,
        "seconds": 100,
        "went": [summary(EVIDENCE, ("spam==1.2", "C", "small"), 1)],
    }


def test_a_page_says_what_each_stage_came_to() -> None:
    """Verdict, findings, tests, runs, and how much more two threads do."""
    text = page.render(results(), "port-measured")
    assert "| spam==1.2 | C | **for** | 2 | 3 of 3 | 5,000 | 2 of 2 | 1.90 on 3.14t | 100 |" in text
    assert "- `spam`: It declares that it needs no GIL, and nothing that was tried speaks against that" in text
    assert "- found by the audit: borrowed-list-item 2" in text
    assert "- Others used 90 % of the machine." in text


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Of another version, it is not."""
    path = tmp_path / "measured.json"
    path.write_text(dump(results()))
    assert page.render(load(path), "x") == page.render(results(), "x")
    path.write_text('{"version": 0}')
    with pytest.raises(BenchmarkError):
        load(path)


def test_each_report_has_been_read() -> None:
    """And nothing is judged that did not go."""
    assert set(page.judgements()) == {one.target for one in RELEASES}
