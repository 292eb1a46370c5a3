"""What a run's own earlier forecasts say of the one made now.

    python evidence/forecast/inside.py DATA --date YYYY-MM-DD [--max-curves 400]

`auto` is learned anew without half of the tasks and judged on that half, as in skill.py. Each case is asked again of
the first 35, 50, 60, 70, 80 and 85% of the points seen.

* settled: the forecasts of the end made of 60 and 80% have medians within the 80% interval of the one made now. How
  many cases are refused for want of it, and how good are those that are kept and those that are refused?
* adaptive: the forecasts of the present made of 35, 50, 70 and 85%, and how far the present lay from their medians in
  half-widths of their 80% intervals. Does that tell how far the end will lie? Do intervals stretched by
  ((2.4 + Σ miss) / (2.4 + .4 n))^g, misses at most 4, get better?

Writes inside.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import forerun
from forerun import api
from forerun.core import Forecast, part
from forerun.evaluate.forecasts import backtest as protocol
from forerun.forecast.auto import AUTO
from forerun.forecast.last_value_calibrated import LAST_VALUE_CALIBRATED
from forerun.stats import scores
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
EARLIER, BACK = (0.6, 0.8), (0.35, 0.5, 0.7, 0.85)
GROWTH = (0.0, 0.3, 0.6, 1.0)


def ask(state: dict[str, Any], cases: Sequence[protocol.Case], share: float, present: bool) -> list[Forecast | None]:
    """Of each case's first points, the forecast of its end or of its present; None where there is none."""
    shorter = [part(case.shown, slice(0, round(share * len(case.shown)))) for case in cases]
    ends = [float(case.shown.x[-1]) if present else case.at for case in cases]
    kept = [i for i, curve in enumerate(shorter) if len(curve) >= 4 and curve.x[-1] < ends[i]]
    told = AUTO.predict(
        state, [shorter[i] for i in kept], [[ends[i]] for i in kept], schedule=[cases[i].past.schedule for i in kept]
    )
    found: list[Forecast | None] = [None] * len(cases)
    for i, one in zip(kept, told, strict=True):
        found[i] = one if isinstance(one, Forecast) else None
    return found


def miss(forecast: Forecast | None, y: float) -> float:
    """How far y lies from the median, in half-widths of the 80% interval."""
    if forecast is None:
        return float("nan")
    side = forecast.high - forecast.median if y > forecast.median else forecast.median - forecast.low
    return abs(y - forecast.median) / max(side, 1e-300)


def rows(data: Path, max_curves: int) -> list[dict[str, Any]]:
    runs = [r for folder in sorted(data.iterdir()) if any(folder.glob("*.parquet")) for r in api.read(folder)]
    every = protocol.choose((past for run in runs for past in api.pasts_of(run)), 2000)
    found: list[dict[str, Any]] = []
    for half in (0, 1):
        learn = [past for past in every if protocol.fold_of(past, 2) != half]
        judge = [past for past in protocol.first(every, max_curves) if protocol.fold_of(past, 2) == half]
        state = api.learned_from(AUTO, learn)
        cases = [case for past in judge for case in protocol.cases_of(past)]
        now = ask(state, cases, 1.0, present=False)
        then = [ask(state, cases, share, present=False) for share in EARLIER]
        back = [ask(state, cases, share, present=True) for share in BACK]
        base = LAST_VALUE_CALIBRATED.predict(state["baseline"], [c.shown for c in cases], [[c.at] for c in cases])
        found += [
            row(case, now[i], [t[i] for t in then], [b[i] for b in back], base[i]) for i, case in enumerate(cases)
        ]
    return found


def row(case: protocol.Case, now: Any, then: list[Any], back: list[Any], base: Any) -> dict[str, Any]:
    scale = zscale(case.shown.y)
    z, outcome = scale.to_z(now.quantiles[-1]), float(scale.to_z(case.y))
    misses = [miss(one, float(np.median(case.shown.y[-3:]))) for one in back]
    known = np.minimum([m for m in misses if np.isfinite(m)], 4.0)
    told: dict[str, Any] = {
        "source": case.past.source,
        "settled": all(one is not None and now.low <= one.median <= now.high for one in then),
        "misses": misses,
        "miss": min(miss(now, case.y), 4.0),
        "base": crps(scale.to_z(base.quantiles[-1]), outcome),
    }
    middle = float(np.interp(0.5, forerun.core.LEVELS, z))
    for growth in GROWTH:
        q = middle + (z - middle) * ((2.4 + known.sum()) / (2.4 + 0.4 * known.size)) ** growth
        low, high = np.interp([0.1, 0.9], forerun.core.LEVELS, q)
        told[f"crps {growth}"], told[f"in {growth}"] = crps(q, outcome), bool(low <= outcome <= high)
    return told


def crps(z: np.ndarray, outcome: float) -> float:
    q = scores.at_levels(forerun.core.LEVELS, z[None], forerun.core.SCORED_LEVELS)
    return float(scores.crps(forerun.core.SCORED_LEVELS, q[0], outcome))


def mean_over_sources(found: list[dict[str, Any]], growth: float = 0.0) -> dict[str, float]:
    by: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        by.setdefault(one["source"], []).append(one)
    skill = [1 - sum(r[f"crps {growth}"] for r in rs) / sum(r["base"] for r in rs) for rs in by.values()]
    held = [np.mean([r[f"in {growth}"] for r in rs]) for rs in by.values()]
    off = np.abs(np.array(held) - 0.8)
    return {"n": len(found), "sources": len(by), "skill": round(float(np.mean(skill)), 4),
            "hold_80": round(float(np.mean(held)), 4), "off_80_by_source": round(float(off.mean()), 4)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--max-curves", type=int, default=400)
    asked = parser.parse_args()
    found = rows(asked.data, asked.max_curves)
    misses, miss_now = np.array([r["misses"] for r in found]), np.array([r["miss"] for r in found])
    told = {
        "date": asked.date, "forerun": forerun.__version__, "max_curves": asked.max_curves,
        "settled": {
            "kept": mean_over_sources([r for r in found if r["settled"]]),
            "refused": mean_over_sources([r for r in found if not r["settled"]]),
        },
        "adaptive": {
            "correlation_of_misses": {
                f"{share:g}": round(float(np.corrcoef(np.minimum(misses[ok, j], 4.0), miss_now[ok])[0, 1]), 3)
                for j, share in enumerate(BACK) if (ok := np.isfinite(misses[:, j])).any()
            },
            "stretched": {f"{growth:g}": mean_over_sources(found, growth) for growth in GROWTH},
        },
    }  # fmt: skip
    (HERE / "inside.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
