"""Do an early gradient norm and an early loss rank recorded runs, and what does halving by them keep?

    python evidence/probes/early_rank.py DATA

DATA/algoperf (training runs of 20 submissions) and DATA/taskset (configurations of one optimizer). An indicator is the
median of what a run logged between 15 and 20% of the steps of the task's longest run; the score is the last validation
loss, negated; a run that logged no number at its end scores worst. Correlations with intervals, over all runs and
among those of one submission; then 200 pools of 36 runs a task, the worst half stopped at 20%, by an indicator whose
sign is that of the correlation in most of the source's other tasks. The control stops by draws. All cells go to
``early_rank.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from written import write

from forerun.core import Array, Undecided
from forerun.evaluate.sweeps.early_rank import Halving, halving
from forerun.stats.ranks import rank_correlation

POOLS, POOL = 200, 36


def points(path: Path) -> pl.LazyFrame:
    table = pl.scan_parquet(path).select("task", "run", "metric", "x", "y")
    return table.with_columns(pl.col("task", "run", "metric").cast(pl.String))


def indicator(table: pl.LazyFrame, metric: str, ends: pl.LazyFrame) -> pl.LazyFrame:
    """A run's median between 15 and 20% of the task's steps; inf and nan stay, as evidence."""
    early = table.filter(pl.col("metric") == metric).join(ends, on="task")
    early = early.filter(pl.col("x").is_between(0.15 * pl.col("end"), 0.2 * pl.col("end")))
    return early.group_by("task", "run").agg(pl.col("y").median().alias(metric))


def runs(train: pl.LazyFrame, valid: pl.LazyFrame, metrics: list[str], held_out: str) -> pl.DataFrame:
    """A run a row: its indicators and its score."""
    valid = valid.filter(pl.col("metric") == held_out)
    ends = valid.group_by("task").agg(pl.col("x").max().alias("end"))
    score = valid.sort("x").group_by("task", "run").agg((-pl.col("y").last()).alias("score"))
    for metric in metrics:
        score = score.join(indicator(train, metric, ends), on=["task", "run"])
    return (
        score.with_columns(pl.col("run").str.extract(r"^((?:[^/]+/){3})").fill_null("").alias("group"))
        .sort("task", "run")
        .collect()
    )


def sources(data: Path) -> dict[str, tuple[pl.DataFrame, list[str]]]:
    steps, evals = points(data / "algoperf/train_steps.parquet"), points(data / "algoperf/eval_curves.parquet")
    both, curves = ["train_batch_loss", "grad_norm"], points(data / "taskset/curves.parquet")
    losses = sorted(curves.select("metric").unique().collect()["metric"])
    train, valid = (next(name for name in losses if part in name) for part in ("train", "valid"))
    steps = steps.with_columns(pl.col("y").fill_nan(float("inf")))
    evals = evals.with_columns(pl.when(pl.col("metric") == "validation/ctc_loss").then(pl.lit("validation/loss"))
                               .otherwise(pl.col("metric")).alias("metric"))  # fmt: skip
    return {
        "algoperf": (runs(steps, evals, both, "validation/loss"), both),
        "taskset": (runs(curves, curves, [train], valid), [train]),
    }


def pools(early: Array | None, score: Array, sign: float, rng: np.random.Generator) -> dict[str, float]:
    """What halving did on average; without an indicator, by draws."""
    outcomes = []
    for _ in range(POOLS):
        own = rng.choice(score.size, POOL, replace=False)
        signs = rng.standard_normal(POOL) if early is None else early[own]
        outcomes.append(halving(signs, score[own], sign=sign))
    known = [one for one in outcomes if isinstance(one, Halving)]
    best_kept = float(np.mean([one.best_continued for one in known]))
    regret = float(np.mean([one.relative_regret for one in known]))
    return {"best_kept": best_kept, "relative_regret": round(regret, 4), "saved": known[0].saved}


def main(data: Path) -> None:
    rows: list[dict[str, object]] = []
    for source, (table, metrics) in sources(data).items():
        tasks = {task: part for (task,), part in sorted(table.group_by("task")) if len(part) > POOL}
        for metric in metrics:
            correlations = {task: rank_correlation(part[metric], part["score"]) for task, part in tasks.items()}
            for i, (task, part) in enumerate(tasks.items()):
                early, score = part[metric].to_numpy().astype(float), part["score"].to_numpy().astype(float)
                row: dict[str, object] = {"source": source, "task": task, "indicator": metric, "runs": len(part)}
                others = [
                    one.value for name, one in correlations.items() if name != task and not isinstance(one, Undecided)
                ]
                sign = float(np.sign(np.median(others)))
                within = rank_correlation(early, score, part["group"].to_numpy())
                own, rng = correlations[task], np.random.default_rng([7, i])
                row |= {"all": str(own) if isinstance(own, Undecided) else vars(own)}
                row |= {"within": str(within) if isinstance(within, Undecided) else vars(within)}
                row |= {"sign": sign} | pools(early, score, sign, rng)
                row |= {"control": pools(None, score, 1.0, rng)}
                rows.append(row)
    write(Path(__file__).with_name("early_rank.json"), {"cells": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
