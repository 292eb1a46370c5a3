"""Schedule designer and law explorer in a real browser: by pointer, by keys alone, on a phone, with hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Run, Schedule, codec
from forerun.web.workspace import Workspace
from tests.clients.browser import MISSING, Tab, tab
from tests.web.drawn_runs import drawn_runs, drawn_workspace
from tests.web.serving import TOKEN, Served, serving

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
HOSTILE = '<img src=x onerror="document.title=1">' + chr(0x202E)
RATES = "document.getElementById('rates').plot"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(drawn_workspace()) as page:
        yield page


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        page.page.context.set_offline(False)  # the page asks the server it came from
        yield page


def go(browser: Tab, served: Served, path: str, *, width: int = 1280, height: int = 1000, dark: bool = False) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    browser.page.context.add_cookies([{"name": "forerun", "value": TOKEN, "url": origin}])
    browser.complaints.clear()
    browser.page.emulate_media(color_scheme="dark" if dark else "light")
    browser.page.set_viewport_size({"width": width, "height": height})
    browser.page.goto(origin + path)
    browser.settle()


def designer(browser: Tab, served: Served, **how: Any) -> None:
    go(browser, served, "/schedules", **how)
    answered(browser)


def answered(browser: Tab) -> str:
    """What the page says once the law has answered to the last edit."""
    browser.page.locator("body[data-edit-ms]").wait_for()
    browser.settle()
    return browser.page.inner_text("#says")


def edited(browser: Tab, *keys: str) -> str:
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.press(*keys)
    return answered(browser)


def knots(browser: Tab) -> list[list[float]]:
    return browser.do("Designer.plan.knots.map((one) => [one.x, one.v])")


def explored(browser: Tab) -> str:
    browser.page.evaluate("delete document.body.dataset.fitted")
    browser.page.get_by_role("button", name="Fit", exact=True).click()
    browser.page.locator("body[data-fitted]").wait_for()
    browser.settle()
    return browser.page.inner_text("#says")


def test_the_page_says_what_the_library_says_of_the_plan_it_shows(browser: Tab, served: Served) -> None:
    designer(browser, served)
    said = browser.page.inner_text("#says")
    made = api.fit("multi_power", api.law_table("multi_power", drawn_runs()))
    x, value = np.array(knots(browser)).T
    (one,) = api.weigh({"plan": Schedule("knots", {"x": x, "value": value})}, made)  # type: ignore[arg-type, misc]
    assert f"Ends at {one.loss.estimate:.4g}" in said  # type: ignore[union-attr]
    assert browser.do("document.querySelectorAll('#rates canvas, #losses canvas').length") == 2
    assert browser.complaints == []


def test_keys_alone_move_add_and_remove_knots_and_the_loss_follows(browser: Tab, served: Served) -> None:
    designer(browser, served)
    before, says = knots(browser), browser.page.inner_text("#says")
    browser.page.locator("#steps").focus()
    for _ in range(40):
        browser.page.keyboard.press("Tab")
        if browser.do("document.activeElement.className") == "knot" and "knot 3" in browser.do(
            "document.activeElement.ariaLabel"
        ):
            break
    assert "knot 3 of 4" in browser.do("document.activeElement.ariaLabel")
    after = edited(browser, "ArrowLeft", "ArrowLeft", "ArrowDown")
    moved = knots(browser)
    assert moved[2][0] == before[2][0] - 2 * round(0.01 * before[-1][0])
    assert moved[2][1] == pytest.approx(before[2][1] - 0.02 * 1e-3, rel=1e-2)
    assert after != says
    edited(browser, "Insert")
    assert len(knots(browser)) == 5 and "knot 4 of 5" in browser.do("document.activeElement.ariaLabel")
    edited(browser, "Delete")
    assert knots(browser) == moved
    edited(browser, "Control+z", "Control+z", "Control+z", "Control+z", "Control+z")
    assert knots(browser) == before and browser.page.inner_text("#says") == says


def test_a_knot_is_dragged_and_the_numbers_are_the_same_knots(browser: Tab, served: Served) -> None:
    designer(browser, served)
    box = browser.page.locator(".knot").nth(2).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = knots(browser)
    per_pixel = browser.do(f"{RATES}.posToVal(1, 'x') - {RATES}.posToVal(0, 'x')")
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.page.mouse.move(x, y)
    browser.page.mouse.down()
    browser.page.mouse.move(x - 80, y + 30, steps=5)
    browser.page.mouse.up()
    answered(browser)
    after = knots(browser)
    assert after[2][0] == pytest.approx(before[2][0] - 80 * per_pixel, abs=2 * per_pixel)
    assert after[2][1] < before[2][1]
    step, rate = browser.page.locator("#numbers tbody tr").nth(2).locator("input").all()
    assert [float(step.input_value()), float(rate.input_value())] == after[2]
    rate.fill("0.0005")
    browser.page.evaluate("delete document.body.dataset.editMs")
    rate.press("Enter")
    rate.blur()
    answered(browser)
    assert knots(browser)[2][1] == 0.0005


def test_a_finger_drags_a_knot(browser: Tab, served: Served) -> None:
    phone = browser.beside(has_touch=True, viewport={"width": 390, "height": 844})
    phone.page.context.set_offline(False)
    designer(phone, served, width=390, height=844)
    phone.page.locator("#rates").scroll_into_view_if_needed()
    box, before = phone.page.locator(".knot").nth(2).bounding_box(), knots(phone)
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = phone.page.context.new_cdp_session(phone.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 20, "y": y + 20}]),
        ("touchMove", [{"x": x - 40, "y": y + 40}]),
        ("touchEnd", []),
    ):
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    phone.settle()
    after = knots(phone)
    assert after[2][0] < before[2][0] and after[2][1] < before[2][1]
    assert phone.do("document.documentElement.scrollWidth") == 390
    phone.page.context.close()


def test_a_branch_keeps_its_past_and_a_longer_plan_keeps_its_shape(browser: Tab, served: Served) -> None:
    designer(browser, served)
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.page.locator("#resume").select_option("constant")
    answered(browser)
    plan = browser.do("({ since: Designer.plan.since, past: Designer.plan.past.x.at(-1) })")
    assert plan == {"since": 10_000, "past": 10_000}
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.page.locator("#steps").fill("20000")
    browser.page.locator("#steps").press("Enter")
    answered(browser)
    x = [one[0] for one in knots(browser)]
    assert (x[0], x[-1]) == (10_000, 20_000)
    assert "Ends at" in browser.page.inner_text("#says")


def test_both_charts_have_their_values_as_a_table_that_follows_edits(browser: Tab, served: Served) -> None:
    designer(browser, served)
    browser.page.locator("#losses + div details").wait_for()
    browser.page.locator("#losses + div summary").click()
    all_rows = "[...document.querySelectorAll('#losses + div tbody tr')]"
    rows = f"{all_rows}.map((row) => [...row.cells].map((one) => one.textContent))"
    ends = f"{rows}.filter(([of, , value]) => of === 'predicted' && value).at(-1)?.[2]"  # the line's, not its band's

    def told(said: str) -> None:
        """The table ends at what is said, once edits rest."""
        for _ in range(40):
            if abs(float(browser.do(ends) or 0) - float(said.split()[2])) < 6e-4:  # said to four digits
                return
            browser.settle()
        raise AssertionError(f"{said}: {browser.do(rows)[-30:]}")

    before = browser.page.inner_text("#says")
    told(before)
    browser.page.locator(".knot").nth(2).focus()
    said = edited(browser, *["ArrowLeft"] * 12)
    assert said != before
    told(said)
    browser.page.get_by_role("button", name="Pin to compare").click()
    browser.page.locator(".drawn + div .legend").wait_for()
    assert browser.page.inner_text(".drawn + div .legend").split() == ["plan", "pinned"]


def test_the_lowest_is_found_pinned_and_exported(browser: Tab, served: Served, tmp_path: Path) -> None:
    designer(browser, served)
    browser.page.get_by_role("button", name="Pin to compare").click()
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.page.get_by_role("button", name="Lowest by the law").click()
    browser.page.get_by_text("below the pinned plan").wait_for()
    with browser.page.expect_download() as download:
        browser.page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "plan.json")
    plan: Any = codec.loads((tmp_path / "plan.json").read_text())
    np.testing.assert_allclose(
        plan.lr(np.array([one[0] for one in knots(browser)])), [one[1] for one in knots(browser)]
    )
    browser.page.locator("#to").select_option("torch")
    with browser.page.expect_download() as download:
        browser.page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "schedule.py"
    assert "ScheduleLR(optimizer, plan)" in browser.page.inner_text("#text")


def test_what_the_law_cannot_say_stands_where_the_loss_would(browser: Tab, served: Served) -> None:
    designer(browser, served)
    browser.page.locator(".knot").nth(2).focus()
    browser.page.locator("#numbers tbody tr").nth(2).locator("input").nth(1).fill("0.01")
    browser.page.evaluate("delete document.body.dataset.editMs")
    browser.press("Enter")
    assert "Cannot say what it ends at" in answered(browser)
    assert browser.do("document.getElementById('losses').hidden")
    assert browser.complaints == []


def test_a_law_is_fitted_to_some_runs_and_foretells_the_others(browser: Tab, served: Served) -> None:
    go(browser, served, "/laws")
    browser.page.locator("#choose summary").click()
    browser.page.get_by_label("cosine").uncheck()
    browser.page.locator("#law").select_option("multi_power")
    assert "multi_power" in explored(browser)
    row = browser.page.locator("#held-out tbody tr")
    assert row.count() == 1 and row.inner_text().startswith("cosine")
    assert browser.page.locator("#params tbody tr").count() == 7
    assert browser.page.locator("#charts canvas").count() == 2
    assert browser.complaints == []


def test_a_table_of_ones_own_tells_a_size_that_nobody_measured(browser: Tab, served: Served, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    N, D = 10 ** rng.uniform(7, 9, 30), 10 ** rng.uniform(9, 11, 30)
    rows = np.stack([N, D, 1.7 + 400 * N**-0.34 + 2000 * D**-0.36], axis=1).tolist()
    table = tmp_path / "runs.csv"
    table.write_text("N,tokens,loss\n" + "\n".join(",".join(map(repr, row)) for row in rows))
    go(browser, served, "/laws")
    browser.page.locator("#law").select_option("chinchilla")
    browser.page.locator("#file").set_input_files(table)
    browser.page.locator("#columns [name=params]").select_option("N")
    browser.page.locator("#columns [name=y]").select_option("loss")
    assert explored(browser) == "chinchilla: every parameter is told by the data."
    for name, value in (("params", "1e10"), ("tokens", "2e11")):
        browser.page.locator(f"#at [name={name}]").fill(value)
    browser.page.get_by_role("button", name="Foretell").click()
    browser.page.get_by_text("80%:").last.wait_for()
    assert browser.page.inner_text("#predicted").startswith("2.03")  # 1.7 + 400 N^-.34 + 2000 D^-.36
    browser.page.locator("#law").select_option("kaplan")
    assert "'steps'" in explored(browser)  # the first column that is missing; y is still loss


def test_without_learning_rates_a_plan_is_still_drawn_and_exported(browser: Tab) -> None:
    bare = [Run("a", {"loss": Curve(np.arange(1.0, 40.0), 1 / np.arange(1.0, 40.0), metric="loss")}, "csv")]
    with serving(Workspace.of(bare)) as page:
        go(browser, page, "/schedules")
        browser.page.get_by_text("none of 1 has both").wait_for()
        browser.settle()
        assert browser.page.locator(".knot").count() == 3
        with browser.page.expect_download() as download:
            browser.page.get_by_role("button", name="Export").click()
        plan: Any = codec.loads(Path(download.value.path()).read_text())
        assert plan.lr([0, 8000, 9000]).tolist() == [1e-3, 1e-3, 5e-4]


def test_each_project_of_a_folder_has_a_law_of_its_own(browser: Tab) -> None:
    few, many = drawn_runs("constant", "cooldown", prefix="few/"), drawn_runs(prefix="many/")
    runs = [replace(run, task=None) for run in (*few, *many)]
    halved = [
        replace(run, curves={"loss": replace(run.curves["loss"], y=run.curves["loss"].y / 2)}) for run in runs[:2]
    ]
    with serving(Workspace.of([*halved, *runs[2:]])) as page:
        designer(browser, page)
        names: Any = "[...document.querySelectorAll('#task option')].map((one) => one.textContent)"
        assert browser.do(names) == ["many (3 runs)", "few (2 runs)"]
        large = float(browser.page.inner_text("#says").split()[2])
        assert "of 3 runs" in browser.page.inner_text("#law-says")
        browser.page.evaluate("delete document.body.dataset.editMs")
        browser.page.locator("#task").select_option("few")
        small = float(answered(browser).split()[2])
        assert "of 2 runs" in browser.page.inner_text("#law-says")
        assert small == pytest.approx(large / 2, rel=0.02)
        assert browser.page.locator("#law-runs input").count() == 2
        go(browser, page, "/laws")
        browser.page.locator("#law").select_option("chinchilla")  # it reads a row a run, of whatever folder
        assert not browser.page.locator("#task").is_visible()
        assert browser.complaints == []


def test_hostile_names_of_runs_are_text(browser: Tab) -> None:
    with serving(drawn_workspace(prefix=HOSTILE)) as page:
        designer(browser, page)
        assert browser.page.title() == "Schedule designer · Forerun"
        assert browser.page.locator("main img").count() == 0
        go(browser, page, "/laws")
        assert "multi_power" in explored(browser)
        assert browser.page.locator("main img").count() == 0
        assert browser.complaints == []


@pytest.mark.parametrize("path", ["/schedules", "/laws"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True), (390, True)])
def test_no_serious_finding_of_axe_and_nothing_sticks_out(
    browser: Tab, served: Served, path: str, width: int, dark: bool
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra [clients]").Axe()
    go(browser, served, path, width=width, dark=dark)
    if path == "/laws":
        browser.page.locator("#law").select_option("multi_power")
        explored(browser)
    else:
        answered(browser)
    browser.act("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.do("document.documentElement.scrollWidth") == width
    response = axe.run(browser.page).response
    serious = [
        (one["id"], [node["target"] for node in one["nodes"]][:4])
        for one in response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(response["passes"]) >= 20
