"""The table of runs: one row each, most urgent first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Finding
from forerun.core.display import number
from forerun.figures import view
from forerun.figures.markup import tag, text
from forerun.figures.sparkline import sparkline

FIRST = 20
"""Rows shown before the fold."""
_CAPTION = "Every run, most urgent first: what to do and why, its best, where it is and where it is going."
_TOOLS = (
    '<div class="tools" hidden><label for="filter">Filter</label><input id="filter" type="search" autocomplete="off" '
    'placeholder="run, metric, advice, status or finding" spellcheck="false">'
    '<output id="count" for="filter" class="quiet"></output></div>'
)


def table(rows: Sequence[str], aimed: bool) -> str:
    """The rows under their headings, with what the page's script filters and folds by."""
    names = ["run", "advice", "best", "now", "forecast", *(["target"] if aimed else []), "status"]
    heads = [_head(name) for name in [*names[:1], "curve", *names[1:], "findings"]]
    inner = tag("caption", _CAPTION) + tag("thead", tag("tr", "".join(heads))) + tag("tbody", "".join(rows))
    fold = tag("button", "", id="fold", type="button", hidden="", data_first=FIRST)
    return _TOOLS + tag("div", tag("table", inner, id="runs"), class_="scroll") + fold


def _head(name: str) -> str:
    shown = "Curve" if name == "curve" else tag("button", name.capitalize(), type="button")
    return tag("th", shown, scope="col")


def row(i: int, look: api.Look, curve: str, aimed: bool) -> str:
    """A run's row, which links to its section; with the chance of its target where any run has one."""
    metric = look.forecast.metric if look.forecast else ""
    kinds = sorted({finding.kind.replace("_", "-") for finding in look.findings})
    name = text(look.run.id).replace("/", "/<wbr>").replace("_", "_<wbr>")
    named = tag("a", name, href=f"#run-{i}", title=look.run.id)
    called = tag("small", text(look.run.name, longest=60)) if look.run.name and look.run.name not in look.run.id else ""
    cells = [
        _cell(named + called + tag("small", text(metric, longest=60)), look.run.id, label="run"),
        _cell(curve, None, label="curve"),
        _cell(_advice(look), api.VERDICTS.index(view.verdict(look.decision)), label="advice"),
        _best(look),
        _now(look),
        _ahead(look),
        *([_chance(look)] if aimed else []),
        _cell(text(look.run.status), look.run.status, label="status"),
        _cell(_chips(look.findings), len(look.findings), label="findings"),
    ]
    find = " ".join(
        [look.run.id, *filter(None, [look.run.name]), metric, view.verdict(look.decision), look.run.status, *kinds]
    ).lower()
    return tag("tr", "".join(cells), data_run=i, data_find=find)


def badge(verdict: str) -> str:
    """A verdict in its colour."""
    return tag("span", text(verdict), class_=f"badge {verdict.replace(' ', '-')}")


def _cell(inner: str, order: Any, *, label: str, number: bool = False) -> str:
    return tag(
        "td",
        tag("div", inner) if inner else "",
        data_order=order,
        data_label=label,
        class_="number" if number else label,
    )


def small_curve(look: api.Look) -> str:
    """The run's curve in the height of a line, with its forecast."""
    curve = view.curve_of(look)
    if curve is None or np.count_nonzero(np.isfinite(curve.y)) < 2:
        return ""
    return sparkline(curve, view.forecast_of(look), label=f"{curve.metric} of {look.run.id}")


def _advice(look: api.Look) -> str:
    return badge(view.verdict(look.decision)) + tag("small", text(view.deciding(look), longest=180))


def _best(look: api.Look) -> str:
    standing, o = look.standing, look.forecast
    if standing is None or o is None:
        return _cell("–", None, label="best", number=True)
    where = tag("small", text(view.at(o.axis, standing.best_x)))
    return _cell(f"{number(standing.best)} {where}", standing.best, label="best", number=True)


def _now(look: api.Look) -> str:
    if look.forecast is None:
        return _cell("–", None, label="now", number=True)
    o, latest = look.forecast, float(look.run.curves[look.forecast.metric].y[-1])
    before = "" if math.isfinite(latest) else f"; last finite {number(o.last)}"
    where = tag("small", text(view.at(o.axis, o.origin)) + before)
    return _cell(f"{number(latest)} {where}", o.last, label="now", number=True)


def _ahead(look: api.Look) -> str:
    forecast, o = view.forecast_of(look), look.forecast
    if forecast is None or o is None:
        why = "over" if o is not None and o.status == "finished" else "cannot say"
        return _cell(tag("small", why), None, label="forecast", number=True)
    ends = f"80%: {number(forecast.low)} to {number(forecast.high)}"
    why = view.assumed(look)
    mark = " " + tag("abbr", "assumed", title=why) if why else ""
    where = tag("small", f"{ends}, {text(view.at(o.axis, o.at))}{mark}")
    return _cell(f"{number(forecast.median)} {where}", forecast.median, label="forecast", number=True)


def _chance(look: api.Look) -> str:
    forecast = view.forecast_of(look)
    if forecast is None or "p_target" not in forecast.events:
        return _cell("–", None, label="target", number=True)
    chance = float(forecast.events["p_target"])
    return _cell(f"{chance:.0%}", chance, label="target", number=True)


def _chips(findings: Sequence[Finding]) -> str:
    counted = Counter((f.kind, f.end is None) for f in findings)
    return "".join(
        tag(
            "span",
            f"{text(kind.replace('_', '-'))}{f' × {n}' if n > 1 else ''}",
            class_="chip lasting" if lasting else "chip",
        )
        for (kind, lasting), n in sorted(counted.items())
    )
