"""The work a page needs for its runs: forecasts, findings and charts in parts that processes may share, then decisions
on all runs at once. The parts are the same however many processes there are, and so is the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from joblib import Parallel, cpu_count, delayed

from forerun import api
from forerun.core import Budget, Forecast, Run
from forerun.core.choosing import present
from forerun.core.settings import resolved
from forerun.decide import POLICIES
from forerun.figures.leaning import leaned_on
from forerun.figures.page import section, table
from forerun.figures.page.charts import Detail
from forerun.figures.sweep import PlaceView, Sweep
from forerun.figures.view import RunView, forecast_of

_LEANED = 5  # runs that a forecast leaned on, drawn behind it
_BATCH = 20  # runs forecast together; the same whatever the number of processes, for the same page
Progress = Callable[[list[Run]], Iterable[Run]]
PARALLEL_FROM = 100
"""Runs beyond which processes are started unasked: below, starting them costs more than it saves."""


@dataclass(frozen=True)
class Work:
    """How runs are looked at and drawn; arguments as in `forerun.figures.report`.

    Args:
        aimed: whether any run has a target.
    """

    setup: api.ForecastSetup
    policy: str
    metric: str | None
    at: float | None
    cost_per_hour: float | None
    budget: Budget | None
    detail: Detail
    aimed: bool


@dataclass(frozen=True)
class ReportPart:
    """What the page holds of one run.

    Args:
        number: its place among the runs read, by which links name it.
        place: what is shown of it among the runs beside it.
        leaned: ids of the runs that its forecast leaned on most.
        shown: the numbers and words.
        row, section: as HTML. curve: its small picture.
        forecast: what the sentence on accuracy is about.
        href: where its name leads; its section on the same page where none is given.
    """

    number: int
    place: PlaceView
    leaned: tuple[str, ...]
    shown: RunView
    row: str
    section: str
    curve: str
    forecast: Forecast | None
    href: str = ""


@dataclass(frozen=True)
class _Drawn:
    """What a process sends back of one run: what a decision rests on, without the run, and its pictures."""

    look: api.Look
    charts: str
    curve: str


def parts(runs: Sequence[Run], work: Work, jobs: int | None, progress: Progress) -> tuple[Sweep, list[ReportPart]]:
    """What is shown of all runs together and of every one, in their order; the policy is handed all of them at once.

    Args:
        jobs: processes; None means every core for more than `PARALLEL_FROM` runs, else this process.
        progress: wraps the runs, for a progress bar.

    Raises:
        UnknownName: no such method or policy.
        BadInput: a budget for a policy that heeds none.
    """
    POLICIES.load(work.policy)
    drawn = [one for _, one in zip(progress(list(runs)), _drawn(runs, work, jobs), strict=True)]
    examined = [replace(one.look, run=run) for run, one in zip(runs, drawn, strict=True)]
    decided = api.decide(
        examined, policy=work.policy, target=work.setup.target, cost_per_hour=work.cost_per_hour, budget=work.budget,
        alone=work.setup.alone,
    )  # fmt: skip
    sweep = Sweep.of(decided)
    each = zip(decided, drawn, sweep.places, strict=True)
    return sweep, [_part(i, look, one, place, sweep, work) for i, (look, one, place) in enumerate(each)]


def _drawn(runs: Sequence[Run], work: Work, jobs: int | None) -> Iterator[_Drawn]:
    """What is found and drawn of each run, by as many processes as asked for."""
    tasks = list(_tasks(runs, work))
    count = min(jobs or (cpu_count() if len(runs) > PARALLEL_FROM else 1), len(tasks))
    if count <= 1:
        done = (_batch(*task) for task in tasks)
    else:
        done = Parallel(n_jobs=count, return_as="generator")(delayed(_batch)(*task) for task in tasks)
    for batch in done:
        yield from batch


def _tasks(runs: Sequence[Run], work: Work) -> Iterator[tuple[Sequence[Run], Work]]:
    """The runs a part at a time, each with what its forecasts rest on, in which runs of other parts have a say."""
    metrics = [work.metric] if work.metric else []
    pairs = [[(run, name) for name in present(run, metrics)[:1]] for run in runs]
    judged = [pair for one in pairs for pair in one]
    bases = iter(work.setup.bases_of(judged, work.at))
    for start in range(0, len(runs), _BATCH):
        ours = {(run.id, name): next(bases) for one in pairs[start : start + _BATCH] for run, name in one}
        yield runs[start : start + _BATCH], replace(work, setup=replace(work.setup, beside=(), bases=ours))


def _batch(batch: Sequence[Run], work: Work) -> list[_Drawn]:
    return [_draw(look, work) for look in api.examine(batch, work.setup, metric=work.metric, at=work.at)]


def _draw(look: api.Look, work: Work) -> _Drawn:
    run, metric = look.run, look.forecast.metric if look.forecast else None
    target = None if metric is None else resolved(run.settings, metric, target=work.setup.target).target
    bare = replace(look, run=Run(run.id, {}, run.format))
    return _Drawn(bare, section.charts_data(look, target, work.detail), table.small_curve(look))


def _part(number: int, look: api.Look, drawn: _Drawn, place: PlaceView, sweep: Sweep, work: Work) -> ReportPart:
    shown, forecast = RunView.of(look), forecast_of(look)
    row = table.row(number, shown, place, drawn.curve, sweep, work.aimed)
    below = section.section(number, look.run, shown, drawn.charts)
    leaned = () if forecast is None else tuple(leaned_on(forecast))[:_LEANED]
    return ReportPart(number, place, leaned, shown, row, below, drawn.curve, forecast)
