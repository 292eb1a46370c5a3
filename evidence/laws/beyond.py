"""Leave the largest scale out: every recorded table that a scaling law here applies to, several cuts, intervals judged.

    python evidence/laws/beyond.py DATA [--seed 0]

The law is fitted to the smaller part of a table (by the law's own size: compute, or examples) and asked for all
larger points. Cuts: the smallest 50, 65, 80 and 90% of the points; of fine-tuning curves, the first 6, 8, 10 and 12
sizes; of batch sizes, all but the largest two and all but the largest. Coverage of a case is the share of its held-out
points inside; of a source, the mean over its cases; beside the mean over sources stands the mean over all cases.
Doing nothing is to say what the largest fitted point was. Writes beyond.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from recorded import Recorded, recorded, rows_of

from forerun.core import Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import Fit, fit

HERE = Path(__file__).parent
LEVELS = 0.5, 0.8, 0.9
SHARES = 0.5, 0.65, 0.8, 0.9
SIZES = 6, 8, 10, 12


def sizes(one: Recorded) -> np.ndarray:
    law = LAWS.load(one.law)
    return law.size(law.read(one.table))


def edges(one: Recorded) -> list[float]:
    """The largest size that is fitted to, at every cut."""
    size = sizes(one)
    each = np.unique(size)
    if one.law == "rectified":
        return [float(each[n - 1]) for n in SIZES if n < each.size]
    if one.law == "critical_batch":
        return [float(each[-1 - left]) for left in (2, 1) if each.size - left >= 3]
    return [float(np.quantile(size, share)) for share in SHARES]


def cases(one: Recorded, seed: int) -> Iterator[dict[str, Any]]:
    size = sizes(one)
    for cut, edge in enumerate(edges(one)):
        made = fit(one.law, rows_of(one.table, size <= edge), seed=seed)
        if isinstance(made, Undecided) or not (size > edge).any():
            continue
        held = rows_of(one.table, size > edge)
        yield {"source": one.source, "name": one.name, "law": one.law, "cut": cut, "fitted": made.n} | judged(
            made, held, last_value(one.table, size, edge)
        )


def last_value(table: Any, size: np.ndarray, edge: float) -> float:
    """The mean of what was measured at the largest fitted size: doing nothing."""
    y = np.asarray(table.columns["y"], float)
    return float(y[size == size[size <= edge].max()].mean())


def judged(made: Fit, held: Any, last: float) -> dict[str, Any]:
    y = held.columns["y"]
    inside = {}
    for level in LEVELS:
        told = made.predict(held, level=level)
        assert not isinstance(told, Undecided)
        inside[f"{level:g}"] = float(((told.low <= y) & (y <= told.high)).mean())
    error = np.abs(told.y / y - 1.0)
    return {
        "asked": y.size,
        "inside": inside,
        "error": float(error.mean()),
        "error_of_last_value": float(np.abs(last / y - 1.0).mean()),
        "at_bound": list(made.report.at_bound),
        "width": float(np.mean(np.log(told.high / told.low))),
    }


def summed(found: list[dict[str, Any]]) -> dict[str, Any]:
    coverage = {level: float(np.mean([case["inside"][level] for case in found])) for level in found[0]["inside"]}
    error, last = (float(np.mean([case[name] for case in found])) for name in ("error", "error_of_last_value"))
    tables = len({case["name"] for case in found})
    return {"cases": len(found), "tables": tables, "coverage": coverage, "error": error, "error_of_last_value": last}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    found = [case for one in recorded(told.data) for case in cases(one, told.seed)]
    sources = {
        s: summed([case for case in found if case["source"] == s]) for s in {case["source"]: 0 for case in found}
    }
    mean = {level: float(np.mean([s["coverage"][level] for s in sources.values()])) for level in found[0]["inside"]}
    rng = np.random.default_rng(told.seed)
    names = [f"{case['source']}/{case['name']}" for case in found]
    pooled = interval(np.array([case["inside"]["0.8"] for case in found]), names, rng)
    result = {
        "seed": told.seed,
        "sources": sources,
        "mean_over_sources": mean,
        "over_cases": summed(found) | {"range_80": pooled},
    }
    (HERE / "beyond.json").write_text(json.dumps(result | {"cases": found}, indent=1) + "\n")
    for name, row in [*sources.items(), ("over cases", result["over_cases"])]:
        print(name, row)
    print("mean over sources", mean)


def interval(values: np.ndarray, names: list[str], rng: np.random.Generator) -> list[float]:
    """95% range of the mean, tables resampled whole."""
    each, which = np.unique(names, return_inverse=True)
    sums, counts = np.bincount(which, values), np.bincount(which)
    picks = rng.integers(each.size, size=(2000, each.size))
    return np.quantile(sums[picks].sum(axis=1) / counts[picks].sum(axis=1), [0.025, 0.975]).round(4).tolist()


if __name__ == "__main__":
    main()
