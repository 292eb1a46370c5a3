"""Zooming into a long curve has the stretch drawn of all its points, by pointer or keys; what is stale is let go of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from forerun.core import Curve, Run
from forerun.web.workspace import Workspace
from tests.clients.browser import MISSING, Tab, tab
from tests.clients.test_live_page import until
from tests.web.serving import TOKEN, Served, serving

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
TALL, SMALL = 50_000, 50_020  # the small spike stands in the stretch of the tall one, which alone is drawn of it
PLOT = "document.querySelector('.chart .plot')"
DRAWN = f"{PLOT}.plot.data[0].filter((x) => x === {TALL} || x === {SMALL})"
FINER = f"Number({PLOT}.dataset.finer ?? 0)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        page.page.context.set_offline(False)
        yield page


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    x = np.arange(1.0, 100_001.0)
    y = 2.0 + 10.0 * x**-0.3 + np.random.default_rng(0).normal(0, 1e-3, x.size)
    y[[TALL - 1, SMALL - 1]] = 9.0, 5.0
    run = Run("long", {"loss": Curve(x, y, metric="loss"), "lr": Curve(x, 1.0 / x, metric="lr")}, "csv", status="ended")
    with serving(Workspace.of([run])) as page:
        yield page


@pytest.fixture
def chart(browser: Tab, served: Served) -> Tab:
    browser.complaints.clear()
    browser.asked.clear()
    browser.page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    until(
        browser,
        "document.querySelectorAll('#runs td.run').length && !document.getElementById('rows').innerText.includes('…')",
    )
    browser.page.goto(f"http://127.0.0.1:{served.port}/run?run=long")
    until(browser, f"{PLOT}?.plot !== undefined")
    browser.act("document.querySelector('.scales button[value=whole]').click()")
    return browser


def windows(browser: Tab) -> int:
    return sum("/api/window" in address for address in browser.asked)


def test_a_spike_beside_a_taller_one_is_seen_once_it_is_zoomed_into(chart: Tab) -> None:
    assert chart.do(DRAWN) == [TALL]
    assert windows(chart) == 0
    chart.act(f"{PLOT}.go([49900, 50100])")
    until(chart, f"{FINER} === 1")
    assert chart.do(DRAWN) == [TALL, SMALL]
    inside = f"{PLOT}.plot.data[0].filter((x) => x >= 49900 && x <= 50100).length"
    assert chart.do(inside) == 201  # every point
    assert chart.do(f"{PLOT}.plot.scales.y.max > 9")
    painted = f"{PLOT}.plot.series.slice(1).some((one) => one._paths)"
    until(chart, painted)
    chart.act(f"{PLOT}.go([49950, 50050])")  # what was had is fine enough
    chart.act(f"{PLOT}.go({PLOT}.home)")
    assert windows(chart) == 1
    assert chart.do(f"{PLOT}.plot.data[0].length > 1000")
    assert chart.complaints == []


def test_keys_alone_zoom_until_every_point_is_told(chart: Tab) -> None:
    box = chart.page.locator(".chart .plot")
    box.focus()
    told: Any = "document.querySelector('.chart .unseen').textContent"
    for _ in range(60):  # along the curve by a twentieth of it, then to the tall spike
        chart.page.keyboard.press("Shift+ArrowLeft")
        if chart.do(f"Number(({told}.match(/step ([0-9,]+)/)?.[1] ?? '1e9').replaceAll(',', ''))") <= TALL:
            break
        chart.settle()
    for _ in range(18):
        chart.press("+")
    until(chart, f"{FINER} > 0")
    chart.settle()
    chart.press("ArrowRight")
    first: float = chart.do(f"Number({told}.match(/step ([0-9,]+)/)[1].replaceAll(',', ''))")
    chart.press("ArrowRight")
    assert (
        chart.do(f"Number({told}.match(/step ([0-9,]+)/)[1].replaceAll(',', ''))") == first + 1
    )  # the very next point
    assert chart.do(f"document.activeElement === {PLOT}")
    chart.press("Home")
    assert chart.do(f"{PLOT}.plot.scales.x.max > 99000")


def test_a_request_that_is_overtaken_is_let_go_of(chart: Tab) -> None:
    held: list[Any] = []
    failed: list[str] = []
    chart.page.on("requestfailed", lambda request: failed.append(request.url))
    chart.page.route("**/api/window*", lambda route: held.append(route) if not held else route.continue_())
    chart.act(f"{PLOT}.go([20000, 20100])")
    for _ in range(100):
        if held:
            break
        chart.settle()
    chart.act(f"{PLOT}.go([49900, 50100])")
    until(chart, f"{FINER} === 1")
    chart.page.unroute("**/api/window*")
    assert len(failed) == 1 and "from=19950" in failed[0]
    assert chart.do(DRAWN) == [TALL, SMALL]


def test_another_metric_of_the_run_is_drawn_finely_too(chart: Tab) -> None:
    chart.page.locator(".chart select").select_option("1")
    chart.act(f"{PLOT}.go([100, 300])")
    until(chart, f"{FINER} > 0")
    assert chart.do(f"{PLOT}.plot.data[0].filter((x) => x >= 100 && x <= 300).length") == 201
