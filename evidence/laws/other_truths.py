"""COD and PassUntil where the truth has another form than their laws.

    python evidence/laws/other_truths.py [--seed 0] [--repeats 50]

Generated, as in `cod.py` and `pass_until.py` but for the form of each item's curve.

* COD. `logistic`: the log odds of a rate rise along a line in log compute; `late`: nothing but a low rate up to a point
  of its own, then a logistic rise twice as steep (an item that emerges); `law`: COD's own, the control.
* PassUntil. `floor`: rates exp(-c N^-α - e), a loss with a floor; `logistic`: log odds along a line in log N;
  `accelerated`: log(-log rate) concave in log N, its slope doubled between the ends of the fitted sizes; `models
  differ` and `answers differ`: the law, with noise of training, a model's common to all items (sd .02 to .2 of
  log(-log rate)) or each item's own at each size (.03 to .3); `law`: its own, the control. `bend` is asked of the mean
  rates of the fitted sizes, as one would before believing the forecast. Intervals are also taken apart: `sampling`
  alone, which is the control; with noise of `training` between sizes; with the law's error as the fitter has it
  (`general`) or as a second-order term shows it (`bent`); `shipped` has the larger of the two.

The parts and how they go together were chosen on suites of other seeds, of which it also writes what they hold
(`chosen_on`). Writes other_truths.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cod
import numpy as np
import pass_until
from scipy import special

from forerun.core import Undecided
from forerun.laws.questions.bend import bend
from forerun.laws.questions.rare_successes import ItemRates, fit_items
from forerun.laws.questions.suite import predict_suite

HERE = Path(__file__).parent
COD_FORMS = "law", "logistic", "late"
PASS_FORMS = "law", "models differ", "answers differ", "floor", "logistic", "accelerated"
PARTS = "sampling", "training", "general", "bent", "shipped"
SAMPLES, CAP = 100, 10**6
CHOICE = range(500_000, 500_030)  # seeds of the suites on which the parts of intervals were chosen


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
    if form == "models differ":
        top = top + 0.02 * 10 ** rng.uniform() * rng.standard_normal(x.size)
    if form == "answers differ":
        top = top + 0.03 * 10 ** rng.uniform() * rng.standard_normal((items, x.size))
    bent = x + 0.5 * (x + span) ** 2 / span - 0.5 * span if form == "accelerated" else x
    return np.exp(-np.exp(top - a * bent))


def pass_case(form: str, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rates = pass_truth(form, rng)
    r, K = pass_until.sampled(rates[:, :-1], CAP, rng)
    law = fit_items(pass_until.SIZES, r, K)
    assert not isinstance(law, Undecided)
    intervals = {name: of.predict(pass_until.LARGEST) for name, of in apart(law).items()}
    turn = bend(pass_until.SIZES, np.maximum((r / K).mean(axis=0), 1e-12))
    assert not isinstance(turn, Undecided)
    true, last = float(rates[:, -1].mean()), float(rates[:, -2].mean())
    case = {"true": true, "predicted": intervals["shipped"][0], "by_items": intervals["sampling"][0], "last": last}
    return {**case, "bend": turn.kind, "intervals": {name: list(of[1:]) for name, of in intervals.items()}}


def apart(law: ItemRates) -> dict[str, ItemRates]:
    """The law with parts of what sizes share, for intervals to be compared."""
    whole = law.between
    assert whole is not None
    exact = replace(whole.law, misfit=0.0)
    parts = {
        "sampling": None,
        "training": replace(whole, law=exact, bend=0.0),
        "general": replace(whole, bend=0.0),
        "bent": replace(whole, law=exact),
        "shipped": whole,
    }
    return {name: replace(law, between=of) for name, of in parts.items()}


def held(cases: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Coverage of 80% intervals by their parts, median width as a factor, and mean interval score on log(-log rate)."""
    true, found = np.log(-np.log([case["true"] for case in cases])), {}
    for name in PARTS:
        low, high = np.log(-np.log(np.clip([case["intervals"][name] for case in cases], 1e-300, 1 - 1e-15))).T[::-1]
        missed = np.maximum(low - true, 0.0) + np.maximum(true - high, 0.0)
        inside, score = float((missed == 0).mean()), float((high - low + 10.0 * missed).mean())
        found[name] = {"coverage_80": inside, "width": float(np.median(high - low)), "score": score}
    return found


def pass_summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    off = np.array([case["predicted"] / case["true"] - 1 for case in cases])
    picks = np.random.default_rng(0).integers(0, off.size, (2000, off.size))
    kinds = [case["bend"] for case in cases]
    return {
        "n": len(cases), "mean_relative_error": float(np.abs(off).mean()), "bias": float(off.mean()),
        "interval": np.quantile(np.abs(off)[picks].mean(axis=1), [0.025, 0.975]).tolist(),
        "within_10_percent": float((np.abs(off) <= 0.1).mean()),
        "by_items": float(np.mean([abs(case["by_items"] / case["true"] - 1) for case in cases])),
        "held": held(cases),
        "last_value": float(np.mean([abs(case["last"] / case["true"] - 1) for case in cases])),
        "bends": {kind: kinds.count(kind) / len(kinds) for kind in ("linear", "concave", "convex")},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--out", type=Path, default=HERE / "other_truths.json")
    asked = parser.parse_args()
    seeds = [70_000 + 1000 * asked.seed + i for i in range(asked.repeats)]
    suites = {form: [cod_case(form, seed) for seed in seeds] for form in COD_FORMS}
    rates = {form: [pass_case(form, seed) for seed in seeds] for form in PASS_FORMS}
    summary = {"cod": {form: cod.summary(of) for form, of in suites.items()}}
    summary |= {"pass_until": {form: pass_summary(of) for form, of in rates.items()}}
    summary |= {"chosen_on": {form: held([pass_case(form, seed) for seed in CHOICE]) for form in PASS_FORMS}}
    out = {"seed": asked.seed, "summary": summary, "cod": suites, "pass_until": rates}
    asked.out.write_text(json.dumps(out, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
