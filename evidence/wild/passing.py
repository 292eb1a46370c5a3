"""How much wider intervals must be at an end that is only assumed: chosen on some collections, judged on another.

    python evidence/wild/passing.py TABLES... [--out passing.json]

Each of TABLES is a collection of recorded runs that nothing shipped has learned from. Its runs are cut at half and
forecast at the end assumed there (`ends.py`), with intervals 1 to 1.6 times as wide as the forecaster's. Chosen is the
factor of the least mean CRPS over tasks, on the backtest's z scale, once on all collections and once without each.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from ends import cut

from forerun import api
from forerun.core import SCORED_LEVELS, Array, Curve, Forecast, Run
from forerun.core.choosing import metrics_of
from forerun.forecast.postprocess.passing import in_passing
from forerun.forecast.run_forecasts.basis import Basis, bases_of
from forerun.forecast.run_forecasts.batch import ForecastSetup, run_forecasts
from forerun.forecast.run_forecasts.ends import End
from forerun.stats import scores
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
FACTORS = np.round(np.arange(1.0, 1.61, 0.05), 2)
MASSES = (0.5, 0.8, 0.9)


def judged(run: Run) -> Array | None:
    """CRPS and whether 50, 80 and 90% intervals held, a row a factor; None where no end has to be assumed."""
    metric = next(iter(metrics_of(run)), None)
    pair = None if metric is None else cut(run, metric)
    if metric is None or pair is None:
        return None
    shown, whole = pair
    seen = shown.curves[metric]
    end = bases_of([(shown, metric)])[0].end
    later = whole.x[whole.x > seen.x[-1]]
    if end.by != "assumed" or end.at > later[-1] * 1.01:
        return None
    at = float(later[np.argmin(np.abs(later - end.at))])
    setup = ForecastSetup(bases={(run.id, metric): Basis(End(at, "asked"))})
    answer = run_forecasts([(shown, metric)], None, setup)[0].answer
    if not isinstance(answer, Forecast):
        return None
    y = float(whole.y[whole.x == at][0])
    return np.array([_scored(in_passing(seen, answer, factor), seen, y) for factor in FACTORS])


def _scored(answer: Forecast, seen: Curve, y: float) -> list[float]:
    z = zscale(seen.y[np.isfinite(seen.y)])
    q = z.to_z(scores.at_levels(answer.levels, answer.quantiles[-1:], np.asarray(SCORED_LEVELS))[0])
    off = z.to_z(np.array([y])) - q
    crps = 2 * float(np.mean(np.maximum(SCORED_LEVELS * off, (SCORED_LEVELS - 1) * off)))
    ends = [(answer.quantile(0.5 - m / 2), answer.quantile(0.5 + m / 2)) for m in MASSES]
    return [crps, *(float(low <= y <= high) for low, high in ends)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "passing.json")
    asked = parser.parse_args()
    tasks: dict[str, list[Array]] = {}  # by collection, each task's mean
    for folder in asked.tables:
        by_task: dict[str | None, list[Array]] = defaultdict(list)
        for run in api.read(folder, now=None):
            if (row := judged(run)) is not None:
                by_task[run.task].append(row)
        tasks[folder.name] = [np.mean(rows, axis=0) for rows in by_task.values()]
    tasks = {name: rows for name, rows in tasks.items() if rows}
    told = {}
    for left_out in (None, *tasks):
        learned = np.mean([row for name, rows in tasks.items() if name != left_out for row in rows], axis=0)
        best = int(np.argmin(learned[:, 0]))
        on = [row for name, rows in tasks.items() if left_out in (None, name) for row in rows]
        names = ("crps", *(f"{m:g}" for m in MASSES))
        at = {f"{FACTORS[i]:g}": dict(zip(names, np.mean(on, axis=0)[i].round(4), strict=True)) for i in {0, best}}
        told[left_out or "all"] = {"chosen": float(FACTORS[best]), "tasks": len(on), "at": at}
    asked.out.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
