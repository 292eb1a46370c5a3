"""Which library draws a page: Plotly against uPlot, on the same plain data, in one browser, by turns:
python benchmarks/page_library.py UPLOT_FOLDER (what ``npm pack uplot`` holds); needs Chromium and playwright.

A page holds so many runs, each a curve with its fan, drawn while it is in sight, as a report does (page_library.js).
Told are its size, the time to its first charts, what its heap holds after fifty were looked at, the page's own work a
hover and a zoom step take, and the time and size of its print. Both renderers draw a line, a band and a median.
"""

from __future__ import annotations

import base64
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZES = ((100, 1200, 5), (1000, 600, 3), (10_000, 60, 3))
"""Runs, points of each curve, and turns."""


_STYLE = """<style>.plot { min-height: 360px } [hidden] { display: none !important }
section { content-visibility: auto; contain-intrinsic-size: auto 440px }</style>"""
_ZOOM = """(async () => { for (let k = 0; k < 20; k++) {
  await zoom(places[0], k, 80 - k);
  await new Promise(requestAnimationFrame);
} })()"""


def page(name: str, library: str, runs: int, points: int) -> str:
    """A report of so many runs, drawn by one of the libraries."""
    rng = np.random.default_rng(0)
    x = np.arange(1, points + 1)
    curves = [2 + x ** -rng.uniform(0.2, 0.8) + 0.02 * rng.normal(size=points) for _ in range(runs)]
    data = json.dumps([base64.b64encode(y.astype("<f4").tobytes()).decode() for y in curves])
    sections = "".join(f'<section><h2>run {i}</h2><div class="plot"></div></section>' for i in range(runs))
    embedded = f'<script type="application/json" id="data">{data}</script>'
    drawing = Path(__file__).with_suffix(".js").read_text("utf-8")
    body = f'<body data-library="{name}">{sections}{embedded}<script>{library}</script><script>{drawing}</script>'
    return f'<!doctype html><meta charset="utf-8">{_STYLE}{body}'


class Meter:
    """A page of Chromium with what its own counters say."""

    def __init__(self, tab: Any) -> None:
        self.tab, self._cdp = tab, tab.context.new_cdp_session(tab)
        self._cdp.send("Performance.enable")

    def counter(self, name: str) -> float:
        return next(m["value"] for m in self._cdp.send("Performance.getMetrics")["metrics"] if m["name"] == name)

    def busy(self, steps: int, act: Any) -> float:
        """Milliseconds of the page's own work a step."""
        before = self.counter("TaskDuration")
        act()
        return 1000 * (self.counter("TaskDuration") - before) / steps

    def heap(self) -> float:
        """Megabytes after what is not needed was let go."""
        self._cdp.send("HeapProfiler.collectGarbage")
        return self.counter("JSHeapUsedSize") / 1e6


def measure(browser: Any, path: Path) -> dict[str, float]:
    """One turn of one page."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(path.as_uri())
    tab.wait_for_function("firsts.length > 0 && shown.size > 1", timeout=120_000)
    tab.wait_for_timeout(300)
    meter = Meter(tab)
    measured = {"first_charts_ms": tab.evaluate("firsts[0]")}
    for i in range(0, 50, 2):
        tab.evaluate(f"places[{i}].scrollIntoView()")
        tab.wait_for_timeout(30)
    measured["heap_mb_after_50"] = meter.heap()
    tab.evaluate("scrollTo(0, 0)")
    tab.wait_for_timeout(300)
    box = tab.locator(".plot").first.bounding_box()
    tab.mouse.move(box["x"] + 100, box["y"] + 100)

    def hover() -> None:
        for i in range(40):
            tab.mouse.move(box["x"] + 110 + 20 * i, box["y"] + 120)
            tab.evaluate("new Promise(requestAnimationFrame)")

    measured["hover_ms"] = meter.busy(40, hover)
    measured["zoom_ms"] = meter.busy(20, lambda: tab.evaluate(_ZOOM))
    begin = time.perf_counter()
    measured["print_mb"] = len(tab.pdf(print_background=True)) / 1e6
    measured["print_s"] = time.perf_counter() - begin
    tab.close()
    return measured


def main() -> None:
    from playwright.sync_api import sync_playwright
    from plotly.offline import get_plotlyjs

    small = Path(sys.argv[1]) / "dist" / "uPlot.iife.min.js"
    libraries = {"plotly": get_plotlyjs(), "uplot": small.read_text("utf-8")}
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    result = []
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for runs, points, turns in SIZES:
            paths = {name: Path(folder) / f"{name}{runs}.html" for name in libraries}
            for name, path in paths.items():
                path.write_text(page(name, libraries[name], runs, points), "utf-8")
            turned = {name: [] for name in paths}
            for _ in range(turns):
                for name, path in paths.items():
                    turned[name].append(measure(browser, path))
            for name, path in paths.items():
                middle = {key: round(statistics.median(t[key] for t in turned[name]), 2) for key in turned[name][0]}
                row = {"runs": runs, "points": points, "library": name, "page_mb": round(path.stat().st_size / 1e6, 2)}
                result.append(row | middle | {"turns": turned[name]})
                print(json.dumps(row | middle), flush=True)
        version = browser.version
        browser.close()
    out = Path(__file__).parent / "results" / "page_library.json"
    out.write_text(json.dumps({"chromium": version, "sizes": result}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
