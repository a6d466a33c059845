"""What `python -m benchmarks.python_rules` wrote to docs, and how it counts."""

from pathlib import Path

from benchmarks.python_rules import packages, page, results
from benchmarks.python_rules.__main__ import STEM
from benchmarks.python_rules.results import Results, Said
from benchmarks.python_rules.targets import TARGETS

DOCS = Path(__file__).parents[2] / "docs"


def written() -> Results:
    """The run that the documentation shows."""
    return results.load(DOCS / f"{STEM}.json")


def test_the_page_shows_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run."""
    found = written()
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found)
    assert (DOCS / f"{STEM}.json").read_text(encoding="utf-8") == results.dump(found)


def test_the_packages_in_docs_are_those_that_are_listed() -> None:
    """A change of the list needs a new run."""
    listed = [packages.STANDARD, *(release for group in packages.GROUPS.values() for release in group)]
    assert [one["name"] for one in written()["packages"]] == listed


def test_every_target_was_met() -> None:
    """What is wanted of the rules is what the documentation shows."""
    assert [target.says for target in TARGETS if not target.met(written())] == []


def test_every_verdict_is_of_something_that_was_found() -> None:
    """A judgement whose finding is gone is taken out, and what is in docs is what the list of them says."""
    shown = {
        (package["name"].partition("==")[0], said["code"], said["where"]): (said["verdict"], said["why"])
        for package in written()["packages"]
        for said in results.read(package["warnings"])
    }
    assert results.judged() == shown
    assert {verdict for verdict, _ in shown.values()} <= set(results.VERDICTS)


def said(verdict: str) -> Said:
    """One that was judged so."""
    return {"code": "UG650", "slug": "x", "where": "a.py:1", "message": "", "verdict": verdict, "why": ""}


def test_the_share_is_that_of_what_was_read() -> None:
    """What nobody has read counts neither way, and what is arguable is not true."""
    assert results.share([said("true"), said("arguable"), said("")]) == 50
    assert results.share([said("")]) is None


def test_a_rate_is_that_of_packages_that_are_large_enough() -> None:
    """One warning in ten lines says nothing."""
    lines = {"small": 10, "large": 2_000, "larger": 4_000}
    found: Results = {
        "version": results.VERSION,
        "ungil": "",
        "packages": [
            {
                "name": name,
                "group": "",
                "lines": number,
                "seconds": 0.0,
                "notes": 0,
                "warnings": [said("true")],
                "other": None,
            }
            for name, number in lines.items()
        ],
    }
    assert results.loudest(found) == 0.5
