"""Forty hostile names in every place of every page, in a real browser: text, and nothing else; nothing is asked for."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from forerun.core import Curve, Damage, Event, Run, Runs, Skipped, Table
from forerun.figures import report
from forerun.figures.curve import curve_chart
from forerun.figures.law import law_page
from forerun.figures.page.frame import drawing, figures_page
from forerun.figures.runs import curves_chart
from forerun.figures.study import ClaimView, arms_chart, claims_chart
from forerun.laws.fitter import fit
from tests.clients.browser import MISSING, Tab, tab

needs_browser = pytest.mark.skipif(bool(MISSING), reason=MISSING)
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
AWAY = "//evil.invalid/"
MARKUP = (
    f'<a href="http:{AWAY}">link</a>', "<a href='javascript:mark()'>js</a>", f'<img src="http:{AWAY}x.png">',
    "<img src=x onerror=mark()>", "<script>mark()</script>", "</script><script>mark()</script>", "<b>bold</b>",
    "<i>it</i><sub>1</sub><sup>2</sup>", "a<br>b<br/>c", "<svg onload=mark()>", f'<iframe src="http:{AWAY}"></iframe>',
    "<style>body{display:none}</style>", f'<link rel=stylesheet href="http:{AWAY}a.css">', "<!-- comment", "]]><x>",
    f"<span style='background:url(http:{AWAY}y)'>s</span>", "</td></tr></table><h1>out</h1>",
    "<details open ontoggle=mark()>",
    "<form action=http://evil.invalid><button>", "<math><mi>x</mi></math>", "<base href=http://evil.invalid/>",
)  # fmt: skip
TEXT = (
    '" onmouseover="mark()" x="', "' onfocus='mark()' autofocus='", "`${mark()}`", "&lt;b&gt;", "&amp;lt;",
    "&#60;b&#62;",
    "$x^2$", "$$\\frac{1}{2}$$", "\\(a\\)", "%{y:.2f} %{customdata[0]}", "%{x}<extra>no</extra>", "{{7*7}}",
    "50% & <1 > 0",
)  # fmt: skip
UNSEEN = (
    "a\u202eb\u2066c",
    "zero\u200bwid\ufeffth",
    "two\nlines\r\n\ttab",
    "\x1b[31mred\x1b]8;;http://evil.invalid\x07",
    "Z" + "\u0336" * 50,
)
NAMES = (*MARKUP, *TEXT, *UNSEEN, "损失/éß✓", "n" * 10_000)
PLAIN = tuple(f"name {i}" for i in range(len(NAMES)))
PROBE = """
  window.marked = 0; window.mark = () => window.marked++;
  window.MathJax = { get version() { window.marked++; return "3.0"; } };
"""


def runs(names: tuple[str, ...]) -> Runs:
    """Runs named so, whose metrics, axes, settings, events, damage and skipped files are named so too."""
    steps = np.arange(1, 41)
    made = []
    for i, name in enumerate(names):
        beside = names[(i + 7) % len(names)]
        y = 1 + (i + 1) * 0.1 / np.sqrt(steps)
        if i % 5 == 0:
            y[30:] = np.nan
        curves = {
            metric: Curve(steps, y, metric=metric, axis=beside, direction="min")
            for metric in dict.fromkeys((f"val/loss {name}", f"loss {beside}", name))
        }
        made.append(
            Run(
                name, curves, beside, path=name, config={"optimizer": name, "schedule": beside, "lr": 0.1}, name=beside,
                events=(Event(name, 3.0, beside, beside),), damage=(Damage(name, beside, name, 1),), source=name,
                task=beside, status="crashed" if i % 3 == 0 else "running",
            )
        )  # fmt: skip
    return Runs(tuple(made), tuple(Skipped(name, name) for name in names))


@cache
def report_of(names: tuple[str, ...]) -> str:
    return report(runs(names), title=names[0], now=NOW, target=1.05)


@cache
def law_of(names: tuple[str, ...]) -> str:
    steps = np.arange(1, 201)
    parts = [
        {"run": name, "step": step, "rate": 0.1 / (1 + step / (20 + 5 * i)), "y": 1 + step**-0.4}
        for i, name in enumerate(names[:12])
        for step in steps[::10]
    ]
    table = Table({key: [row[key] for row in parts] for key in parts[0]})
    return law_page(fit("lr_area", table), table)


@cache
def figures_of(names: tuple[str, ...]) -> str:
    steps = np.arange(1, 41)
    curve = {name: Curve(steps, 1 / np.sqrt(steps), metric=name, axis=name) for name in names}
    claims = [ClaimView(name, "acc", 1.0, 0.5, 1.5, 0.4, "holds", i % 2 == 0, 0.2) for i, name in enumerate(names)]
    made = [
        claims_chart(claims), arms_chart({name: [curve[name]] for name in names}), curves_chart(list(curve.items())),
        *(curve_chart(one) for one in list(curve.values())[:6]),
    ]  # fmt: skip
    faces = "".join(f"{found._repr_html_()}{found[0]._repr_html_()}" for found in [runs(names)])
    return figures_page(names[0], f"<main>{faces}</main>", made)


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as page:
        page.page.add_init_script(PROBE)
        yield page


HOVER = """[...document.querySelectorAll('.plot')].filter(place => place.plot).flatMap(place => {
  const u = place.plot;
  u.setCursor({ left: u.over.clientWidth / 2, top: u.over.clientHeight / 2 });
  return place.querySelector('.tip').textContent;
}).join(' ')"""
WORDS = """(() => { const all = document.documentElement.cloneNode(true);
  all.querySelectorAll('script, style').forEach(one => one.remove()); return all.textContent; })()"""
ACTS = """[...document.querySelectorAll('*')].flatMap(one => [...one.attributes].filter(({ name, value }) =>
  /^on/.test(name) || /^(src|srcset|action|xlink:href)$/.test(name) || (name === 'href' && !/^#run-\\d+$/.test(value))
  || /url\\((?!["']?#)|expression|evil/.test(name === 'style' ? value : ''))
  .map(({ name, value }) => `${name}=${value}`))"""
MADE = """JSON.stringify([...document.querySelectorAll('*')].map(one => one.localName))"""


def opened(browser: Tab, page: str, out: Path) -> tuple[Counter[str], str]:
    """The elements that a page has once all is drawn, opened and pointed at, and the text of it."""
    out.write_text(page, "utf-8")
    browser.complaints.clear()
    browser.open(out, height=2000)
    browser.act("document.getElementById('fold')?.click()")
    browser.act("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.act("dispatchEvent(new Event('beforeprint'))")
    pointed = browser.do(HOVER)
    return Counter(json.loads(browser.do(MADE))), browser.do(WORDS) + pointed


@needs_browser
@pytest.mark.parametrize("make", [report_of, law_of, figures_of])
def test_hostile_names_are_text_and_ask_for_nothing(browser: Tab, tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    assert len(NAMES) >= 40
    made, told = opened(browser, make(NAMES), tmp_path / "page.html")
    assert [url for url in browser.asked if not url.startswith(("data:", "blob:"))] == [
        (tmp_path / "page.html").as_uri()
    ]
    assert browser.do("window.marked") == 0
    assert browser.complaints == []
    assert browser.do(ACTS) == []
    shown = [name for name in NAMES if name in MARKUP and len(name) < 60]
    least = 1 if make is law_of else len(shown)  # the one pointed at
    assert sum(name in told for name in shown) >= least
    for twice in ("&amp;lt;a", "&amp;amp;", "&#60;a", "&#38;"):
        assert twice not in told
    assert made["a"] == len(written(make(NAMES), "a"))  # none in a picture
    plain, _ = opened(browser, make(PLAIN[:6]), tmp_path / "plain.html")
    assert made.keys() - plain.keys() <= {"wbr", "tspan"}


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_names_leave_the_page_in_shape(browser: Tab, tmp_path: Path, width: int) -> None:
    (tmp_path / "page.html").write_text(report_of(NAMES), "utf-8")
    browser.open(tmp_path / "page.html", width=width, height=2000)
    assert browser.do("document.documentElement.scrollWidth") == width
    assert (
        browser.do("Math.max(...[...document.querySelectorAll('#runs tbody tr')].map(row => row.offsetHeight))") < 900
    )


@pytest.mark.parametrize("make", [report_of, law_of, figures_of])
def test_hostile_names_are_escaped_once_and_make_no_element(make) -> None:  # type: ignore[no-untyped-def]
    page, plain = make(NAMES), make(PLAIN)
    assert "<b>bold" not in page
    assert "&amp;amp;" not in page.replace("&amp;amp;lt;", "")  # the name that is written so itself
    assert not any(letter in page.replace(drawing()[0], "") for letter in "\u202e\u2066\u200b\x1b")
    for kind in ("a", "script", "style", "link", "meta", "button", "h1", "h2", "td", "input", "svg", "img", "b", "tr"):
        assert len(written(page, kind)) == len(written(plain, kind)), kind


def written(page: str, kind: str) -> list[str]:
    """The elements of a kind that a page is written with."""
    bare = re.sub(r"(<script[^>]*>).*?</script>", r"\1</script>", page, flags=re.DOTALL)
    return re.findall(rf"<{kind}\b[^>]*>", bare)
