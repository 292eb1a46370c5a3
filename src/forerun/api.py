"""The verbs: read, predict, scan, advise, backtest. The only place where the families meet.

Whatever the command line can do, these do in as many lines.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO, cast, overload

import numpy as np
from numpy.typing import NDArray

from forerun.core import (
    SHOWN_LEVELS,
    Array,
    BadInput,
    Curve,
    Decision,
    Finding,
    Forecast,
    FrozenMap,
    NothingToRead,
    Run,
    Runs,
    Undecided,
    UnknownName,
    until,
)
from forerun.core.metrics import meaning, preferred
from forerun.decide import POLICIES, Situation
from forerun.evaluate import backtest as protocol
from forerun.forecast import FORECASTERS, from_config
from forerun.forecast.calibration import Calibration, Outcome
from forerun.forecast.calibration import learn as calibration_of
from forerun.forecast.prospects import prospects
from forerun.monitor import DETECTORS, replay
from forerun.runs.assemble import reached
from forerun.runs.discover import Progress, read_path, unique
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.settings import Settings, settings_beside
from forerun.runs.store import Store, is_store
from forerun.stats import scores

METHOD = "auto"
"""The default forecaster: the one with the best mean skill in studies/forecast."""
NOT_BACKTESTED = ("mcmc", "siblings")
"""Forecasters a backtest leaves out unless asked for: one takes seconds a curve, one needs runs of the same sweep."""
ASSUMED = 1.25
"""Where the log tells no planned end, runs are forecast at this multiple of their last x, and marked as assumed."""
FAN_POINTS = 24
Where = str | os.PathLike[str]


@dataclass(frozen=True)
class Outlook:
    """What is said of one metric of one run.

    Args:
        run, metric, axis: of what.
        origin: the last x seen.
        at: the x forecast.
        assumed: True when nobody said where the run ends and ``at`` is 1.25 × the last x.
        method: the forecaster's name.
        status: forecast, undecided, or finished when the run is over and no ``at`` was asked for.
        last: the last finite value; None when there is none.
        answer: the forecast or why there is none; None when finished.
        source, task: where a table's run comes from.
    """

    run: str
    metric: str
    axis: str
    origin: float
    at: float
    assumed: bool
    method: str
    status: str
    last: float | None
    answer: Forecast | Undecided | None
    source: str | None = None
    task: str | None = None


def settings_of(path: Where) -> Settings:
    """The project settings in ``forerun.toml`` beside the logs at ``path``; empty ones where there is none.

    A store without one beside it has those of the logs that were read into it.
    """
    beside = settings_beside(Path(path))
    if beside != Settings() or not is_store(Path(path)):
        return beside
    with Store(Path(path), create=False) as store:
        roots = [Path(root) for root in dict.fromkeys(root for root, _ in store.units()) if root]
    return next((told for root in roots if (told := settings_beside(root)) != Settings()), beside)


def read(
    path: Where | Sequence[Where],
    *,
    format: str | None = None,
    settings: Settings | None = None,
    store: Where | None = None,
    now: float | None = None,
    progress: Progress = lambda units: units,
) -> Runs:
    """Read every run at a path: a log file, a folder of logs in any format, a tidy table, or a store.

    Args:
        path: one path or several; ids of several paths' runs are kept apart by the path where they collide.
        format: force one reader instead of detecting formats by content.
        settings: project settings; default those of ``forerun.toml`` beside the logs.
        store: a file to keep what is read in, made when it is new. What it holds of these logs already is not read
            again, and runs whose logs are gone since stay in it.
        now: unix time, to tell runs that have stalled; without it none is said to have.
        progress: wraps the list of files to be read, for a progress bar.

    Raises:
        StoreError: the store cannot be written to.
        NothingToRead: no such path, or nothing in it.
        UnreadableLog: a single file that cannot be read.
        UnknownName: no such format.

    Example:
        >>> import tempfile, pathlib
        >>> log = pathlib.Path(tempfile.mkdtemp(), "run.csv")
        >>> _ = log.write_text("step,loss\\n1,3.0\\n2,2.5\\n")
        >>> read(log)[0].curves["loss"].y.tolist()
        [3.0, 2.5]
    """
    paths = [Path(path)] if isinstance(path, (str, os.PathLike)) else [Path(one) for one in path]
    found = [_read_one(one, format, settings, store, now, progress) for one in paths]
    skipped = [skipped for one in found for skipped in one.skipped]
    return Runs(tuple(unique(_apart(paths, found), skipped)), tuple(skipped))


def _read_one(
    path: Path,
    format: str | None,
    settings: Settings | None,
    store: Where | None,
    now: float | None,
    progress: Progress,
) -> Runs:
    told = settings or settings_of(path)
    if is_store(path) and store is not None:
        raise BadInput("a store is not read into another; give the logs it was read from", where=str(path))
    if is_store(path):
        with Store(path, create=False) as held:
            runs = stored_runs(held, now=now)
        if not runs and not runs.skipped:
            raise NothingToRead("a store without runs; fill it with forerun read LOGS --store", where=str(path))
    elif store is not None:
        runs = _kept(path, Path(store), format, told, now, progress)
    else:
        runs = read_path(path, format=format, ignore=told.ignore, profiles=told.profile, now=now, progress=progress)
    return Runs(tuple(with_settings(run, told) for run in runs), runs.skipped)


def _kept(path: Path, store: Path, format: str | None, told: Settings, now: float | None, progress: Progress) -> Runs:
    """The runs at a path, read on into a store and from there."""
    with Store(store) as held:
        ignore = (*told.ignore, store.name, f"{store.name}-wal", f"{store.name}-shm")
        read_on = ingest(held, path, format=format, ignore=ignore, profiles=told.profile, progress=progress)
        runs = stored_runs(held, root=read_on.root, now=now)
    return Runs(runs.runs, (*read_on.skipped, *runs.skipped))


def with_settings(run: Run, told: Settings) -> Run:
    """The run with the project's horizon and direction where they apply."""
    axis = next(iter(run.curves.values())).axis if run.curves else "step"
    if told.horizon is not None and axis not in run.horizon:
        finished = run.status in ("running", "stalled") and reached(told.horizon, run.curves.values())
        horizon = FrozenMap({**run.horizon, axis: told.horizon})
        run = replace(run, horizon=horizon, status="finished" if finished else run.status)
    curve = run.curves.get(told.metric or "")
    if curve is not None and told.direction is not None and curve.direction != told.direction:
        run = replace(run, curves=FrozenMap({**run.curves, curve.metric: replace(curve, direction=told.direction)}))
    return run


def _apart(paths: Sequence[Path], found: Sequence[Runs]) -> list[Run]:
    """All runs; logs whose relative path stands under several of the paths are told apart by it."""
    count = Counter(run.id for runs in found for run in runs if run.source is None)
    return [
        replace(run, id=f"{path}/{run.id}") if count[run.id] > 1 else run
        for path, runs in zip(paths, found, strict=True)
        for run in runs
    ]


def metrics_of(run: Run, asked: Sequence[str] = ()) -> list[str]:
    """The metrics to forecast of a run: those asked for, ``"all"`` that measure quality, or the preferred one.

    Raises:
        UnknownName: the run has no such metric; the message lists those it has.
    """
    if list(asked) == ["all"]:
        return preferred(run.curves)
    for name in asked:
        if name not in run.curves:
            raise UnknownName("metric", name, run.curves, where=run.id)
    return list(asked) or preferred(run.curves)[:1]


@overload
def predict(what: Curve, *, at: float, target: float | None = None, method: str = METHOD) -> Forecast | Undecided: ...
@overload
def predict(
    what: Run | Iterable[Run] | Where,
    *,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    metric: str | Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> list[Outlook]: ...
def predict(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    metric: str | Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> Forecast | Undecided | list[Outlook]:
    """Forecast a curve, or one metric (or more) of every run.

    Args:
        what: a curve, a run, several, or a path to read.
        at: the x to forecast, beyond the last one; needed for a curve. For runs the default is the planned end if the
            log tells it, else 1.25 × the last x, marked as assumed; a finished run is not forecast without ``at``.
        target: a value in the metric's unit; adds the chance to reach it by ``at`` and when.
        method: a forecaster's name.
        metric: for runs, the metric or metrics, or ``"all"``; default the first found of validation loss, validation
            score, train loss.
        calibration: from `calibrate`: stretches intervals to what one's own finished runs ask for.

    Returns:
        For a curve, one answer. For runs, one `Outlook` a run and metric.

    Raises:
        UnknownName: no such method, or no run has the metric.
        BadInput: ``at`` is not beyond the last x seen.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> answer = predict(curve, at=200)
        >>> answer.low < 1 + 2 / 200 < answer.high, round(answer.events["p_past_best"], 1)
        (True, 0.1)
    """
    if isinstance(what, Curve):
        if at is None:
            raise BadInput("say where: predict(curve, at=...)", where=what.metric)
        return _forecast(what, np.array([at]), target, _Way(method, calibration=calibration), None)
    runs, told = _runs(what), _project(what)
    asked = [metric] if isinstance(metric, str) else list(metric or known_metric(told.metric, runs))
    target = told.target if target is None else target
    check_metrics(runs, asked)
    way = _Way(method, runs, calibration)
    return [_outlook(run, name, at, target, way) for run in runs for name in _present(run, asked)]


@dataclass(frozen=True)
class _Way:
    """How runs are forecast: by which method, with which calibration, and beside which runs.

    A forecaster whose module says ``LEARNS_FROM = "siblings"`` learns from those of the runs that are over.
    """

    method: str
    runs: Sequence[Run] = ()
    calibration: Calibration | None = None

    def module(self) -> Any:
        return FORECASTERS.load(self.method)

    def state(self, curve: Curve) -> dict[str, Any]:
        """The method's state for a curve."""
        module = self.module()
        if getattr(module, "LEARNS_FROM", None) != "siblings":
            return module.default()
        over = [run.curves.get(curve.metric) for run in self.runs if run.status == "finished"]
        return module.fit([one for one in over if one is not None and one is not curve and one.axis == curve.axis])


def _runs(what: Run | Iterable[Run] | Where) -> list[Run]:
    if isinstance(what, Run):
        return [what]
    return list(read(what)) if isinstance(what, (str, os.PathLike)) else list(what)


def _project(what: Run | Iterable[Run] | Where) -> Settings:
    """The settings beside the logs when a path is given; runs already read bring none."""
    return settings_of(str(what)) if isinstance(what, (str, os.PathLike)) else Settings()


def known_metric(metric: str | None, runs: Sequence[Run]) -> list[str]:
    """The project's metric where a run has it."""
    return [metric] if metric is not None and any(metric in run.curves for run in runs) else []


def check_metrics(runs: Sequence[Run], asked: Sequence[str]) -> None:
    """Raise ``UnknownName`` for a metric that no run has; the message lists those there are."""
    known = dict.fromkeys(name for run in runs for name in run.curves)
    for name in asked:
        if runs and name != "all" and name not in known:
            raise UnknownName("metric", name, preferred(known) or known)


def _present(run: Run, asked: Sequence[str]) -> list[str]:
    """The metrics to answer for: of those asked, the ones this run has."""
    here = [name for name in asked if name in run.curves or name == "all"]
    return metrics_of(run, here) if here or not asked else []


def end_of(run: Run, curve: Curve) -> tuple[float, bool]:
    """Where the run is planned to end on the curve's axis, and whether that is only assumed."""
    last = float(curve.x[-1])
    planned = run.horizon.get(curve.axis)
    if planned is not None and (planned > last or run.status == "finished"):
        return planned, False
    return (last * ASSUMED if last > 0 else last + max(1.0, float(np.ptp(curve.x)) * (ASSUMED - 1.0))), True


def _outlook(
    run: Run,
    metric: str,
    at: float | None,
    target: float | None,
    way: _Way,
    *,
    fan: bool = False,
) -> Outlook:
    curve = run.curves[metric]
    end, assumed = (at, False) if at is not None else end_of(run, curve)
    finite = curve.y[np.isfinite(curve.y)]
    common = {
        "run": run.id,
        "metric": metric,
        "axis": curve.axis,
        "origin": float(curve.x[-1]),
        "at": float(end),
        "assumed": assumed,
        "method": way.method,
        "last": float(finite[-1]) if finite.size else None,
        "source": run.source,
        "task": run.task,
    }
    if run.status == "finished" and at is None:
        return Outlook(status="finished", answer=None, **cast(Any, common))
    answer = _ask(run, curve, end, target, way, fan)
    status = "forecast" if isinstance(answer, Forecast) else "undecided"
    return Outlook(status=status, answer=answer, **cast(Any, common))


def _ask(
    run: Run,
    curve: Curve,
    end: float,
    target: float | None,
    way: _Way,
    fan: bool,
) -> Forecast | Undecided:
    if end <= curve.x[-1]:
        why = f"x={end:g} is not beyond the last one logged, {curve.x[-1]:g}"
        return Undecided(why, f"--at beyond {curve.x[-1]:g}")
    return _forecast(curve, _fan_points(curve, end) if fan else np.array([end]), target, way, run)


def _forecast(
    curve: Curve,
    at: Array,
    target: float | None,
    way: _Way,
    run: Run | None,
) -> Forecast | Undecided:
    points = at if at.size > 1 or not len(curve) else _fan_points(curve, float(at[-1]))
    schedule = None if run is None else run.schedule
    answer = cast(
        Forecast | Undecided, way.module().predict(way.state(curve), [curve], [points], schedule=[schedule])[0]
    )
    if isinstance(answer, Forecast) and way.calibration is not None:
        answer = way.calibration.applied(curve, answer)
    if isinstance(answer, Undecided):
        return answer
    told = prospects(curve, answer)
    if target is not None:
        told.update(_reaching(curve, answer, target))
    return replace(answer, events=FrozenMap({**answer.events, **told}))


def _fan_points(curve: Curve, end: float) -> Array:
    """Points from just beyond the curve to ``end``, denser near the curve, shape (FAN_POINTS,)."""
    last = float(curve.x[-1])
    return last + (end - last) * np.linspace(0.0, 1.0, FAN_POINTS + 1)[1:] ** 1.5


def _reaching(curve: Curve, forecast: Forecast, target: float) -> Mapping[str, Any]:
    """P(target reached by the last point) and the x by which it is reached with chance 10, 50 and 90%.

    A fan holds one distribution a point and not their joint one, so the chance to have reached the target by a point
    is bounded from below by the largest chance of being beyond it at any point up to there; that bound is given.
    """
    sign = 1.0 if curve.direction == "max" else -1.0
    seen = sign * curve.y[np.isfinite(curve.y)]
    if (seen >= sign * target).any():
        x = float(curve.x[np.isfinite(curve.y)][np.argmax(seen >= sign * target)])
        return {"target": target, "p_target": 1.0, "reach": {"0.1": x, "0.5": x, "0.9": x}}
    below = np.array([scores.cdf(forecast.levels, q, target) for q in forecast.quantiles])
    chance = np.maximum.accumulate(below if curve.direction == "min" else 1.0 - below)
    reach = {str(p): _first(forecast.at, chance >= p) for p in (0.1, 0.5, 0.9)}
    return {"target": target, "p_target": float(chance[-1]), "reach": reach}


def _first(at: Array, there: NDArray[np.bool_]) -> float | dict[str, str]:
    return float(at[np.argmax(there)]) if there.any() else {"undefined": "not by the end of the forecast"}


def scan(
    what: Curve | Run | Iterable[Run] | Where,
    *,
    detectors: Sequence[str] = (),
    horizon: float | None = None,
) -> dict[str, list[Finding]]:
    """What detectors see in every metric that measures quality.

    Args:
        what: a curve, a run, several, or a path to read.
        detectors: names; default all.
        horizon: look only at points up to this x, as if the run stood there.

    Returns:
        Findings by run id, in order of alarm; a single curve is kept under ``""``.

    Example:
        >>> curve = Curve([1, 2, 3], [1.0, float("inf"), 0.9], metric="loss")
        >>> [finding.kind for finding in scan(curve)[""]]
        ['non_finite']
    """
    names = list(detectors) or DETECTORS.working()
    if isinstance(what, Curve):
        return {"": _findings([what], names, horizon)}
    return {run.id: _findings(_quality(run), names, horizon) for run in _runs(what)}


def _quality(run: Run) -> list[Curve]:
    return [curve for name, curve in run.curves.items() if meaning(name).quality]


def _findings(curves: Iterable[Curve], detectors: Sequence[str], horizon: float | None) -> list[Finding]:
    shown = [curve if horizon is None else until(curve, horizon) for curve in curves]
    found = [finding for curve in shown if len(curve) for name in detectors for finding in replay(curve, name)]
    return sorted(found, key=lambda finding: (finding.alarm, finding.metric))


def advise(
    what: Run | Iterable[Run] | Where,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    cost_per_hour: float | None = None,
) -> dict[str, Decision | Undecided]:
    """What to do with every run, with reasons, expected gain and cost. Nothing is done to any run.

    Args:
        what: a run, several, or a path to read.
        policy: a policy's name.
        metric, at, target, method: as in `predict`.
        cost_per_hour: turns hours left into a cost.

    Returns:
        By run id, a decision or why there is none.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> advise(Run("r", {"loss": curve}, "example"))["r"].action
        'continue'
    """
    runs, told = _runs(what), _project(what)
    check_metrics(runs, [metric] if metric else [])
    asked = {
        "policy": policy,
        "metric": metric or next(iter(known_metric(told.metric, runs)), None),
        "at": at,
        "target": told.target if target is None else target,
        "method": method,
        "cost_per_hour": told.cost_per_hour if cost_per_hour is None else cost_per_hour,
    }
    return {run.id: look(run, **cast(Any, asked)).decision for run in runs}


@dataclass(frozen=True)
class Look:
    """Everything said of one run.

    Args:
        run: the run.
        outlook: of the metric the decision is about, its forecast a fan of points up to the end; None when the run has
            no metric that measures quality.
        findings: on every metric that measures quality, in order of alarm.
        decision: what to do, or why that cannot be said.
    """

    run: Run
    outlook: Outlook | None
    findings: tuple[Finding, ...]
    decision: Decision | Undecided


def look(
    run: Run,
    *,
    policy: str = "auto",
    metric: str | None = None,
    at: float | None = None,
    target: float | None = None,
    method: str = METHOD,
    cost_per_hour: float | None = None,
) -> Look:
    """Forecast, scan and advise on one run, each done once; arguments as in `advise`.

    Example:
        >>> curve = Curve(range(1, 101), [1 + 2 / step for step in range(1, 101)], metric="loss")
        >>> seen = look(Run("r", {"loss": curve}, "example"))
        >>> seen.outlook.answer.at.size, seen.findings
        (24, ())
    """
    findings = tuple(_findings(_quality(run), DETECTORS.working(), None))
    names = _present(run, [metric] if metric else [])
    if not names:
        has = ", ".join(run.curves) or "none logged"
        return Look(
            run,
            None,
            findings,
            Undecided("no metric that measures quality", f"a loss, a score or a return; logged: {has}"),
        )
    curve = run.curves[names[0]]
    outlook = _outlook(run, names[0], at, target, _Way(method), fan=True)
    situation = Situation(
        curve=curve,
        forecast=outlook.answer or Undecided("the run is finished", "--at beyond its end"),
        findings=findings,
        finished=outlook.status == "finished",
        target=target,
        seconds_left=_seconds_left(run, curve, outlook.at),
        cost_per_hour=cost_per_hour,
    )
    decision = cast(Decision | Undecided, POLICIES.load(policy).decide(situation))
    return Look(run, outlook, findings, decision)


def _seconds_left(run: Run, curve: Curve, at: float) -> float | None:
    """Wall time to ``at`` at the median pace so far; None where the log has no clock."""
    columns = run.positions.columns
    if "seconds" not in columns or curve.axis not in columns or at <= curve.x[-1]:
        return None
    x, seconds = columns[curve.axis], columns["seconds"]
    both = np.isfinite(x) & np.isfinite(seconds)
    dx, dt = np.diff(x[both]), np.diff(seconds[both])
    forward = (dx > 0) & (dt > 0)
    return float(np.median(dt[forward] / dx[forward]) * (at - curve.x[-1])) if forward.any() else None


def backtest(
    tables: Where | Sequence[Where] | Iterable[Run],
    *,
    methods: Sequence[str] = (),
    max_curves: int = 400,
    learn_curves: int = 2000,
    leave_out: str | None = None,
    cases_file: TextIO | None = None,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress = lambda units: units,
) -> list[protocol.Score]:
    """Forecast finished runs from within and score the forecasts; `forerun.evaluate.backtest` has the protocol.

    Args:
        tables: tidy tables or folders of logs, or runs already read.
        methods: forecasters' names; default all but `NOT_BACKTESTED`. The baseline always takes part.
        max_curves: most curves a source that are scored.
        learn_curves: most curves a source that anything refitted learns from; at least those scored.
        leave_out: ``None`` scores methods as shipped. A source's name refits everything learned on the other
            sources and scores that source alone; ``"each"`` does so for every source in turn, ``"task"`` for five folds
            of the tasks, ``"half"`` for two.
        cases_file: where every scored case is written as a line of JSON.
        clock: seconds, for the time a forecast takes.
        progress: wraps the list of files to be read.

    Returns:
        One `Score` a source and method, and source ``"ALL"``, the plain mean over sources.
    """
    runs = _table_runs(tables, progress)
    every = protocol.choose((past for run in runs for past in pasts_of(run)), max(max_curves, learn_curves))
    names = list(
        dict.fromkeys(
            [protocol.BASELINE, *(methods or [name for name in FORECASTERS.working() if name not in NOT_BACKTESTED])]
        )
    )
    modules = {name: FORECASTERS.load(name) for name in names}
    scored: list[protocol.Scored] = []
    micros: dict[str, list[float]] = {name: [] for name in names}
    scoring = {id(past) for past in protocol.first(every, max_curves)}
    for learn, fold in _folds(every, leave_out):
        judge = [past for past in fold if id(past) in scoring]
        fitted = {name: _fitted(module, learn) for name, module in modules.items()}
        cases = [case for past in judge for case in protocol.cases_of(past)]
        rows, part = protocol.backtest(cases, fitted, clock=clock)
        scored += part
        for row in rows:
            if row.source == "ALL":
                micros[row.method].append(row.us_per_forecast)
    if cases_file is not None:
        protocol.write_cases(scored, cases_file)
    return protocol.summarise(scored, {name: float(np.mean(us)) for name, us in micros.items()})


def _table_runs(tables: Where | Sequence[Where] | Iterable[Run], progress: Progress) -> list[Run]:
    if isinstance(tables, (str, os.PathLike)):
        return list(read(tables, progress=progress))
    listed = list(tables)
    paths = [one for one in listed if isinstance(one, (str, os.PathLike))]
    return list(read(paths, progress=progress)) if paths else cast(list[Run], listed)


def pasts_of(run: Run) -> list[protocol.Past]:
    """A run's curves as the backtest takes them; a run without a source is its own."""
    return [
        protocol.Past(run.source or "logs", run.task or run.id, run.id, curve, run.schedule)
        for curve in run.curves.values()
    ]


def _folds(
    pasts: Sequence[protocol.Past], leave_out: str | None
) -> Sequence[tuple[list[protocol.Past] | None, list[protocol.Past]]]:
    """Pairs of what is learned from (None: as shipped) and what is scored."""
    if leave_out is None:
        return [(None, list(pasts))]
    sources = list(dict.fromkeys(past.source for past in pasts))
    if leave_out in ("task", "half"):
        keys = [protocol.fold_of(past, 5 if leave_out == "task" else 2) for past in pasts]
    else:
        keys = [past.source for past in pasts]
        if leave_out != "each" and leave_out not in sources:
            raise UnknownName("source", leave_out, sources)
    held = [leave_out] if leave_out not in ("each", "task", "half") else list(dict.fromkeys(keys))
    folds = [
        (
            [p for p, key in zip(pasts, keys, strict=True) if key != one],
            [p for p, key in zip(pasts, keys, strict=True) if key == one],
        )
        for one in held
    ]
    if any(not learn for learn, _ in folds):
        raise BadInput("nothing is left to learn from; give tables of at least two sources", where="--leave-out")
    return folds


def _fitted(module: Any, learn: Sequence[protocol.Past] | None) -> protocol.Method:
    state = module.default() if learn is None else learned_from(module, learn)

    def method(cases: Sequence[protocol.Case]) -> list[Forecast | Undecided]:
        schedules = [case.past.schedule for case in cases]
        return module.predict(state, [case.seen for case in cases], [[case.at] for case in cases], schedule=schedules)

    return method


def calibrate(
    what: Run | Iterable[Run] | Where,
    name: str,
    *,
    metric: str | Sequence[str] | None = None,
    method: str = METHOD,
) -> Calibration:
    """Learn from one's own finished runs how far a forecaster's intervals must be stretched.

    Forecasts are made at the origins of the backtest within every run that is over, and held against its end. Runs of
    one task count as one; where no task is known every run is its own.

    Args:
        what: runs or a path to read; those that are still going are left out.
        name: what the calibration is to be called.
        metric: as in `predict`.
        method: the forecaster.

    Raises:
        BadInput: too few finished runs.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> def run(i):
        ...     y = 1 + np.arange(1, 61) ** -0.5 + 0.05 * rng.standard_normal(60)
        ...     return Run(f"r{i}", {"loss": Curve(range(1, 61), y, metric="loss")}, "example", status="finished")
        >>> made = calibrate([run(i) for i in range(12)], "mine")
        >>> made.cases, made.groups, 0.6 < made.coverage["0.8"] < 0.95
        (60, 12, True)
    """
    runs, told = _runs(what), _project(what)
    asked = [metric] if isinstance(metric, str) else list(metric or known_metric(told.metric, runs))
    check_metrics(runs, asked)
    over = [run for run in runs if run.status in ("finished", "crashed") or run.source is not None]
    pasts = [
        protocol.Past(run.source or "logs", run.task or run.id, run.id, run.curves[one], run.schedule)
        for run in over
        for one in _present(run, asked)
    ]
    cases = [case for past in protocol.choose(pasts, len(pasts)) for case in protocol.cases_of(past)]
    tasks = {case.past.task for case in cases}
    module = FORECASTERS.load(method)
    answers = _fitted(module, None)(cases)
    return calibration_of(
        name,
        [
            Outcome(case.seen, answer, case.y, case.past.task if len(tasks) > 1 else case.past.run)
            for case, answer in zip(cases, answers, strict=True)
            if isinstance(answer, Forecast)
        ],
    )


def expect(
    config: Mapping[str, Any], past: Run | Iterable[Run] | Where, *, metric: str | None = None, at: float | None = None
) -> Forecast | Undecided:
    """Forecast a run that has not started from its settings and what past runs with like settings ended at.

    Args:
        config: the run's settings, named as in the past runs' logs.
        past: runs, or a path to read, for example a store; those that are over and whose settings were logged count.
        metric: default the first found of validation loss, validation score, train loss.
        at: where it is to end, on the metric's axis; default the median end of the past runs.

    Example:
        >>> def run(k):
        ...     loss = Curve([1, 2, 3], [2.0, 1.5, abs(k + 2.5)], metric="loss")
        ...     return Run(f"r{k}", {"loss": loss}, "example", status="finished", config={"lr": 10.0**k})
        >>> answer = expect({"lr": 10**-2.5}, [run(k) for k in np.linspace(-4, -1, 40)])
        >>> answer.low < 0.3, answer.method
        (True, 'from_config')
    """
    runs = [run for run in _runs(past) if run.config and (run.status in ("finished", "crashed") or run.source)]
    names = preferred(dict.fromkeys(name for run in runs for name in run.curves))
    chosen = metric or next(iter(names), "loss")
    check_metrics(runs, [metric] if metric else [])
    ended = [(run, curve) for run in runs if (curve := run.curves.get(chosen)) is not None and len(curve)]
    state = from_config.fit(
        [run.config for run, _ in ended], [float(c.y[-1]) for _, c in ended], [run.task or run.id for run, _ in ended]
    )
    if not ended:
        return Undecided("from_config: no finished run with settings", "past runs whose settings were logged")
    end = float(np.median([curve.x[-1] for _, curve in ended])) if at is None else at
    first = ended[0][1]
    return from_config.predict(state, config, metric=chosen, direction=first.direction, axis=first.axis, at=end)


def learned_from(module: Any, pasts: Sequence[protocol.Past]) -> dict[str, Any]:
    """A forecaster's state after it learned from complete curves, every source weighing the same."""
    return module.fit(
        [past.curve for past in pasts],
        [past.source for past in pasts],
        tasks=[past.task for past in pasts],
        schedule=[past.schedule for past in pasts],
    )


def shown_quantiles(forecast: Forecast) -> dict[str, float]:
    """The quantiles people are shown at the forecast's last point, by level."""
    q = scores.at_levels(forecast.levels, forecast.quantiles[-1:], np.array(SHOWN_LEVELS))[0]
    return {f"{level:g}": float(value) for level, value in zip(SHOWN_LEVELS, q, strict=True)}
