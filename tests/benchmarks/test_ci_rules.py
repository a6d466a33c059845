"""What `python -m benchmarks.ci_rules` wrote to docs, and how it counts."""

from pathlib import Path

from benchmarks.ci_rules import cache, page, results
from benchmarks.ci_rules.__main__ import STEM
from benchmarks.ci_rules.results import Found, Results
from benchmarks.ci_rules.targets import TARGETS

DOCS = Path(__file__).parents[2] / "docs"


def written() -> Results:
    """The run that the documentation shows."""
    return results.load(DOCS / f"{STEM}.json")


def test_the_page_shows_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run."""
    found = written()
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found, STEM)
    assert (DOCS / f"{STEM}.json").read_text(encoding="utf-8") == results.dump(found)


def test_the_sdists_in_docs_are_those_that_are_listed() -> None:
    """A change of the list needs a new run."""
    listed = cache.listed()
    assert listed == sorted(set(listed))
    assert [one["sdist"] for one in written()["sdists"]] == [name.removesuffix(".tar.gz") for name in listed]


def test_every_target_was_met() -> None:
    """What the issue asks for is what the documentation shows."""
    assert [target.says for target in TARGETS if not target.met(written())] == []


def test_every_verdict_is_of_something_that_was_found() -> None:
    """A judgement whose finding is gone is taken out."""
    found = {(one["sdist"], f["code"], f["at"]) for one in written()["sdists"] for f in one["findings"]}
    assert set(results.judged()) == found


def finding(severity: str, verdict: str) -> Found:
    """One that was judged so."""
    return {"code": "UG770", "slug": "x", "severity": severity, "at": "tox.ini:1", "verdict": verdict, "why": ""}


def test_what_points_to_another_tool_is_neither_right_nor_wrong() -> None:
    """The share is that of the findings that claim something; one that nobody read is counted apart."""
    some = [finding("warning", "true"), finding("note", "false"), finding("note", "report"), finding("note", "")]
    found: Results = {
        **written(),
        "sdists": [{"sdist": "x-1", "workflows": 1, "milliseconds": 1.0, "unread": [], "findings": some}],
    }
    assert results.share(some) == 0.5
    assert results.share(results.warnings(found)) == 1.0
    assert results.unjudged(found) == 1
    assert results.volume(found) == 1.0
