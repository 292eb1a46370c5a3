"""Forecasts made at past origins, scored against what happened.

The protocol is fixed so that two parties get the same numbers; each step cites nothing but itself:

* curves: finite points with x > 0, repeated x merged, at least 12 points, metrics that measure quality; per source the
  ``max_curves`` of lowest SHA-1 of ``"{run}|{metric}"`` with run = source/task/run;
* origins: the points nearest 10, 20, 40, 60 and 80% of a curve's points, with at least 4 seen, duplicates merged;
* target: the last point;
* runs beside a case, where any are to be: those of `forerun.evaluate.forecasts.beside`;
* scores in the z of `forerun.stats.zscale`: CRPS = 2 × mean pinball over the 20 levels, coverage and width from the
  quantiles interpolated between those levels, MAE of the median.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TextIO

import numpy as np

from forerun.core import SCORED_LEVELS, Array, BadInput, Curve, Forecast, Schedule, Undecided, part
from forerun.core.metrics import meaning
from forerun.stats import scores
from forerun.stats.zscale import zscale

ORIGINS = (0.1, 0.2, 0.4, 0.6, 0.8)
MIN_POINTS, MIN_SEEN = 12, 4
BASELINE = "last_value_calibrated"


@dataclass(frozen=True)
class Past:
    """One complete curve of one run, to be forecast from within.

    Args:
        run: unique among all: source/task/run.
        schedule: the planned learning rate where logged; the one thing of the future a forecaster may see.
        config, seed: of the run, where logged.
        beside: finished runs of the same task and metric that a forecaster is shown whole (`beside.with_others`).
    """

    source: str
    task: str
    run: str
    curve: Curve
    schedule: Schedule | None = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seed: int | None = None
    beside: tuple[Past, ...] = ()


@dataclass(frozen=True)
class Case:
    """One forecast to be made: what may be seen, and what happened."""

    past: Past
    shown: Curve
    at: float
    y: float


@dataclass(frozen=True)
class Score:
    """One row of the report: a method on a source, in z; ``"ALL"`` is the plain mean over sources.

    Args:
        n: cases. n_undecided: those of them answered `Undecided`, scored as the baseline.
        skill: 1 - crps / crps of the baseline. width_80: mean width of the 80% interval.
        us_per_forecast: mean microseconds a forecast took.
        beside: how many finished runs of the same task a case was given at most; None where none was.
    """

    source: str
    method: str
    n: int
    n_undecided: int
    crps: float
    mae: float
    skill: float
    coverage_50: float
    coverage_80: float
    coverage_90: float
    width_80: float
    us_per_forecast: float
    beside: int | None = None


@dataclass(frozen=True)
class Scored:
    """A method's answer to one case, with the quantiles it is scored by (k = 20 levels, metric's unit)."""

    case: Case
    method: str
    status: str
    quantiles: Array


Answer = Forecast | Undecided
Method = Callable[[Sequence[Case]], list[Answer]]
"""Cases in, one answer each, for the single point ``case.at``."""


def choose(pasts: Iterable[Past], max_curves: int = 400) -> list[Past]:
    """The curves the protocol takes, cleaned: per source the ``max_curves`` of lowest SHA-1."""
    by_source: dict[str, list[tuple[str, Past]]] = {}
    for past in pasts:
        if not meaning(past.curve.metric).quality:
            continue
        keep = np.isfinite(past.curve.y) & (past.curve.x > 0)
        if keep.sum() >= MIN_POINTS:
            digest = hashlib.sha1(f"{past.run}|{past.curve.metric}".encode(), usedforsecurity=False).hexdigest()
            by_source.setdefault(past.source, []).append((digest, replace(past, curve=part(past.curve, keep))))
    chosen: list[Past] = []
    for source in sorted(by_source):
        ranked = sorted(by_source[source], key=lambda pair: pair[0])
        chosen.extend(past for _, past in ranked[:max_curves])
    return chosen


def first(pasts: Iterable[Past], most: int) -> list[Past]:
    """Of curves as `choose` gave them, the first ``most`` of each source."""
    taken: dict[str, int] = {}
    chosen: list[Past] = []
    for past in pasts:
        taken[past.source] = taken.get(past.source, 0) + 1
        if taken[past.source] <= most:
            chosen.append(past)
    return chosen


def fold_of(past: Past, folds: int = 5) -> int:
    """The fold of a curve's task, the same for all its curves: SHA-1 of ``"{source}|{task}"`` modulo ``folds``."""
    return int(hashlib.sha1(f"{past.source}|{past.task}".encode(), usedforsecurity=False).hexdigest(), 16) % folds


def cases_of(past: Past) -> Iterator[Case]:
    """The forecasts the protocol asks of one cleaned curve."""
    curve = past.curve
    for n in sorted({round(share * len(curve)) for share in ORIGINS}):
        if MIN_SEEN <= n < len(curve):
            yield Case(past, part(curve, slice(0, n)), float(curve.x[-1]), float(curve.y[-1]))


def run_method(name: str, method: Method, cases: Sequence[Case], fallback: Sequence[Answer]) -> list[Scored]:
    """A method's answers, undecided ones replaced by the baseline's quantiles."""
    answers = method(cases)
    return [_scored(name, case, own, base) for case, own, base in zip(cases, answers, fallback, strict=True)]


def _scored(name: str, case: Case, own: Answer, base: Answer) -> Scored:
    used = own if isinstance(own, Forecast) else base
    if isinstance(used, Undecided):
        raise BadInput(f"the baseline is undecided ({used.why}); every case must be scored", where=case.past.run)
    status = "forecast" if isinstance(own, Forecast) else "undecided"
    return Scored(case, name, status, scores.at_levels(used.levels, used.quantiles[-1:], SCORED_LEVELS)[0])


def backtest(
    cases: Sequence[Case], methods: Mapping[str, Method], *, clock: Callable[[], float], baseline: str = BASELINE
) -> tuple[list[Score], list[Scored]]:
    """Score methods on cases; every case is answered by every method.

    Args:
        cases: from `cases_of`.
        methods: name to callable; must hold the baseline.
        clock: seconds, for the time a forecast takes.

    Returns:
        The report's rows by source and method with ``"ALL"`` last, and every scored answer.
    """
    if not cases:
        raise BadInput("no curve has 12 finite points at x > 0 of a metric that measures quality", where="backtest")
    fallback = methods[baseline](cases)
    scored: list[Scored] = []
    micros: dict[str, float] = {}
    for name, method in methods.items():
        begin = clock()
        scored += run_method(name, method, cases, fallback)
        micros[name] = (clock() - begin) / len(cases) * 1e6
    return summarise(scored, micros, baseline), scored


def summarise(scored: Sequence[Scored], micros: Mapping[str, float], baseline: str = BASELINE) -> list[Score]:
    """One row a source and method, then the plain means over sources."""
    grouped: dict[tuple[str, str], list[Scored]] = {}
    for one in scored:
        grouped.setdefault((one.case.past.source, one.method), []).append(one)
    order = list(dict.fromkeys(one.method for one in scored))
    raw = {key: _measures(grouped[key]) for key in sorted(grouped, key=lambda key: (order.index(key[1]), key[0]))}
    rows = [
        _row(source, method, m, raw[source, baseline]["crps"], micros[method]) for (source, method), m in raw.items()
    ]
    return rows + [_mean_row([row for row in rows if row.method == method]) for method in order]


def _measures(group: Sequence[Scored]) -> dict[str, float]:
    z = [zscale(one.case.shown.y) for one in group]
    quantiles = np.stack([scale.to_z(one.quantiles) for scale, one in zip(z, group, strict=True)])
    outcome = np.array([float(scale.to_z(one.case.y)) for scale, one in zip(z, group, strict=True)])
    measures = {
        "n": len(group),
        "n_undecided": sum(one.status == "undecided" for one in group),
        "crps": float(scores.crps(SCORED_LEVELS, quantiles, outcome).mean()),
        "mae": float(np.abs(scores.at_levels(SCORED_LEVELS, quantiles, [0.5])[:, 0] - outcome).mean()),
    }
    for mass in (50, 80, 90):
        low, high = scores.interval(SCORED_LEVELS, quantiles, mass / 100)
        measures[f"coverage_{mass}"] = float(((low <= outcome) & (outcome <= high)).mean())
        if mass == 80:
            measures["width_80"] = float((high - low).mean())
    return measures


def _row(source: str, method: str, measures: dict[str, Any], base_crps: float, micros: float) -> Score:
    skill = 1.0 - measures["crps"] / base_crps if base_crps > 0 else 0.0
    return Score(source=source, method=method, skill=skill, us_per_forecast=micros, **measures)


def _mean_row(rows: Sequence[Score]) -> Score:
    means: dict[str, Any] = {
        key: float(np.mean([getattr(row, key) for row in rows]))
        for key in asdict(rows[0])
        if key not in ("source", "method", "n", "n_undecided", "beside")
    }
    counts = {key: sum(getattr(row, key) for row in rows) for key in ("n", "n_undecided")}
    return Score(source="ALL", method=rows[0].method, **counts, **means)


def write_cases(scored: Iterable[Scored], file: TextIO, beside: int | None = None) -> None:
    """Every case as a line of JSON: source, task, run, metric, origin, at, y, method, status, quantiles (20 levels)."""
    for one in scored:
        past, case = one.case.past, one.case
        row = {
            "source": past.source,
            "task": past.task,
            "run": past.run,
            "metric": past.curve.metric,
            "origin": float(case.shown.x[-1]),
            "at": case.at,
            "y": case.y,
            "method": one.method,
            "status": one.status,
            "quantiles": one.quantiles.tolist(),
        }
        file.write(json.dumps(row | ({} if beside is None else {"beside": beside}), allow_nan=False) + "\n")
