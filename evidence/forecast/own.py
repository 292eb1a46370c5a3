"""What `forerun calibrate` gives where nothing was learned: sources left out, half of the tasks calibrating the rest.

    python evidence/forecast/own.py DATA --date YYYY-MM-DD --work DIR

DIR holds the cases that `beside.py --source-out` left: forecasts of a source that `auto` had not learned from, which
stand for those on a new user's runs, alone and beside up to five finished runs of their task. One half of its tasks (of
its runs, where it has one task) calibrates the other, and the other way round; what was learned of forecasts alone is
also applied to those beside five. Skill is over the baseline, which is not calibrated. Differences are paired over
tasks, 95% bootstraps. Writes own.json beside itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from skill import runs_of

import forerun
from forerun import api
from forerun.core import LEVELS, SCORED_LEVELS, BadInput, Curve, Forecast, until
from forerun.forecast.postprocess.calibration import Outcome, learn
from forerun.stats import scores
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
ALONE, BESIDE = "alone", "5"
MASSES = (0.5, 0.8, 0.9)
RESAMPLES = 2000
Row = dict[str, Any]
Judged = dict[str, np.ndarray]
"""By arm of every case its CRPS and whether each interval held it, (cases, 4)."""


def outcome_of(case: Row, curve: Curve) -> Outcome:
    q = scores.at_levels(SCORED_LEVELS, np.array(case["quantiles"])[None], LEVELS)
    q = np.maximum.accumulate(q, axis=1)  # interpolating equal values rounds
    seen = until(curve, case["origin"])
    told = Forecast(
        case["metric"], curve.axis, curve.direction, case["origin"], [case["at"]], LEVELS, q, api.METHOD, "study"
    )
    return Outcome(seen, told, case["y"], case["task"])


def half_of(name: str) -> int:
    return int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2


def scored(outcomes: Sequence[Outcome], told: Sequence[Forecast]) -> np.ndarray:
    """Of each case CRPS in z, and whether the 50, 80 and 90% interval held, (cases, 4)."""
    rows: list[list[float]] = []
    for outcome, forecast in zip(outcomes, told, strict=True):
        scale = zscale(outcome.curve.y[np.isfinite(outcome.curve.y) & (outcome.curve.x > 0)])
        q, z = scale.to_z(forecast.quantiles[-1:]), float(scale.to_z(outcome.y))
        crps = float(scores.crps(SCORED_LEVELS, scores.at_levels(LEVELS, q, SCORED_LEVELS)[0], z))
        ends = [scores.interval(LEVELS, q, mass) for mass in MASSES]
        rows.append([crps, *(float(low[0] <= z <= high[0]) for low, high in ends)])
    return np.array(rows)


def calibrated(outcomes: list[Outcome], by: list[Outcome], runs: list[str], part: np.ndarray) -> list[Forecast]:
    """The forecasts of each half as moved by what the other half of ``by`` teaches."""
    told = [one.forecast for one in outcomes]
    for half in (0, 1):
        own = [o for o, p in zip(by, part, strict=True) if p != half]
        if len({o.group for o in own}) == 1:  # as `forerun.calibrate` does: then every run is its own
            own = [replace(o, group=run) for o, run, p in zip(by, runs, part, strict=True) if p != half]
        try:
            made = learn("own", own)
        except BadInput:  # too few to learn from: forecasts stay as they are
            continue
        told = [
            made.applied(o.curve, o.forecast) if p == half else f for o, f, p in zip(outcomes, told, part, strict=True)
        ]
    return told


def source(rows: dict[str, list[Row]], curves: dict[tuple[str, str], Curve]) -> tuple[Judged, list[Row]]:
    """By arm how its cases did, and the cases."""
    mine = rows[ALONE]
    by_arm = {arm: [outcome_of(row, curves[row["run"], row["metric"]]) for row in rows[arm]] for arm in (ALONE, BESIDE)}
    several = len({half_of(row["task"]) for row in mine}) > 1
    part = np.array([half_of(row["task"] if several else row["run"]) for row in mine])
    runs = [row["run"] for row in mine]
    judged: Judged = {}
    for name, arm in (("alone", ALONE), ("beside 5", BESIDE)):
        judged[name] = scored(by_arm[arm], [o.forecast for o in by_arm[arm]])
        judged[f"{name}, calibrated"] = scored(by_arm[arm], calibrated(by_arm[arm], by_arm[arm], runs, part))
    moved = calibrated(by_arm[BESIDE], by_arm[ALONE], runs, part)
    judged["beside 5, calibrated alone"] = scored(by_arm[BESIDE], moved)
    return judged, mine


def figures(judged: Judged, cases: list[Row], rng: np.random.Generator) -> tuple[Row, dict[str, np.ndarray]]:
    """By arm its skill and what held; and skills of resampled tasks, each (resamples,)."""
    _, task = np.unique([case["task"] for case in cases], return_inverse=True)
    counts = rng.multinomial(task.max() + 1, np.full(task.max() + 1, 1.0 / (task.max() + 1)), size=RESAMPLES)
    base = np.bincount(task, [case["baseline"] for case in cases])
    found: Row = {}
    draws: dict[str, np.ndarray] = {}
    for arm, rows in judged.items():
        sums = np.bincount(task, rows[:, 0])
        draws[arm] = 1.0 - (counts @ sums) / (counts @ base)
        held = dict(zip(("hold_50", "hold_80", "hold_90"), rows[:, 1:].mean(axis=0).round(4).tolist(), strict=True))
        found[arm] = {"skill": round(float(1.0 - sums.sum() / base.sum()), 4)} | held
    return found, draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    curves = {(run.id, name): curve for run in runs_of(asked.data) for name, curve in run.curves.items()}
    rng = np.random.default_rng(asked.seed)
    rows: dict[str, Row] = {}
    every: list[dict[str, np.ndarray]] = []
    for path in sorted(asked.work.glob("rows_*.json")):
        name = path.stem.removeprefix("rows_")
        rows[name], draws = figures(*source(json.loads(path.read_text()), curves), rng)
        every.append(draws)
        print(name, {arm: row["skill"] for arm, row in rows[name].items()}, flush=True)
    told = {"date": asked.date, "forerun": forerun.__version__, "mean": means(rows), "gain": gains(rows, every)}
    (HERE / "own.json").write_text(json.dumps(told | {"sources": rows}, indent=1) + "\n", "utf-8")


def means(rows: dict[str, Row]) -> Row:
    """By arm the mean over sources, and the mean distance of a source's 80% interval from 80%."""
    arms = next(iter(rows.values()))
    return {
        arm: {key: round(float(np.mean([row[arm][key] for row in rows.values()])), 4) for key in arms[arm]}
        | {"off_80": round(float(np.mean([abs(row[arm]["hold_80"] - 0.8) for row in rows.values()])), 4)}
        for arm in arms
    }


def gains(rows: dict[str, Row], every: list[dict[str, np.ndarray]]) -> Row:
    """By arm what calibration adds to the skill of the same forecasts, with its interval."""
    found: Row = {}
    for arm in next(iter(rows.values())):
        plain = arm.split(", ")[0]
        if arm != plain:
            drawn = np.mean([draws[arm] - draws[plain] for draws in every], axis=0)
            mean = np.mean([row[arm]["skill"] - row[plain]["skill"] for row in rows.values()])
            found[arm] = [round(float(v), 4) for v in (mean, *np.quantile(drawn, [0.025, 0.975]))]
    return found


if __name__ == "__main__":
    main()
