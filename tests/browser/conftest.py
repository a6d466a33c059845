"""A Chromium without a window, and the samples of the report in it; make test-browser makes both."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SAMPLES = Path(__file__).parents[2] / "build" / "browser"


@dataclass(frozen=True)
class Opened:
    """A sample in a page.

    Attributes:
        page: Playwright's.
        wrong: what the page said to its console, asked of anybody else, or threw.
        read: the texts that have to be in it.
    """

    page: Page
    read: list[str]
    wrong: list[str] = field(default_factory=list)


Opener = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests, of the machine, not of Playwright."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    """Opens a sample in a fresh context, whose options are Playwright's."""
    contexts = []

    def open_sample(name: str, width: int = 1280, **options: Any) -> Opened:  # noqa: ANN401 - options
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        sample = SAMPLES / f"{name}.html"
        page = context.new_page()
        one = Opened(page, json.loads(sample.with_suffix(".json").read_text(encoding="utf-8")))
        page.on("console", lambda message: one.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: one.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: one.wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: one.wrong.append(request.url) if request.url != sample.as_uri() else None)
        page.goto(sample.as_uri())
        return one

    yield open_sample
    for context in contexts:
        context.close()
