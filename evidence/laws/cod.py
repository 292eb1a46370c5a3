"""Suites of mixed difficulty with known truth: is the largest model's score predicted, and better than in one curve?

    python evidence/laws/cod.py [DATA] [--seed 0] [--repeats 200]

Generated (DATA is not read): 600 items in 2 to 4 groups of difficulty and a tenth that does not scale, every item of
its own difficulty around its group's, solved with rate exp(-a C^-b - c) by eight models of 1e19 to 1e22 FLOPs, 100
samples each; a model of 1e23 is predicted. Beside COD: the same law through the whole suite's score, free and held at
chance as the clusters' are, and the last score seen. A second set asks with 20 samples an item, a third with multiple
choice (chance 0.25). Writes cod.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Table, Undecided
from forerun.laws.fitter import fit
from forerun.laws.questions.suite import predict_suite

HERE = Path(__file__).parent
FLOPS, AT = np.geomspace(1e19, 1e22, 8), 1e23
ITEMS = 600
SETS = {"100 samples": (100, 0.0), "20 samples": (20, 0.0), "multiple choice": (100, 0.25)}


def suite(rng: np.random.Generator, chance: float) -> np.ndarray:
    """Rates (items, models), the last of the model to be predicted."""
    groups = int(rng.integers(2, 5))
    group = rng.choice(groups + 1, ITEMS, p=np.append(0.9 * rng.dirichlet(np.full(groups, 2.0)), 0.1))
    middle = np.append(rng.uniform(18.5, 23.0, groups), 21.0)[group] + rng.normal(0.0, 0.2, ITEMS)
    b = np.append(rng.uniform(0.25, 0.6, groups), 0.3)[group] * np.exp(rng.normal(0.0, 0.1, ITEMS))
    c = np.append(rng.uniform(0.0, 0.1, groups), 0.0)[group]
    loss = np.log(2.0) * 10.0 ** (b[:, None] * (middle[:, None] - np.log10(np.append(FLOPS, AT))))
    rates = np.exp(-loss - c[:, None])
    flat = group == groups
    rates[flat] = rng.uniform(0.0, 1.0, int(flat.sum()))[:, None]
    return chance + (1.0 - chance) * rates


def one_curve(score: np.ndarray, chance: float | None) -> float:
    at, y = (FLOPS, score) if chance is None else ([*FLOPS, FLOPS[0] * 1e-9], [*score, chance])
    found = fit("cod", Table({"flops": at, "y": y}), draws=0, judge_beyond=False, delta=0.1)
    assert not isinstance(found, Undecided)
    return float(found.predict(Table({"flops": [AT]})).y[0])


def repeat(seed: int, samples: int, chance: float) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    true = suite(rng, chance)
    seen = rng.binomial(samples, true[:, :-1]) / samples
    told = predict_suite(FLOPS, seen, AT, chance=chance, samples=samples, seed=seed)
    case = {
        "true": float(true[:, -1].mean()),
        "last": float(seen[:, -1].mean()),
        "one_curve": one_curve(seen.mean(axis=0), None),
        "one_curve_from_chance": one_curve(seen.mean(axis=0), chance),
    }
    if isinstance(told, Undecided):
        return {**case, "undecided": told.why}
    return {**case, "cod": told.y, "low": told.low, "high": told.high, "share": told.share, "checked": told.checked}


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    decided = [c for c in cases if "cod" in c]
    off = {
        name: np.array([abs(c[name] - c["true"]) for c in decided])
        for name in ("cod", "one_curve", "one_curve_from_chance", "last")
    }
    picks = np.random.default_rng(0).integers(0, len(decided), (2000, len(decided)))
    errors = {}
    for name, e in off.items():
        low, high = np.quantile(e[picks].mean(axis=1), [0.025, 0.975])
        errors[name] = {"mean": float(e.mean()), "interval": [float(low), float(high)], "max": float(e.max())}
    gain = (off["one_curve"] - off["cod"])[picks].mean(axis=1)
    return {
        "n": len(decided),
        "undecided": len(cases) - len(decided),
        "absolute_error": errors,
        "within_2_points": float((off["cod"] <= 0.02).mean()),
        "closer_than_one_curve": float((off["cod"] < off["one_curve"]).mean()),
        "gain_over_one_curve_interval": [float(v) for v in np.quantile(gain, [0.025, 0.975])],
        "coverage_80": float(np.mean([c["low"] <= c["true"] <= c["high"] for c in decided])),
        "width": float(np.mean([c["high"] - c["low"] for c in decided])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=200)
    args = parser.parse_args()
    seeds = [20_000 + 1000 * args.seed + i for i in range(args.repeats)]
    cases = {name: [repeat(seed, *how) for seed in seeds] for name, how in SETS.items()}
    told = {name: summary(of) for name, of in cases.items()}
    print(json.dumps(told, indent=1))
    (HERE / "cod.json").write_text(
        json.dumps({"seed": args.seed, "summary": told, "cases": cases}, allow_nan=False) + "\n"
    )


if __name__ == "__main__":
    main()
