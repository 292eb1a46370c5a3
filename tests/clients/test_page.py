"""The report in a real browser, under its own content-security policy and without a network: it draws and answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forerun.cli.app import run
from forerun.forecast import FORECASTERS
from tests.clients.browser import MISSING, Tab, tab
from tests.leaning import sweep

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
CHART = "document.querySelector('section.run .plot')"
RANGE = f"(({{ min, max }}) => [min, max])({CHART}.plot.scales.y)"
FAINT = f"{CHART}.plot.series.filter(one => one.alpha === 0.4).map(one => one.stroke())"
DRAWN = "[...document.querySelectorAll('.plot')].filter(place => place.plot).length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        yield page


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("six") / "report.html"
    assert run(["report", str(EXAMPLES), "-o", str(page)]) == 0
    return page


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty runs, of which one diverges."""
    folder = tmp_path_factory.mktemp("thirty")
    for i in range(30):
        rows = [f"{step},{1 + (i + 1) / step if i != 7 or step < 90 else 'nan'},{0.1 / step}" for step in range(1, 101)]
        (folder / f"run{i:02d}.csv").write_text("step,val_loss,lr\n" + "\n".join(rows) + "\n")
    page = folder / "report.html"
    assert run(["report", str(folder), "-o", str(page)]) == 0
    return page


def unfolded(browser: Tab, page: Path, *, height: int = 900, **how: Any) -> None:
    """The page with every section open."""
    browser.open(page, height=height, **how)
    browser.act("document.querySelectorAll('section.run details.fold').forEach(one => { one.open = true; })")


def shown(browser: Tab, what: str) -> int:
    return browser.do(f"[...document.querySelectorAll('{what}')].filter(one => !one.hidden).length")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (1280, True), (390, True)])
def test_it_draws_without_a_word_on_the_console(browser: Tab, six: Path, width: int, dark: bool) -> None:
    browser.complaints.clear()
    unfolded(browser, six, width=width, height=9000, dark=dark)
    assert browser.do(DRAWN) >= 5
    assert browser.do("document.documentElement.scrollWidth") == width  # nothing sticks out
    assert browser.complaints == []


def test_charts_open_on_the_last_part_and_a_button_or_a_key_changes_that(browser: Tab, six: Path) -> None:
    unfolded(browser, six, height=9000)
    scales = "[...document.querySelectorAll('.chart .plot')].map(place => place.dataset.scale)"
    assert set(browser.do(scales)) == {"tail"}
    low, high = browser.do(RANGE)
    browser.act("document.querySelector('.scales button[value=whole]').click()")
    whole_low, whole_high = browser.do(RANGE)
    assert whole_high - whole_low > high - low
    assert browser.do(scales)[0] == "whole"
    for scale in ("whole", "log", "tail"):
        browser.press("z")
        assert set(browser.do(scales)) == {scale}
    assert browser.do(RANGE) == [low, high]


def test_another_metric_and_other_runs_can_be_chosen(browser: Tab, six: Path) -> None:
    unfolded(browser, six, height=9000)
    names = "[...document.querySelectorAll('section.run .legend')[0].children].map(one => one.textContent)"
    assert len(browser.do(FAINT)) == 1
    browser.act("document.querySelector('.chart .controls input').click()")
    assert browser.do(FAINT) == []
    assert browser.do(names) == ["val_loss", "loss, smoothed", "loss", "☆best"]
    browser.act(
        "const s = document.querySelector('.chart .controls select'); s.value = 1; s.dispatchEvent(new Event('change'))"
    )
    assert browser.do(f"[{CHART}.plot.axes[1].label].map(one => one.call?.(null) ?? one)[0]") == "val_accuracy"
    browser.act("document.querySelector('section.run .chart details:not(.values)').open = true")
    assert browser.do("document.querySelectorAll('section.run .multiples canvas').length") >= 3


def test_runs_that_a_forecast_leaned_on_are_drawn_faintly_behind_its_fan(
    browser: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five of six in the forecast's colour, the last as any other run; none where the forecast is to be made alone."""
    monkeypatch.setitem(FORECASTERS.table, "leaning", "tests.leaning:LEANING")
    page = tmp_path / "report.html"
    for more, leaned in (([], 5), (["--alone"], 0)):
        assert (
            run(["report", str(sweep(tmp_path / "sweep", over=6)), "--method", "leaning", *more, "-o", str(page)]) == 0
        )
        browser.complaints.clear()
        unfolded(browser, page, height=9000)
        ahead = browser.do("Plot.colour('ahead')")
        assert browser.do(FAINT).count(ahead) == leaned
        assert len(browser.do(FAINT)) == 6
        assert browser.complaints == []


def test_the_forecast_tells_its_interval_and_step(browser: Tab, thirty: Path) -> None:
    unfolded(browser, thirty, height=20000)
    place = "[...document.querySelectorAll('.chart .plot')].find(one => one.plot?.bands.length)"
    browser.act(f"const u = {place}.plot; u.setCursor({{ left: u.valToPos(125, 'x'), top: 100 }})")
    told = browser.do(f"{place}.querySelector('.tip').textContent")
    assert "step 125" in told
    assert "80%: " in told


def test_the_fold_and_the_filter_hide_rows_and_sections_alike(browser: Tab, thirty: Path) -> None:
    browser.complaints.clear()
    browser.open(thirty)
    both = ("#runs tbody tr", "section.run")
    assert [shown(browser, what) for what in both] == [20, 20]
    assert browser.do("document.querySelector('#runs tbody tr').dataset.run") == "7"  # the one to stop
    assert browser.do("document.getElementById('fold').textContent") == "Show all 30"
    browser.act("document.getElementById('fold').click()")
    assert [shown(browser, what) for what in both] == [30, 20]  # sections of all would only lengthen the page

    def search(words: str) -> None:
        browser.act(
            f"const f = document.getElementById('filter'); f.value = '{words}'; f.dispatchEvent(new Event('input'))"
        )

    search("run1")
    assert [shown(browser, what) for what in both] == [10, 10]
    search("STOP non-finite")
    assert [shown(browser, what) for what in both] == [1, 1]
    assert browser.do("document.getElementById('count').textContent") == "1 of 30 runs shown"
    search("")
    browser.act("document.getElementById('fold').click()")
    browser.act("document.querySelector('#runs th button').click()")
    assert browser.do("[...document.querySelectorAll('#runs tbody tr')].find(row => !row.hidden).dataset.run") == "0"
    browser.act("location.hash = 'run-29'")
    assert not browser.do("document.getElementById('run-29').hidden")
    assert browser.complaints == []


def test_what_is_out_of_sight_is_not_drawn(browser: Tab, thirty: Path) -> None:
    unfolded(browser, thirty)
    assert browser.do(DRAWN) < 5
    browser.act("document.querySelector('section.run:nth-of-type(15)').scrollIntoView()")
    assert 0 < browser.do(DRAWN) < 10


def test_without_scripts_the_table_tells_the_story(browser: Tab, thirty: Path) -> None:
    bare = browser.beside(java_script_enabled=False)
    bare.page.goto(thirty.as_uri())
    words = bare.page.inner_text("body")
    assert "Charts, the filter and sorting need JavaScript." in words
    assert "val_loss is nan at step 90 and has not come back" in words
    assert all(row.is_visible() for row in bare.page.locator("#runs tbody tr").all())
