"""Chinchilla's 240 points: the optimum, bootstrap intervals, and compute held out.

    python evidence/laws/chinchilla.py DATA [--seed 0]

The optimum beside the published refit; the same objective averaged instead of summed, left to a quasi-Newton search
at default tolerances from 60 starts (the trap that Besiroglu et al. found); 1,000 draws of the parameters; fits to the
cheapest 50, 70, 80 and 90% of the runs asked for the rest. Writes chinchilla.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from recorded import chinchilla_epoch, rows_of
from scipy import optimize

from forerun.core import Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.fitter.minimise import huber

HERE = Path(__file__).parent
PUBLISHED = {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658}
DELTA = 1e-3


def objective(theta: np.ndarray, table: Table) -> float:
    """Summed Huber loss of log residuals at (log A, log B, log E, α, β)."""
    a, b, e, alpha, beta = theta
    N, D, y = (table.columns[name] for name in ("params", "tokens", "y"))
    parts = np.stack([a - alpha * np.log(N), b - beta * np.log(D), np.full(y.size, e)])
    top = parts.max(axis=0)
    told = top + np.log(np.exp(parts - top).sum(axis=0))
    return float(huber(told - np.log(y), DELTA).sum())


def starts() -> np.ndarray:
    """The 4,500 of Hoffmann et al.: a, b from 0 to 25, e from -1 to 1, α and β from 0 to 2."""
    powers = np.linspace(0.0, 2.0, 5)
    sides = np.linspace(0.0, 25.0, 6)
    grid = np.meshgrid(sides, sides, np.linspace(-1.0, 1.0, 5), powers, powers)
    return np.stack([g.ravel() for g in grid], axis=1)


def trap(table: Table, seed: int) -> dict[str, float]:
    """What a mean instead of a sum does to a search at default tolerances."""
    n = table.n_rows
    picks = np.random.default_rng(seed).choice(len(starts()), 60, replace=False)
    ends = [
        optimize.minimize(lambda x: objective(x, table) / n, start, method="L-BFGS-B").fun * n
        for start in starts()[picks]
    ]
    return {"starts": 60, "best_sum": float(np.min(ends)), "median_sum": float(np.median(ends))}


def held_out(table: Table, share: float, seed: int) -> dict[str, Any]:
    size = 6.0 * table.columns["params"] * table.columns["tokens"]
    edge = np.quantile(size, share)
    made = fit("chinchilla", rows_of(table, size <= edge), seed=seed)
    assert isinstance(made, Fit)
    held = rows_of(table, size > edge)
    told = made.predict(held)
    assert not isinstance(told, Undecided)
    y = held.columns["y"]
    error = np.abs(told.y / y - 1.0)
    inside = float(((told.low <= y) & (y <= told.high)).mean())
    return {
        "share": share,
        "asked": y.size,
        "mean": float(error.mean()),
        "most": float(error.max()),
        "inside_80": inside,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    one = next(chinchilla_epoch(told.data), None)
    if one is None:
        raise SystemExit("no chinchilla_epoch/points.parquet there")
    made = fit("chinchilla", one.table, draws=1000, seed=told.seed)
    assert isinstance(made, Fit)
    plain = fit("chinchilla", one.table)
    ratio = made.derived(lambda p: p[:, 4] / (p[:, 3] + p[:, 4]), "exponent")
    sd = dict(zip(made.params, made.sampled()[1:].std(axis=0).tolist(), strict=True))
    result = {
        "n": made.n,
        "objective": made.objective,
        "params": dict(made.params),
        "published": PUBLISHED,
        "sd": sd,
        "intervals": {name: list(ends) for name, ends in made.intervals.items()},
        "size_exponent": [ratio.estimate, ratio.low, ratio.high],
        "reached": [made.report.reached, made.report.starts],
        "fit_seconds": plain.fit_seconds if isinstance(plain, Fit) else None,
        "mean_trap": trap(one.table, told.seed),
        "held_out": [held_out(one.table, share, told.seed) for share in (0.5, 0.7, 0.8, 0.9)],
    }
    (HERE / "chinchilla.json").write_text(json.dumps({"seed": told.seed} | result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
