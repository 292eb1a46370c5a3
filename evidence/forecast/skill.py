"""Skill and coverage of forecasters on recorded runs: half of the tasks left out, and each whole source left out.

    python evidence/forecast/skill.py DATA --date YYYY-MM-DD --work DIR [--method NAME ...] [--max-curves 400]
        [--resamples 2000] [--seed 0] [--jobs 2] [--only-summary]

DATA is the folder of tidy tables (one folder a source). Everything learned, the baseline too, is learned anew without
the tasks or the source that is judged. Intervals are 95% percentile bootstraps over tasks, the unit that was split.
Each fold is left in DIR as it is done, so that a killed run goes on. Writes skill.json (every figure) and
cases.jsonl.xz (every case of `auto`, with its quantiles) beside itself, and DIR/half.jsonl, from which
`forerun.training.coverage` makes what forecasts carry.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import forerun
from forerun import api
from forerun.core import SCORED_LEVELS, Run
from forerun.evaluate.forecasts import backtest as protocol
from forerun.forecast import FORECASTERS
from forerun.stats import scores

HERE = Path(__file__).parent
METHODS = ["auto", "learned", "last_value"]
"""What every fold is run with; the half takes every method the package ships but the two a backtest leaves out."""
BASELINE = protocol.BASELINE
Row = dict[str, Any]


@cache
def runs_of(data: Path) -> list[Run]:
    folders = sorted(folder for folder in data.iterdir() if any(folder.glob("*.parquet")))
    return [run for folder in folders for run in api.read(folder)]


@cache
def sources(data: Path, max_curves: int) -> tuple[str, ...]:
    pasts = protocol.choose((past for run in runs_of(data) for past in api.pasts_of(run)), max_curves)
    return tuple(sorted({past.source for past in pasts}))


def fold(data: Path, leave_out: str, max_curves: int, methods: tuple[str, ...], work: Path) -> None:
    """One fold's cases and microseconds a forecast by method, left in a file; nothing where the file is there."""
    out = work / f"{leave_out}.json.xz"
    if out.exists():
        return
    file = io.StringIO()
    rows = api.backtest(runs_of(data), method=methods, max_curves=max_curves, leave_out=leave_out, cases_file=file)
    micros = {row.method: row.us_per_forecast for row in rows if row.source == "ALL"}
    cases = [json.loads(line) for line in file.getvalue().splitlines()]
    out.with_suffix(".part").write_bytes(lzma.compress(json.dumps([cases, micros]).encode(), preset=1))
    out.with_suffix(".part").replace(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--method", action="append")
    parser.add_argument("--max-curves", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only-summary", action="store_true", help="of the folds that are there")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    every = tuple(name for name in FORECASTERS.working() if name not in api.NOT_BACKTESTED)
    names = ["half", *sources(asked.data, asked.max_curves)]
    if not asked.only_summary:
        with ProcessPoolExecutor(asked.jobs) as pool:
            jobs = [
                pool.submit(
                    fold, asked.data, name, asked.max_curves,
                    tuple(asked.method or (every if name == "half" else METHODS)), asked.work,
                )
                for name in names
            ]  # fmt: skip
        for job in jobs:
            job.result()
    summarise(asked, [name for name in names if (asked.work / f"{name}.json.xz").exists()])


def summarise(asked: argparse.Namespace, names: list[str]) -> None:
    found: Row = {"date": asked.date, "forerun": forerun.__version__, "seed": asked.seed,
                  "max_curves": asked.max_curves, "folds": names, "splits": {}}  # fmt: skip
    curves = {(run.id, name): curve for run in runs_of(asked.data) for name, curve in run.curves.items()}
    lines: list[str] = []
    for split, part in (("half of the tasks left out", ["half"]), ("source left out", names[1:])):
        results = [json.loads(lzma.decompress((asked.work / f"{name}.json.xz").read_bytes())) for name in part]
        cases = [case for rows, _ in results for case in rows]
        for case in cases:
            score(case, curves[case["run"], case["metric"]])
            if case["method"] == api.METHOD:
                lines.append(json.dumps({"split": split} | rounded(case)))
        if part == ["half"]:
            (asked.work / "half.jsonl").write_text("".join(json.dumps(plain(case)) + "\n" for case in cases), "utf-8")
        micros = {m: float(np.mean([us[m] for _, us in results])) for m in results[0][1]}
        found["splits"][split] = summary(cases, micros, np.random.default_rng(asked.seed), asked.resamples)
    (HERE / "skill.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (HERE / "cases.jsonl.xz").write_bytes(lzma.compress("\n".join(lines).encode()))


def score(case: Row, curve: forerun.Curve) -> None:
    """The protocol's scores, from its words."""
    kept = np.isfinite(curve.y) & (curve.x > 0) & (curve.x <= case["origin"])
    seen, up = curve.y[kept], 1.0 if curve.direction == "max" else -1.0
    scale = max(
        np.quantile(seen, 0.9) - np.quantile(seen, 0.1), np.median(np.abs(np.diff(seen))), 1e-3 * abs(seen[-1]), 1e-8
    )
    quantiles, y = np.array(case["quantiles"]), case["y"]
    z = np.arcsinh(2 * (quantiles - np.median(seen[-3:])) / scale)
    outcome = float(np.arcsinh(2 * (y - np.median(seen[-3:])) / scale))
    case["crps"] = float(scores.crps(SCORED_LEVELS, z, outcome))
    case["pit"] = float(np.interp(y, quantiles, SCORED_LEVELS, left=0.0, right=1.0))
    case["seen"] = int(kept.sum())
    best = float((up * seen).max())
    case["improves"] = bool(up * y > best)
    below = float(scores.cdf(SCORED_LEVELS, quantiles, up * best))
    case["p_improves"] = 1.0 - below if up > 0 else below
    worst = float((up * seen).min())
    case["diverges"] = bool(up * y < worst)
    above = float(scores.cdf(SCORED_LEVELS, quantiles, up * worst))
    case["p_diverges"] = above if up > 0 else 1.0 - above
    case["learns"] = bool(abs(seen[0] - y) > 5 * np.median(np.abs(np.diff(seen, 2))) * 1.4826 / np.sqrt(6))
    for mass in (50, 80, 90):
        low, high = np.interp([0.5 - mass / 200, 0.5 + mass / 200], SCORED_LEVELS, z)
        case[f"in_{mass}"] = bool(low <= outcome <= high)
        if mass == 80:
            case["width_80"] = float(high - low)


def rounded(case: Row) -> Row:
    kept = ("source", "task", "run", "metric", "origin", "at", "y", "method", "status", "seen", "improves")
    short = {name: case[name] for name in kept}
    return short | {"crps": round(case["crps"], 5), "quantiles": [float(f"{q:.4g}") for q in case["quantiles"]]}


def plain(case: Row) -> Row:
    return {key: case[key] for key in ("method", "source", "origin", "at", "y", "status", "quantiles")}


def summary(cases: list[Row], micros: dict[str, float], rng: np.random.Generator, resamples: int) -> list[Row]:
    """By method: skill by source and in the mean with intervals, coverage, width, ranks, chances and time."""
    by: dict[str, dict[str, dict[str, list[Row]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for case in cases:
        by[case["method"]][case["source"]][case["task"]].append(case)
    draws = {s: rng.integers(0, len(tasks), (resamples, len(tasks))) for s, tasks in by[BASELINE].items()}
    return [one_method(name, by[name], by[BASELINE], draws, micros[name]) for name in by]


def one_method(name: str, mine: Any, base: Any, draws: dict[str, np.ndarray], micros: float) -> Row:
    rows: list[Row] = []
    sampled: list[np.ndarray] = []
    for source in sorted(mine):
        tasks = sorted(mine[source])
        own, ref = (np.array([sum(c["crps"] for c in held[source][t]) for t in tasks]) for held in (mine, base))
        draw = 1.0 - own[draws[source]].sum(axis=1) / ref[draws[source]].sum(axis=1)
        sampled.append(draw)
        flat = [case for task in tasks for case in mine[source][task]]
        flat_base = [case for task in tasks for case in base[source][task]]
        learn = [(c["crps"], b["crps"]) for c, b in zip(flat, flat_base, strict=True) if c["learns"]]
        rows.append(
            {"source": source, "tasks": len(tasks), "n": len(flat), "skill": 1.0 - own.sum() / ref.sum(),
             "skill_95": ends(draw),
             "skill_of_curves_that_move": 1.0 - float(np.divide(*np.sum(learn, axis=0))) if learn else None,
             "undecided": float(np.mean([c["status"] != "forecast" for c in flat]))}
            | {key: float(np.mean([c[key] for c in flat])) for key in ("in_50", "in_80", "in_90", "width_80", "crps")}
            | {"width_80_baseline": float(np.mean([c["width_80"] for c in flat_base])),
               "pit_ks": ks([c["pit"] for c in flat]),
               "kendall": kendall(mine[source]), "kendall_last": kendall(base[source]),
               "brier_improves": float(np.mean([(c["p_improves"] - c["improves"]) ** 2 for c in flat])),
               "brier_base_rate": float(np.var([c["improves"] for c in flat])),
               "auroc_diverges": auroc([c["p_diverges"] for c in flat], [c["diverges"] for c in flat])}
        )  # fmt: skip
    known = {key: [row[key] for row in rows if row[key] is not None] for key in rows[0]}
    mean = {key: float(np.mean(values)) if values else None for key, values in known.items()
            if key not in ("source", "tasks", "n", "skill_95")}  # fmt: skip
    whole = {"source": "ALL", "n": sum(r["n"] for r in rows), "tasks": sum(r["tasks"] for r in rows)}
    whole |= mean | {"skill_95": ends(np.mean(sampled, axis=0)), "lowest_95": min(r["skill_95"][0] for r in rows)}
    return {"method": name, "us_per_forecast": round(micros), "rows": [tidy(row) for row in [whole, *rows]]}


def kendall(tasks: dict[str, list[Row]]) -> float | None:
    """Kendall's τ between medians and outcomes among curves of a task seen to a like share, averaged."""
    from scipy.stats import kendalltau

    taus: list[float] = []
    for cases in tasks.values():
        groups: dict[tuple[str, float], list[Row]] = defaultdict(list)
        for case in cases:
            groups[case["metric"], round(case["origin"] / case["at"], 1)].append(case)
        for group in groups.values():
            if len(group) >= 10:
                tau = kendalltau([np.median(c["quantiles"]) for c in group], [c["y"] for c in group]).statistic
                taus += [float(tau)] if np.isfinite(tau) else []
    return float(np.mean(taus)) if taus else None


def auroc(chance: list[float], happened: list[bool]) -> float | None:
    """The chance that a run which ends worse than its worst so far was given a higher chance of it than one that does
    not (ties count half); None with fewer than five of either."""
    from scipy.stats import rankdata

    there = np.array(happened)
    n, m = int(there.sum()), int((~there).sum())
    if min(n, m) < 5:
        return None
    return float((rankdata(chance)[there].sum() - n * (n + 1) / 2) / (n * m))


def ks(pit: list[float]) -> float:
    """Largest distance of the PIT's distribution from the uniform one."""
    grid = np.linspace(0.025, 0.975, 20)
    return float(np.max(np.abs(np.searchsorted(np.sort(pit), grid, side="right") / len(pit) - grid)))


def ends(values: np.ndarray) -> list[float]:
    return [float(v) for v in np.quantile(values, [0.025, 0.975])]


def tidy(row: Row) -> Row:
    def short(v: Any) -> Any:
        return [short(one) for one in v] if isinstance(v, list) else round(v, 4) if isinstance(v, float) else v

    return {key: short(value) for key, value in row.items()}


if __name__ == "__main__":
    main()
