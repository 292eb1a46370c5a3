"""What keeping quantiles within a metric's bounds changes: the stored cases of `auto`, before and after.

    python evidence/forecast/within.py DATA

DATA is the folder of tidy tables. The stored cases were forecast when losses had no lower bound and shares were cut
off; each is bent as `forerun.forecast.postprocess.within` bends it now and scored again: CRPS on the backtest's z
scale, and the share that 50, 80 and 90% intervals held. Writes within.json beside itself. Quantiles that had been cut
off at a bound are bent from there, so what is measured of shares is an upper end of the change.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import SCORED_LEVELS, Array, Curve
from forerun.core.metrics import bounds
from forerun.forecast.postprocess.within import within
from forerun.stats.zscale import zscale

HERE = Path(__file__).parent
MASSES = (0.5, 0.8, 0.9)


def scores(quantiles: Array, y: float, seen: Array) -> list[float]:
    z = zscale(seen)
    off = z.to_z(np.array([y])) - z.to_z(quantiles)
    crps = 2 * float(np.mean(np.maximum(SCORED_LEVELS * off, (SCORED_LEVELS - 1) * off)))
    ends = [np.interp([0.5 - m / 2, 0.5 + m / 2], SCORED_LEVELS, quantiles) for m in MASSES]
    return [crps, *(float(low <= y <= high) for low, high in ends)]


def judged(case: dict[str, Any], curve: Curve) -> list[float] | None:
    seen = curve.y[(curve.x <= case["origin"]) & np.isfinite(curve.y)]
    if not seen.size:
        return None
    before = np.array(case["quantiles"])
    after = within(before, seen, *bounds(curve.metric, seen))
    below = float(before[0] < 0 < seen.min() and bounds(curve.metric, seen)[0] == 0.0)
    return [below, *scores(before, case["y"], seen), *scores(after, case["y"], seen)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    with lzma.open(HERE / "cases.jsonl.xz", "rt") as file:
        cases = [case for case in map(json.loads, file) if case["status"] == "forecast"]
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        by_source[case["source"]].append(case)
    names = ["below_zero", *(f"{name}_{when}" for when in ("before", "after")
                             for name in ("crps", *(f"held_{m:g}" for m in MASSES)))]  # fmt: skip
    told: dict[str, Any] = {}
    for source, held in sorted(by_source.items()):
        curves = {(run.task, run.id, name): c for run in api.read(data / source) for name, c in run.curves.items()}
        key = {case_key(case): curves.get(case_key(case)) for case in held}
        rows = [row for case in held if (c := key[case_key(case)]) is not None and (row := judged(case, c)) is not None]
        told[source] = {"cases": len(rows), **dict(zip(names, np.mean(rows, axis=0).round(5).tolist(), strict=True))}
    sources = list(told.values())
    told["ALL"] = {name: round(float(np.mean([row[name] for row in sources])), 5) for name in names}
    (HERE / "within.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told["ALL"], indent=1))


def case_key(case: dict[str, Any]) -> tuple[str, str, str]:
    return case["task"], case["run"], case["metric"]


if __name__ == "__main__":
    main()
