"""The report as one file, as far as it can be known without a browser; tests/browser has the rest."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import replace

import pytest
from tests.report.evidence.extreme import HOSTILE, LONG
from tests.report.evidence.reading import Page
from tests.report.evidence.samples import SAMPLES, must_be_read
from tests.report.evidence.typical import typical

from ungil.port.evidence import Reached
from ungil.report.evidence.html import render
from ungil.report.evidence.shown import shown

each = pytest.mark.parametrize("name", SAMPLES)


@functools.cache
def html_of(name: str) -> str:
    """A sample, rendered."""
    return render(SAMPLES[name]())


@functools.cache
def page_of(name: str) -> Page:
    """A sample, rendered and read."""
    return Page(html_of(name))


@each
def test_the_file_is_complete_in_itself(name: str) -> None:
    """No element and no style names anything outside of the file, and the file forbids it besides."""
    page = page_of(name)
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base", "form"} == set()
    assert page.of("src") == []
    assert [href for href in page.of("href") if not href.startswith("#")] == []
    style = html_of(name).partition("<style>")[2].partition("</style>")[0]
    assert re.findall(r"url\(|@import|expression", style) == []
    assert "default-src 'none'; style-src 'unsafe-inline'" in page.of("content")


@each
def test_elements_are_closed_in_order(name: str) -> None:
    """Whatever stands in names and sources, it opens and closes nothing."""
    assert page_of(name).wrong == []


@each
def test_links_lead_somewhere(name: str) -> None:
    """Ids are unique, and each link and label names one."""
    page = page_of(name)
    ids = page.of("id")
    assert sorted(set(ids)) == sorted(ids)
    named = {href[1:] for href in page.of("href")} | {one for row in page.of("aria-labelledby") for one in row.split()}
    assert named - set(ids) == set()


@each
def test_headings_leave_out_no_level(name: str) -> None:
    """One h1, then no heading more than a level below the one before."""
    levels = [int(tag[1]) for tag, _ in page_of(name).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []


@each
def test_all_is_to_be_read(name: str) -> None:
    """Messages, fixes and outcomes of all findings, the project, the command, and why each stage went as it did."""
    evidence, text = SAMPLES[name](), page_of(name).text
    wanted = [evidence.project, evidence.command, evidence.machine, *(step.why for step in evidence.steps)]
    wanted += [row.why for row in evidence.open] + [row.reason for row in evidence.suppressions]
    for row in [*must_be_read(evidence), *(" ".join(shown(row).split()) for row in wanted)]:
        assert row in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """It is read as it was written, but for what is no character to show; and makes no attribute."""
    page = page_of("extreme")
    assert " ".join(shown(text).split()) in page.text
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []


def test_the_file_can_be_written_as_utf_8() -> None:
    """Without control characters, lone surrogates, or marks that turn text round."""
    text = html_of("extreme")
    text.encode()
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text) == []


def test_a_module_is_never_called_safe() -> None:
    """Evidence is what was tried and seen; no word promises more."""
    assert re.findall(r"\bsafe\w*", page_of("typical").text + page_of("empty").text, re.IGNORECASE) == []


def test_the_patch_stands_beside_what_it_repairs() -> None:
    """A finding that a fixer repairs shows the lines that would change, and no other finding does."""
    page = page_of("typical")
    assert page.text.count("What it would change") == 1
    assert {"ins", "del"} <= {tag for tag, _ in page.tags}


def test_a_stage_that_was_not_reached_says_so_in_its_section() -> None:
    """Sections without results name the stage, how it ended, and why."""
    text = page_of("empty").text
    for stage in ("build", "stress", "hammer", "scaling", "wheel", "fix"):
        assert f"{stage}: {Reached.SKIPPED}. no C, C++ or Cython source" in text


def test_a_long_log_is_there_to_its_last_line() -> None:
    """A stage that failed shows what it printed."""
    assert "[199/200]" in page_of("extreme").text


def test_a_matrix_has_headers_of_rows_and_columns() -> None:
    """Each operation twice, and a cell for each pair."""
    evidence = typical()
    assert evidence.hammered is not None
    model = evidence.hammered.models[0]
    alone = replace(evidence, hammered=replace(evidence.hammered, models=(model,)), stressed=None, repaired=None)
    text = render(alone)
    table = Page(
        text[text.index('<table class="matrix"') : text.index("</table>", text.index('<table class="matrix"'))]
    )
    scopes = table.of("scope")
    assert (scopes.count("col"), scopes.count("row")) == (len(model.operations),) * 2
    assert [tag for tag, _ in table.tags].count("td") == len(model.operations) ** 2 + 1


def test_what_is_unknown_is_open() -> None:
    """A stand that this version does not know is not taken for evidence."""
    module = replace(typical().modules[2], stands="splendid", name=LONG)
    assert "too little was tried to say" in Page(render(replace(typical(), modules=(module,)))).text
