"""The HTML report in a Chromium: nothing leaves it, axe finds nothing, it reads at any width, printed, by keyboard."""

from __future__ import annotations

import io
import unicodedata

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader
from tests.browser.conftest import Opener

SAMPLES = ("typical", "empty", "extreme")
WIDTHS = (360, 768, 1280)
PAPER = 690  # CSS pixels between the margins of a sheet of Letter or A4
each = pytest.mark.parametrize("name", SAMPLES)

_UNFOLD = "() => document.querySelectorAll('details').forEach(one => one.open = true)"
# Axe takes minutes for 500 findings and a matrix of 3,600 cells, each of which is made as the first ones are.
_THIN = """() => {
    const beyond = (all, many) => [...all].slice(many).forEach(one => one.remove());
    beyond(document.querySelectorAll('.finding'), 6);
    beyond(document.querySelectorAll('.module'), 4);
    beyond(document.querySelectorAll('.scenario'), 2);
    for (const table of document.querySelectorAll('table')) beyond(table.tBodies[0].rows, 12);
    for (const row of document.querySelectorAll('.matrix tr')) beyond(row.cells, 13);
    for (const list of document.querySelectorAll('ul, dl, .source')) beyond(list.children, 8);
}"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def together(text: str) -> str:
    """A text without white space and ligatures: where lines break and letters join is not what is looked for."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@each
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(opened: Opener, name: str, width: int) -> None:
    """In light and dark, on a phone, a tablet and a desk, with all folds open; of what is alike, in the first."""
    page = opened(name, width, bypass_csp=True).page
    page.evaluate(_UNFOLD)
    page.evaluate(_THIN)
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):  # all else is the same in the dark
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page, options={"resultTypes": ["violations"], **rules})
        assert results.violations_count == 0, f"{scheme}: {results.generate_report()}"


@each
def test_the_page_is_as_wide_as_the_window(opened: Opener, name: str) -> None:
    """Only boxes of their own scroll sideways; nothing is asked of the network, and nothing goes to the console."""
    one = opened(name)
    one.page.evaluate(_UNFOLD)
    beyond = {}
    for width in (320, *WIDTHS):
        one.page.set_viewport_size({"width": width, "height": 800})
        beyond[width] = one.page.evaluate(_OVERFLOW)
    assert set(beyond.values()) == {0}, beyond
    assert one.wrong == []


@each
def test_what_scrolls_can_be_reached_by_keyboard(opened: Opener, name: str) -> None:
    """A box that holds more than it shows can have the focus, or something in it can; no other box cuts text off."""
    one = opened(name, 360)
    one.page.evaluate(_UNFOLD)
    hidden = one.page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(one => {
            if (one.scrollWidth <= one.clientWidth + 1 && one.scrollHeight <= one.clientHeight + 1) return false;
            const flow = getComputedStyle(one).overflowX;
            if (flow === 'visible' || one.closest('.vh')) return false;
            if (flow === 'auto') return one.tabIndex !== 0 && !one.querySelector('a, summary');
            return !one.closest('.matrix thead');  // the same operation stands in full at its row
        }).map(one => one.outerHTML.slice(0, 200))"""
    )
    assert hidden == []


def test_everything_has_its_turn_at_the_keyboard(opened: Opener) -> None:
    """Tab comes to the skip link, then to each link, fold and box in order; each is in sight and shows the focus."""
    page = opened("typical", reduced_motion="reduce").page
    wanted = page.evaluate("() => document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const one = document.activeElement, box = one.getBoundingClientRect();
                    const all = [...document.querySelectorAll('*')];
                    const ring = getComputedStyle(one).outlineStyle;
                    const shown = box.bottom > 0 && box.top < innerHeight && ring !== 'none';
                    return [all.indexOf(one), shown, one.className];
                }"""
            )
        )
    assert seen[0][2] == "skip"
    assert [place for place, _, _ in seen] == sorted({place for place, _, _ in seen})
    assert [one for one in seen if not one[1]] == []


def test_the_skip_link_skips(opened: Opener) -> None:
    """Enter on it leaves the head and the contents behind."""
    page = opened("typical").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('#modules') !== null")


@each
def test_it_is_read_without_scripts(opened: Opener, name: str) -> None:
    """With JavaScript off all is there, and what is folded unfolds."""
    one = opened(name, java_script_enabled=False)
    text = together(one.page.locator("body").text_content() or "")
    assert [row for row in one.read if together(row) not in text] == []
    fold = one.page.locator("summary").first
    if name != "empty":
        fold.press("Enter")
        assert fold.locator("..").get_attribute("open") is not None
    assert one.wrong == []


@each
def test_on_paper_nothing_is_folded_or_cut(opened: Opener, name: str) -> None:
    """Every text is laid out once, and none leaves the sheet; a large matrix has sheets of its own, set wide."""
    page = opened(name, PAPER).page
    page.emulate_media(media="print", color_scheme="dark")
    lost = page.evaluate(
        """width => [...document.querySelectorAll('main *, footer *')].filter(one => {
            if (one.children.length || !one.textContent.trim()) return false;
            if (one.closest('.vh, .wide, .again, title, desc')) return false;
            const box = one.getBoundingClientRect();
            return !one.checkVisibility() || box.width === 0 || box.right > width + 1 || box.left < -1;
        }).map(one => one.outerHTML.slice(0, 200))""",
        PAPER,
    )
    assert lost[:5] == []


@pytest.mark.parametrize("name", ["typical", "empty"])
def test_a_printed_report_holds_the_findings(opened: Opener, name: str) -> None:
    """The PDF that the browser prints has the text of each finding, its fix, and what came out."""
    one = opened(name)
    sheets = PdfReader(io.BytesIO(one.page.pdf(prefer_css_page_size=True))).pages
    text = together("".join(sheet.extract_text() for sheet in sheets))
    assert [row for row in one.read if together(row) not in text] == []
    assert "Provenance" in text
