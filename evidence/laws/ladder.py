"""A benchmark's score at the largest scales from a ladder of small models, in two steps.

    python evidence/laws/ladder.py DATA [--seed 0]

Reads ``olmo_ladder`` in DATA: for every benchmark with bits per byte and a score, the finished runs of the small sizes
are fitted and larger ones predicted:

* targets: the target models of the source (7B, 13B), from the ladder up to 1B, as published, and up to 3B;
* held back: every size of the ladder from the third on, from the smaller ones.

As the source does, every loss and score is the mean of a run's last five evaluations up to there: a run's final ones,
the targets', and those of the second step, which is fitted to evaluations within the runs, the first tenth of each left
out. The score of guessing is given. What the two are worth: the arms of single evaluations, and without chance. Doing
nothing is the best score of a known run. Published errors, where the source has them for the benchmark, stand beside.
Writes ladder.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forerun.core import Table, Undecided
from forerun.laws.questions.ladder import fit_ladder, smoothed

HERE = Path(__file__).parent
PARAMS = {"3B": 3169537280.0}  # the source's table leaves it out; OLMo-ladder's MODEL_PARAMS tells
SCORES = "len_norm", "acc"  # which of a benchmark's scores is looked at: the first it has, as the source does
SKIPPED = 0.1
CHANCE = {
    "socialiqa": 1 / 3,
    "boolq": 0.5,
    "piqa": 0.5,
    "csqa": 0.2,
    "winogrande": 0.5,
}  # of two, three, five; else 1/4
ARMS = {"shipped": (5, True), "without chance": (5, False), "single evaluations": (1, True), "neither": (1, False)}


def evaluations(data: Path) -> pl.DataFrame:
    """One row an evaluation with bits per byte and the score: task, run, size, params, tokens, loss, score."""
    rows = pl.read_parquet(data / "olmo_ladder" / "downstream.parquet").with_columns(
        pl.col(pl.Categorical).cast(pl.String)
    )
    configs = {text: json.loads(text) for text in rows["config"].unique()}
    facts = pl.DataFrame(
        {
            "config": list(configs),
            "size": [c["size"] for c in configs.values()],
            "target": [bool(c["target_model"]) for c in configs.values()],
            "rerun": [bool(c["rerun"]) for c in configs.values()],
            "params": [float(c["params"] or PARAMS.get(c["size"], np.nan)) for c in configs.values()],
        }
    )
    wide = rows.pivot(
        on="metric", index=["task", "run", "x", "tokens", "config"], values="y", aggregate_function="last"
    )
    of = [name for name in SCORES if name in wide.columns]
    return (
        wide.join(facts, on="config")
        .with_columns(
            score=pl.coalesce([pl.col(name) for name in of]).cast(pl.Float64), loss=pl.col("bpb").cast(pl.Float64)
        )
        .filter(
            ~pl.col("rerun")
            & pl.col("params").is_finite()
            & pl.col("loss").is_not_null()
            & pl.col("score").is_not_null()
        )
        .sort("task", "run", "x")
    )


def finals(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("run", maintain_order=True).last()


def columns(rows: pl.DataFrame, *names: str) -> dict[str, Any]:
    return {name: rows[name].to_list() if name == "run" else rows[name].to_numpy() for name in names}


def averaged(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Losses and scores as means of the last evaluations of each run up to there."""
    means = smoothed(Table(columns(rows, "run", "loss", "score")), last=last)
    return rows.with_columns(loss=pl.Series(means.columns["loss"]), score=pl.Series(means.columns["score"]))


def predicted(
    known: pl.DataFrame, asked: pl.DataFrame, chance: float | None, seed: int, draws: int
) -> list[dict[str, Any]]:
    """Every asked run's score, predicted from the known runs' ends and evaluations."""
    late = known.filter(pl.col("x") > SKIPPED * pl.col("x").max().over("run"))
    ladder = fit_ladder(
        Table(columns(finals(known), "params", "tokens", "loss", "score")),
        Table(columns(late, "run", "loss", "score")),
        chance=chance,
        draws=draws,
        seed=seed,
    )
    if isinstance(ladder, Undecided):
        return [{"undecided": ladder.why}]
    at = Table(columns(asked, "params", "tokens"))
    score, loss = ladder.predict(at, seed=seed), ladder.first.predict(at)
    out = []
    for i, row in enumerate(asked.iter_rows(named=True)):
        out.append(
            {
                "run": row["run"],
                "size": row["size"],
                "score": row["score"],
                "predicted": float(score.y[i]),
                "low": float(score.low[i]),
                "high": float(score.high[i]),
                "loss": row["loss"],
                "loss_predicted": float(loss.y[i]),
                "loss_low": float(loss.low[i]),
                "loss_high": float(loss.high[i]),
                "best_seen": float(finals(known)["score"].max()),
            }
        )
    return out


def study(rows: pl.DataFrame, task: str, arm: str, seed: int) -> list[dict[str, Any]]:
    last, told = ARMS[arm]
    rows = averaged(rows.filter(pl.col("task") == task), last)
    chance = next((share for name, share in CHANCE.items() if name in task), 0.25) if told else None
    draws = 200 if arm == "shipped" else 20
    small = rows.filter(~pl.col("target"))
    ends = finals(rows.filter(pl.col("target"))).sort("tokens").group_by("size", maintain_order=True).last()
    sizes = sorted(small["params"].unique())
    cases = []
    for upto, name in ((1.5e9, "targets_from_1B"), (np.inf, "targets_from_3B")):
        known = small.filter(pl.col("params") <= upto)
        if known["params"].n_unique() >= 3 and ends.height:
            cases += [{"task": task, "case": name, **one} for one in predicted(known, ends, chance, seed, draws)]
    for edge in sizes[2:]:
        known, asked = small.filter(pl.col("params") < edge), finals(small.filter(pl.col("params") == edge))
        cases += [{"task": task, "case": "held_back", **one} for one in predicted(known, asked, chance, seed, draws)]
    return cases


def published(data: Path) -> dict[str, dict[str, float]]:
    """Relative errors of the source's own predictions, by benchmark: of the largest target, and of the 7B one."""
    told: dict[str, dict[str, float]] = {}
    folder = data / "olmo_ladder"
    for step in ("chained", "step1"):
        for row in listed(folder / f"published_{step}_main.csv"):
            told.setdefault(plain(row["Task"]), {})[f"{step}_largest"] = abs(float(row["Rel Error"]))
    for row in listed(folder / "published_variance.csv"):
        told.setdefault(plain(row["Task"]), {})["chained_7B"] = abs(float(row["7B Stacked Rel Error"]))
        told[plain(row["Task"])]["step1_7B"] = abs(float(row["7B Loss Rel Error"]))
    return told


def listed(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open())) if path.exists() else []


def plain(task: str) -> str:
    """A benchmark's name without split, shots and punctuation: the source writes it in several ways."""
    return "".join(c for c in task.split("_test")[0].split("_val")[0].lower() if c.isalnum())


def beside(cases: list[dict[str, Any]], told: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """Our relative errors from the ladder up to 1B beside the published ones, on the split that the source used."""
    rows = []
    tasks = {c["task"] for c in cases if "score" in c}
    for task in sorted(tasks):
        if plain(task) not in told or ("_val" in task and task.replace("_val", "_test") in tasks):
            continue
        of = {c["size"]: c for c in cases if c["task"] == task and c["case"] == "targets_from_1B"}
        ours = {size: abs(c["predicted"] / c["score"] - 1) for size, c in of.items()}
        loss = {size: abs(c["loss_predicted"] / c["loss"] - 1) for size, c in of.items()}
        rows.append({"task": task, "score": ours, "loss": loss, "published": told[plain(task)]})
    return rows


def summary(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Errors, coverage with its 95% interval over benchmarks, and the error of the best score seen."""
    decided = [c for c in cases if "score" in c]
    if not decided:
        return {"n": 0}
    y, p, last = (np.array([c[k] for c in decided]) for k in ("score", "predicted", "best_seen"))
    held = np.array([c["low"] <= c["score"] <= c["high"] for c in decided])
    loss_held = np.array([c["loss_low"] <= c["loss"] <= c["loss_high"] for c in decided])
    tasks = sorted({c["task"] for c in decided})
    of = np.array([tasks.index(c["task"]) for c in decided])
    rng = np.random.default_rng(0)
    drawn = [
        np.concatenate([held[of == t] for t in rng.integers(0, len(tasks), len(tasks))]).mean() for _ in range(2000)
    ]
    return {
        "n": len(decided),
        "undecided": len(cases) - len(decided),
        "tasks": len(tasks),
        "mae": float(np.abs(p - y).mean()),
        "relative_error": float((np.abs(p - y) / y).mean()),
        "loss_relative_error": float(np.mean([abs(c["loss_predicted"] / c["loss"] - 1) for c in decided])),
        "mae_of_best_seen": float(np.abs(last - y).mean()),
        "width": float(np.mean([c["high"] - c["low"] for c in decided])),
        "coverage_80": float(held.mean()),
        "coverage_80_interval": [float(v) for v in np.quantile(drawn, [0.025, 0.975])],
        "loss_coverage_80": float(loss_held.mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows = evaluations(args.data)
    tasks = sorted(rows["task"].unique())
    of_arm = {arm: [case for task in tasks for case in study(rows, task, arm, args.seed)] for arm in ARMS}
    cases = of_arm["shipped"]
    groups = {
        name: [c for c in cases if c["case"] == name] for name in ("targets_from_1B", "targets_from_3B", "held_back")
    }
    told = {name: summary(group) for name, group in {**groups, "all": cases}.items()}
    side = beside(cases, published(args.data))
    arms = {
        arm: {name: summary([c for c in found if c["case"] == name]) for name in groups}
        for arm, found in of_arm.items()
    }
    out = {"seed": args.seed, "summary": told, "arms": arms, "beside_published": side, "cases": cases}
    (HERE / "ladder.json").write_text(json.dumps(out, indent=1, allow_nan=False) + "\n")
    for name, one in told.items():
        print(name, json.dumps(one))
    for row in side:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
