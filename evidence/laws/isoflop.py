"""The best size by budget on recorded IsoFLOP sweeps: parabolas against a fitted law, and the largest budget foretold.

    python evidence/laws/isoflop.py DATA [--seed 0]

For every setting: the exponent a of N*(C) = k C^a by approach 2 (parabolas) and approach 3 (Chinchilla's law), beside
the published one; how far approach 2 would be off on the same sizes if the fitted law held without noise, and with
parabolas through all sizes of a budget; and N* at the largest budget, foretold from the smaller ones, beside the
published N* there. Writes isoflop.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from recorded import frame

from forerun.core import Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions import isoflop
from forerun.laws.questions.isoflop import best_params, compare, parabola

HERE = Path(__file__).parent
COLUMNS = "flops", "params", "tokens", "y"


def table(rows: pl.DataFrame) -> Table:
    return Table({name: rows[name].cast(pl.Float64).to_numpy() for name in COLUMNS})


def setting(rows: pl.DataFrame, star: pl.DataFrame, published: dict[str, Any] | None, seed: int) -> dict[str, Any]:
    told = compare(table(rows), seed=seed)
    found: dict[str, Any] = {"points": len(rows), "budgets": rows["flops"].n_unique()}
    two, three = parabola(table(rows), seed=seed), fit("chinchilla", table(rows), seed=seed, judge_beyond=False)
    if not isinstance(two, Undecided) and isinstance(three, Fit):
        ends = two.exponent, three.derived(lambda p: p[:, 4] / (p[:, 3] + p[:, 4]), "exponent")
        found |= {name: [e.estimate, e.low, e.high] for name, e in zip(("parabola", "law"), ends, strict=True)}
    if isinstance(told, Undecided):
        found |= {"bias_undecided": told.why}
    else:
        found |= {"bias_without_noise": told.bias, "factor_at_100_times": told.factor}
        found |= {"bias_of_wide_parabolas": bias_of_wide(table(rows), seed)}
    if published is not None:
        found["published"] = published["basic"]["n_exponent"]
    return found | {"largest": largest(rows, star, seed)}


def bias_of_wide(sweep: Table, seed: int) -> float | None:
    """The bias where a parabola goes through all sizes of its budget."""
    near, isoflop._NEAR = isoflop._NEAR, sweep.n_rows
    told = compare(sweep, seed=seed)
    isoflop._NEAR = near
    return None if isinstance(told, Undecided) else told.bias


def largest(rows: pl.DataFrame, star: pl.DataFrame, seed: int) -> dict[str, float] | None:
    """N* at the largest budget that has a published one, from the budgets below it."""
    if star.is_empty():
        return None
    C, N = star.sort("x").select("x", "y").row(-1)
    below = table(rows.filter(pl.col("flops") < 0.99 * C))
    two, three = parabola(below, seed=seed), fit("chinchilla", below, draws=0, judge_beyond=False)
    found = {"flops": float(C), "published": float(N)}
    if not isinstance(two, Undecided):
        found["parabola_over_published"] = two.best_params(C) / N
    if isinstance(three, Fit):
        found["law_over_published"] = best_params(three, C) / N
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    rows = frame(told.data, "formll_isoflop/isoflop.parquet")
    if rows is None:
        raise SystemExit("no formll_isoflop/isoflop.parquet there")
    path = told.data / "formll_isoflop" / "published_fits.json"
    published = {fits["task"]: fits for fits in json.loads(path.read_text())} if path.is_file() else {}
    settings = {
        str(task): setting(
            part.filter(pl.col("metric") == "loss"),
            part.filter(pl.col("metric") == "n_star"),
            published.get(str(task)),
            told.seed,
        )
        for (task,), part in rows.group_by(["task"], maintain_order=True)
    }
    known = [s for s in settings.values() if "published" in s and "law" in s]
    if not known:
        raise SystemExit("no setting with a published fit and a minimum inside")
    off = {name: float(np.mean([abs(s[name][0] - s["published"]) for s in known])) for name in ("parabola", "law")}
    bias = float(np.mean([abs(s["bias_without_noise"]) for s in known if "bias_without_noise" in s]))
    far = {
        name: float(
            np.exp(np.mean([abs(np.log(s["largest"][name])) for s in known if s["largest"] and name in s["largest"]]))
        )
        for name in ("parabola_over_published", "law_over_published")
    }
    summary = {
        "settings": len(known),
        "mean_distance_to_published": off,
        "mean_bias_without_noise": bias,
        "largest_budget_off_by_factor": far,
    }
    (HERE / "isoflop.json").write_text(
        json.dumps({"seed": told.seed, "summary": summary, "settings": settings}, indent=1) + "\n"
    )
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
