"""Make the README's and the guide's pictures: PYTHONPATH=. python docs/make_pictures.py [NAME ...]

Needs Chromium and the extra [clients]. The report and the live page show runs that are made here: a sweep whose losses
follow a known law, some of which go on while they are looked at; the designer three runs of another.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from forerun import read
from forerun.figures import report
from forerun.web.workspace import ServedLogs, Workspace
from tests.clients.browser import Tab, tab
from tests.web.drawn_runs import drawn_runs
from tests.web.serving import TOKEN, serving

HERE = Path(__file__).parent
RUNS = HERE.parent / "examples" / "runs"
PICTURES = HERE / "pictures"
WIDE, PHONE = (1280, 860), (390, 844)
STEPS = 20_000


def main() -> None:
    chosen = sys.argv[1:] or list(PAGES)
    with tempfile.TemporaryDirectory() as folder, tab() as browser:
        browser.page.context.set_offline(False)
        for name in chosen:
            PAGES[name](browser, Path(folder))
            print(f"{name}: {', '.join(map(str, browser.complaints)) or 'no complaints'}", flush=True)


# pages


def report_page(browser: Tab, folder: Path) -> None:
    """The report of the examples, and a chart of it."""
    path = folder / "report.html"
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    path.write_text(report(read(RUNS), title="Six small trainings", now=now), "utf-8")
    browser.open(path, width=1200, height=860)
    keep(browser, "report")
    number = browser.page.locator("#runs tr:has(a[title='tensorboard/cosine'])").get_attribute("data-run")
    browser.page.goto(f"{path.as_uri()}#run-{number}")
    browser.settle()
    time.sleep(0.5)
    browser.page.locator("section.run:target .chart").screenshot(path=PICTURES / "chart.png")


def home(browser: Tab, folder: Path) -> None:
    """The live page of a sweep, light and on a dark phone."""
    with served(sweep(folder)) as at:
        show(browser, f"{at}/", "home", "document.querySelectorAll('.needs li').length")


def run(browser: Tab, folder: Path) -> None:
    """A run that goes on, with its forecast."""
    with served(sweep(folder)) as at:
        show(
            browser,
            f"{at}/run?run=sweep/lr3e-3_seed0.jsonl",
            "run",
            "document.querySelector('.plot canvas')",
            dark=True,
        )


def compare(browser: Tab, folder: Path) -> None:
    """Means and ranges over seeds."""
    with served(sweep(folder)) as at:
        names = "&".join(f"run=sweep/lr{lr}_seed{seed}.jsonl" for lr in ("3e-4", "1e-3", "3e-3") for seed in range(3))
        go(browser, f"{at}/compare?{names}", *WIDE)
        until(browser, "document.querySelector('#compare .plot canvas')")
        browser.page.locator("#compare select").nth(2).select_option("*")
        keep(browser, "compare")


def decisions(browser: Tab, folder: Path) -> None:
    """What to do with every run, and the journal."""
    with served(sweep(folder), folder / "runs.forerun") as at:
        show(browser, f"{at}/decisions", "decisions", "document.querySelectorAll('.cards').length === 2")


def designer(browser: Tab, folder: Path) -> None:
    """The lowest schedule by a law fitted to three runs, beside the one that it began with."""
    with serving(Workspace.of(drawn_runs(), "drawn")) as page:

        def ready() -> None:
            browser.page.locator("body[data-edit-ms]").wait_for()
            browser.page.get_by_role("button", name="Pin to compare").click()
            browser.page.get_by_role("button", name="Lowest by the law").click()
            browser.page.get_by_text("below the pinned plan").wait_for()

        show(browser, f"http://127.0.0.1:{page.port}/schedules", "designer", "true", height=1000, then=ready)


def explorer(browser: Tab, folder: Path) -> None:
    """A law fitted to two runs, which foretells a third."""
    with serving(Workspace.of(drawn_runs(), "drawn")) as page:

        def ready() -> None:
            browser.page.locator("#choose summary").click()
            browser.page.get_by_label("cosine").uncheck()
            browser.page.get_by_role("button", name="Fit", exact=True).click()
            browser.page.locator("body[data-fitted]").wait_for()

        show(browser, f"http://127.0.0.1:{page.port}/laws", "explorer", "true", height=1000, dark=True, then=ready)


PAGES: dict[str, Callable[[Tab, Path], None]] = {
    "report": report_page, "home": home, "run": run, "compare": compare, "decisions": decisions, "designer": designer,
    "explorer": explorer,
}  # fmt: skip

# what they show


def sweep(folder: Path) -> Path:
    """Five rates of three seeds, halfway through, as JSON lines; one rate too high, and one run that has stopped."""
    root = folder / "sweep"
    rng = np.random.default_rng(3)
    for lr, floor in (("1e-4", 3.30), ("3e-4", 3.05), ("1e-3", 2.95), ("3e-3", 2.92), ("1e-2", 3.0)):
        for seed in range(3):
            _log(root / "sweep" / f"lr{lr}_seed{seed}.jsonl", float(lr), floor, seed, rng)
    return root


def _log(path: Path, lr: float, floor: float, seed: int, rng: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    last = {0: 0.62, 1: 0.55, 2: 0.7}[seed] * STEPS
    step = np.arange(100.0, last, 100.0)
    noise = np.exp(rng.normal(0.0, 0.004, step.size))
    train = (floor + rng.normal(0.0, 0.01) + 12.0 * step**-0.42 * (3e-3 / lr) ** 0.05) * noise
    if lr == 1e-2:
        late = step > (0.35 + 0.05 * seed) * STEPS
        train = train + np.where(late, np.linspace(0.0, 2.0, step.size) ** 2, 0.0)
    lines = [{"config": {"lr": lr, "seed": seed, "max_steps": STEPS, "batch_size": 256}}]
    for s, t, e in zip(step, train, rng.normal(0.0, 0.004, step.size), strict=True):
        held = {"val/loss": round(float(t) + 0.04 + float(e), 5)} if s % 500 == 0 else {}
        lines.append({"step": int(s), "seconds": round(0.9 * s, 1), "train/loss": round(float(t), 5), "lr": lr, **held})
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")


@contextmanager
def served(logs: Path, store: Path | None = None) -> Iterator[str]:
    """The address of the live page of logs."""
    with serving(Workspace("sweep", ServedLogs(logs, store, every=1.0))) as page:
        yield f"http://127.0.0.1:{page.port}"


# how they are taken


def go(browser: Tab, address: str, width: int, height: int, *, dark: bool = False) -> None:
    """A page, once every run was looked at."""
    origin = "/".join(address.split("/", 3)[:3])
    browser.page.context.add_cookies([{"name": "forerun", "value": TOKEN, "url": origin}])
    browser.complaints.clear()
    browser.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    browser.page.set_viewport_size({"width": width, "height": height})
    browser.page.goto(origin)
    until(browser, "document.querySelector('#runs') && !document.getElementById('rows').innerText.includes('…')")
    until(browser, "!/Looked at|Reading/.test(document.getElementById('live').textContent)")
    browser.page.goto(address)


def until(browser: Tab, holds: str) -> None:
    for _ in range(600):
        if browser.do(f"Boolean({holds})"):
            return
        browser.settle()
    raise SystemExit(f"{holds} does not come to hold")


def show(
    browser: Tab, address: str, name: str, holds: str, *, height: int = WIDE[1], dark: bool = False,
    then: Callable[[], object] = lambda: None,
) -> None:  # fmt: skip
    """A page wide, and in the other colours on a phone."""
    for width, tall, tones, ending in ((WIDE[0], height, dark, ""), (*PHONE, not dark, "_phone")):
        go(browser, address, width, tall, dark=tones)
        until(browser, holds)
        then()
        keep(browser, name + ending)


def keep(browser: Tab, name: str) -> None:
    time.sleep(0.6)
    browser.page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
