"""Make the README's pictures: python docs/make_pictures.py; needs Chromium and the extra [clients]."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path

from forerun import read
from forerun.figures import report

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
        browser.close()


def _number(tab, name: str) -> str:  # type: ignore[no-untyped-def]
    return tab.locator(f"#runs tr:has(a[title='{name}'])").get_attribute("data-run")


if __name__ == "__main__":
    main()
