"""The report: one self-contained page of runs, forecasts, findings and advice. It works without a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from forerun import api
from forerun.core import Budget, Run, Runs
from forerun.figures.ahead import accuracy as accuracy_of
from forerun.figures.markup import tag, text
from forerun.figures.page.charts import detail_of
from forerun.figures.page.frame import asset, drawing, page
from forerun.figures.page.needs import needs
from forerun.figures.page.section import folded
from forerun.figures.page.table import table
from forerun.figures.page.whole import how_to_read, lead, not_read
from forerun.figures.page.work import ReportPart, Work, parts
from forerun.forecast.postprocess.calibration import Calibration


def report(
    runs: Runs,
    *,
    title: str,
    now: dt.datetime,
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = api.METHOD,
    policy: str = "auto",
    cost_per_hour: float | None = None,
    calibration: Calibration | None = None,
    alone: bool = False,
    budget: Budget | None = None,
    jobs: int | None = None,
    progress: Callable[[list[Run]], Iterable[Run]] = lambda runs: runs,
) -> str:
    """The page as HTML.

    Args:
        runs: what was read; skipped files are listed at the page's end.
        title: the page's title.
        now: the moment written on it; the same arguments give the same page.
        metric, at, target, method, policy, cost_per_hour, calibration, alone, budget: as in `forerun.advise`.
        jobs: processes that share the work; default every core for more than 100 runs. The page does not depend on it.
        progress: wraps the runs, for a progress bar.

    Raises:
        UnknownName: no run has the metric, or no such method or policy.
    """
    api.check_metrics(runs, [metric] if metric else [])
    setup = api.ForecastSetup(method, list(runs), calibration, target=target, alone=alone)
    aimed = target is not None or any(run.settings.target is not None for run in runs)
    work = Work(setup, policy, metric, at, cost_per_hour, budget, detail_of(runs), aimed)
    sweep, each = parts(list(runs), work, jobs, progress)
    done = sorted(each, key=lambda part: (part.shown.advice.urgency, part.place.urgency))
    accuracy = accuracy_of([part.forecast for part in done if part.forecast is not None])
    rows = table([part.row for part in done], sweep, aimed)
    whole = needs(done, accuracy) + rows + _COMPARE * (len(done) > 1) + _sections(done)
    whole += not_read(runs.skipped) + how_to_read(accuracy)
    body = _header(done, title, now, method) + tag("main", whole)
    drawn = any(part.shown.metric for part in done)
    charts = [*drawing(), asset("report.js"), *([asset("compare.js")] if len(done) > 1 else [])] if drawn else []
    return page(title, body, scripts=[asset("page.js"), *charts], without=_NO_SCRIPT)


def _header(done: Sequence[ReportPart], title: str, now: dt.datetime, method: str) -> str:
    note = f"{now.strftime('%Y-%m-%d %H:%M %Z').strip()} · forecasts by {text(method)}"
    says = tag("p", lead((part.shown.advice.verdict, part.place.left.order) for part in done), class_="lead")
    brand, heading = tag("p", "Forerun", class_="brand"), tag("h1", text(title))
    return tag("header", brand + heading + says + tag("p", note, class_="quiet"))


_COMPARE = '<section id="compare" hidden><h2>Compare</h2></section>'
_NO_SCRIPT = (
    "Charts, the filter and sorting need JavaScript. The table with its small pictures and the texts do not: "
    "all runs are here."
)
_OPEN = 3  # sections unfolded at first


def _sections(done: Sequence[ReportPart]) -> str:
    """The runs' sections, each with the group it is of and the sections of the runs that its forecast leaned on."""
    numbers = {part.shown.id: str(part.number) for part in done}
    pressing = sorted((part for part in done if part.place.needs), key=lambda part: part.place.urgency)
    opened = {part.number for part in pressing[:_OPEN] or done[:_OPEN]}
    return "".join(_section(part, numbers, open="" if part.number in opened else None) for part in done)


def _section(part: ReportPart, numbers: Mapping[str, str], open: str | None) -> str:
    leaned = [numbers[run] for run in part.leaned if run in numbers]
    return folded(part.number, part.section, group=part.place.group, leaned=leaned, open=open)
