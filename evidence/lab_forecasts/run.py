"""Do forecasts made half-way hold on trainings nobody has seen? Small language models of the lab.

    python evidence/lab_forecasts/run.py OUT --date YYYY-MM-DD [--jobs 2]

Trains `charlm` in two sizes, four schedules, three learning rates and two seeds (48 runs; OUT keeps them, and is gone
on with after a kill). Half-way through each, the validation loss at its end is forecast by `auto`, from the log as it
stood with the schedule that its settings name, and without either. Writes results.json beside itself: how often 50, 80
and 90% intervals held, with binomial 95% intervals.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import forerun
from forerun import api
from forerun.core import Curve, Forecast, Run, Schedule, part
from forerun.lab.job import Job
from forerun.lab.runner import LOG, grid, sweep
from forerun.stats import scores
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
METRIC = "val/loss"
SETTINGS = {
    "size": ["xs", "s"],
    "schedule": ["constant", "cosine", "linear", "wsd"],
    "lr": [1e-3, 3e-3, 1e-2],
    "cooldown": [160],
    "steps": [800],
}
MASSES = (0.5, 0.8, 0.9)


def case(job: Job, out: Path) -> dict[str, Any]:
    """One run: its end, and what was forecast of it half-way."""
    (run,) = api.read(out / job.folder() / LOG)
    curve = run.curves[METRIC]
    seen = part(curve, curve.x <= 0.5 * curve.x[-1])
    half = half_way(run, seen)
    y, scale = float(curve.y[-1]), zscale(seen.y)
    told: dict[str, Any] = {**{k: job.settings[k] for k in ("size", "schedule", "lr")}, "seed": job.seed, "y": y}
    told["last"] = float(seen.y[-1])
    for name, like, method in (
        ("told", half, "auto"),
        ("not told", replace(half, config={}, schedule=None), "auto"),
        ("baseline", half, "last_value_calibrated"),
    ):
        answer = api.predict(like, metric=METRIC, at=float(curve.x[-1]), method=method)[0].answer
        assert isinstance(answer, Forecast)
        z = scores.at_levels(answer.levels, scale.to_z(answer.quantiles[-1:]), forerun.core.SCORED_LEVELS)[0]
        told[name] = {
            "crps": float(scores.crps(forerun.core.SCORED_LEVELS, z, float(scale.to_z(y)))),
            "median": answer.median,
            "within": [bool(answer.quantile(0.5 - m / 2) <= y <= answer.quantile(0.5 + m / 2)) for m in MASSES],
            "width_80": answer.high - answer.low,
        }
    return told


def half_way(run: Run, seen: Curve) -> Run:
    """The run as its log stood half-way: the points and rates up to there, and the settings written at its start."""
    assert run.schedule is not None
    x, rate = (np.asarray(run.schedule.params[name]) for name in ("x", "value"))
    logged = Schedule("path", {"x": x[x <= seen.x[-1]], "value": rate[x <= seen.x[-1]]})
    return replace(run, curves={METRIC: seen}, schedule=logged, status="running")


def summary(cases: list[dict[str, Any]], name: str) -> dict[str, Any]:
    held = np.array([one[name]["within"] for one in cases])
    intervals = [stats.binomtest(int(h.sum()), h.size).proportion_ci() for h in held.T]
    return {
        "n": len(cases),
        "hold": {f"{m:g}": [round(float(h.mean()), 3), round(ci.low, 3), round(ci.high, 3)]
                 for m, h, ci in zip(MASSES, held.T, intervals, strict=True)},
        "skill": round(1 - sum(o[name]["crps"] for o in cases) / sum(o["baseline"]["crps"] for o in cases), 3),
        "error": round(error := float(np.mean([abs(o[name]["median"] - o["y"]) for o in cases])), 4),
        "error_of_last": round(last := float(np.mean([abs(o["last"] - o["y"]) for o in cases])), 4),
        "error_of_baseline": round(known := float(np.mean([abs(o["baseline"]["median"] - o["y"]) for o in cases])), 4),
        "gain": round(1 - error / min(last, known), 3),
        "width_80": round(float(np.mean([o[name]["width_80"] for o in cases])), 4),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    jobs = grid("charlm", SETTINGS, range(2))
    sweep(jobs, asked.out, n_jobs=asked.jobs)
    cases = [case(job, asked.out) for job in jobs]
    found = {
        "date": asked.date, "forerun": forerun.__version__,
        "all": {name: summary(cases, name) for name in ("told", "not told", "baseline")},
        "by_schedule": {s: summary([c for c in cases if c["schedule"] == s], "told") for s in SETTINGS["schedule"]},
        "cases": cases,
    }  # fmt: skip
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps({key: found[key] for key in ("all", "by_schedule")}, indent=1))


if __name__ == "__main__":
    main()
