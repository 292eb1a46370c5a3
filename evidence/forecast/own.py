"""What `forerun calibrate` gives where nothing was learned: sources left out, half of the tasks calibrating the rest.

    python evidence/forecast/own.py DATA --date YYYY-MM-DD --work DIR

DIR holds the folds that skill.py left. The forecasts of a source that `auto` had not learned from stand for those on a
new user's runs; one half of its tasks (of its runs, where it has one task) calibrates the other, and the other way
round. Skill is over the baseline of the same fold, which is not calibrated. Writes own.json beside itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from skill import BASELINE, runs_of

import forerun
from forerun import api
from forerun.core import LEVELS, SCORED_LEVELS, BadInput, Curve, Forecast, until
from forerun.forecast.postprocess.calibration import WAYS, Outcome, learn
from forerun.stats import scores
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
KEYS = ("skill", "hold_50", "hold_80", "hold_90")
Row = dict[str, Any]


def outcome_of(case: Row, curve: Curve) -> Outcome:
    q = scores.at_levels(SCORED_LEVELS, np.array(case["quantiles"])[None], LEVELS)
    seen = until(curve, case["origin"])
    told = Forecast(
        case["metric"], curve.axis, curve.direction, case["origin"], [case["at"]], LEVELS, q, api.METHOD, "study"
    )
    return Outcome(seen, told, case["y"], case["task"])


def half_of(name: str) -> int:
    return int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2


def z_of(outcome: Outcome, forecast: Forecast) -> tuple[np.ndarray, float]:
    scale = zscale(outcome.curve.y[np.isfinite(outcome.curve.y) & (outcome.curve.x > 0)])
    return scale.to_z(forecast.quantiles[-1]), float(scale.to_z(outcome.y))


def judged(outcomes: list[Outcome], told: list[Forecast], base: float) -> Row:
    pairs = [z_of(o, f) for o, f in zip(outcomes, told, strict=True)]
    q, y = np.array([q for q, _ in pairs]), np.array([y for _, y in pairs])
    scored = scores.at_levels(LEVELS, q, SCORED_LEVELS)
    crps = sum(float(scores.crps(SCORED_LEVELS, one, z)) for one, z in zip(scored, y, strict=True))
    ends = {mass: scores.interval(LEVELS, q, mass) for mass in (0.5, 0.8, 0.9)}
    held = {f"hold_{mass * 100:g}": float(((low <= y) & (y <= high)).mean()) for mass, (low, high) in ends.items()}
    return {"skill": round(1.0 - crps / base, 4)} | {key: round(value, 4) for key, value in held.items()}


def source(cases: list[Row], curves: dict[tuple[str, str], Curve]) -> Row:
    mine = [case for case in cases if case["method"] == api.METHOD and case["status"] == "forecast"]
    outcomes = [outcome_of(case, curves[case["run"], case["metric"]]) for case in mine]
    tasks = {case["task"] for case in mine}
    part = np.array([half_of(case["task"] if len({half_of(t) for t in tasks}) > 1 else case["run"]) for case in mine])
    base_cases = {(c["run"], c["metric"], c["origin"]): c for c in cases if c["method"] == BASELINE}
    base = [outcome_of(base_cases[c["run"], c["metric"], c["origin"]], curves[c["run"], c["metric"]]) for c in mine]
    pairs = [z_of(one, one.forecast) for one in base]
    total = sum(
        float(scores.crps(SCORED_LEVELS, scores.at_levels(LEVELS, q[None], SCORED_LEVELS)[0], y)) for q, y in pairs
    )
    found = {"none": judged(outcomes, [o.forecast for o in outcomes], total)}
    for way in WAYS:
        told = [one.forecast for one in outcomes]
        for half in (0, 1):
            own = [o for o, p in zip(outcomes, part, strict=True) if p != half]
            if len({o.group for o in own}) == 1:  # as `forerun.calibrate` does: then every run is its own
                own = [replace(o, group=c["run"]) for o, c, p in zip(outcomes, mine, part, strict=True) if p != half]
            try:
                made = learn("own", own, way)
            except BadInput:  # too few to learn from: forecasts stay as they are
                continue
            told = [
                made.applied(o.curve, o.forecast) if p == half else f
                for o, f, p in zip(outcomes, told, part, strict=True)
            ]
        found[way] = judged(outcomes, told, total)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    curves = {(run.id, name): curve for run in runs_of(asked.data) for name, curve in run.curves.items()}
    rows: dict[str, Row] = {}
    for path in sorted(asked.work.glob("*.json.xz")):
        name = path.name.removesuffix(".json.xz")
        if name != "half":
            rows[name] = source(json.loads(lzma.decompress(path.read_bytes()))[0], curves)
    mean = {
        way: {key: round(float(np.mean([row[way][key] for row in rows.values()])), 4) for key in KEYS}
        | {"off_80": round(float(np.mean([abs(row[way]["hold_80"] - 0.8) for row in rows.values()])), 4)}
        for way in ("none", *WAYS)
    }
    told = {"date": asked.date, "forerun": forerun.__version__, "mean": mean, "sources": rows}
    (HERE / "own.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(json.dumps(mean, indent=1))


if __name__ == "__main__":
    main()
