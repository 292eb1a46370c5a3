"""Score the five forecasters on recorded runs, with confidence intervals, and check the scores independently.

    python evidence/forecast_baselines/run.py DATA --date YYYY-MM-DD [--max-curves 400] [--resamples 2000] [--seed 0]

DATA is the folder of tidy tables (one folder a source). Three ways of splitting: methods as shipped; everything learned
refitted over five folds of tasks; everything learned refitted without the source that is scored. And, as shipped, five
further sources that nothing was learned from or chosen on. Every case is written
out and read back, and its CRPS recomputed here from the protocol's words alone; the two must agree. Intervals are 95%
percentile bootstraps over tasks, the unit that was split. Writes scores.json, cases.csv.xz and tables.md beside itself.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

import forerun
from forerun import api
from forerun.core import Run

SOURCES = ("taskset", "algoperf", "lr_scheduling", "pythia", "dopamine", "olmo_ladder", "modded_nanogpt")
FURTHER = ("mlperf_training_v2", "mlperf_training_v4", "gemstones", "multipowerlaw", "lumi_stability")
METHODS = ("last_value", "recent_median", "power_law", "parametric")
SPLITS = {"shipped": None, "task folds": "task", "source left out": "each", "further sources": None}
HERE = Path(__file__).parent
LEVELS = np.array([0.025 + 0.05 * i for i in range(20)])
BASELINE = "last_value_calibrated"
Case = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--max-curves", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    seen = [run for source in SOURCES for run in api.read(asked.data / source)]
    further = [run for source in FURTHER for run in api.read(asked.data / source)]
    found: dict[str, Any] = {
        "date": asked.date, "forerun": forerun.__version__, "seed": asked.seed, "max_curves": asked.max_curves,
        "resamples": asked.resamples, "splits": {},
    }  # fmt: skip
    rng = np.random.default_rng(asked.seed)
    rows: list[list[Any]] = []
    for split, leave_out in SPLITS.items():
        begin = time.perf_counter()
        runs = further if split == "further sources" else seen
        cases, scores = backtest(runs, leave_out, asked.max_curves)
        seconds = time.perf_counter() - begin
        found["splits"][split] = {
            "seconds": round(seconds, 1),
            "scores": intervals(cases, scores, rng, asked.resamples),
        }
        rows += [[split, *compact(case)] for case in cases]
    write(found, rows)


def backtest(runs: list[Run], leave_out: str | None, max_curves: int) -> tuple[list[Case], list[Case]]:
    """Every case with its own CRPS, and the rows Forerun reports; they must agree."""
    file = io.StringIO()
    scores = [
        vars(s) for s in api.backtest(runs, method=METHODS, max_curves=max_curves, leave_out=leave_out, cases_file=file)
    ]
    curves = {(run.id, name): curve for run in runs for name, curve in run.curves.items()}
    cases = [json.loads(line) for line in file.getvalue().splitlines()]
    for case in cases:
        score(case, curves[case["run"], case["metric"]])
    for row in scores:
        mine = [case["crps"] for case in cases if (case["source"], case["method"]) == (row["source"], row["method"])]
        assert not mine or abs(np.mean(mine) - row["crps"]) < 1e-9, row
    return cases, scores


def score(case: Case, curve: forerun.Curve) -> None:
    """The protocol, from its words."""
    kept = np.isfinite(curve.y) & (curve.x > 0) & (curve.x <= case["origin"])
    seen = curve.y[kept]
    scale = max(
        np.quantile(seen, 0.9) - np.quantile(seen, 0.1), np.median(np.abs(np.diff(seen))), 1e-3 * abs(seen[-1]), 1e-8
    )
    z = np.arcsinh(2 * (np.array(case["quantiles"]) - np.median(seen[-3:])) / scale)
    y = np.arcsinh(2 * (case["y"] - np.median(seen[-3:])) / scale)
    case["crps"] = float(2 * np.mean(np.maximum(LEVELS * (y - z), (LEVELS - 1) * (y - z))))
    case["seen_share"] = round(float(kept.sum() / (np.isfinite(curve.y) & (curve.x > 0)).sum()), 3)
    for mass in (50, 80, 90):
        low, high = np.interp([0.5 - mass / 200, 0.5 + mass / 200], LEVELS, z)
        case[f"in_{mass}"] = bool(low <= y <= high)


def intervals(cases: list[Case], scores: list[Case], rng: np.random.Generator, resamples: int) -> list[Case]:
    """The reported rows with a 95% interval of skill and of the coverage of the 80% interval."""
    sums: dict[str, dict[str, dict[str, np.ndarray]]] = defaultdict(lambda: defaultdict(dict))
    for case in cases:
        told = np.array([case["crps"], case["in_80"], 1.0])
        held = sums[case["source"]][case["method"]]
        held[case["task"]] = held.get(case["task"], np.zeros(3)) + told
    methods = list(dict.fromkeys(case["method"] for case in cases))
    skill = {method: {} for method in methods}
    cover = {method: {} for method in methods}
    for source, by_method in sums.items():
        tasks = sorted(by_method[BASELINE])
        draw = rng.integers(0, len(tasks), size=(resamples, len(tasks)))
        total = {m: np.array([by_method[m][t] for t in tasks])[draw].sum(axis=1) for m in methods}
        for m in methods:
            skill[m][source] = 1 - total[m][:, 0] / total[BASELINE][:, 0]
            cover[m][source] = total[m][:, 1] / total[m][:, 2]
    for m in methods:
        skill[m]["ALL"] = np.mean([skill[m][s] for s in sums], axis=0)
        cover[m]["ALL"] = np.mean([cover[m][s] for s in sums], axis=0)

    def ends(values: np.ndarray) -> list[float]:
        return [round(float(v), 4) for v in np.quantile(values, [0.025, 0.975])]

    return [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
        | {
            "skill_95": ends(skill[row["method"]][row["source"]]),
            "coverage_80_95": ends(cover[row["method"]][row["source"]]),
        }
        | {
            "tasks": len(sums[row["source"]][BASELINE])
            if row["source"] in sums
            else sum(len(s[BASELINE]) for s in sums.values())
        }
        for row in scores
    ]


def compact(case: Case) -> list[Any]:
    names = ("source", "task", "run", "metric", "method", "status", "seen_share")
    return [*(case[n] for n in names), f"{case['crps']:.5g}", *(int(case[f"in_{m}"]) for m in (50, 80, 90))]


def write(found: dict[str, Any], rows: list[list[Any]]) -> None:
    (HERE / "scores.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    header = [
        "split",
        "source",
        "task",
        "run",
        "metric",
        "method",
        "status",
        "seen_share",
        "crps",
        "in_50",
        "in_80",
        "in_90",
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    (HERE / "cases.csv.xz").write_bytes(lzma.compress(text.getvalue().encode()))
    (HERE / "tables.md").write_text("\n".join(tables(found, rows)) + "\n", "utf-8")


def tables(found: dict[str, Any], rows: list[list[Any]]) -> list[str]:
    lines = ["# Tables", "", f"Made by `run.py` on {found['date']}, Forerun {found['forerun']}, seed {found['seed']}."]
    for split, part in found["splits"].items():
        lines += ["", f"## {split.capitalize()} ({part['seconds']:.0f} s for all methods)", ""]
        lines += [
            "| source | method | cases | undecided | CRPS | MAE | skill (95%) | 50% | 80% (95%) | 90% | width 80 | µs |"
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|---|---|---|"]
        for r in part["scores"]:
            skill = f"{r['skill']:+.3f} ({r['skill_95'][0]:+.3f} to {r['skill_95'][1]:+.3f})"
            cover = f"{r['coverage_80']:.2f} ({r['coverage_80_95'][0]:.2f} to {r['coverage_80_95'][1]:.2f})"
            errors = f"{r['n']} | {r['n_undecided']} | {r['crps']:.4f} | {r['mae']:.4f} | {skill}"
            widths = f"{r['coverage_50']:.2f} | {cover} | {r['coverage_90']:.2f} | {r['width_80']:.2f}"
            lines.append(f"| {r['source']} | {r['method']} | {errors} | {widths} | {r['us_per_forecast']:.0f} |")
    return [*lines, "", *by_share(rows)]


def by_share(rows: list[list[Any]]) -> list[str]:
    """Skill and coverage of the 80% interval by how much of the run was seen; task folds, mean over sources."""
    sums: dict[tuple[str, float, str], np.ndarray] = defaultdict(lambda: np.zeros(3))
    for split, source, _, _, _, method, _, share, crps, _, in_80, _ in rows:
        if split == "task folds":
            nearest = min((0.1, 0.2, 0.4, 0.6, 0.8), key=lambda s: abs(s - share))
            sums[method, nearest, source] += np.array([float(crps), in_80, 1.0])
    methods = list(dict.fromkeys(method for method, _, _ in sums))
    lines = ["## By share of the run seen (task folds, mean over sources): skill, coverage of the 80% interval", ""]
    lines += ["| method | 10% | 20% | 40% | 60% | 80% |", "|---|---|---|---|---|---|"]
    for method in methods:
        cells = []
        for share in (0.1, 0.2, 0.4, 0.6, 0.8):
            held = [s for s in SOURCES if sums[method, share, s][2]]
            skill = np.mean([1 - sums[method, share, s][0] / sums[BASELINE, share, s][0] for s in held])
            cells.append(
                f"{skill:+.3f}, {np.mean([sums[method, share, s][1] / sums[method, share, s][2] for s in held]):.2f}"
            )
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
