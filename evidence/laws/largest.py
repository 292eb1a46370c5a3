"""The largest held-back scale: over-trained models, data-constrained runs, and the largest of a family of shapes.

    python evidence/laws/largest.py DATA [--seed 0]

* mlf_scaling: the runs of under a twentieth, and of under a 300th, of the largest run's compute foretell it, every
  validation loss, by Chinchilla's law and by the same with one exponent for both terms;
* datablations: all but the runs of the largest compute (above the 90th percentile), and all but those of the most
  epochs (above the 70th), foretell them, by the data-constrained law and by Chinchilla's, which takes repeated tokens
  for new ones; parameters beside the published;
* gemstones: all models but the largest foretell its whole curve.

Writes largest.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from recorded import Recorded, datablations, gemstones, mlf_scaling, rows_of

from forerun.core import Array, Table, Undecided
from forerun.laws.data.data_constrained import PUBLISHED
from forerun.laws.fitter import Fit, fit
from forerun.laws.law import Columns, Law
from forerun.laws.questions.allocation import optimal_allocation
from forerun.laws.size import chinchilla

HERE = Path(__file__).parent
ALLOCATION = {"params": 7.022e9, "tokens": 237.34e9, "epochs": 9.493}
"""At 1e22 FLOPs and 25e9 unique tokens, with the published parameters (Muennighoff et al. 2023), from a grid."""
TIMES = 20.0, 300.0
_OF_ONE = [0, 1, 2, 3, 3]  # E, A, B, alpha, beta from E, A, B and the one exponent


def with_one_exponent(params: Array, X: Columns) -> tuple[Array, Array]:
    y, slopes = chinchilla.predict(params[..., _OF_ONE], X)
    return y, np.concatenate([slopes[..., :3], slopes[..., 3:].sum(axis=-1, keepdims=True)], axis=-1)


def starts_with_one(X: Columns, y: Array) -> Array:
    """Chinchilla's starts, with the mean of their exponents."""
    found = chinchilla.starts(X, y)
    return np.concatenate([found[:, :3], found[:, 3:].mean(axis=1, keepdims=True)], axis=1)


ONE_EXPONENT = replace(
    chinchilla.LAW, parameters=chinchilla.PARAMETERS[:4], predict=with_one_exponent, starts=starts_with_one
)
LAWS_OVERTRAINED: dict[str, str | Law[Any]] = {"chinchilla": "chinchilla", "one exponent": ONE_EXPONENT}


def foretold(law: str | Law[Any], known: Table, held: Table, seed: int) -> dict[str, Any] | None:
    made = fit(law, known, seed=seed)
    if isinstance(made, Undecided):
        return None
    told = made.predict(held)
    assert not isinstance(told, Undecided)
    y = held.columns["y"]
    error = told.y / y - 1.0
    return {
        "fitted": made.n,
        "asked": y.size,
        "mean_error": float(np.abs(error).mean()),
        "bias": float(error.mean()),
        "inside_80": float(((told.low <= y) & (y <= told.high)).mean()),
        "params": dict(made.params),
    }


def compute(table: Table) -> np.ndarray:
    return 6.0 * table.columns["params"] * table.columns["tokens"]


def overtrained(one: Recorded, law: str | Law[Any], times: float, seed: int) -> dict[str, Any] | None:
    size = compute(one.table)
    known, held = size < size.max() / times, size == size.max()
    found = foretold(law, rows_of(one.table, known), rows_of(one.table, held), seed)
    return found and {"name": one.name, "times": float(size.max() / size[known].max())} | found


def repeated(one: Recorded, seed: int) -> dict[str, Any]:
    size, epochs = compute(one.table), one.table.columns["tokens"] / one.table.columns["unique_tokens"]
    splits = {"compute": size <= np.quantile(size, 0.9), "epochs": epochs <= np.quantile(epochs, 0.7)}
    laws = {
        f"{name}/{law}": foretold(law, rows_of(one.table, small), rows_of(one.table, ~small), seed)
        for name, small in splits.items()
        for law in ("data_constrained", "chinchilla")
    }
    made = fit("data_constrained", one.table, seed=seed)
    assert isinstance(made, Fit)
    y = np.log(one.table.columns["y"])
    told = made.predict(one.table)
    assert not isinstance(told, Undecided)
    r2 = 1.0 - ((np.log(told.y) - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    best = optimal_allocation(1e22, 25e9)
    whole = {
        "n": made.n,
        "params": dict(made.params),
        "intervals": {k: list(v) for k, v in made.intervals.items()},
        "r2": float(r2),
    }
    return {
        "held_out": laws,
        "whole": whole,
        "published": PUBLISHED,
        "allocation": {"params": best.params, "tokens": best.tokens, "epochs": best.epochs},
        "allocation_published": ALLOCATION,
    }


def largest_model(one: Recorded, seed: int) -> dict[str, Any] | None:
    N = one.table.columns["params"]
    found = foretold(one.law, rows_of(one.table, N.max() > N), rows_of(one.table, N.max() == N), seed)
    return found and {"name": one.name, "times": float(N.max() / N[N.max() > N].max())} | found


def tables_of(told: Iterable[dict[str, Any] | None]) -> dict[str, Any]:
    rows = [row for row in told if row is not None]
    return {"summary": summed(rows), "tables": rows}


def summed(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in ("mean_error", "bias", "inside_80")} | {
        "tables": len(rows),
        "too_low": sum(row["bias"] < 0 for row in rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    result: dict[str, Any] = {"seed": told.seed}
    if overtrained_tables := list(mlf_scaling(told.data)):
        result["mlf_scaling"] = {
            f"{times:g} times, {name}": tables_of(overtrained(one, law, times, told.seed) for one in overtrained_tables)
            for times in TIMES
            for name, law in LAWS_OVERTRAINED.items()
        }
    if shapes := list(gemstones(told.data)):
        result["gemstones"] = tables_of(largest_model(one, told.seed) for one in shapes)
    for one in datablations(told.data):
        result["datablations"] = repeated(one, told.seed)
        print("datablations", json.dumps(result["datablations"], indent=1))
    (HERE / "largest.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
