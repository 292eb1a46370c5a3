"""Values that a log repeats until there is a new one, told from measured ones that did not change.

A run that is stuck logs the same loss again and again, and each is a measurement. A repeat is left out only where its
own record shows that nothing was measured there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forerun.core import Array
from forerun.core.axes import axis_of
from forerun.core.metrics import meaning
from forerun.runs.log import Log


def measured_only(log: Log) -> Log:
    """The log without values that it only repeats."""
    if not log.sticky:
        return log
    series = {}
    for name, (rows, y) in log.series.items():
        new = measured(log, name, np.asarray(rows), np.asarray(y, float))
        series[name] = rows[new], y[new]
    return replace(log, series=series)


def measured(log: Log, metric: str, rows: np.ndarray, y: Array) -> np.ndarray | slice:
    """Which of a metric's values were measured where they stand.

    Args:
        log: the log; ``sticky`` says what in it shows that a value is old.
        metric: the metric's name.
        rows: shape (n,), the records that hold it.
        y: shape (n,), what they hold.

    Example:
        A group's own counter that stands still, beside the same value:

        >>> row = np.arange(4)
        >>> step, loss = np.array([0.0, 0, 5, 5]), np.array([0.7, 0.7, 0.7, 0.7])
        >>> log = Log("wandb", n=4, series={"val/step": (row, step), "val/loss": (row, loss)}, sticky="counter")
        >>> measured(log, "val/loss", row, loss).tolist()
        [True, False, True, False]
        >>> measured(log, "loss", row, loss)
        slice(None, None, None)
    """
    if not log.sticky or not meaning(metric).quality or rows.size < 2:
        return slice(None)
    old = _before_its_counter(log, metric, rows) if log.sticky == "counter" else _beside_a_training(log, metric, rows)
    if old is None:
        return slice(None)
    stays = np.append(False, y[1:] == y[:-1])
    return ~(stays & old)


def _before_its_counter(log: Log, metric: str, rows: np.ndarray) -> np.ndarray | None:
    """Where the counter of the metric's group stands as in the record before; None where it has none."""
    group, _, _ = metric.rpartition("/")
    beside = (name for name in log.series if group and name.rpartition("/")[0] == group)
    counter = next((name for name in beside if axis_of(name.rpartition("/")[2]) is not None), None)
    if counter is None:
        return None
    counts = np.full(log.n, np.nan)
    counts[log.series[counter][0]] = log.series[counter][1]
    return np.append(False, counts[rows][1:] == counts[rows][:-1])


def _beside_a_training(log: Log, metric: str, rows: np.ndarray) -> np.ndarray | None:
    """Where a bar shows a new value of the training beside a result of an epoch; None where it shows no such two."""
    if not _of_an_epoch(metric):
        return None
    moved = np.zeros(log.n, bool)
    for name, (at, values) in log.series.items():
        if meaning(name).quality and not _of_an_epoch(name) and len(values) > 1:
            moved[np.asarray(at)[1:][np.asarray(values)[1:] != np.asarray(values)[:-1]]] = True
    return moved[rows]


def _of_an_epoch(metric: str) -> bool:
    return meaning(metric).split in ("validation", "test") or "epoch" in metric
