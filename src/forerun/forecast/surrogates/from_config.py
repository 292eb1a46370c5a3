"""A forecast before the first point: what past runs with like settings ended at.

Ends are ranked and the ranks turned into normal scores, so that one diverged run does not bend the rest; the score of a
new run comes from Gaussian-process regression over the settings and is read back among past ends. The interval is
what such forecasts missed by when each past task was left out in turn (split conformal by task), so it speaks of a
task not seen before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from scipy import linalg, special

from forerun.core import LEVELS, Array, BadInput, Card, Undecided
from forerun.forecast.surrogates.surrogate import Config, State, Surrogate

CARD = Card(
    name="from_config",
    does="Forecasts a run's end from its settings alone, by past runs with like settings.",
    source="Gaussian-process regression (Rasmussen and Williams 2006, ch. 2); conformal by group, ours",
    assumes="Past runs used the same metric, and settings act alike from task to task.",
    needs="20 finished runs with settings.",
    promises="With a task's runs hidden, better than the median of the others, 80% intervals holding 70 to 90%.",
    known_answer="Ends that are a smooth function of one setting are found to a tenth of their spread.",
    control="With settings shuffled among the runs it is no better than the median.",
)
_LEAST = 20
_MOST = 600  # past runs that are used
_SCALES = np.array([0.5, 1.0, 2.0, 4.0])  # length scales tried, in sds of the settings
_NOISES = np.array([0.1, 0.3, 1.0, 3.0, 10.0, 30.0])  # the largest leave the median alone


def fit(configs: Sequence[Config], ends: Sequence[float], tasks: Sequence[str]) -> State:
    """Learn from past runs: their settings, where they ended, and the tasks they were on.

    Raises:
        BadInput: not one end and one task a run.
    """
    if not len(configs) == len(ends) == len(tasks):
        raise BadInput(f"{len(configs)} settings, {len(ends)} ends, {len(tasks)} tasks", where="from_config")
    finite = [i for i, end in enumerate(ends) if np.isfinite(end)]
    places = np.linspace(0, len(finite) - 1, min(len(finite), _MOST)).astype(int) if finite else np.zeros(0, int)
    used = [finite[int(place)] for place in np.unique(places)]
    columns = _columns([configs[i] for i in used])
    state: State = {
        "columns": columns, "settings": [], "ends": [], "misses": [], "scale": 1.0, "noise": 1.0
    }  # fmt: skip
    if len(used) < _LEAST:
        return state
    x = np.array([_row(configs[i], columns) for i in used])
    y, task = np.array([float(ends[i]) for i in used]), np.array([tasks[i] for i in used])
    names = np.unique(task)
    folds = task if names.size >= 3 else np.arange(y.size) % 5
    score, bounded = _scores(y), np.clip(y, *np.quantile(y, [0.05, 0.95]))
    tried = [(scale, noise, _missed(x, score, folds, scale, noise)) for scale in _SCALES for noise in _NOISES]

    def error(missed: Array) -> float:
        return float(np.abs(np.quantile(bounded, special.ndtr(score - missed)) - bounded).mean())

    scale, noise, missed = min(tried, key=lambda one: error(one[2]))
    return state | {
        "settings": x.tolist(), "ends": [float(ends[i]) for i in used], "scale": float(scale), "noise": float(noise),
        "misses": np.quantile(missed, LEVELS).tolist(),
    }  # fmt: skip


def quantiles(state: State, config: Config) -> Array | Undecided:
    """The quantiles, at `forerun.core.LEVELS`, of the end of a run that has not started.

    Example:
        >>> past = [{"lr": 10.0**-k} for k in np.linspace(1, 4, 40)]
        >>> state = fit(past, [abs(np.log10(c["lr"]) + 2.5) for c in past], ["a", "b", "c", "d"] * 10)
        >>> ends = quantiles(state, {"lr": 10**-2.5})
        >>> bool(np.interp(0.1, LEVELS, ends) < 0.3)
        True
    """
    if not state["ends"]:
        return Undecided("from_config: too few finished runs with settings", f"at least {_LEAST}")
    x, y = np.array(state["settings"]), np.array(state["ends"])
    score = _regress(x, _scores(y), np.array([_row(config, state["columns"])]), state["scale"], state["noise"])[0]
    share = special.ndtr(score + np.array(state["misses"]))
    return np.quantile(y, share)


def _missed(x: Array, y: Array, folds: np.ndarray, scale: float, noise: float) -> Array:
    """What forecasts of each fold from the others miss by."""
    out = np.empty(y.size)
    for fold in np.unique(folds):
        test = folds == fold
        out[test] = y[test] - _regress(x[~test], y[~test], x[test], scale, noise)
    return out


def _scores(y: Array) -> Array:
    """Normal scores of the ranks; equal values share one."""
    _, place, count = np.unique(y, return_inverse=True, return_counts=True)
    below = np.cumsum(count) - (count + 1) / 2.0
    return special.ndtri((below[place] + 0.5) / y.size)


def _regress(x: Array, y: Array, at: Array, scale: float, noise: float) -> Array:
    def kernel(a: Array, b: Array) -> Array:
        apart = np.sqrt(((a[:, None] - b) ** 2).mean(axis=2)) / scale if a.shape[1] else np.zeros((len(a), len(b)))
        return (1.0 + np.sqrt(3.0) * apart) * np.exp(-np.sqrt(3.0) * apart)

    middle = float(y.mean())
    solver = cast(Any, linalg)
    alpha: Array = solver.cho_solve(solver.cho_factor(kernel(x, x) + noise**2 * np.eye(len(x))), y - middle)
    return middle + kernel(at, x) @ alpha


def _columns(configs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How each setting that varies becomes numbers: standardised, in logs where it spans decades, or one a choice."""
    columns: list[dict[str, Any]] = []
    for name in sorted({str(key) for config in configs for key in config}):
        if "seed" in name.lower():
            continue  # tells runs apart and nothing else
        values = [config.get(name) for config in configs]
        numbers = [
            float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool) and np.isfinite(v)
        ]
        if len(numbers) > len(values) // 2 and len(set(numbers)) > 1:
            array = np.array(numbers)
            log = bool((array > 0).all() and array.max() > 30 * array.min())
            array = np.log(array) if log else array
            columns.append({"name": name, "log": log, "mean": float(array.mean()), "sd": float(array.std())})
        else:
            choices = sorted({str(v) for v in values if v is not None})
            columns += [{"name": name, "choice": c} for c in choices[:20]] if 1 < len(choices) <= 20 else []
    return columns


def _row(config: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> list[float]:
    row: list[float] = []
    for column in columns:
        value = config.get(column["name"])
        if "choice" in column:
            row.append(float(str(value) == column["choice"]))
        elif isinstance(value, (int, float)) and np.isfinite(value) and (value > 0 or not column["log"]):
            row.append(float(((np.log(value) if column["log"] else value) - column["mean"]) / column["sd"]))
        else:
            row.append(0.0)
    return row


FROM_CONFIG = Surrogate(card=CARD, version="1", fit=fit, quantiles=quantiles)
