"""Forecasts of ordinary logs cut at half: how often intervals hold at the end that is assumed, and at the true one.

    python evidence/wild/ends.py LOGS... [--beside] [--out ends.json] [--resamples 2000] [--seed 0]

Each folder directly in LOGS is a repository (of a tidy table each task is one). Every run is cut after half of the
points of the metric it is judged by, and forecast as the command line would: at its planned end if the log tells it,
else at 1.25 times the last x. With --beside the repository's other runs lie whole beside it, as they do once they are
over: they tell where it ends, and the forecaster is shown them. What is held against it is the logged point nearest to
there. Shares are means over repositories, each of which weighs the same; intervals are 95% bootstraps over
repositories. Also counted: quantiles below zero of losses that had been positive.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Curve, Forecast, ForerunError, FrozenMap, Run, Schedule, until
from forerun.core.choosing import metrics_of
from forerun.core.metrics import may_be_density, meaning
from forerun.core.run_answers import EndBy
from forerun.forecast.run_forecasts.basis import Basis, bases_of
from forerun.forecast.run_forecasts.batch import ForecastSetup, run_forecasts
from forerun.forecast.run_forecasts.ends import End

HERE = Path(__file__).parent
LEAST = 8
MASSES = (0.5, 0.8, 0.9)


def repositories(roots: list[Path]) -> Iterator[tuple[str, list[Run]]]:
    for root in roots:
        for folder in sorted(root.iterdir()):
            try:
                runs = list(api.read(folder, now=None))
            except ForerunError:
                continue
            by_task: dict[str, list[Run]] = defaultdict(list)
            for run in runs:
                by_task[run.task or folder.name].append(run)
            yield from by_task.items()


def cut(run: Run, metric: str) -> tuple[Run, Curve] | None:
    """The run as it was at half of the metric's points, and the whole curve; None where it is too short."""
    whole = run.curves[metric]
    finite = np.isfinite(whole.y)
    whole = replace(whole, x=whole.x[finite], y=whole.y[finite], lr=None if whole.lr is None else whole.lr[finite])
    if len(whole) < LEAST:
        return None
    origin = float(whole.x[len(whole) // 2 - 1])
    plan = run.schedule
    if plan is not None and plan.name == "path":
        x, value = (np.asarray(plan.params[key], float) for key in ("x", "value"))
        kept = x <= origin
        plan = Schedule("path", FrozenMap({"x": x[kept], "value": value[kept]}), plan.axis) if kept.any() else None
    shown = replace(run, curves=FrozenMap({metric: until(whole, origin)}), schedule=plan, status="running", segments={})
    return shown, whole


def judged(run: Run, beside: list[Run]) -> dict[str, Any] | None:
    metric = next(iter(metrics_of(run)), None)
    pair = None if metric is None else cut(run, metric)
    if metric is None or pair is None:
        return None
    shown, whole = pair
    basis = bases_of([(shown, metric)], [other for other in beside if other.id != run.id])[0]
    end, siblings = basis.end, basis.siblings
    row: dict[str, Any] = {"run": run.id, "metric": metric, "points": len(whole), "end_by": end.by}
    row |= {"beside": len(siblings)} if beside else {}
    later = whole.x[whole.x > shown.curves[metric].x[-1]]
    places = {"true": float(later[-1])}
    if end.at <= later[-1] * 1.01:
        places["default"] = float(later[np.argmin(np.abs(later - end.at))])
    by: dict[str, EndBy] = {"true": "asked", "default": end.by}
    for name, at in places.items():
        setup = ForecastSetup(bases={(run.id, metric): Basis(End(at, by[name]), siblings)})
        answer = run_forecasts([(shown, metric)], None, setup)[0].answer
        if isinstance(answer, Forecast):
            row[name] = held(answer, float(whole.y[whole.x == at][0]), shown.curves[metric])
    return row


def held(answer: Forecast, y: float, seen: Curve) -> dict[str, Any]:
    ends = [(answer.quantile(0.5 - m / 2), answer.quantile(0.5 + m / 2)) for m in MASSES]
    told: dict[str, Any] = {f"{m:g}": bool(low <= y <= high) for m, (low, high) in zip(MASSES, ends, strict=True)}
    positive = meaning(seen.metric).kind == "loss" and not may_be_density(seen.metric) and bool((seen.y > 0).all())
    return told | {"below_zero": bool(positive and answer.quantiles.min() < 0)}


def summary(rows: dict[str, list[dict[str, Any]]], which: str, rng: np.random.Generator, n: int) -> dict[str, Any]:
    shares = np.array([
        np.mean([[row[which][f"{m:g}"] for m in MASSES] + [row[which]["below_zero"]] for row in held], axis=0)
        for one in rows.values()
        if (held := [row for row in one if which in row])
    ])  # fmt: skip
    drawn = shares[rng.integers(0, len(shares), (n, len(shares)))].mean(axis=1)
    names = [*(f"{m:g}" for m in MASSES), "below_zero"]
    return {"repositories": len(shares), "runs": sum(which in row for one in rows.values() for row in one)} | {
        name: [round(float(v), 3) for v in (shares[:, i].mean(), *np.quantile(drawn[:, i], [0.025, 0.975]))]
        for i, name in enumerate(names)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="+", type=Path)
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE / "ends.json")
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rows = {
        name: [row for run in runs if (row := judged(run, runs if asked.beside else [])) is not None]
        for name, runs in repositories(asked.logs)
    }
    rows = {name: found for name, found in rows.items() if found}
    rng = np.random.default_rng(asked.seed)
    told = {which: summary(rows, which, rng, asked.resamples) for which in ("default", "true")}
    asked.out.write_text(json.dumps(told | {"rows": rows}, indent=1) + "\n")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
