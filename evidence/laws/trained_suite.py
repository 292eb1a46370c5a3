"""A suite that models were really trained on: what COD, PassUntil, shapes and BIG-bench's measures say of it.

    python evidence/laws/trained_suite.py

Reads suite_ladder/items.csv.xz (suite_ladder/train.py: eight widths, one table of facts and items a seed). The largest
model is held out of every forecast. A score is the mean rate of the items: the exact probability that an answer sampled
at temperature 1 is right. Draws until success are made from these rates. Intervals: Student's over seeds, paired where
two things are compared. Writes trained_suite.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from paired_seeds import compared, rounded

from forerun.core import Table, Undecided
from forerun.laws.fitter import fit
from forerun.laws.questions.bend import bend
from forerun.laws.questions.emergence import breakthroughness, linearity
from forerun.laws.questions.rare_successes import fit_items
from forerun.laws.questions.shape import shape
from forerun.laws.questions.suite import predict_suite
from forerun.stats.pass_rates import until
from forerun.stats.reliability import brier, calibration_error

HERE = Path(__file__).parent
STEPS, BUDGET_WIDTH = 1500, 24
FLOPS_A_PARAMETER = 6 * STEPS * 64 * 15  # 6 N D: batch 64, rows of 15
TASKS = ("recall", "follower", "exception", "hidden", "recall4", "recall6", "add1", "add2", "add3")
SUITES = {"all": TASKS, "facts": TASKS[:6], "sums": TASKS[6:]}
WAYS = ("cod", "one_curve", "one_curve_from_0", "last")
CHAINS, MEMORY = ("recall4", "recall6", "add2", "add3"), ("recall", "exception")
SUCCESSES, CAP, SHUFFLES = 5, 10**6, 200


class Seed:
    """Everything one seed's models say: arrays (items, models) by task, models in order of size."""

    def __init__(self, rows: list[dict[str, str]], by: str) -> None:
        self.sizes = np.array(sorted({float(row[by]) for row in rows}))
        at = {size: i for i, size in enumerate(self.sizes.tolist())}
        self.logp, self.right, self.sure = dict[str, np.ndarray](), dict[str, np.ndarray](), dict[str, np.ndarray]()
        for task in TASKS:
            mine = [row for row in rows if row["task"] == task]
            for name in ("logp", "right", "sure"):
                table = np.full((len(mine) // len(at), len(at)), np.nan)
                for row in mine:
                    table[int(row["item"]), at[float(row[by])]] = float(row[name])
                assert np.isfinite(table).all(), f"{task}: a model lacks items"
                getattr(self, name)[task] = table
        self.rate = {task: np.exp(value) for task, value in self.logp.items()}


def read() -> tuple[list[Seed], list[Seed]]:
    """The ladder's seeds, and those of the budgets at one width."""
    text = lzma.decompress((HERE / "suite_ladder" / "items.csv.xz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    seeds = sorted({row["seed"] for row in rows}, key=int)
    ladder = [Seed([r for r in rows if r["seed"] == seed and int(r["steps"]) == STEPS], "params") for seed in seeds]
    narrow = [r for r in rows if int(r["width"]) == BUDGET_WIDTH]
    return ladder, [Seed([r for r in narrow if r["seed"] == seed], "steps") for seed in seeds]


def one_curve(C: np.ndarray, score: np.ndarray, at: float, chance: float | None = None) -> float:
    x, y = (C, score) if chance is None else ([*C, C[0] * 1e-9], [*score, chance])
    found = fit("cod", Table({"flops": x, "y": y}), draws=0, judge_beyond=False, delta=0.1)
    assert not isinstance(found, Undecided)
    return float(found.predict(Table({"flops": [at]})).y[0])


def of_suite(ladder: list[Seed], tasks: tuple[str, ...], last: int) -> dict[str, Any]:
    """COD beside one curve: the largest model's score from all but the ``last`` models, by seed and pooled."""
    C = ladder[0].sizes * FLOPS_A_PARAMETER
    rates = [np.concatenate([seed.rate[task] for task in tasks]) for seed in ladder]
    cases, pooled = [suite_case(C, one, last) for one in rates], suite_case(C, np.concatenate(rates), last)
    decided = [case for case in cases if "cod" in case]
    found: dict[str, Any] = {"fitted": C.size - last, "n": len(decided), "cases": cases, "pooled": pooled}
    if len(decided) < 2:
        return found
    off = {name: [abs(case[name] - case["true"]) for case in decided] for name in WAYS}
    found["error"] = {name: float(np.mean(of)) for name, of in off.items()}
    found["within_2_points"] = float(np.mean(np.array(off["cod"]) <= 0.02))
    found["inside_80"] = float(np.mean([case["low"] <= case["true"] <= case["high"] for case in decided]))
    found["beside"] = {name: compared(off["cod"], off[name], "min") for name in WAYS[1:]}
    return found


def suite_case(C: np.ndarray, rates: np.ndarray, last: int) -> dict[str, Any]:
    seen, at = rates[:, :-last], float(C[-1])
    mean = seen.mean(axis=0)
    case: dict[str, Any] = {"true": float(rates[:, -1].mean()), "last": float(mean[-1])}
    case |= {"one_curve": one_curve(C[:-last], mean, at), "one_curve_from_0": one_curve(C[:-last], mean, at, 0.0)}
    told = predict_suite(C[:-last], seen, at)
    if isinstance(told, Undecided):
        return case | {"undecided": told.why}
    return case | {"cod": told.y, "low": told.low, "high": told.high, "share": told.share}


def rare(ladder: list[Seed]) -> dict[str, Any]:
    """PassUntil on each task of several steps: from models whose greedy answers are all wrong, and from all but one."""
    found: dict[str, Any] = {}
    for task in CHAINS:
        for way in ("greedy 0", "all but the largest"):
            cases: list[dict[str, Any]] = []
            for i, seed in enumerate(ladder):
                blind = int(np.argmax(np.append(seed.right[task].any(axis=0), True)))
                upto = min(blind, len(seed.sizes) - 1) if way == "greedy 0" else len(seed.sizes) - 1
                cases.append({"fitted": upto} | rare_case(seed, task, upto, i))
            told = [case for case in cases if "relative" in case]
            one: dict[str, Any] = {"n": len(told), "undecided": len(cases) - len(told), "cases": cases}
            if told:
                one |= {"mean_relative_error": float(np.mean([abs(c["relative"]) for c in told])),
                        "median_log_error": float(np.median([abs(np.log1p(c["relative"])) for c in told])),
                        "bias": float(np.mean([c["relative"] for c in told])),
                        "within_10_percent": float(np.mean([abs(c["relative"]) <= 0.1 for c in told])),
                        "inside_80": float(np.mean([c["low"] <= c["true"] <= c["high"] for c in told])),
                        "inside_80_by_sampling": float(np.mean([c["sampling"][0] <= c["true"] <= c["sampling"][1]
                                                                for c in told]))}  # fmt: skip
                one["last_value"] = float(np.mean([abs(c["last"] / c["true"] - 1) for c in told]))
            found[f"{task}, {way}"] = one
    return found


def held(rates: dict[str, Any]) -> dict[str, Any]:
    """How many of a way's 80% intervals hold, over tasks, and by seed; beside them those of sampling alone."""
    found: dict[str, Any] = {}
    for way in ("greedy 0", "all but the largest"):
        tables = [one["cases"] for name, one in rates.items() if name.endswith(way)]
        told = [(i, case) for cases in tables for i, case in enumerate(cases) if "relative" in case]
        inside = [(i, case["low"] <= case["true"] <= case["high"]) for i, case in told]
        seeds = sorted({i for i, _ in inside})
        sampling = [case["sampling"][0] <= case["true"] <= case["sampling"][1] for _, case in told]
        found[way] = {"n": len(told), "inside": sum(yes for _, yes in inside), "by_sampling": sum(sampling)}
        found[way]["by_seed"] = [float(np.mean([yes for i, yes in inside if i == seed])) for seed in seeds]
    return found


def rare_case(seed: Seed, task: str, upto: int, number: int) -> dict[str, Any]:
    """One task of one seed by its ``upto`` smallest models."""
    rates, N = seed.rate[task], seed.sizes
    if upto < 3:
        return {"undecided": f"{upto} sizes whose greedy answers are all wrong"}
    rng = np.random.default_rng(number)
    ends = np.cumsum(rng.geometric(np.maximum(rates[:, :upto], 1e-15), (SUCCESSES, len(rates), upto)), axis=0)
    r, K = (ends <= CAP).sum(axis=0), np.minimum(ends[-1], CAP)
    law = fit_items(N[:upto], r, K)
    if isinstance(law, Undecided):
        return {"undecided": law.why}
    told, low, high = law.predict(float(N[-1]), rng=rng)
    by_items, *sampling = replace(law, between=None).predict(float(N[-1]))  # the control: noise of sampling alone
    true, mean = float(rates[:, -1].mean()), rates[:, :upto].mean(axis=0)
    resolved = until(r, K).mean(axis=0)
    turn = bend(N[:upto], mean) if upto >= 4 else None
    whole = bend(N, rates.mean(axis=0))
    assert not isinstance(whole, Undecided)
    fitted_bend = None if turn is None or isinstance(turn, Undecided) else turn.kind
    seen = {"rates": mean.tolist(), "resolved_to": float(np.abs(resolved / mean - 1).mean()), "draws": float(K.sum())}
    said = {"true": true, "predicted": told, "low": low, "high": high, "relative": told / true - 1}
    said |= {"by_items": by_items, "sampling": sampling}
    return said | seen | {"last": float(mean[-1]), "bend_of_fitted": fitted_bend, "bend_of_all": whole.kind}


def moves(ladder: list[Seed]) -> dict[str, Any]:
    """Linearity and breakthroughness by task, of greedy exact matches and of mean log probability."""
    curves = {
        name: {task: [getattr(seed, name)[task].mean(axis=0) for seed in ladder] for task in TASKS}
        for name in ("right", "logp")
    }
    exact, smooth = ({task: [breakthroughness(y) for y in of] for task, of in curves[n].items()} for n in curves)
    tasks = {
        task: {
            "linearity": float(np.mean([linearity(y) for y in curves["right"][task]])),
            "breakthroughness": float(np.mean(exact[task])),
            "of_logp": float(np.mean(smooth[task])),
            "scores": np.mean(curves["right"][task], axis=0).tolist(),
        }
        for task in TASKS
    }

    def mean(of: dict[str, list[float]], asked: tuple[str, ...]) -> list[float]:
        return np.mean([of[task] for task in asked], axis=0).tolist()

    return {
        "tasks": tasks,
        "several steps against memory": compared(mean(exact, CHAINS), mean(exact, MEMORY), "max"),
        "log probability against exact match": compared(mean(smooth, CHAINS), mean(exact, CHAINS), "min"),
    }


def calibration(ladder: list[Seed]) -> dict[str, Any]:
    """Of the probability of the greedy answer: over all tasks but the hidden facts, on these, and on the exceptions."""
    asked = {"told": tuple(t for t in TASKS if t != "hidden"), "hidden": ("hidden",), "exception": ("exception",)}
    found: dict[str, Any] = {}
    for name, tasks in asked.items():
        sure = [np.concatenate([s.sure[t] for t in tasks]) for s in ladder]
        right = [np.concatenate([s.right[t] for t in tasks]) for s in ladder]
        pairs = [list(zip(p.T, y.T, strict=True)) for p, y in zip(sure, right, strict=True)]
        ece = np.array([[calibration_error(p, y) for p, y in models] for models in pairs])
        score = np.array([[brier(p, y).score for p, y in models] for models in pairs])
        half = ece.shape[1] // 2
        larger, smaller = (ece[:, part].mean(axis=1).tolist() for part in (slice(half, None), slice(half)))
        found[name] = {"ece": ece.mean(axis=0).tolist(), "brier": score.mean(axis=0).tolist()}
        found[name]["larger half against smaller"] = compared(larger, smaller, "min")
    return found


def shapes(ladder: list[Seed], budgets: list[Seed]) -> list[dict[str, Any]]:
    """The labeller on tasks with the easy distractor, all seeds together and each alone, and with labels shuffled."""
    asked = [(task, "parameters", ladder) for task in ("recall", "exception", "hidden")]
    asked += [(task, "steps", budgets) for task in ("follower", "exception", "hidden")]
    rows: list[dict[str, Any]] = []
    for task, over, seeds in asked:
        scores, sizes = np.array([seed.rate[task].mean(axis=0) for seed in seeds]), seeds[0].sizes
        size, rng = np.tile(sizes, len(seeds)), np.random.default_rng(0)
        told = shape(size, scores.ravel())
        alone = Counter(kind(shape(sizes, y)) for y in scores)
        shuffled = Counter(kind(shape(size, rng.permuted(scores, axis=1).ravel())) for _ in range(SHUFFLES))
        row = {"task": task, "over": over, "n": len(seeds), "told": kind(told), "each_seed": dict(alone)}
        row |= {"shuffled": dict(shuffled), "sizes": sizes.tolist(), "scores": scores.mean(axis=0).tolist()}
        if not isinstance(told, Undecided):
            slopes = {"trend": told.trend, "left": told.left, "right": told.right}
            row["slopes"] = {name: None if slope is None else asdict(slope) for name, slope in slopes.items()}
            row["turn"] = told.turn
        rows.append(row)
    return rows


def kind(told: Any) -> str:
    return "undecided" if isinstance(told, Undecided) else told.kind


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    ladder, budgets = read()
    found: dict[str, Any] = {"seeds": len(ladder), "params": ladder[0].sizes.tolist()}
    every = [np.concatenate([seed.rate[task] for task in TASKS]).mean(axis=0) for seed in ladder]
    found["spread_of_seeds"] = np.std(every, axis=0, ddof=1).tolist()
    found["cod"] = {
        f"{name}, {last} held out": of_suite(ladder, of, last) for name, of in SUITES.items() for last in (1, 2)
    }
    found["pass_until"] = rare(ladder)
    found["held"] = held(found["pass_until"])
    found |= {"emergence": moves(ladder), "calibration": calibration(ladder), "shapes": shapes(ladder, budgets)}
    (HERE / "trained_suite.json").write_text(json.dumps(rounded(found), indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
