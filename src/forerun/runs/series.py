"""Which columns of a log are metrics: not those that hold text, merely count, or say the same thing in every record."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import lru_cache

import numpy as np

from forerun.core import Array, Damage
from forerun.core.axes import COUNTERS, axis_of
from forerun.core.metrics import meaning
from forerun.runs.log import Log, Unfit

MOST_METRICS = 100_000
"""Metrics kept of one run; a log that makes up a new name a record would otherwise fill the memory."""
Series = dict[str, tuple[np.ndarray, Array]]

_PLANNED = re.compile(
    r"(?:total|max|num|n)_(?:train_|training_)?(?:steps?|epochs?|iters?|iterations?|updates?|timesteps)"
)
_OF_WHAT = re.compile(r"^(?:train|training|val|valid|validation|test|eval|current|cur|this)_(?=[a-z]+$)")
_SEVERAL = 3  # records that show that a column does not change (ours)
_LEAST = 8  # points of a series that is known for a counter by its values alone (ours)


def ends_told(log: Log) -> Log:
    """The log with columns that say in every record how far there is to go among its settings.

    Example:
        >>> column = np.full(3, 900.0)
        >>> ends_told(Log("x", n=3, axes={"step (total_steps)": column})).config
        {'total_steps': 900.0}
    """
    ends = {key: float(column[0]) for key, column in log.axes.items() if _is_end(key, np.asarray(column))}
    if not ends:
        return log
    axes = {key: column for key, column in log.axes.items() if key not in ends}
    return replace(log, axes=axes, config={**{_column(key): end for key, end in ends.items()}, **log.config})


def _is_end(key: str, column: Array) -> bool:
    return column.size >= _SEVERAL and bool(_PLANNED.fullmatch(_column(key))) and bool((column == column[0]).all())


def _column(key: str) -> str:
    """The name of the column that an axis was read from: ``step (total_steps)`` or a bare one."""
    return _leaf(key.partition(" (")[2].removesuffix(")") or key)


def metrics_only(log: Log) -> Log:
    """The log with the series that are metrics.

    More text than numbers in a column, and it is none; less, and the text is damage. A counter is an axis where the
    log has no such axis yet, a setting where it never changes, and else left out.

    Example:
        >>> row = np.arange(3)
        >>> log = Log("x", n=3, axes={"step": row + 1.0}, series={"loss": (row, np.array([3.0, 2, 1]))})
        >>> log.series |= {"total_steps": (row, np.full(3, 900.0)), "epoch": (row, np.array([0.0, 0, 1]))}
        >>> metrics = metrics_only(log)
        >>> list(metrics.series), metrics.config, metrics.axes["epoch"].tolist()
        (['loss'], {'total_steps': 900.0}, [0.0, 0.0, 1.0])
    """
    series, damage = fit(log)
    counters = {name for name, (_, y) in series.items() if _counts(name, np.asarray(y, float))}
    if not damage and not counters and len(series) == len(log.series):
        return log
    axes, config = dict(log.axes), dict(log.config)
    for name in counters:
        rows, y = series.pop(name)
        axis = axis_of(_leaf(name))
        if y.size > 1 and (y == y[0]).all() and (_PLANNED.fullmatch(_leaf(name)) or _leaf(name) in ("seed", "fold")):
            config.setdefault(_leaf(name), float(y[0]))
        elif axis is not None and axis not in axes and "/" not in name:
            axes[axis] = np.full(log.n, np.nan)
            axes[axis][rows] = y
    return replace(log, series=series, axes=axes, config=config, damage=[*log.damage, *damage], unfit={})


def fit(log: Log) -> tuple[Series, list[Damage]]:
    """The series that hold numbers, and the text found in them; a column with more text than numbers is left out."""
    damage: list[Damage] = []
    series = dict(itertools.islice(log.series.items(), MOST_METRICS))
    if len(log.series) > MOST_METRICS:
        lost = sum(len(rows) for name, (rows, _) in log.series.items() if name not in series)
        damage.append(Damage("", "log", f"more than {MOST_METRICS} metrics; those beyond are left out", lost))
    for name, unfit in log.unfit.items():
        if name not in series or unfit.count > len(series[name][0]):
            series.pop(name, None)
            damage += _left_out(name, unfit)
            continue
        damage += unfit.first
        if unfit.count > len(unfit.first):
            last, rest = unfit.first[-1], unfit.count - len(unfit.first)
            damage.append(
                Damage(last.path, f"after {last.where}", f"{name}: {rest} further cells are not numbers", rest)
            )
    return series, damage


def _left_out(name: str, unfit: Unfit) -> list[Damage]:
    """What is told of a column that is named like a measure and holds no numbers, or hardly any."""
    if not unfit.first or meaning(name).kind not in ("loss", "score", "return"):
        return []
    first = unfit.first[0]
    return [Damage(first.path, first.where, f"{first.why}, nor are most of them: left out", unfit.count)]


def pilot_of(log: Log) -> str | None:
    """The metric that tells how the run went on: the one with the most points of those that measure quality."""
    names = itertools.islice(log.series, MOST_METRICS)
    return max(names, key=lambda name: (meaning(name).quality, len(log.series[name][0])), default=None)


def _counts(name: str, y: Array) -> bool:
    """Whether a column says where its records stand, not how good anything is."""
    if name == "hp_metric":  # what Lightning writes at the start where nobody gave a metric
        return bool((y == y[0]).all())
    if _named_as_counter(name):
        whole = y[np.isfinite(y)]
        rising = int((whole[1:] >= whole[:-1]).sum())
        return bool(whole.size and ((y == y[0]).all() or 2 * rising >= whole.size - 1))
    if meaning(name).kind != "other" or y.size < _LEAST:
        return False
    move = y[1] - y[0]
    return bool(0 <= y[0] <= 2 * move and not y[0] % 1 and not move % 1 and (y[1:] - y[:-1] == move).all())


@lru_cache(maxsize=4096)
def _named_as_counter(name: str) -> bool:
    if meaning(name).kind in ("loss", "score", "return"):
        return False  # "Loss/epoch" is a loss
    leaf = _OF_WHAT.sub("", _leaf(name))
    axis = axis_of(leaf)
    return leaf in COUNTERS or axis in ("step", "epoch") or (axis in ("tokens", "samples") and "/" not in name)


def _leaf(name: str) -> str:
    return re.split(r"[/.:]", name.strip())[-1].strip().lower().replace(" ", "_").replace("-", "_")
