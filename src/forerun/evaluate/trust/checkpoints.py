"""Scores of checkpoints as the trajectories that `trust` reads: a mean over items for each step of each system."""

from __future__ import annotations

import numpy as np

from forerun.core import BadInput, Direction, Table
from forerun.core.metrics import meaning
from forerun.evaluate.items.item_answers import words
from forerun.evaluate.trust.benchmark import Trajectory

Benchmark = tuple[str, str]


def trajectories(table: Table) -> dict[Benchmark, tuple[Direction, list[Trajectory]]]:
    """Each system's scores along its training, by benchmark and metric.

    A system is a recipe, of every size that the table tells; items, tries and seeds of a step are averaged. Scores of
    whole benchmarks count as they are.

    Args:
        table: as `forerun.evaluate.items.scores.scores` makes it, with steps.

    Raises:
        BadInput: no steps.

    Example:
        >>> rows = {"system": ["a"] * 4, "benchmark": ["q"] * 4, "metric": ["acc"] * 4, "item": ["1", "2"] * 2,
        ...         "score": [0.0, 1.0, 1.0, 1.0], "step": [100.0, 100.0, 50.0, 50.0]}
        >>> direction, (one,) = trajectories(Table(rows))["q", "acc"]
        >>> direction, one.recipe, one.score.tolist()
        ('max', 'a', [1.0, 0.5])
    """
    step, size = (np.asarray(table.columns.get(name, np.full(table.n_rows, np.nan)), np.float64)
                  for name in ("step", "size"))  # fmt: skip
    steps = np.isfinite(step)
    if not steps.any():
        raise BadInput("no step beside the scores: trust asks how scores go along a training")
    names = [words(table, name)[steps] for name in ("system", "benchmark", "metric")]
    columns = [*(np.unique(column, return_inverse=True) for column in names),
               np.unique(np.nan_to_num(size[steps]), return_inverse=True),
               np.unique(step[steps], return_inverse=True)]  # fmt: skip
    keys, of_key = np.unique(np.stack([place for _, place in columns]), axis=1, return_inverse=True)
    means = np.bincount(of_key, np.asarray(table.columns["score"], np.float64)[steps]) / np.bincount(of_key)
    along: dict[tuple[str, str, str, float], list[float]] = {}
    for system, benchmark, metric, size_at, _, mean in zip(*keys.tolist(), means.tolist(), strict=True):
        key = tuple(str(columns[i][0][at]) for i, at in enumerate((system, benchmark, metric)))
        along.setdefault((key[0], key[1], key[2], float(columns[3][0][size_at])), []).append(mean)
    parts: dict[Benchmark, tuple[Direction, list[Trajectory]]] = {}
    for (system, benchmark, metric, of_size), scores in along.items():
        direction: Direction = "min" if meaning(metric).kind == "loss" else "max"
        models = parts.setdefault((benchmark, metric), (direction, []))[1]
        models.append(Trajectory(system, of_size, np.array(scores)))
    return parts
