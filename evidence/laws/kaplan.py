"""Does the law of Kaplan et al., fitted to the smaller half of a size by batch ladder, tell the larger half?

    python evidence/laws/kaplan.py [--seed 0]

The ladder (charlm_ladder/train.py): 6 widths x 5 batches, several seeds, whose losses are averaged. A cell's place is
by compute a step, N B; the law is fitted to the smaller half of the cells and judged on the larger, from the step at
which the power laws begin (`START`, chosen within the smaller half). Steps to target: for every loss on a grid that a
held-out cell comes to, the step at which its curve (made to fall by isotonic regression) crosses it. The same from
other starts, and of the ladder as it was before three of its cells were trained anew. Writes kaplan.json.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from forerun.core import Array, Table, Undecided
from forerun.laws.fitter import Fit, fit
from forerun.laws.questions.steps_to import steps_to

HERE = Path(__file__).parent
START = 200
OTHER_STARTS = 100, 160, 240
TARGETS = np.arange(1.30, 1.80, 0.02).round(2)
Cell = tuple[int, int]  # parameters, batch in tokens
Ladder = dict[Cell, tuple[Array, Array]]


def ladder(start: int, name: str = "runs") -> Ladder:
    """Steps and loss of every cell, the mean over seeds, from a step on."""
    found: dict[Cell, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    with (HERE / "charlm_ladder" / f"{name}.csv").open() as file:
        for row in csv.DictReader(file):
            if int(row["steps"]) >= start:
                found[int(row["params"]), int(row["batch_size"])][int(row["steps"])].append(float(row["y"]))
    return {c: (np.array(list(at), float), np.array([np.mean(y) for y in at.values()])) for c, at in found.items()}


def table(cells: Ladder) -> Table:
    parts = [
        (N, B, S, y, f"{N}/{B}")
        for (N, B), (steps, losses) in cells.items()
        for S, y in zip(steps, losses, strict=True)
    ]
    names = ("params", "batch_size", "steps", "y", "run")
    return Table(dict(zip(names, map(list, zip(*parts, strict=True)), strict=True)))


def crossings(cells: Ladder) -> Table:
    """For every cell and target that it comes to within the steps judged: the step."""
    rows = []
    for (N, B), (steps, losses) in cells.items():
        fallen = IsotonicRegression(increasing=False).fit_transform(np.log(steps), losses)
        level, block = np.unique(fallen, return_inverse=True)
        middle = np.array([np.log(steps)[block == k].mean() for k in range(level.size)])
        rows += [(N, B, y, float(np.exp(np.interp(y, level, middle)))) for y in TARGETS if level[0] <= y <= level[-1]]
    return Table(dict(zip(("params", "batch_size", "y", "steps"), map(list, zip(*rows, strict=True)), strict=True)))


def judged(made: Fit, held: Ladder) -> dict[str, Any]:
    """Errors of the loss at every held-out point and of the steps to every target, by cell."""
    points, targets = table(held), crossings(held)
    said = made.predict(points)
    if isinstance(said, Undecided):
        return {"undecided": str(said)}
    y = np.asarray(points.columns["y"])
    off = said.y / y - 1
    told: dict[str, Any] = {"n_points": y.size, "loss_error": float(np.abs(off).mean()), "loss_bias": float(off.mean())}
    told["loss_coverage_80"] = float(((said.low <= y) & (y <= said.high)).mean())
    true = np.asarray(targets.columns["steps"])
    asked = zip(*(np.asarray(targets.columns[name]) for name in ("y", "params", "batch_size")), strict=True)
    steps = [steps_to(made, *one) for one in asked]
    never = np.array([isinstance(one, Undecided) for one in steps])
    ranges = [(np.nan,) * 3 if isinstance(one, Undecided) else (one.estimate, one.low, one.high) for one in steps]
    reached, low, high = np.array(ranges).T
    miss = np.where(never, 1.0, reached / true - 1)  # a target that the law never comes to counts as missed by 100%
    told |= {"n_targets": true.size, "steps_error": float(np.abs(miss).mean()), "steps_bias": float(miss.mean())}
    told |= {"steps_median_error": float(np.median(np.abs(miss))), "never": int(never.sum())}
    return told | {"steps_coverage_80": float(((low <= true) & (true <= high)).mean())}


def interval(made: Fit, held: Ladder, rng: np.random.Generator, n: int = 400) -> dict[str, list[float]]:
    """95% intervals of the two errors over held-out cells drawn again."""
    each = [judged(made, {cell: held[cell]}) for cell in held if crossings_of(held, cell)]
    drawn = rng.integers(len(each), size=(n, len(each)))
    out = {}
    for name, count in (("loss_error", "n_points"), ("steps_error", "n_targets")):
        value, weight = (np.array([one.get(key, np.nan) for one in each]) for key in (name, count))
        means = (value * weight)[drawn].sum(axis=1) / weight[drawn].sum(axis=1)
        out[name] = np.quantile(means, [0.025, 0.975]).tolist()
    return out


def crossings_of(held: Ladder, cell: Cell) -> bool:
    losses = held[cell][1]
    return bool(((losses.min() <= TARGETS) & (losses.max() >= TARGETS)).any())


def split(cells: Ladder, by: str) -> tuple[Ladder, Ladder]:
    """The smaller and the larger half: by compute a step, or by parameters alone, which is harder."""
    order = sorted(cells, key=lambda cell: (cell[0] * cell[1], cell[0]) if by == "compute" else cell)
    half = len(order) // 2
    return {c: cells[c] for c in order[:half]}, {c: cells[c] for c in order[half:]}


def also(cells: Ladder, seed: int) -> dict[str, Any]:
    """Held-out errors, of cells split by compute."""
    small, large = split(cells, "compute")
    made = fit("kaplan", table(small), seed=seed)
    assert isinstance(made, Fit)
    held = judged(made, large)
    return {name: held[name] for name in ("loss_error", "steps_error")} | {
        "interval_95": interval(made, large, np.random.default_rng(seed))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", help="not used: the ladder beside this file is")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    cells = ladder(START)
    out: dict[str, Any] = {"start": START, "cells": len(cells)}
    for by in ("compute", "parameters"):
        small, large = split(cells, by)
        made = fit("kaplan", table(small), seed=asked.seed)
        assert isinstance(made, Fit)
        told = {"fitted": len(small), "held": len(large), "params": dict(made.params), "noise": made.noise}
        told |= {"warnings": list(made.warnings), "in_sample": judged(made, small), "held_out": judged(made, large)}
        told["interval_95"] = interval(made, large, np.random.default_rng(asked.seed))
        told["by_cell"] = {
            f"{N}/{B}": judged(made, {(N, B): large[N, B]}) for N, B in large if crossings_of(large, (N, B))
        }
        told["one batch for all"] = control(small, large)
        out[by] = told
    out["also"] = {f"from step {start}": also(ladder(start), asked.seed) for start in OTHER_STARTS}
    out["also"]["before the correction"] = also(cells | ladder(START, "replaced"), asked.seed)
    (HERE / "kaplan.json").write_text(json.dumps(rounded(out), indent=1) + "\n", "utf-8")
    print(json.dumps(rounded(out), indent=1))


def control(small: Ladder, large: Ladder) -> dict[str, float]:
    """The same law where it is not told the batch."""
    seen, asked = (_one_batch(table(half)) for half in (small, large))
    made = fit("kaplan", seen, draws=0, judge_beyond=False)
    assert isinstance(made, Fit)
    said = made.predict(asked)
    assert not isinstance(said, Undecided)
    return {"loss_error": float(np.abs(said.y / np.asarray(asked.columns["y"]) - 1).mean())}


def _one_batch(told: Table) -> Table:
    return Table(dict(told.columns) | {"batch_size": np.full(told.n_rows, 512.0)})


def rounded(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: rounded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return float(f"{told:.4g}") if isinstance(told, float) else told


if __name__ == "__main__":
    main()
