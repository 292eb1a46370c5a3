"""Make the README's pictures: PYTHONPATH=. python docs/make_pictures.py; needs Chromium and the extra [clients]."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path

from forerun import read
from forerun.figures import report
from tests.web.drawn_runs import drawn_workspace
from tests.web.serving import TOKEN, serving

HERE = Path(__file__).parent
RUNS = HERE.parent / "examples" / "runs"


def main() -> None:
    from playwright.sync_api import sync_playwright

    page = report(read(RUNS), title="Six small trainings", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder) / "report.html"
        path.write_text(page, "utf-8")
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 860})
        tab.goto(path.as_uri())
        tab.screenshot(path=HERE / "pictures" / "report.png")
        tab.goto(f"{path.as_uri()}#run-{_number(tab, 'tensorboard/cosine')}")
        tab.wait_for_timeout(500)
        tab.locator("section.run:target .chart").screenshot(path=HERE / "pictures" / "chart.png")
        _designer(browser)
        browser.close()


def _designer(browser) -> None:  # type: ignore[no-untyped-def]
    """The schedule designer over three runs whose losses follow a known law."""
    with serving(drawn_workspace()) as served:
        context = browser.new_context(viewport={"width": 1200, "height": 1000})
        origin = f"http://127.0.0.1:{served.port}"
        context.add_cookies([{"name": "forerun", "value": TOKEN, "url": origin}])
        tab = context.new_page()
        tab.goto(f"{origin}/schedules")
        tab.locator("body[data-edit-ms]").wait_for()
        tab.get_by_role("button", name="Pin to compare").click()
        tab.get_by_role("button", name="Lowest by the law").click()
        tab.get_by_text("below the pinned plan").wait_for()
        tab.wait_for_timeout(500)
        tab.screenshot(path=HERE / "pictures" / "designer.png")


def _number(tab, name: str) -> str:  # type: ignore[no-untyped-def]
    return tab.locator(f"#runs tr:has(a[title='{name}'])").get_attribute("data-run")


if __name__ == "__main__":
    main()
