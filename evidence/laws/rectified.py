"""The rectified law on recorded fine-tuning curves: in sample, and beyond the first sizes against a straight line.

    python evidence/laws/rectified.py DATA [--seed 0]

In sample: log-RMSD of the fit to all sizes above 0, beside the published one of the same model and data set. Beyond:
fitted to the first 6, 8, 10 and 12 sizes, asked for the largest; beside a straight line in logarithms through the same
sizes, one through their last three, doing nothing (the last size's own loss), and the law without its supposed point.
Coverage counts all held-out sizes. Writes rectified.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from recorded import Recorded, finetune_scaling, rows_of

from forerun.core import Table, Undecided
from forerun.laws.data import rectified
from forerun.laws.fitter import fit
from forerun.laws.law import Law

HERE = Path(__file__).parent
SIZES = 6, 8, 10, 12
LEVELS = 0.5, 0.8, 0.9
WITHOUT = replace(rectified.LAW, pseudo_points=None)
IN_SAMPLE = "rmsd", "rmsd_without", "published"
ERRORS = "rectified", "log_linear", "last_three", "last_value", "without_the_point"


def published(data: Path) -> dict[tuple[str, str], float]:
    path = data / "finetune_scaling" / "published_rmsd.csv"
    if not path.is_file():
        return {}
    with path.open() as lines:
        return {(r["dataset"].lower(), r["model"]): float(r["our_rmsd_under_log"]) for r in csv.DictReader(lines)}


def plain(law: str | Law[Any], seen: Table, asked: Table) -> np.ndarray:
    """What a law says, without intervals."""
    made = fit(law, seen, draws=0, judge_beyond=False)
    assert not isinstance(made, Undecided)
    told = made.predict(asked)
    assert not isinstance(told, Undecided)
    return told.y


def in_sample(one: Recorded, known: dict[tuple[str, str], float]) -> dict[str, Any]:
    task, model = one.name.split("/", 1)
    y = np.asarray(one.table.columns["y"], float)
    off = {name: float(np.sqrt(np.mean(np.log(plain(law, one.table, one.table) / y) ** 2)))
           for name, law in (("rmsd", "rectified"), ("rmsd_without", WITHOUT))}  # fmt: skip
    return {"task": task, "model": model, **off, "published": known.get((task, model))}


def straight(D: np.ndarray, y: np.ndarray, at: float) -> float:
    return float(np.exp(np.polyval(np.polyfit(np.log(D), np.log(y), 1), np.log(at))))


def beyond(one: Recorded, n: int, seed: int) -> dict[str, Any] | None:
    D, y = one.table.columns["train_size"], one.table.columns["y"]
    order = np.argsort(D)
    if n >= D.size:
        return None
    first, last = order[:n], order[-1]
    seen = rows_of(one.table, np.isin(np.arange(D.size), first))
    made = fit("rectified", seen, seed=seed)
    assert not isinstance(made, Undecided)
    held = rows_of(one.table, D[first[-1]] < D)
    inside = {}
    for level in LEVELS:
        told = made.predict(held, level=level)
        assert not isinstance(told, Undecided)
        inside[f"{level:g}"] = float(((told.low <= held.columns["y"]) & (held.columns["y"] <= told.high)).mean())
    largest = rows_of(one.table, np.arange(D.size) == last)
    end = made.predict(largest)
    assert not isinstance(end, Undecided)
    errors = {
        "rectified": float(end.y[0]),
        "log_linear": straight(D[first], y[first], D[last]),
        "last_three": straight(D[first[-3:]], y[first[-3:]], D[last]),
        "last_value": float(y[first[-1]]),
        "without_the_point": float(plain(WITHOUT, seen, largest)[0]),
    }
    return {name: abs(value / y[last] - 1.0) for name, value in errors.items()} | {
        "task": one.name.split("/")[0],
        "model": one.name.split("/", 1)[1],
        "sizes": n,
        "inside": inside,
    }


def table(rows: list[dict[str, Any]], rng: np.random.Generator) -> list[dict[str, Any]]:
    found = []
    for task in [*dict.fromkeys(row["task"] for row in rows), "ALL"]:
        for n in SIZES:
            part = [row for row in rows if row["sizes"] == n and task in (row["task"], "ALL")]
            if part:
                gain = np.array([row["log_linear"] - row["rectified"] for row in part])
                drawn = rng.choice(gain, size=(2000, gain.size)).mean(axis=1)
                means = {name: float(np.mean([row[name] for row in part])) for name in ERRORS}
                inside = {level: float(np.mean([row["inside"][level] for row in part])) for level in part[0]["inside"]}
                low, high = np.quantile(drawn, [0.025, 0.975])
                found.append(
                    {
                        "task": task,
                        "sizes": n,
                        "curves": len(part),
                        **means,
                        "worse_than_log_linear": int((gain < 0).sum()),
                        "gain_range": [float(low), float(high)],
                        "coverage": inside,
                    }
                )
    return found


def mean_of(rows: list[dict[str, Any]], task: str, name: str) -> float | None:
    known = [row[name] for row in rows if task in (row["task"], "ALL") and row[name] is not None]
    return float(np.mean(known)) if known else None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    curves, known = list(finetune_scaling(told.data)), published(told.data)
    inside = [in_sample(one, known) for one in curves]
    rows = [row for one in curves for n in SIZES if (row := beyond(one, n, told.seed)) is not None]
    by_task = {
        task: {name: mean_of(inside, task, name) for name in IN_SAMPLE}
        for task in [*dict.fromkeys(r["task"] for r in inside), "ALL"]
    }
    rng = np.random.default_rng(told.seed)
    result = {"seed": told.seed, "curves": len(curves), "by_task": by_task, "beyond": table(rows, rng)}
    (HERE / "rectified.json").write_text(json.dumps(result | {"in_sample": inside, "cases": rows}, indent=1) + "\n")
    print("rmsd", by_task)
    for row in result["beyond"]:
        print(row)


if __name__ == "__main__":
    main()
