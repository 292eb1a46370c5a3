"""COD and PassUntil where the truth has another form than their laws.

    python evidence/laws/other_truths.py [--seed 0] [--repeats 25]

Generated, as in `cod.py` and `pass_until.py` but for the form of each item's curve.

* COD. `logistic`: the log odds of a rate rise along a line in log compute; `late`: nothing but a low rate up to a point
  of its own, then a logistic rise twice as steep (an item that emerges); `law`: COD's own, the control.
* PassUntil. `floor`: rates exp(-c N^-α - e), a loss with a floor; `logistic`: log odds along a line in log N;
  `accelerated`: log(-log rate) concave in log N, its slope doubled between the ends of the fitted sizes; `law`: its
  own, the control. `bend` is asked of the mean rates of the fitted sizes, as one would before believing the forecast.

Writes other_truths.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cod
import numpy as np
import pass_until
from scipy import special

from forerun.core import Undecided
from forerun.laws.questions.bend import bend
from forerun.laws.questions.rare_successes import fit_items
from forerun.laws.questions.suite import predict_suite

HERE = Path(__file__).parent
COD_FORMS, PASS_FORMS = ("law", "logistic", "late"), ("law", "floor", "logistic", "accelerated")
SAMPLES, CAP = 100, 10**6


def cod_truth(form: str, rng: np.random.Generator) -> np.ndarray:
    """Rates (items, models), the last of the model to be predicted."""
    if form == "law":
        return cod.suite(rng, 0.0)
    groups, x = int(rng.integers(2, 5)), np.log10(np.append(cod.FLOPS, cod.AT))
    group = rng.choice(groups + 1, cod.ITEMS, p=np.append(0.9 * rng.dirichlet(np.full(groups, 2.0)), 0.1))
    middle = np.append(rng.uniform(18.5, 23.0, groups), 21.0)[group] + rng.normal(0.0, 0.2, cod.ITEMS)
    steep = np.append(rng.uniform(1.5, 4.0, groups), 2.0)[group] * (2.0 if form == "late" else 1.0)
    rates = special.expit(steep[:, None] * (x - middle[:, None]))
    if form == "late":
        rates = 0.02 + 0.98 * np.where(x > middle[:, None] - 0.5, rates, 0.0)
    flat = group == groups
    rates[flat] = rng.uniform(0.0, 1.0, int(flat.sum()))[:, None]
    return rates


def cod_case(form: str, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    true = cod_truth(form, rng)
    seen = rng.binomial(SAMPLES, true[:, :-1]) / SAMPLES
    case = {"true": float(true[:, -1].mean()), "last": float(seen[:, -1].mean())}
    case |= {"one_curve": cod.one_curve(seen.mean(axis=0), None)}
    case |= {"one_curve_from_chance": cod.one_curve(seen.mean(axis=0), 0.0)}
    told = predict_suite(cod.FLOPS, seen, cod.AT, samples=SAMPLES, seed=seed)
    if isinstance(told, Undecided):
        return {**case, "undecided": told.why}
    return {**case, "cod": told.y, "low": told.low, "high": told.high}


def pass_truth(form: str, rng: np.random.Generator) -> np.ndarray:
    """Rates (items, sizes), the last of the model to be predicted; middling 1e-4 at the largest fitted size."""
    items = pass_until.ITEMS
    alpha = rng.uniform(0.08, 0.2) * np.exp(rng.normal(0.0, 0.1, items))
    level = np.log(-np.log(pass_until.RATE)) + rng.normal(0.0, 0.15, items)
    x = np.log(np.append(pass_until.SIZES, pass_until.LARGEST) / pass_until.SIZES[-1])[None]
    span, (a, top) = -x.min(), (alpha[:, None], level[:, None])
    if form == "floor":
        share = rng.uniform(0.2, 0.5)
        return np.exp(-np.exp(top) * (share + (1.0 - share) * np.exp(-a * x)))
    if form == "logistic":
        return special.expit(special.logit(np.exp(-np.exp(top))) + np.exp(top) * a * x)
    bent = x + 0.5 * (x + span) ** 2 / span - 0.5 * span if form == "accelerated" else x
    return np.exp(-np.exp(top - a * bent))


def pass_case(form: str, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rates = pass_truth(form, rng)
    r, K = pass_until.sampled(rates[:, :-1], CAP, rng)
    law = fit_items(pass_until.SIZES, r, K)
    assert not isinstance(law, Undecided)
    told, low, high = law.predict(pass_until.LARGEST, rng=rng)
    turn = bend(pass_until.SIZES, np.maximum((r / K).mean(axis=0), 1e-12))
    assert not isinstance(turn, Undecided)
    true, last = float(rates[:, -1].mean()), float(rates[:, -2].mean())
    return {"true": true, "predicted": told, "low": low, "high": high, "last": last, "bend": turn.kind}


def pass_summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    off = np.array([case["predicted"] / case["true"] - 1 for case in cases])
    picks = np.random.default_rng(0).integers(0, off.size, (2000, off.size))
    kinds = [case["bend"] for case in cases]
    return {
        "n": len(cases), "mean_relative_error": float(np.abs(off).mean()), "bias": float(off.mean()),
        "interval": np.quantile(np.abs(off)[picks].mean(axis=1), [0.025, 0.975]).tolist(),
        "within_10_percent": float((np.abs(off) <= 0.1).mean()),
        "coverage_80": float(np.mean([case["low"] <= case["true"] <= case["high"] for case in cases])),
        "last_value": float(np.mean([abs(case["last"] / case["true"] - 1) for case in cases])),
        "bends": {kind: kinds.count(kind) / len(kinds) for kind in ("linear", "concave", "convex")},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=25)
    asked = parser.parse_args()
    seeds = [70_000 + 1000 * asked.seed + i for i in range(asked.repeats)]
    suites = {form: [cod_case(form, seed) for seed in seeds] for form in COD_FORMS}
    rates = {form: [pass_case(form, seed) for seed in seeds] for form in PASS_FORMS}
    summary = {"cod": {form: cod.summary(of) for form, of in suites.items()}}
    summary |= {"pass_until": {form: pass_summary(of) for form, of in rates.items()}}
    out = {"seed": asked.seed, "summary": summary, "cod": suites, "pass_until": rates}
    (HERE / "other_truths.json").write_text(json.dumps(out, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
