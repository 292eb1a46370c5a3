"""A sweep's report in a real browser: what needs someone first, runs over one another, keys, tables, print, rules of
accessibility."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.cli.app import run
from tests.clients.browser import MISSING, Tab, tab

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
COMPARED = "document.querySelector('#compare .plot')"
NAMES = "[...document.querySelectorAll('#compare .legend button')].map(one => one.textContent)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        yield page


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rates of three seeds, with a clock; one run's loss is nan at the end."""
    folder = tmp_path_factory.mktemp("sweep")
    rng = np.random.default_rng(0)
    for i in range(6):
        rate, seed = (0.1, 0.3)[i % 2], i // 2
        lines: list[dict[str, Any]] = [{"config": {"lr": rate, "seed": seed, "max_steps": 3000}}]
        for step in range(10, 2001, 10):
            loss = 1 + 3 * rate + step**-0.4 + 0.004 * float(rng.normal())
            finite = i != 5 or step < 1900
            lines.append({"step": step, "seconds": 2.0 * step, "val_loss": loss if finite else float("nan")})
            lines[-1]["train_loss"] = loss - 0.1 + 0.1 * float(rng.normal())
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / f"run{i}").mkdir()
        (folder / f"run{i}" / "log.jsonl").write_text(text + "\n")
    page = folder / "report.html"
    assert run(["report", str(folder), "-o", str(page), "--target", "1.35"]) == 0
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_first_screen_says_which_run_to_stop_why_and_what_that_saves(
    browser: Tab, sweep: Path, width: int, height: int
) -> None:
    browser.complaints.clear()
    browser.open(sweep, width=width, height=height)
    first = browser.page.locator("#now li").first
    box = first.bounding_box()
    assert box is not None and box["y"] + box["height"] < height
    assert "run5/log.jsonl" in first.inner_text()
    assert "val_loss is nan at step 1,900" in first.inner_text()
    assert "Stopping would save" in browser.page.inner_text(".lead")
    assert browser.do("document.documentElement.scrollWidth") == width
    first.get_by_role("link").click()
    browser.settle()
    assert browser.do("document.querySelector('#run-5 details').open")
    assert browser.complaints == []


def test_runs_lie_over_one_another_on_any_axis(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.getElementById('compare').scrollIntoView()")
    assert len(browser.do(NAMES)) == 6
    assert browser.do("[...document.querySelectorAll('#compare select')[1].options].map(one => one.value)") == [
        "step", "seconds", "share of each run",
    ]  # fmt: skip
    browser.page.locator("#compare select").nth(1).select_option("seconds")
    browser.settle()
    assert 3990 < browser.do(f"{COMPARED}.plot.scales.x.max") < 4100
    browser.page.locator("#compare select").nth(0).select_option("train_loss")
    browser.page.get_by_role("button", name="Log x").click()
    browser.settle()
    assert browser.do(f"{COMPARED}.plot.scales.x.distr") == 3


def test_seeds_become_a_mean_and_a_range_with_their_number(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.getElementById('compare').scrollIntoView()")
    browser.page.locator("#compare select").nth(2).select_option("*")
    browser.settle()
    assert sorted(browser.do(NAMES)) == ["lr 0.1 (N=3)", "lr 0.3 (N=3)"]
    assert browser.do(f"{COMPARED}.plot.bands.length") == 2
    browser.act(f"const u = {COMPARED}.plot; u.setCursor({{ left: u.valToPos(1000, 'x'), top: 100 }})")
    assert "lr 0.1 (N=3)" in (tip := browser.do(f"{COMPARED}.querySelector('.tip').textContent"))
    assert " to " in tip


def test_ticked_runs_alone_are_compared(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    for i in (0, 2):
        browser.page.get_by_label(f"compare run{i}/log.jsonl").check()
    browser.act("document.getElementById('compare').scrollIntoView()")
    assert sorted(browser.do(NAMES)) == ["run0/log.jsonl", "run2/log.jsonl"]
    assert "those ticked" in browser.page.inner_text("#compare")


def test_a_chart_is_read_and_zoomed_by_keys_alone(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.querySelector('section.run .plot').scrollIntoView()")
    place = "document.querySelector('section.run .plot')"
    browser.page.locator("section.run .plot").first.focus()
    before = browser.do(f"(({{ min, max }}) => [min, max])({place}.plot.scales.x)")
    browser.press("ArrowLeft")
    assert "step 1,990" in browser.do(f"{place}.querySelector('[aria-live]').textContent")
    browser.press("+", "+")
    low, high = browser.do(f"(({{ min, max }}) => [min, max])({place}.plot.scales.x)")
    assert high - low < 0.5 * (before[1] - before[0])
    browser.press("Home")
    assert browser.do(f"(({{ min, max }}) => [min, max])({place}.plot.scales.x)") == before
    browser.press("x")
    assert browser.do(f"{place}.plot.scales.x.distr") == 3
    browser.press("z")
    assert browser.do(f"{place}.dataset.scale") == "whole"


def test_a_pinch_and_a_drag_zoom_and_a_double_click_goes_back(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.querySelector('section.run .plot').scrollIntoView()")
    width = "(({ min, max }) => max - min)(document.querySelector('section.run .plot').plot.scales.x)"
    over = browser.page.locator("section.run .plot .u-over").first
    box = over.bounding_box()
    assert box is not None
    whole, (x, y) = browser.do(width), (box["x"] + box["width"] / 2, box["y"] + 100)
    browser.page.mouse.move(x, y)
    browser.page.keyboard.down("Control")
    browser.page.mouse.wheel(0, -100)
    browser.page.keyboard.up("Control")
    browser.settle()
    assert browser.do(width) < whole
    browser.page.mouse.dblclick(x, y)
    browser.settle()
    assert browser.do(width) == whole
    browser.page.mouse.down()
    browser.page.mouse.move(x + 200, y, steps=4)
    browser.page.mouse.up()
    browser.settle()
    assert browser.do(width) == pytest.approx(whole * 200 / box["width"], rel=0.05)


def test_two_fingers_zoom_about_where_they_are_and_one_does_not(browser: Tab, sweep: Path) -> None:
    phone = browser.beside(has_touch=True)
    phone.open(sweep, width=390, height=844)
    phone.act("document.querySelector('section.run .plot').scrollIntoView({ block: 'center' })")
    box = phone.page.locator("section.run .plot .u-over").first.bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = phone.page.context.new_cdp_session(phone.page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": place, "y": y, "id": i} for i, place in enumerate(places)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    scale = "(({ min, max }) => [min, max])(document.querySelector('section.run .plot').plot.scales.x)"
    low, high = phone.do(scale)
    touch("touchStart", middle - 20, middle + 20)
    for apart in (30, 45, 60):
        touch("touchMove", middle - apart, middle + apart)
    touch("touchEnd")
    phone.settle()
    left, right = phone.do(scale)
    assert right - left == pytest.approx((high - low) / 3, rel=0.02)
    assert (left + right) / 2 == pytest.approx((low + high) / 2, rel=0.02)
    touch("touchStart", middle)
    touch("touchMove", middle + 60)
    touch("touchEnd")
    phone.settle()
    assert phone.do(scale) == [left, right]  # one finger is the page's own
    phone.page.context.close()


def test_every_chart_has_its_values_as_a_table_and_as_csv(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.querySelectorAll('section.run')[1].querySelector('.plot').scrollIntoView()")
    section = browser.page.locator("section.run").nth(1)
    section.locator("details.values summary").click()
    rows = section.locator("details.values tbody tr").all_inner_texts()
    assert any(row.startswith("val_loss\t2000\t") for row in rows)
    assert any(row.startswith("forecast\t3000\t") for row in rows)
    with browser.page.expect_download() as download:
        section.get_by_role("button", name="as CSV").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == '"of","step","val_loss","low","high"'
    assert sum(line.startswith('"val_loss",') for line in lines) == 200


def test_a_print_is_light_and_holds_the_charts(browser: Tab, sweep: Path, tmp_path: Path) -> None:
    browser.complaints.clear()
    browser.open(sweep, dark=True)
    dark = browser.do("Plot.colour('ground')")
    browser.act("dispatchEvent(new Event('beforeprint'))")
    assert (dark, browser.do("Plot.colour('ground')")) == ("#15181c", "#fff")
    assert browser.do("[...document.querySelectorAll('.chart .plot')].filter(one => one.plot).length") == 3
    assert browser.do("document.querySelector('.chart .plot').plot.axes[0].grid.stroke()") == browser.do(
        "Plot.colour('line')"
    )
    widths = "[...document.querySelectorAll('.chart .plot')].filter(one => one.plot).map(one => one.plot.width)"
    assert max(browser.do(widths)) <= 700  # of a sheet of A4 with its margins
    browser.act("dispatchEvent(new Event('afterprint'))")
    assert browser.do("Plot.colour('ground')") == dark
    assert len(browser.page.pdf()) > 50_000
    assert browser.complaints == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True), (390, True)])
def test_no_serious_finding_of_axe(browser: Tab, sweep: Path, width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra [clients]").Axe()
    browser.open(sweep, width=width, dark=dark)
    browser.act("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.act("document.getElementById('compare').scrollIntoView()")
    found = axe.run(browser.page).response
    serious = [
        (one["id"], [node["target"] for node in one["nodes"]][:4])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) >= 20


def test_runs_compared_open_on_where_they_end_and_show_the_whole_when_asked(browser: Tab, sweep: Path) -> None:
    browser.open(sweep)
    browser.act("document.getElementById('compare').scrollIntoView()")
    height = "(({ min, max }) => max - min)(document.querySelector('#compare .plot').plot.scales.y)"
    last = browser.do(height)
    browser.page.get_by_role("button", name="Whole").first.click()
    browser.settle()
    assert browser.do(height) > 1.2 * last
