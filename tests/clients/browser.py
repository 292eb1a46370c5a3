"""Chromium without a window, driven by Playwright; the browser is the system's own, so that none is downloaded."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PLAYWRIGHT = importlib.util.find_spec("playwright")
MISSING = "" if CHROMIUM and _PLAYWRIGHT else f"needs {'Playwright' if CHROMIUM else 'Chromium'}, which is not here"
"""Why no page can be looked at; empty where one can."""


class Tab:
    """One page without a network, its console and its errors.

    Args:
        complaints: what the page wrote to the console or threw, and what its policy refused.
        asked: addresses that it asked for.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.context.set_offline(True)
        page.on("console", lambda message: self.complaints.append(message.text[:500]))
        page.on("pageerror", lambda error: self.complaints.append(str(error)[:2000]))
        page.on("request", lambda request: self.asked.append(request.url))

    def beside(self, **context: Any) -> Tab:
        """Another tab of the same browser; ``context`` as Playwright has it."""
        browser = self.page.context.browser
        assert browser is not None
        return Tab(browser.new_context(**context).new_page())

    def open(self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a page and wait until it has drawn what is in sight."""
        self.asked.clear()
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(page.as_uri())
        self.settle()

    def settle(self) -> None:
        """Wait for what the page does by itself: what comes into sight is drawn in the frame after."""
        self.page.evaluate(
            "new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 120))"
        )

    def do(self, script: str) -> Any:
        """The value of a script in the page."""
        return json.loads(self.page.evaluate(f"JSON.stringify((() => {{ return ({script}); }})() ?? null)"))

    def act(self, script: str) -> None:
        """Statements in the page, and what follows from them."""
        self.page.evaluate(f"(() => {{ {script} }})()")
        self.settle()

    def press(self, *keys: str) -> None:
        """Keys, as a person would press them."""
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()


@contextmanager
def tab(**context: Any) -> Iterator[Tab]:
    """A tab of a browser that ends with it; ``context`` as Playwright has it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield Tab(browser.new_context(**context).new_page())
        finally:
            browser.close()
