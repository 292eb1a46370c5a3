"""Long names of runs in a chart's legend: what tells them apart stays, and the whole is a hover or a table away."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import numpy as np
import pytest

from forerun.core import Curve, Run, Runs
from forerun.figures import report
from tests.clients.browser import MISSING, Tab, tab

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
SHARED = "scaling/openwebtext2_llama_norm_nlayers10_nhead8_"
RUNS = [f"{SHARED}lr{lr}_seed{seed}_data_seed1337.jsonl" for lr in ("0.001", "0.01") for seed in (0, 1)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    x = np.arange(1.0, 60.0)
    runs = [
        Run(name, {"loss": Curve(x, i + 1 / x, metric="loss")}, "csv", status="ended") for i, name in enumerate(RUNS)
    ]
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(report(Runs(tuple(runs)), title="long", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), "utf-8")
    with tab() as opened:
        opened.open(page)
        opened.act("document.getElementById('compare').scrollIntoView()")
        yield opened


def short(browser: Tab, *names: str, most: int = 40) -> list[str]:
    return browser.do(f"[...Names.short({json.dumps(names)}, {most}).values()]")


def test_what_names_share_is_left_out(browser: Tab) -> None:
    assert short(browser, *RUNS) == [
        "…lr0.001_seed0_data_seed1337.jsonl", "…lr0.001_seed1_data_seed1337.jsonl",
        "…lr0.01_seed0_data_seed1337.jsonl", "…lr0.01_seed1_data_seed1337.jsonl",
    ]  # fmt: skip
    assert short(browser, *RUNS, most=24) == ["…lr0.001_seed0…", "…lr0.001_seed1…", "…lr0.01_seed0…", "…lr0.01_seed1…"]
    assert short(browser, *RUNS, "predicted")[-1] == "predicted"  # which has no part in how runs begin


def test_short_names_stay_and_long_ones_keep_both_ends(browser: Tab) -> None:
    assert short(browser, "a/run1", "a/run2") == ["a/run1", "a/run2"]
    assert short(browser, "begin" + 60 * "x" + "end", most=11) == ["begin…xxend"]


@pytest.mark.parametrize("most", [16, 24, 40])
def test_no_two_names_are_called_alike(browser: Tab, most: int) -> None:
    """Wherever they differ: at either end, in the midst, by a letter more, by case or by letters of two units."""
    rng = np.random.default_rng(0)
    base = "".join(rng.choice(list("abc/_-.=1😀é"), 80))
    at = sorted(rng.integers(0, 80, 8).tolist())
    names = [base, base + "x", "x" + base, base.upper(), *(base[:i] + "Z" + base[i + 1 :] for i in at)]
    called = short(browser, *names, most=most)
    assert len(set(called)) == len(set(names))
    assert max(map(len, called)) <= most + 4


def test_the_legend_is_short_its_hover_and_the_table_are_whole(browser: Tab) -> None:
    buttons = "[...document.querySelectorAll('#compare .legend button')]"
    assert browser.do(f"{buttons}.map((one) => one.title)") == RUNS
    assert browser.do(f"{buttons}.map((one) => one.textContent)") == short(browser, *RUNS)
    browser.act("document.querySelector('#compare .values').open = true")
    rows = "[...document.querySelectorAll('#compare .values tbody th')].map((one) => one.textContent)"
    assert set(browser.do(rows)) == set(RUNS)
    for width in (1280, 390):
        browser.page.set_viewport_size({"width": width, "height": 800})
        browser.settle()
        assert browser.do("document.documentElement.scrollWidth") == width
