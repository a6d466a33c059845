"""What `make bench-wheels` wrote to docs, and how it counts."""

import re
from pathlib import Path

import pytest
from benchmarks.wheels import cache, page, results
from benchmarks.wheels.__main__ import STEM, write
from benchmarks.wheels.results import Results
from benchmarks.wheels.targets import TARGETS
from tests.wheel.facts import wheel_of

from ungil.wheel.check import findings
from ungil.wheel.names import parsed

DOCS = Path(__file__).parents[2] / "docs"


def written() -> Results:
    """The run that the documentation shows."""
    return results.load(DOCS / f"{STEM}.json")


def test_the_page_shows_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run: `make bench-wheels` writes both."""
    found = written()
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found, STEM)
    assert (DOCS / f"{STEM}.json").read_text(encoding="utf-8") == results.dump(found)


def test_the_wheels_in_docs_are_those_that_are_listed() -> None:
    """A change of the list needs a new run."""
    assert [wheel["filename"] for wheel in written()["wheels"]] == cache.listed()


def test_every_target_was_met() -> None:
    """What the issue asks for is what the documentation shows."""
    assert [target.says for target in TARGETS if not target.met(written())] == []


def test_the_list_is_sorted_and_has_wheels_alone() -> None:
    """Of every platform."""
    listed = cache.listed()
    assert listed == sorted(set(listed))
    platforms = " ".join(tag.platform for name in listed for tag in parsed(name)[2])
    assert all(re.search(one, platforms) for one in ("manylinux", "musllinux", "macosx", "win_amd64", "win_arm64"))


def made_up(*modules: tuple[str, str | None]) -> Results:
    """A run of one wheel whose modules were read as the first, and did the second."""
    listing = 'wheel = "spam-1.0-cp314-cp314t-macosx_11_0_arm64.whl"\n' + "".join(
        f'"spam/m{number}.cpython-314t-darwin.so" = {{read = "{read}"'
        + (f', imported = "{ran}"' if ran is not None else "")
        + "}\n"
        for number, (read, ran) in enumerate(modules)
    )
    wheel = wheel_of(listing)
    found = results.of_wheel(wheel, findings(wheel), 1000, 0.5)
    return {**written(), "wheels": [found]}


@pytest.mark.parametrize(
    ("read", "ran", "agree"),
    [
        ("declared", "declared", True),
        ("declared", "not declared", False),
        ("GIL used", "not declared", True),
        ("not declared", "not declared", True),
        ("not declared", "declared", False),
        ("unknown", "declared", None),
        ("declared", None, None),
        ("declared", "unknown", None),
    ],
)
def test_a_module_agrees_if_it_did_what_was_read(read: str, ran: str | None, *, agree: bool | None) -> None:
    """What is unknown, or was not run, does not count either way."""
    compared = [results.agrees(one) for one in results.comparable(made_up((read, ran)))]
    assert compared == ([] if agree is None else [agree])


def test_numbers_follow_from_the_modules() -> None:
    """Agreement is a share; a wrong 'declared' is counted apart; both are on the page."""
    ran = [("declared", "declared"), ("declared", "not declared"), ("GIL used", "not declared"), ("unknown", None)]
    found = made_up(*ran)
    assert results.agreement(found) == pytest.approx(2 / 3)
    assert results.wrongly_declared(found) == 1
    shown = page.render(found, STEM)
    assert "| modules read as declared that turn the GIL on | at most 0 | 1 | **missed** |" in shown
    assert "spam.m1 (C): read: declared (the file); imported under 3.14t, the GIL came on" in shown
    assert "| macOS | 4 | 2 | 1 | 0 | 1 | 3 | 3 | 2 |" in shown


def test_a_run_is_written_whole(tmp_path: Path) -> None:
    """Two files, in step; what is read back is what was found."""
    found = made_up(("declared", "declared"))
    write(found, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{STEM}.json", f"{STEM}.md"]
    assert results.load(tmp_path / f"{STEM}.json") == found


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    """It would be misread."""
    (tmp_path / "old.json").write_text('{"version": 0}')
    with pytest.raises(ValueError, match="run make bench-wheels"):
        results.load(tmp_path / "old.json")
