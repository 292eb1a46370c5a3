"""Rates of success too small for greedy decoding: are they resolved, and is the largest model predicted?

    python evidence/laws/pass_until.py [DATA] [--seed 0] [--repeats 100]

Generated (DATA is not read): suites of items with rates exp(-c N^-α), c and α differing between items, for six
models; the largest, 2.4 times beyond them, is predicted. Each item is sampled until 5 successes or a cap. Beside it:
the law fitted to the suite's mean rates, a single greedy answer to every item, and 100 tries an item. Writes
pass_until.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Table, Undecided
from forerun.laws.fitter import fit
from forerun.laws.questions.bend import bend
from forerun.laws.questions.rare_successes import fit_items
from forerun.laws.questions.sampling_budget import budget
from forerun.stats.pass_rates import until

HERE = Path(__file__).parent
SIZES, LARGEST = np.geomspace(3e7, 1e9, 6), 2.4e9
ITEMS, SUCCESSES, CAPS = 164, 5, (100_000, 1_000_000)
RATE = 1e-4  # of the largest fitted model, of a middling item


def suite(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rates (items, sizes) of the fitted models, and (items,) of the largest."""
    alpha = rng.uniform(0.08, 0.2) * np.exp(rng.normal(0.0, 0.1, ITEMS))
    level = np.log(-np.log(RATE)) + rng.normal(0.0, 0.15, ITEMS)
    sizes = np.append(SIZES, LARGEST)
    rates = np.exp(-np.exp(level[:, None] - alpha[:, None] * np.log(sizes / SIZES[-1])))
    return rates[:, :-1], rates[:, -1]


def sampled(rates: np.ndarray, cap: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Successes and draws of sampling until enough of one or at the cap of the other."""
    ends = np.cumsum(rng.geometric(np.maximum(rates, 1e-15), (SUCCESSES, *rates.shape)), axis=0)
    return (ends <= cap).sum(axis=0), np.minimum(ends[-1], cap)


def mean_law(mean: np.ndarray) -> float:
    """The largest model's rate by the law fitted to the suite's mean rates."""
    known = (mean > 0) & (mean < 1)
    if known.sum() < 3:
        return float("nan")
    table = Table({"params": SIZES[known], "y": -np.log(mean[known])})
    found = fit("pass_until", table, draws=0, judge_beyond=False)
    if isinstance(found, Undecided):
        return float("nan")
    return float(np.exp(-found.predict(Table({"params": [LARGEST]})).y[0]))


def repeat(seed: int, cap: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rates, true = suite(rng)
    r, K = sampled(rates, cap, rng)
    mean = until(r, K).mean(axis=0)
    found = fit_items(SIZES, r, K)
    told, low, high = found.predict(LARGEST, rng=rng)
    _, *sampling = replace(found, between=None).predict(LARGEST)  # the control: noise of sampling alone
    tries = rng.binomial(100, rates) / 100
    return {
        "true": float(true.mean()),
        "predicted": told,
        "low": low,
        "high": high,
        "sampling": sampling,
        "of_means": mean_law(mean),
        "of_100_tries": mean_law(tries.mean(axis=0)),
        "rates": rates.mean(axis=0).tolist(),
        "resolved": mean.tolist(),
        "greedy_solved": int(rng.binomial(1, rates).sum()),
        "greedy_solved_by_largest_fitted": int(rng.binomial(1, rates[:, -1]).sum()),
        "draws": float(K.sum()),
        "bend_of_means": bend(SIZES, np.maximum(mean, 1e-12)).kind,
    }


def relative(cases: list[dict[str, Any]], name: str) -> dict[str, Any]:
    off = np.array([c[name] / c["true"] - 1 for c in cases])
    off = off[np.isfinite(off)]
    if off.size < 2:
        return {"n": int(off.size)}
    picks = np.random.default_rng(0).integers(0, off.size, (2000, off.size))
    spread = np.quantile(np.abs(off)[picks].mean(axis=1), [0.025, 0.975])
    return {
        "n": int(off.size),
        "mean_relative_error": float(np.abs(off).mean()),
        "interval": [float(v) for v in spread],
        "bias": float(off.mean()),
        "largest": float(np.abs(off).max()),
        "within_10_percent": float((np.abs(off) <= 0.1).mean()),
    }


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    rates, resolved = (np.array([c[name] for c in cases]) for name in ("rates", "resolved"))
    near = (rates > 3e-5) & (rates < 3e-4)
    return {
        "n": len(cases),
        "item_law": relative(cases, "predicted"),
        "law_of_means": relative(cases, "of_means"),
        "law_of_100_tries": relative(cases, "of_100_tries"),
        "coverage_80": float(np.mean([c["low"] <= c["true"] <= c["high"] for c in cases])),
        "coverage_80_by_sampling": float(np.mean([c["sampling"][0] <= c["true"] <= c["sampling"][1] for c in cases])),
        "resolution_near_1e-4": float(np.abs(resolved[near] / rates[near] - 1).mean()),
        "resolution_n": int(near.sum()),
        "smallest_mean_rate": float(rates.min()),
        "suites_with_no_greedy_answer_right": float(np.mean([c["greedy_solved"] == 0 for c in cases])),
        "mean_draws_a_suite": float(np.mean([c["draws"] for c in cases])),
        "planned": budget([RATE], relative_error=0.05, items=ITEMS).draws[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=100)
    args = parser.parse_args()
    seeds = [10_000 + 1000 * args.seed + i for i in range(args.repeats)]
    cases = {str(cap): [repeat(seed, cap) for seed in seeds] for cap in CAPS}
    told = {cap: summary(of) for cap, of in cases.items()}
    print(json.dumps(told, indent=1))
    out = {"seed": args.seed, "summary": told, "cases": cases}
    text = json.dumps(out, allow_nan=True).replace("NaN", '"undefined"')
    (HERE / "pass_until.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
