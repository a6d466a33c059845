"""What `make bench-released` writes: the run, and what is said of its findings."""

import json
from pathlib import Path

import pytest
from benchmarks.audit.measure import BenchmarkError
from benchmarks.released import judged, page
from benchmarks.released.__main__ import STEM
from benchmarks.released.judged import Judgements
from benchmarks.released.releases import RELEASES
from benchmarks.released.results import Found, Hunted, Results, dump, load

DOCS = Path(__file__).parents[2] / "docs"
FOUND: Found = {
    "code": "UG905",
    "slug": "lost-result",
    "message": "put_held() beside another thread's call gives answers that no order of them gives",
    "evidence": ["A: put(1) | B: len(), on a Box that A made", "confirmed in 1 try"],
    "confirmed": True,
}
HUNTED: Hunted = {
    "name": "boxes",
    "version": "1.0",
    "made_with": "C",
    "refused": "",
    "executions": 1234,
    "seconds": 45.0,
    "driven": [{"model": "Box", "operations": 3, "pairs": 9, "ran": 9, "stopped": 8, "stops": 900}],
    "never": ["Box: fork(): it ends the process"],
    "notes": [],
    "findings": [FOUND],
}


def run(*releases: Hunted) -> Results:
    """A run with these."""
    return {
        "ungil": "0.1.0",
        "python": "CPython 3.14.0",
        "cpu": "a CPU",
        "cpus": 2,
        "system": "Linux x86_64",
        "load": 0.1,
        "budget": 45.0,
        "seed": 1,
        "releases": list(releases),
    }


def judgements(monkeypatch: pytest.MonkeyPatch, folder: Path, verdict: str) -> Judgements:
    """Of the finding above."""
    file = folder / "judged.toml"
    said = {
        "release": "boxes",
        "code": "UG905",
        "function": "put_held",
        "verdict": verdict,
        "why": "No lock.",
    }
    file.write_text("[[finding]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in said.items()))
    monkeypatch.setattr(judged, "FILE", file)
    return Judgements()


def test_the_page_is_of_the_run_and_the_judgements_beside_it() -> None:
    """Nothing in docs is edited by hand: `make bench-released` writes both files, and all findings are judged."""
    text = (DOCS / f"{STEM}.json").read_text(encoding="utf-8")
    found = load(DOCS / f"{STEM}.json")
    assert text == dump(found)
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found, Judgements(), STEM)
    assert all(met for _, met in page.targets(found, Judgements()))
    assert [one["name"] for one in found["releases"]] == [one.name for one in RELEASES]


def test_every_release_has_a_model() -> None:
    """And no model is of none."""
    assert {one.model for one in RELEASES} == set(RELEASES[0].model.parent.glob("*.py"))


@pytest.mark.thread_unsafe(reason="it puts another file into the module")
@pytest.mark.parametrize("verdict", ["true", "as documented", "false"])
def test_a_finding_is_shown_with_what_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: str
) -> None:
    """The numbers of what was driven, the evidence, whether it was confirmed, and the verdict, which may be a miss."""
    said = judgements(monkeypatch, tmp_path, verdict)
    text = page.render(run(HUNTED), said, "x")
    assert "| boxes 1.0 | C | 3 | 9 | 8 | 900 | 1,234 | 1 | 1 |" in text
    assert "- boxes: Box: fork(): it ends the process" in text
    assert "### boxes 1.0: lost-result (UG905)" in text
    assert "put(1) \\| B: len()" in text
    assert f"A script of plain Python threads fails too. **{verdict.capitalize()}.** No lock." in text
    assert dict(page.targets(run(HUNTED), said))[f"{verdict == 'false':d} false findings"] == (verdict != "false")


@pytest.mark.thread_unsafe(reason="it puts another file into the module")
def test_a_finding_that_nobody_has_judged_is_a_miss(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The page says so; what was refused is said, and does not count as hammered."""
    said = judgements(monkeypatch, tmp_path, "true")
    other: Found = {**FOUND, "code": "UG901", "confirmed": False}
    refused: Hunted = {**HUNTED, "name": "closed", "refused": "The GIL came on.", "findings": []}
    text = page.render(run({**HUNTED, "findings": [other]}, refused), said, "x")
    assert "No script failed in its time. **Not judged.**" in text
    assert "| closed 1.0 | C | The GIL came on. |||||||" in text
    assert "1 releases hammered, of at least 12: **missed**" in text
    assert "0 of 1 findings judged: **missed**" in text


@pytest.mark.thread_unsafe(reason="it puts another file into the module")
def test_a_verdict_is_one_of_three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Anything else is an error."""
    with pytest.raises(BenchmarkError, match="'perhaps' is none of true, as documented, false"):
        judgements(monkeypatch, tmp_path, "perhaps")
