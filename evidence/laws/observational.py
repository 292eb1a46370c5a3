"""Published scores of many models: the models of most compute held back.

    python evidence/laws/observational.py DATA [--seed 0]

Reads ``obs_scaling`` and ``sloth_llm_scores`` in DATA. Scores of one kind of models (base, instruct) are one table:
the models of the top 30, 20 and 10% of compute are held back, shared skills are fitted to the rest, and each score
held back is predicted twice: from compute and family alone, and with a random half of the model's other scores known.
The same is asked of a random quarter of the families. Beside it: a straight line in log compute for each benchmark,
and the score of the fitted model of most compute. Intervals of coverage are bootstrapped over models. Writes
observational.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forerun.core import Table, Undecided
from forerun.laws.questions.parts.skills import fit_skills

HERE = Path(__file__).parent
SOURCES = "obs_scaling", "sloth_llm_scores"
CUTS = 0.7, 0.8, 0.9, "families"
LEAST_MODELS = 30


def scores(data: Path, source: str) -> pl.DataFrame:
    """One row a score in 0 to 1: table, task, run, family, flops, y."""
    rows = pl.read_parquet(data / source / "scores.parquet").with_columns(pl.col(pl.Categorical).cast(pl.String))
    configs = [json.loads(text) for text in rows["config"]]
    family = [f"{c.get('family') or '?'}{' instruct' if c.get('instruct') else ''}" for c in configs]
    table = [str(c.get("eval_file") or source).split("_")[0] for c in configs]  # base models, or instructed ones
    rows = rows.with_columns(pl.Series("family", family), pl.Series("table", table), flops=pl.col("x"))
    percent = pl.when(pl.col("y").max().over("table", "task") > 1.5).then(100.0).otherwise(1.0)
    rows = rows.with_columns(y=pl.col("y").cast(pl.Float64) / percent)
    return rows.filter(pl.col("y").is_between(0.0, 1.0) & pl.col("flops").is_not_nan())


def as_table(rows: pl.DataFrame, y: np.ndarray) -> Table:
    told = {"model": rows["run"].to_list(), "benchmark": rows["task"].to_list(), "family": rows["family"].to_list()}
    return Table({**told, "flops": rows["flops"].to_numpy(), "y": y})


def baselines(known: pl.DataFrame, asked: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """A line in log compute, and the score of the model of most compute, for each benchmark."""
    line, last = np.empty(asked.height), np.empty(asked.height)
    for task in asked["task"].unique():
        of = known.filter(pl.col("task") == task).sort("flops")
        here = (asked["task"] == task).to_numpy()
        slope = np.polyfit(np.log(of["flops"]), of["y"], 1)
        line[here] = np.clip(np.polyval(slope, np.log(asked["flops"].to_numpy()[here])), 0.0, 1.0)
        last[here] = of["y"][-1]
    return line, last


def judged(told: Any, y: np.ndarray, run: np.ndarray, seed: int) -> dict[str, Any]:
    held = (told.low <= y) & (y <= told.high)
    names, at = np.unique(run, return_inverse=True)
    share, count = np.bincount(at, held), np.bincount(at)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, names.size, (2000, names.size))
    drawn = share[picks].sum(axis=1) / count[picks].sum(axis=1)
    return {
        "n": int(y.size),
        "mae": float(np.abs(told.y - y).mean()),
        "bias": float((told.y - y).mean()),
        "width": float((told.high - told.low).mean()),
        "coverage_80": float(held.mean()),
        "coverage_80_interval": [float(v) for v in np.quantile(drawn, [0.025, 0.975])],
    }


def split(rows: pl.DataFrame, cut: float | str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is fitted and what held back: by compute, or a random quarter of the families."""
    if cut == "families":
        names = np.random.default_rng(seed).permutation(sorted(rows["family"].unique()))
        new = pl.col("family").is_in(names[: len(names) // 4].tolist())
        return rows.filter(~new), rows.filter(new)
    flops = rows.group_by("run").agg(pl.col("flops").first())["flops"].to_numpy()
    edge = float(np.quantile(flops, cut))
    return rows.filter(pl.col("flops") <= edge), rows.filter(pl.col("flops") > edge)


def held_back(rows: pl.DataFrame, cut: float | str, seed: int) -> dict[str, Any]:
    known, asked = split(rows, cut, seed)
    found = fit_skills(as_table(known, known["y"].to_numpy()), seed=seed)
    if isinstance(found, Undecided):
        return {"undecided": found.why}
    asked = asked.filter(pl.col("task").is_in(list(found.benchmark)))
    if asked.height < 2:
        return {"undecided": "no score of a fitted benchmark is held back"}
    y, run = asked["y"].to_numpy(), asked["run"].to_numpy()
    hidden = np.random.default_rng(seed).random(y.size) < 0.5
    alone = found.predict(as_table(asked, np.full(y.size, np.nan)), seed=seed)
    helped = found.predict(as_table(asked, np.where(hidden, np.nan, y)), seed=seed)
    part = {name: getattr(helped, name)[hidden] for name in ("y", "low", "high")}
    line, last = baselines(known, asked)
    return {
        "fitted_models": known["run"].n_unique(),
        "models": int(np.unique(run).size),
        "benchmarks": len(found.benchmark),
        "from_compute": judged(alone, y, run, seed),
        "with_half_the_scores": judged(type("Part", (), part), y[hidden], run[hidden], seed),
        "mae_of_line": float(np.abs(line - y).mean()),
        "mae_of_last": float(np.abs(last - y).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    cases = []
    for source in SOURCES:
        rows = scores(args.data, source)
        for (table,), part in sorted(rows.group_by("table"), key=lambda one: one[0]):
            if part["run"].n_unique() < LEAST_MODELS:
                continue
            for cut in CUTS:
                told = held_back(part, cut, args.seed)
                cases.append({"source": source, "table": table, "cut": cut, **told})
                print(json.dumps(cases[-1]))
    whole = {}
    for kind in ("from_compute", "with_half_the_scores"):
        n = np.array([c[kind]["n"] for c in cases if kind in c])
        held = np.array([c[kind]["coverage_80"] for c in cases if kind in c])
        mae = np.array([c[kind]["mae"] for c in cases if kind in c])
        whole[kind] = {
            "n": int(n.sum()),
            "coverage_80": float((n * held).sum() / n.sum()),
            "coverage_80_mean_over_cases": float(held.mean()),
            "mae_mean_over_cases": float(mae.mean()),
        }
    print(json.dumps(whole))
    out = {"seed": args.seed, "summary": whole, "cases": cases}
    (HERE / "observational.json").write_text(json.dumps(out, indent=1, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
