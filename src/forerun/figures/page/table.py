"""The table of runs: one row each, most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from forerun import api
from forerun.figures.ahead import ForecastView
from forerun.figures.logged import Quantity
from forerun.figures.markup import parted, scroll, tag, text
from forerun.figures.sparkline import sparkline
from forerun.figures.sweep import PlaceView, Sweep
from forerun.figures.view import RunView, curve_of, forecast_of, kind

FIRST = 20
"""Rows shown before the fold."""
_CAPTION = "Every run, most urgent first: what to do and why, its best, where it is and where it is going."
_TITLES = {
    "ends first": "the chance to end first of the runs beside it, as if forecasts erred independently",
    "left": "time to its end, which stopping it now would save",
}
_QUANTITIES: Mapping[str, Callable[[PlaceView], Quantity]] = {
    "ends first": lambda place: place.first,
    "left": lambda place: place.left,
}
_TOOLS = (
    '<div class="tools" hidden><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off" '
    'placeholder="run, metric, advice, status or finding" spellcheck="false">'
    '<output id="count" for="filter" class="quiet"></output></div>'
)


def table(rows: Sequence[str], sweep: Sweep, aimed: bool) -> str:
    """The rows under their headings, with what the page's script filters and folds by."""
    fold = tag("button", "", id="fold", type="button", hidden="", data_first=FIRST)
    return _TOOLS + grid(rows, sweep, aimed) + fold


def grid(rows: Sequence[str], sweep: Sweep, aimed: bool, caption: str = _CAPTION) -> str:
    """The rows under their headings."""
    names = ["run", *sweep.columns, "curve", "advice", "best", "now", "forecast", *(["target"] if aimed else [])]
    heads = [_head(name, setting=name in sweep.columns) for name in [*names, *_optional(sweep)]]
    inner = tag("caption", caption) + tag("thead", tag("tr", "".join(heads))) + tag("tbody", "".join(rows))
    return scroll(tag("table", inner, id="runs"), "all runs")


def _optional(sweep: Sweep) -> list[str]:
    """Columns that not every page has something to say in."""
    return ["ends first"] * sweep.ranked + ["left"] * sweep.timed


def _head(name: str, *, setting: bool) -> str:
    written = text(name, longest=24) if setting else name.capitalize()
    shown = written if name == "curve" and not setting else tag("button", written, type="button")
    return tag(
        "th", shown, scope="col", data_name=name, data_setting=name if setting else None, title=_TITLES.get(name)
    )


def row(
    i: int, shown: RunView, place: PlaceView, curve: str, sweep: Sweep, aimed: bool, href: str | None = None
) -> str:
    """A run's row, which links to its section; with the chance of its target where any run has one.

    Args:
        curve: as `small_curve` drew it.
        href: where it links to; default the section of number ``i`` on the same page.
    """
    named = tag("a", parted(shown.id), href=href or f"#run-{i}", title=shown.id)
    called = tag("small", text(shown.name, longest=60)) if shown.name else ""
    advice = badge(shown.advice.verdict) + _chips(shown) + tag("small", text(shown.advice.reason, longest=180))
    stands = ", ".join(filter(None, [text(shown.metric, longest=60), text(shown.status)]))
    cells = [
        _cell(named + called + tag("small", stands), shown.id, label="run"),
        *(_cell(text(value, longest=40), value, label="setting") for value in place.settings),
        _cell(curve, None, label="curve"),
        _cell(advice, shown.advice.urgency, label="advice"),
        _number(shown.best, shown.best.at, label="best"),
        _number(shown.now, "; ".join(filter(None, [shown.now.at, shown.last_finite])), label="now"),
        _ahead(shown.ahead),
        *([_number(shown.ahead.target, "", label="target")] if aimed else []),
        *(_number(_QUANTITIES[name](place), "", label=name) for name in _optional(sweep)),
    ]
    return tag("tr", "".join(cells), data_run=i, data_find=words(shown, place))


def words(shown: RunView, place: PlaceView) -> str:
    """What the filter looks through."""
    kinds = sorted({kind(finding) for finding in shown.findings})
    words = [shown.id, shown.name, shown.metric, shown.advice.verdict, shown.status, *kinds, *place.needs]
    return " ".join(filter(None, words)).lower()


def badge(verdict: str) -> str:
    """A verdict in its colour."""
    return tag("span", text(verdict), class_=f"badge {verdict.replace(' ', '-')}")


def small_curve(look: api.Look) -> str:
    """The run's curve in the height of a line, with its forecast."""
    curve = curve_of(look)
    if curve is None or np.count_nonzero(np.isfinite(curve.y)) < 2:
        return ""
    return sparkline(curve, forecast_of(look), label=f"{curve.metric} of {look.run.id}")


def _cell(inner: str, order: Any, *, label: str, number: bool = False) -> str:
    return tag(
        "td",
        tag("div", inner) if inner else "",
        data_order=order,
        data_label=label,
        class_="number" if number else label,
    )


def _number(quantity: Quantity, note: str, *, label: str) -> str:
    """A number with what stands below it."""
    below = f" {tag('small', text(note))}" if note else ""
    return _cell(quantity.text + below, quantity.order, label=label, number=True)


def _ahead(ahead: ForecastView) -> str:
    if ahead.without:
        return _cell(tag("small", ahead.without), None, label="forecast", number=True)
    mark = " " + tag("abbr", "assumed", title=ahead.assumed) if ahead.assumed else ""
    below = tag("small", f"{ahead.interval}, {text(ahead.at)}{mark}")
    return _cell(f"{ahead.median.text} {below}", ahead.median.order, label="forecast", number=True)


def _chips(shown: RunView) -> str:
    return "".join(tag("span", text(words), class_="chip lasting" if lasts else "chip") for words, lasts in shown.kinds)
