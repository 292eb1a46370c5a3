"""A run's section: advice, charts, reasons, findings, what its log tells, its metrics and settings."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import api
from forerun.core import Run
from forerun.core.display import counted
from forerun.figures.advice import AdviceView
from forerun.figures.logged import CurveView, happened
from forerun.figures.markup import embed, scroll, tag, text
from forerun.figures.page.charts import Detail, charts, other_axes
from forerun.figures.page.packing import packed
from forerun.figures.page.table import badge
from forerun.figures.sweep import shown_settings
from forerun.figures.view import RunView

_MOST_ITEMS = 12


def section(i: int, run: Run, shown: RunView, charts: str) -> str:
    """What stands in a run's fold, the line that stays first; ``charts`` are what `charts_data` gave."""
    head = tag("summary", tag("h2", text(run.id, longest=200)) + " " + badge(shown.advice.verdict))
    return head + _body(i, run, shown, charts)


def folded(i: int, inner: str, *, group: int | None, leaned: Sequence[str] = (), open: str | None = None) -> str:
    """The section itself: what `section` gave, in its fold.

    Args:
        group: the runs drawn beside it. leaned: numbers of those that its forecast leaned on.
        open: empty text unfolds it.
    """
    fold = tag("details", inner, open=open, class_="fold")
    return tag("section", fold, id=f"run-{i}", data_group=group, data_leaned=" ".join(leaned) or None, class_="run")


def _body(i: int, run: Run, shown: RunView, charts: str) -> str:
    advice = shown.advice
    parts = [
        tag("p", text(shown.diagnosis, longest=600), class_="diagnosis") if shown.diagnosis else "",
        tag("p", badge(advice.verdict) + " " + text(advice.sentence, longest=600), class_="advice"),
        _chart(i, run, advice, charts),
        tag("p", f"The forecast {text(shown.ahead.leaned, longest=300)}.", class_="quiet")
        if shown.ahead.leaned
        else "",
        _list("Reasons", advice.reasons[1:]),
        _list("Findings", [finding.message for finding in shown.findings]),
        _list("What helped elsewhere", [str(remedy) for remedy in shown.remedies]),
        _list("In the log", [happened(event) for event in run.events]),
        _list("Damaged", [f"{d.path}, {d.where}: {d.why}" for d in run.damage]),
        _details(run),
    ]
    return "".join(parts)


def charts_data(look: api.Look, target: float | None, detail: Detail) -> str:
    """What the run's charts are drawn from, ready for a script element; empty where it has no metric to judge by.

    Beside them the other axes that were logged, by which runs are laid over one another.
    """
    views = [packed(chart) for chart in charts(look, target, detail)]
    return embed({"views": views, "axes": other_axes(look)}) if views else ""


def _chart(i: int, run: Run, advice: AdviceView, charts: str) -> str:
    if not charts:
        return ""
    label = f"{run.id}: {advice.sentence}"
    place = tag("div", tag("div", "", class_="plot", role="figure", aria_label=label), class_="chart", data_run=i)
    return f'{place}<script type="application/json" data-for="run-{i}">{charts}</script>'


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = [f"and {len(items) - _MOST_ITEMS:,} more"] if len(items) > _MOST_ITEMS else []
    shown = [*items[:_MOST_ITEMS], *more]
    return tag("h3", title) + tag("ul", "".join(tag("li", text(item, longest=400)) for item in shown))


def _details(run: Run) -> str:
    titles = ("metric", "points", "last x", "last value", "nan or inf")
    heads = "".join(tag("th", name, scope="col") for name in titles)
    rows = "".join(_facts(CurveView.of(curve)) for curve in run.curves.values())
    shown = ", ".join(f"{text(key)} {text(value, longest=40)}" for key, value in shown_settings(run).items())
    count = counted(len(run.curves), "metric")
    summary = tag("summary", f"{count}, format {text(run.format)}, status {text(run.status)}")
    table = scroll(tag("table", tag("thead", tag("tr", heads)) + tag("tbody", rows)), f"metrics of {run.id}")
    return tag("details", summary + (tag("p", shown, class_="quiet") if shown else "") + table)


def _facts(shown: CurveView) -> str:
    cells = (shown.points, shown.x, shown.now, f"{shown.lost:,}")
    named = tag("td", text(shown.metric))
    return tag("tr", named + "".join(tag("td", text(cell), class_="number") for cell in cells))
