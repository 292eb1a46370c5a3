"""The live page in a real browser, under its own policy: it draws, grows with a log, and answers keys and a filter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forerun.core import Runs
from forerun.web.workspace import ServedLogs, Workspace
from tests.clients.browser import MISSING, Tab, tab
from tests.web.serving import TOKEN, Served, serving

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
PAGES = ("/", "/run?run=tensorboard/cosine", "/compare", "/decisions")
ROWS = "[...document.querySelectorAll('#runs tbody tr[data-run]')]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        page.page.context.set_offline(False)
        yield page


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Workspace("runs", ServedLogs(EXAMPLES))) as page:
        yield page


def until(browser: Tab, holds: str, looks: int = 400) -> None:
    """Wait until an expression holds; Playwright's own way evaluates text in the page, which its policy forbids."""
    for _ in range(looks):
        if browser.do(holds):
            return
        browser.settle()
    raise AssertionError(f"{holds} does not come to hold")


def visit(browser: Tab, served: Served, path: str, *, width: int = 1280, dark: bool = False) -> None:
    """A page, once every run of it was looked at."""
    browser.complaints.clear()
    browser.page.emulate_media(color_scheme="dark" if dark else "light")
    browser.page.set_viewport_size({"width": width, "height": 900})
    browser.page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    until(browser, f"{ROWS}.length && !document.getElementById('rows').innerText.includes('…')")
    if path != "/":
        browser.page.goto(f"http://127.0.0.1:{served.port}{path}")
    until(browser, "/[0-9]|follows/.test(document.getElementById('live').textContent)")
    browser.settle()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_draws_and_fits_under_its_policy(
    browser: Tab, served: Served, path: str, width: int, dark: bool
) -> None:
    visit(browser, served, path, width=width, dark=dark)
    assert browser.do("document.documentElement.scrollWidth") == width
    assert browser.do("document.querySelectorAll('h1').length") == 1
    assert browser.complaints == []
    if path.startswith("/run"):
        assert browser.do("document.querySelectorAll('.plot canvas').length") == 1
        assert browser.do("document.querySelectorAll('.values').length") == 1  # the same as a table


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_serious_accessibility_finding(browser: Tab, served: Served, path: str, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra [clients]")
    visit(browser, served, path, dark=dark)
    violations = axe.Axe().run(browser.page).response["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"][:200]) for one in violations if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_table_is_filtered_sorted_grouped_and_ticked_by_keys_alone(browser: Tab, served: Served) -> None:
    visit(browser, served, "/")
    names: Any = f"{ROWS}.map(row => row.querySelector('td.run a').title)"
    assert len(browser.do(names)) == 6
    browser.press("/")
    browser.page.keyboard.type("cosine")
    until(browser, f"{ROWS}.length === 1")
    assert browser.do(names) == ["tensorboard/cosine"]
    until(browser, "location.search.includes('find=cosine')")  # a row may be found before the last letter
    browser.page.locator("#filter").fill("")
    until(browser, f"{ROWS}.length === 6")
    browser.page.locator("th[data-name=best] button").focus()
    browser.press("Enter")
    until(browser, "document.querySelector('th[aria-sort]')?.dataset.name === 'best'")
    best = browser.do(f"{ROWS}.map(row => Number(row.querySelector('td.number').dataset.order))")
    assert best == sorted(best)
    browser.page.locator("#group").select_option("status")
    until(browser, "document.querySelectorAll('tr.group').length > 1")
    for i in range(2):
        browser.page.locator(".tick").nth(i).focus()
        browser.press("Space")
    assert browser.do("document.getElementById('compare-link').textContent") == "Compare 2"
    browser.page.locator("#compare-link").focus()
    browser.page.keyboard.press("Enter")
    browser.page.wait_for_url("**/compare?run=*")
    assert browser.do("document.querySelectorAll('section.run').length") == 2


def test_a_run_grows_while_it_is_looked_at_and_keeps_its_zoom(browser: Tab, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text("".join(f'{{"step": {step}, "val_loss": {1 + 9 / step}}}\n' for step in range(1, 61)))
    lines = "Report.viewsOf(document.querySelector('section.run'))[0].lines"
    last = f"Math.max(...{lines}.flatMap(({{ x }}) => [...Plot.unpack(x)]))"
    with serving(Workspace("live", ServedLogs(tmp_path, every=0.1))) as growing:
        visit(browser, growing, "/run?run=run.jsonl")
        assert browser.do(last) == 60
        browser.act("document.querySelector('.scales button[value=whole]').click()")
        browser.act("document.querySelector('.chart .plot').go([10, 30])")
        with log.open("a") as more:
            more.write("".join(f'{{"step": {step}, "val_loss": {1 + 9 / step}}}\n' for step in range(61, 81)))
        until(browser, f"{last} === 80")
        browser.settle()
        scale = "(({ min, max }) => [min, max])(document.querySelector('.chart .plot').plot.scales.x)"
        assert browser.do(scale) == [10, 30]
        assert browser.do("document.querySelector('.scales button[aria-pressed=true]').value") == "whole"
        assert browser.complaints == []


def test_names_of_runs_run_nothing(browser: Tab, tmp_path: Path) -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(2)<'
    (tmp_path / f"{name}.csv").write_text('step,"<b>loss</b>"\n' + "".join(f"{s},{1 + 1 / s}\n" for s in range(1, 30)))
    with serving(Workspace(f"<i>{name}", ServedLogs(tmp_path))) as hostile:
        visit(browser, hostile, "/")
        browser.page.locator("td.run a").click()
        browser.page.wait_for_selector(".plot canvas")
        assert browser.do("document.querySelectorAll('img, i[onerror], h1 script').length") == 0
        assert browser.complaints == []


def test_an_empty_folder_says_that_runs_will_come(browser: Tab) -> None:
    with serving(Workspace.of(Runs())) as empty:
        browser.page.goto(f"http://127.0.0.1:{empty.port}/?token={TOKEN}")
        assert "No run is there yet" in browser.page.inner_text("#rows")
