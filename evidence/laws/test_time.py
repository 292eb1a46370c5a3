"""Tries at inference: is pass@k carried beyond the tries made, is the crossing with a larger model found?

    python evidence/laws/test_time.py [DATA] [--seed 0] [--repeats 200]

Generated (DATA is not read): 164 tasks whose rates are a Beta or, against the fit's assumption, a mixture of never
solved, hard and easy tasks; 50 tries each; pass@k of the same tasks at k = 100, 1,000 and 10,000 is predicted by the
Beta-binomial, and beside it by the tasks' plain rates and by a line through log(-log pass@k) against log k. A second
model of better rates is overtaken at a known number of the first one's tries: is that number within the 80% interval?
Tries are given out by difficulty, and compared with the same number for all. Writes test_time.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forerun.core import Undecided
from forerun.laws.questions.tries import best_of, crossing
from forerun.laws.questions.tries_budget import allocate
from forerun.stats.pass_rates import fit_beta, pass_at_k

HERE = Path(__file__).parent
TASKS, TRIES, K = 164, 50, (100, 1000, 10_000)
SUITES = "beta", "mixture"
BUDGET, CHOICES = 16, np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256])


def rates(kind: str, rng: np.random.Generator) -> np.ndarray:
    if kind == "beta":
        return np.maximum(rng.beta(rng.uniform(0.15, 0.6), rng.uniform(1.0, 6.0), TASKS), 1e-12)
    part = rng.choice(3, TASKS, p=rng.dirichlet([3.0, 4.0, 3.0]))
    drawn = np.stack([np.full(TASKS, 1e-12), 10 ** rng.uniform(-4.0, -1.0, TASKS), rng.uniform(0.1, 1.0, TASKS)])
    return drawn[part, np.arange(TASKS)]


def pass_at(p: np.ndarray, k: float) -> float:
    return float(-np.expm1(k * np.log1p(-np.minimum(p, 1 - 1e-16))).mean())


def line(solved: np.ndarray, k: int) -> float:
    """A straight line through log(-log pass@k) against log k, carried on."""
    ks = np.array([k for k in range(1, TRIES + 1) if 0 < pass_at_k(TRIES, solved, k).mean() < 1])
    known = np.array([pass_at_k(TRIES, solved, int(k)).mean() for k in ks])
    slope = np.polyfit(np.log(ks), np.log(-np.log(known)), 1)
    return float(np.exp(-np.exp(np.polyval(slope, np.log(k)))))


def repeat(kind: str, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    p = rates(kind, rng)
    solved = rng.binomial(TRIES, p)
    told, low, high = fit_beta(TRIES, solved, rng=rng).pass_at(K, rng=rng)
    return [
        {
            "k": k,
            "true": pass_at(p, k),
            "beta": float(told[i]),
            "low": float(low[i]),
            "high": float(high[i]),
            "plain": pass_at(solved / TRIES, k),
            "line": line(solved, k),
        }
        for i, k in enumerate(K)
    ]


def overtaking(seed: int) -> dict[str, Any]:
    """A small model against a larger one with the same tasks at four times the odds."""
    rng = np.random.default_rng(seed)
    small = rates("beta", rng)
    large = 4 * small / (1 + 3 * small)
    ks = np.arange(1, 10_001)
    true = int(ks[np.argmax([pass_at(small, k) >= large.mean() for k in ks])])
    fits = [fit_beta(TRIES, rng.binomial(TRIES, p), rng=rng) for p in (small, large)]
    told = crossing(*fits, price_ratio=10.0, rng=rng)
    if isinstance(told, Undecided):
        return {"true": true, "undecided": told.why}
    return {"true": true, "k": told.k, "low": told.low, "high": told.high, "held": told.low <= true <= told.high}


def budgets(seed: int) -> dict[str, float]:
    """Tries by difficulty (fifths of the tasks by a pilot of 8 tries) against the same for all, by true rates."""
    rng = np.random.default_rng(seed)
    p = rates("mixture", rng)
    solved = rng.binomial(8, p)
    group = np.argsort(np.argsort(solved + 0.01 * rng.random(TASKS))) * 5 // TASKS
    drawn = fit_beta(8, solved, rng=rng).rates(rng)
    gain = [[float(best_of(drawn[:50, group == g], n, auc=1.0).mean()) for n in CHOICES] for g in range(5)]
    plan = allocate(gain, CHOICES, np.bincount(group, minlength=5), BUDGET)
    return {"by_difficulty": float(best_of(p, plan.tries[group], auc=1.0).mean()), "even": pass_at(p, BUDGET)}


def errors(cases: list[dict[str, Any]]) -> dict[str, Any]:
    told = {name: float(np.mean([abs(c[name] - c["true"]) for c in cases])) for name in ("beta", "plain", "line")}
    return {"n": len(cases), **told, "coverage_80": float(np.mean([c["low"] <= c["true"] <= c["high"] for c in cases]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=200)
    args = parser.parse_args()
    seeds = [40_000 + 1000 * args.seed + i for i in range(args.repeats)]
    cases = {kind: [case for seed in seeds for case in repeat(kind, seed)] for kind in SUITES}
    told: dict[str, Any] = {
        f"{kind}, k = {k}": errors([c for c in of if c["k"] == k]) for kind, of in cases.items() for k in K
    }
    met = [overtaking(seed) for seed in seeds[: args.repeats // 2]]
    decided = [c for c in met if "held" in c]
    spent = [budgets(seed) for seed in seeds[: args.repeats // 2]]
    gain = np.array([c["by_difficulty"] - c["even"] for c in spent])
    told["crossing"] = {
        "n": len(decided),
        "undecided": len(met) - len(decided),
        "coverage_80": float(np.mean([c["held"] for c in decided])),
        "median_ratio": float(np.median([c["k"] / c["true"] for c in decided])),
    }
    told["budget"] = {
        "n": len(spent),
        "even": float(np.mean([c["even"] for c in spent])),
        "gain": float(gain.mean()),
        "gain_interval": [float(gain.mean() + side * 1.96 * gain.std() / np.sqrt(gain.size)) for side in (-1, 1)],
    }
    print(json.dumps(told, indent=1))
    out = {"seed": args.seed, "summary": told, "cases": cases, "crossings": met, "budgets": spent}
    (HERE / "test_time.json").write_text(json.dumps(out, allow_nan=True).replace("Infinity", '"none"') + "\n")


if __name__ == "__main__":
    main()
